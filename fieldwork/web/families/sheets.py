"""Sheets: what a link's person is answering, what is asked next, and how far they are."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from asyncpg import Connection
from litestar import Request
from msgspec import Struct

from consent import permissions
from consent.purposes import Step
from fieldwork.cases.errors import LinkDead
from fieldwork.cases.links import Link
from fieldwork.web import asking, drawing, opened, speaking
from fieldwork.web.opened import Opened
from questionnaires import administrations, answers, definitions, flow
from questionnaires.administrations import Administration
from questionnaires.definitions import Item, Questionnaire, Repeat, Section
from questionnaires.flow import Standing


class Sheet(Struct, dict=True, frozen=True):
    """What this link's person is answering; a place is a question, the end of a repeat, or a section shown whole."""

    opened: Opened
    standing: Standing

    @property
    def held(self) -> Administration:
        return self.opened.held

    @property
    def definition(self) -> Questionnaire:
        return self.opened.definition

    @cached_property
    def asked(self) -> tuple[str, ...]:
        sections = [each for each in self.definition.sections if each.name in self.standing.relevant]
        return tuple(place for section in sections for place in self._places(section))

    @property
    def is_whole(self) -> bool:
        """Whether it is shown as its authors laid it out, a section at a time."""
        return self.definition.layout == "as_published"

    @cached_property
    def left(self) -> list[str]:
        return asking.unanswered(self.definition, self.standing)

    @cached_property
    def by_default(self) -> set[str]:
        """What stands there although nobody said it: it was kept before anything else."""
        defaults = len(flow.defaults(self.definition, today=self.held.held_on, now=self.opened.now))
        return {place for place, seq in self.held.seqs.items() if seq <= defaults}

    def after(self, place: str) -> str:
        at = self.asked.index(place) + 1
        return self.asked[at] if at < len(self.asked) else ""

    def before(self, place: str) -> str:
        at = self.asked.index(place)
        return self.asked[at - 1] if at else ""

    def progress(self, place: str) -> tuple[int, int]:
        """Where a place stands in the whole questionnaire, which does not grow as answers open more of it."""
        every = [each.name for each in self.definition.sections] if self.is_whole else list(self.definition.items)
        return every.index(answers.path(place).name), len(every)

    def rows(self, repeat: Repeat) -> int:
        if repeat.count:
            known = self.opened.seen(self.standing)
            return flow.rows(repeat, known, today=self.held.held_on, now=self.opened.now)
        return len(self.standing.values.get(repeat.name) or [])

    @property
    def first_open(self) -> str:
        """Where to go on; a repeat without a row is open as long as nobody has gone past it."""
        if not self.held.answers.keys() - self.by_default:
            return next(iter(self.asked), "")  # with what is only to be read, and what is to be answered over
        left, seen = set(self.left), False
        found = ""
        for place in reversed(self.asked):
            if self._is_open(place, left, seen):
                found = place
            seen = seen or place in self.held.answers
        return found

    def _is_open(self, place: str, left: set[str], seen: bool) -> bool:
        if self.is_whole:
            return any(each in left for each in self._inside(place))
        item = answers.find(self.definition, place)
        return place in left or (not seen and isinstance(item, Repeat) and not self.rows(item))

    def _inside(self, section: str) -> Iterator[str]:
        names = {item.name for item in definitions.flatten(self.section(section).items)}
        return (place for place in self.left if answers.path(place).name in names)

    def section(self, name: str) -> Section:
        """The section of this name, or the one a place stands in."""
        for each in self.definition.sections:
            inside = {item.name for item in definitions.flatten(each.items)}
            if each.name == name or answers.path(name).name in inside:
                return each
        raise LinkDead

    def _places(self, section: Section) -> Iterator[str]:
        if self.is_whole:
            yield section.name
            return
        for item in definitions.flatten(section.items):
            if item.name in self.standing.relevant and isinstance(item, Repeat):
                yield from self._rows(item)
            elif item.name in self.standing.relevant and drawing.is_seen(item):
                yield item.name

    def _rows(self, repeat: Repeat) -> Iterator[str]:
        """Row by row, and after the last one the question whether there is another."""
        for number in range(1, self.rows(repeat) + 1):
            for inner in repeat.questions.values():
                place = f"{repeat.name}[{number}].{inner.name}"
                if place in self.standing.relevant and drawing.is_seen(inner):
                    yield place
        if not repeat.count:
            yield repeat.name


async def open_sheet(request: Request[Any, Any, Any], conn: Connection, at: str = "") -> Sheet:
    """The sheet of the link in the cookie; a link that is finished, or whose permission was withdrawn, opens none."""
    link: Link = request.state.link[1]
    if link.finished_at is not None or not link.questionnaires:
        raise LinkDead
    await permissions.require(conn, link.family_id, link.person_id, Step.LINK, link.wave)
    held = await _begun(conn, link)
    if held.state != "open":
        raise LinkDead
    now = request.app.state.ground.clock.now().astimezone(ZoneInfo(link.time_zone))
    found = await opened.find(conn, held, now=now)
    asked = found.definition
    found = found.for_reader(speaking.choose(request, asked.languages, asked.default_language).language)
    return Sheet(found, found.standing(_next_row(found.definition, held, at)))


def _next_row(definition: Questionnaire, held: Administration, at: str) -> dict[str, int]:
    """The row somebody has just begun: nothing is kept of it yet but the place in the address."""
    if "[" not in at:
        return {}
    place = answers.path(at)
    item: Item | None = definition.items.get(place.name)
    if not isinstance(item, Repeat) or item.count or place.row is None:
        return {}
    following = opened.stored_rows(item, held) + 1
    return {item.name: following} if place.row == following <= item.maximum else {}


async def _begun(conn: Connection, link: Link) -> Administration:
    for held in await administrations.of_family(conn, link.family_id, sealed=True):
        if (
            held.wave == link.wave
            and held.questionnaire == link.questionnaires[0]
            and held.respondent_id == link.person_id
        ):
            return held
    raise LinkDead

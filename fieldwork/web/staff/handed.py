"""Handed: what a respondent sees of their one questionnaire while the tablet is in their hands."""

from typing import Any
from zoneinfo import ZoneInfo

from asyncpg import Connection
from litestar import Request
from msgspec import Struct, structs

from fieldwork.base import languages
from fieldwork.cases import cases
from fieldwork.cases.cases import Case
from fieldwork.people import persons
from fieldwork.staff.sessions import Handed, Viewer
from fieldwork.web import apart, asking, fields, live, opened, posting, speaking
from fieldwork.web.asking import Page
from fieldwork.web.families import screens
from fieldwork.web.families.sheets import Sheet
from fieldwork.web.fields import Field, Option, Piece
from fieldwork.web.opened import Opened
from questionnaires import administrations
from questionnaires.administrations import Administration


class Mine(Struct, frozen=True):
    """The respondent's own questionnaire, one question a page; `drawn` says whether choices are pictures."""

    case: Case
    opened: Opened
    viewer: Viewer
    drawn: bool

    @property
    def held(self) -> Administration:
        return self.opened.held

    @property
    def by_default(self) -> set[str]:
        return Sheet(self.opened, self.opened.standing()).by_default

    @property
    def kept(self) -> list[str]:
        """What was answered before this page was opened. It is not shown: whoever holds the tablet may be another."""
        return sorted(opened.given(self.held).keys() - self.by_default)

    def order(self) -> list[str]:
        """The pages that apply now and have something on them."""
        here = asking.sitting(self.opened, "")
        return [page.section.name for page in asking.pages(here, {}, {}) if page.fields and page.is_relevant]

    def live(self, name: str, drawn: list[Field]) -> dict[str, Any]:
        """What the page's script needs; of the answers only those that something on the page depends on."""
        found, needed = live.data(asking.sitting(self.opened, name), drawn), apart.looked_at(self.opened.definition)
        return found | {"answers": {place: value for place, value in found["answers"].items() if place in needed}}

    def pages(self, name: str, complaints: dict[str, str], typed: Any = None) -> list[Page]:
        here = asking.sitting(self.opened, name)
        rows = posting.rows(here.section.items, typed) if typed is not None else {}
        found = [page for page in asking.pages(here, complaints, rows) if page.fields]
        every = [field for page in found for field in page.fields]
        shown = self.by_default | ({place for place, _ in posting.asked(here.section.items, typed)} if typed else set())
        for field in fields.each(every):
            self._make_ready(field, is_shown=field.name in shown)
        if typed is not None:
            posting.again(fields.each(every), typed, complaints)
        if self.drawn:
            apart.draw_pictures(every, self.opened.definition)
        return found

    def _make_ready(self, field: Field, *, is_shown: bool) -> None:
        if not is_shown:
            screens.forget(field)
        field.note = None
        refused = [option for option in field.reasons if option.value == screens.RATHER_NOT]
        said = self.opened.ours(screens.RATHER_NOT_SAY)
        field.reasons = [Option(option.value, (Piece(said),)) for option in refused]


async def mine(request: Request[Any, Any, Any], conn: Connection) -> Mine:
    """What the session is handed over for, in the respondent's language, as long as it is allowed."""
    viewer: Viewer = request.scope["user"]
    handed: Handed | None = viewer.handed
    assert handed is not None  # noqa: S101 - the guard lets nobody else in
    case = await cases.find(conn, handed.family_id)
    held = await administrations.find(conn, handed.family_id, handed.administration_id, sealed=True)
    now = request.app.state.ground.clock.now().astimezone(ZoneInfo(case.time_zone))
    found = await opened.find(conn, held, now=now)
    asked = found.definition
    person = next(
        each for each in await persons.of_family(conn, case.family_id) if each.person_id == held.respondent_id
    )
    theirs = await persons.language(conn, case.family_id, person.person_id)
    speech = speaking.choose(request, [*languages.OURS, *asked.languages], theirs, asked.default_language)
    drawn = apart.has_pictures(asked, person.age_on(held.held_on))
    spoken = structs.replace(found.for_reader(speech.language), definition=apart.apart(asked))
    return Mine(case, spoken, viewer, drawn)

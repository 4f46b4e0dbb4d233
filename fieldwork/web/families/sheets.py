"""Sheets: what a link's person is answering, and how far they are."""

from typing import Any

from asyncpg import Connection
from litestar import Request
from msgspec import Struct

from consent import permissions
from consent.purposes import Step
from fieldwork.cases.errors import LinkDead
from fieldwork.cases.links import Link
from fieldwork.web import asking
from questionnaires import administrations, definitions, flow, library
from questionnaires.administrations import Administration
from questionnaires.definitions import Questionnaire
from questionnaires.flow import Standing


class Sheet(Struct, frozen=True):
    """What this link's person is answering, and how far they are."""

    held: Administration
    definition: Questionnaire
    standing: Standing
    asked: tuple[str, ...]

    def after(self, name: str) -> str:
        at = self.asked.index(name) + 1
        return self.asked[at] if at < len(self.asked) else ""

    def before(self, name: str) -> str:
        at = self.asked.index(name)
        return self.asked[at - 1] if at else ""

    def place(self, name: str) -> int:
        """Where a question stands in the whole questionnaire, which does not grow as answers open more of it."""
        return list(self.definition.items).index(name)

    @property
    def first_open(self) -> str:
        return next((name for name in self.asked if name in self.standing.unanswered), "")


async def open_sheet(request: Request[Any, Any, Any], conn: Connection) -> Sheet:
    """The sheet of the link in the cookie; a link that is finished, or whose permission was withdrawn, opens none."""
    link: Link = request.state.link[1]
    if link.finished_at is not None:
        raise LinkDead
    await permissions.require(conn, link.family_id, link.person_id, Step.LINK, link.wave)
    held = await _begun(conn, link)
    if held.state != "open":
        raise LinkDead
    definition = await library.definition(conn, held.hash)
    standing = flow.standing(definition, held.answers, today=held.held_on)
    asked = tuple(
        name for name, item in definition.items.items() if type(item) in asking.KINDS and name in standing.relevant
    )
    return Sheet(
        held,
        definition,
        standing,
        tuple(name for name in asked if not isinstance(definition.items[name], definitions.Note)),
    )


async def _begun(conn: Connection, link: Link) -> Administration:
    for held in await administrations.of_family(conn, link.family_id):
        if (
            held.wave == link.wave
            and held.questionnaire == link.questionnaires[0]
            and held.respondent_id == link.person_id
        ):
            return held
    raise LinkDead

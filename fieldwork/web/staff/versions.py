"""Versions: one version of a questionnaire at one look, be it on the shelf, a draft, published or retired."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from asyncpg import Connection
from litestar import Request, Response
from msgspec import Struct

from fieldwork.staff.rights import Right
from fieldwork.staff.sessions import Viewer
from fieldwork.study import declaration
from fieldwork.web import pages
from fieldwork.web.staff import outline
from questionnaires import checks, codebook, library, licences, shelf, wordings
from questionnaires import versions as comparing
from questionnaires.codebook import Variable
from questionnaires.definitions import Questionnaire
from questionnaires.errors import BadExpression
from questionnaires.library import State, Version
from questionnaires.licences import Licence, Mode
from questionnaires.places import Fault
from questionnaires.versions import Change

SHELF = "shelf"
ANY_WAY = frozenset(Mode)
# What can be done with a version, by the state it is in.
OFFERED: dict[str, tuple[str, ...]] = {
    SHELF: ("keep", "publish"),
    State.DRAFT: ("publish", "discard"),
    State.PUBLISHED: ("retire",),
    State.RETIRED: (),
}
NOBODY: dict[str, str] = {"version": "", "language": "", "mode": "", "granted_by": "", "granted_on": "", "until": ""}


class Edition(Struct, frozen=True):
    """A version with the one before it, what was granted for it and the words loaded beside it."""

    definition: Questionnaire
    state: str
    published_at: datetime | None
    before: Questionnaire | None
    granted: list[Licence]
    loaded: dict[str, dict[str, str]]
    today: date

    @property
    def path(self) -> str:
        return f"/questionnaires/{self.definition.code}/{self.definition.version}"

    @property
    def changes(self) -> list[Change]:
        """What is new since the version before, in words that may stand on a screen."""
        if self.before is None:
            return []
        return comparing.changes(self._hushed(self.before, {Mode.SCREEN}), self._hushed(self.definition, {Mode.SCREEN}))

    @property
    def languages(self) -> list[str]:
        return list(dict.fromkeys([*self.definition.languages, *self.loaded]))

    @property
    def hidden(self) -> list[str]:
        """The languages of loaded words that may not stand on a screen."""
        return [language for language in self.loaded if not self.may_say(language, {Mode.SCREEN})]

    @property
    def missing(self) -> dict[str, int]:
        """How many places a respondent would find empty, by language, were all that is loaded shown."""
        return {
            language: len(wordings.missing(self.definition, self.loaded.get(language, {}), language))
            for language in self.languages
        }

    def may_say(self, language: str, modes: Collection[Mode]) -> bool:
        """Whether words in this language may leave today, in one of these ways."""
        granted = licences.languages(self.definition, self.granted, modes, on=self.today)
        return not licences.needed(self.definition) or language in granted

    def texts(self, modes: Collection[Mode]) -> dict[str, dict[str, str]]:
        """The loaded words that may leave today, in one of these ways."""
        return {language: texts for language, texts in self.loaded.items() if self.may_say(language, modes)}

    def worded(self, modes: Collection[Mode]) -> Questionnaire:
        """What it asks, in the words that may leave today, in one of these ways."""
        return self._hushed(wordings.spoken(self.definition, self.texts(modes)), modes)

    def _hushed(self, definition: Questionnaire, modes: Collection[Mode]) -> Questionnaire:
        if not licences.needed(definition):
            return definition
        return wordings.hushed(definition, licences.languages(definition, self.granted, modes, on=self.today))


async def find(request: Request[Any, Any, Any], conn: Connection, code: str, version: str) -> Edition:
    known = [each for each in await library.every(conn) if each.code == code]
    here = next((each for each in known if each.version == version), None)
    before = _before(known, here)
    wanted = {(each.code, each.version) for each in (here, before) if each}
    held = await library.definitions_of(conn, wanted)
    protocol = await declaration.current(conn)
    return Edition(
        definition=held[code, version] if here else shelf.load(code, version),
        state=here.state if here else SHELF,
        published_at=here.published_at if here else None,
        before=held[before.code, before.version] if before else None,
        granted=await licences.of(conn, code),
        loaded=await wordings.of(conn, code, version),
        today=pages.today(request.app.state.ground, protocol.time_zone),
    )


def _before(known: list[Version], here: Version | None) -> Version | None:
    """The version that was published last before this one."""
    published = [(each.published_at, each.version, each) for each in known if each.published_at and each != here]
    if here is not None and here.published_at is not None:
        published = [found for found in published if found[:2] < (here.published_at, here.version)]
    return max(published, key=lambda found: found[:2])[2] if published else None


def draw(
    request: Request[Any, Any, Any],
    viewer: Viewer,
    edition: Edition,
    *,
    complaints: Mapping[str, str] | None = None,
    typed: Mapping[str, Any] | None = None,
    wording_faults: list[str] | None = None,
    status: int = 422,
) -> Response[str]:
    """The whole page; what is wrong in one of its forms stands at that form."""
    shown, faults = edition.worded({Mode.SCREEN}), checks.faults(edition.definition)
    ways = licences.ways(edition.definition, edition.granted, on=edition.today)
    return pages.page(
        request,
        "library/version.html",
        status=status if complaints else 200,
        edition=edition,
        questionnaire=shown,
        parts=outline.parts(shown),
        variables=_variables(shown, faults),
        faults=faults,
        ways=[licences.SAID[mode] for mode in ways],
        places=wordings.places(shown),
        modes={mode.value: said for mode, said in licences.SAID.items()},
        may_write=Right.WRITE_QUESTIONNAIRES in viewer.rights,
        offered=OFFERED[edition.state],
        typed=NOBODY | dict(typed or {}),
        wording_faults=wording_faults or [],
        complaints=dict(complaints or {}),
    )


def _variables(shown: Questionnaire, faults: tuple[Fault, ...]) -> tuple[Variable, ...]:
    """A draft with faults may hold a calculation nobody can read; then its variables are not known yet."""
    try:
        return codebook.variables(shown, shown.default_language)
    except BadExpression:
        if not faults:
            raise
        return ()

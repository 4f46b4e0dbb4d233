"""Preview: a version is filled in as somebody would, to see what it asks and what it gives; nothing of it is kept."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from asyncpg import Connection
from litestar import Request, Response, get, post
from litestar.params import FromPath
from msgspec import Struct

from fieldwork.base import ids
from fieldwork.staff.rights import Right
from fieldwork.study import declaration
from fieldwork.study.protocol import Protocol
from fieldwork.web import asking, fields, forms, keeping, live, pages, posting
from fieldwork.web.asking import Sitting
from fieldwork.web.fields import Field
from fieldwork.web.given import Conn, Form
from fieldwork.web.opened import Opened
from fieldwork.web.staff import versions
from fieldwork.web.staff.versions import Edition
from questionnaires import answers, checks, codebook, flow, places, translations
from questionnaires.administrations import Administration
from questionnaires.definitions import Questionnaire
from questionnaires.errors import CannotScore, WrongAnswer
from questionnaires.licences import Mode
from questionnaires.places import Fault

Complaints = dict[str, str]
SEE = "see"
# No question can be called like this.
WAVE, AGE, BEFORE = "try:wave", "try:age", "try:before:"
OLDEST = 120


class Given(Struct, frozen=True):
    """A value of the data as it would be exported, with what its number means."""

    name: str
    label: str
    value: str
    means: str
    is_score: bool


class Page(Struct, frozen=True):
    """A section that applies now, with its questions."""

    here: Sitting
    fields: list[Field]


@get("/questionnaires/{code:str}/{version:str}/try", needs=Right.SEE_PROTOCOL)
async def show_preview(
    request: Request[Any, Any, Any], conn: Conn, code: FromPath[str], version: FromPath[str]
) -> Response[str]:
    edition, protocol = await _edition(request, conn, code, version)
    now = _now(request, protocol)
    faults = _unreadable(edition.definition)
    known = {} if faults else flow.defaults(edition.definition, today=now.date(), now=now)
    return _page(request, edition, protocol, _sitter(edition, protocol, known, now.date()), faults=faults)


@post("/questionnaires/{code:str}/{version:str}/try", needs=Right.SEE_PROTOCOL)
async def fill_in(
    request: Request[Any, Any, Any], conn: Conn, code: FromPath[str], version: FromPath[str], form: Form
) -> Response[str]:
    """What was typed is read as an interview's is, and forgotten once the page is drawn."""
    edition, protocol = await _edition(request, conn, code, version)
    now = _now(request, protocol)
    faults = _unreadable(edition.definition)
    blank = _sitter(edition, protocol, {}, now.date())
    if faults:
        return _page(request, edition, protocol, blank, faults=faults)
    held, complaints = _answered(edition.definition, blank, form, now)
    return _page(request, edition, protocol, held, typed=form, complaints=complaints)


async def _edition(
    request: Request[Any, Any, Any], conn: Connection, code: str, version: str
) -> tuple[Edition, Protocol]:
    return await versions.find(request, conn, code, version), await declaration.current(conn)


def _now(request: Request[Any, Any, Any], protocol: Protocol) -> datetime:
    now: datetime = request.app.state.ground.clock.now()
    return now.astimezone(ZoneInfo(protocol.time_zone))


def _unreadable(definition: Questionnaire) -> list[Fault]:
    """Faults with which nobody can fill it in; words that are still to be translated keep nobody from trying."""
    untranslated = set(translations.faults(definition, list(places.entries(definition))))
    return [fault for fault in checks.faults(definition) if fault not in untranslated]


def _sitter(edition: Edition, protocol: Protocol, known: dict[str, Any], today: date) -> Administration:
    """Somebody who does not exist, at a visit that is not held."""
    nobody, definition = ids.new_id(), edition.definition
    return Administration(
        family_id=nobody,
        administration_id=nobody,
        site_id=0,
        wave=protocol.waves[0].code,
        questionnaire=definition.code,
        version=definition.version,
        hash="",
        title="",
        respondent_id=nobody,
        subject_kind=definition.about,
        subject_id=nobody,
        mode="face_to_face",
        state="open",
        held_on=today,
        answers=known,
        seqs={},
        seq=0,
        scores=None,
        completed_at=None,
    )


def _answered(
    definition: Questionnaire, blank: Administration, form: Any, now: datetime
) -> tuple[Administration, Complaints]:
    items = [item for section in definition.sections for item in section.items]
    saves, complaints = posting.saves(posting.asked(items, form), blank, form, at=now, gone=posting.gone(items, form))
    known: dict[str, Any] = {}
    for save in saves:
        try:
            known[save.item] = answers.check(answers.find(definition, save.item), save.value).value
        except WrongAnswer as error:
            complaints[save.item] = error.sentence
    typed = _open(definition, msgspec.structs.replace(blank, answers=known), now, form)
    known |= {save.item: save.value for save in keeping.set_off(typed, saves)}
    return msgspec.structs.replace(blank, answers=known), complaints


def _open(definition: Questionnaire, held: Administration, now: datetime, typed: Any) -> Opened:
    """Nobody was asked before: what was said earlier is what somebody wants to have been said."""
    before = {name: text for name, text in _before(definition, typed).items() if text}
    return Opened(held, definition, before, definition.default_language, now)


def _before(definition: Questionnaire, typed: Any) -> Mapping[str, str]:
    names = {BEFORE + each.name: each.name for each in definition.earlier}
    given = forms.texts(typed, list(names)) if typed is not None else dict.fromkeys(names, "")
    return {names[field]: text.strip() for field, text in given.items()}


def _page(
    request: Request[Any, Any, Any],
    edition: Edition,
    protocol: Protocol,
    held: Administration,
    *,
    typed: Any = None,
    complaints: Complaints | None = None,
    faults: list[Fault] | None = None,
) -> Response[str]:
    now, spoken = _now(request, protocol), edition.worded({Mode.SCREEN})
    drawn = [] if faults else _pages(spoken, held, now, typed, complaints or {})
    chosen = forms.texts(typed, [WAVE, AGE]) if typed is not None else {WAVE: "", AGE: ""}
    complaints = _wrong_age(chosen[AGE]) | (complaints or {})
    wants_to_see = typed is not None and posting.then(typed) == SEE and not complaints and not faults
    return pages.page(
        request,
        "library/try.html",
        status=422 if complaints else 200,
        edition=edition,
        questionnaire=spoken,
        pages=drawn,
        faults=faults or [],
        form_id=ids.new_id(),
        waves=protocol.waves,
        chosen=chosen,
        before=_before(spoken, typed),
        live=_live(drawn),
        notes=_notes(edition.definition, protocol, chosen),
        found=_found(spoken, held) if wants_to_see else None,
        wordless=any(field.wordless for page in drawn for field in fields.each(page.fields)),
        complaints=complaints,
    )


def _pages(
    spoken: Questionnaire, held: Administration, now: datetime, typed: Any, complaints: Complaints
) -> list[Page]:
    found, tried = [], _open(spoken, held, now, typed)
    for part in asking.sitting(tried, "").sections:
        here = asking.sitting(tried, part.name)
        rows = posting.rows(here.section.items, typed) if typed is not None else {}
        drawn = asking.fields(here, complaints, rows)
        for field in fields.each(drawn):
            field.takes_files = False
        if typed is not None:
            posting.again(fields.each(drawn), typed, complaints)
        found.append(Page(here, drawn))
    return found


def _live(drawn: list[Page]) -> dict[str, Any] | None:
    """What the page's script follows the answers with, over all its sections."""
    return live.data(drawn[0].here, [field for page in drawn for field in page.fields]) if drawn else None


def _wrong_age(text: str) -> Complaints:
    return {AGE: "Enter a whole number of years, like 7."} if text and _age(text) is None else {}


def _age(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(OLDEST)) else None


def _notes(definition: Questionnaire, protocol: Protocol, chosen: Any) -> list[str]:
    """Where it would not be asked at all, whatever it gives here."""
    notes, age, wave = [], _age(chosen[AGE]), chosen[WAVE]
    made_for = definition.ages
    if age is not None and made_for and not made_for.minimum <= age <= made_for.maximum:
        notes.append(f"It is made for ages {made_for.minimum} to {made_for.maximum}, not for {age}.")
    if wave not in {each.code for each in protocol.waves}:
        return notes
    asked = [
        each
        for each in protocol.asking
        if (each.questionnaire, each.version, each.wave) == (definition.code, definition.version, wave)
    ]
    if not asked:
        notes.append(f"The protocol does not ask this version at {wave}.")
    spans = [each.ages for each in asked if each.ages]
    if age is not None and spans and not any(low <= age <= high for low, high in spans):
        said = ", ".join(f"{low} to {high}" for low, high in spans)
        notes.append(f"At {wave} the protocol asks it at ages {said}: at {age} it would not be asked.")
    return notes


def _found(spoken: Questionnaire, held: Administration) -> list[Given]:
    """The row of the data these answers would become; a repeat has a table of its own and is not shown."""
    try:
        row = codebook.encode(spoken, held.answers, today=held.held_on)
    except CannotScore:
        return []
    return [
        Given(
            name=each.name,
            label=each.label,
            value="" if row.get(each.name) is None else str(row[each.name]),
            means=_means(each, row.get(each.name)),
            is_score=each.item not in spoken.items,
        )
        for each in codebook.variables(spoken, spoken.default_language)
    ]


def _means(variable: codebook.Variable, value: Any) -> str:
    if value is None:
        return "no value"
    return (variable.values | variable.missing).get(value, "") if isinstance(value, int) else ""


routes = [show_preview, fill_in]

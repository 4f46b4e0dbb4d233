"""Downloads: a questionnaire leaves as a workbook, a file for translators or on paper, in words that may leave."""

import asyncio
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from msgspec import Struct

from fieldwork.cases import due, visits
from fieldwork.cases.due import Due
from fieldwork.cases.errors import NothingDue
from fieldwork.export import paper
from fieldwork.export.paper import Sheet
from fieldwork.people import persons
from fieldwork.people.persons import Person
from fieldwork.staff.rights import Right
from fieldwork.study import declaration
from fieldwork.web import forms, pages
from fieldwork.web.forms import Complaints
from fieldwork.web.given import Conn, Form, OpenCase, Who
from fieldwork.web.staff import versions
from fieldwork.web.staff.versions import ANY_WAY, Edition
from questionnaires import wordings, xlsform
from questionnaires.definitions import Questionnaire
from questionnaires.errors import NotForWorkbooks
from questionnaires.licences import Mode
from questionnaires.sentences import Sentence

TYPES = {
    "pdf": "application/pdf",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class Wanted(Struct, frozen=True):
    file: str
    languages: list[str] = []
    more: str = ""


@post("/questionnaires/{code:str}/{version:str}/files", needs=Right.SEE_PROTOCOL)
async def take_out(
    request: Request[Any, Any, Any], conn: Conn, viewer: Who, code: FromPath[str], version: FromPath[str], form: Form
) -> Response[Any]:
    """One of the files a version can be had as. That it was handed out is noted before it leaves."""
    edition = await versions.find(request, conn, code, version)
    given, complaints = forms.read(form, Wanted)
    if given is not None:
        complaints = _not_offered(given, edition)
    if given is None or complaints:
        return versions.draw(request, viewer, edition, complaints=complaints, typed=forms.texts(form, ["more"]))
    languages = [*given.languages, *filter(None, [given.more])]
    try:
        ending, content = await asyncio.to_thread(WRITERS[given.file], edition, languages)
    except NotForWorkbooks as error:
        return versions.draw(request, viewer, edition, complaints={"file": str(error)}, status=409)
    thing = f"questionnaires.version {code} {version}"
    await conn.execute("select trail.note_act($1, 'download', $2)", thing, [given.file, *languages])
    return _file(content, f"{code}-{version}", ending)


def _not_offered(given: Wanted, edition: Edition) -> Complaints:
    complaints: Complaints = {}
    if given.file not in WRITERS or not set(given.languages) <= set(edition.languages):
        complaints["file"] = "Choose one of the files and languages offered."
    if given.more and (given.file != "wording" or not wordings.is_language(given.more)):
        complaints["more"] = "Only a wording file has room for another language, by its code, like cy."
    return complaints


def _workbook(edition: Edition, _: list[str]) -> tuple[str, bytes]:
    return "xlsx", xlsform.write(edition.worded({Mode.SCREEN}))


def _words(edition: Edition, languages: list[str]) -> tuple[str, bytes]:
    """Whoever translates sees the words that may be used in some way; of others only what each is about."""
    spoken = edition.worded(ANY_WAY)
    return "csv", wordings.template(spoken, edition.texts(ANY_WAY), languages or edition.languages)


def _paper(edition: Edition, languages: list[str]) -> tuple[str, bytes]:
    language = next(iter(languages), edition.definition.default_language)
    return "pdf", paper.printed(printable(edition, language), Sheet(), language=language)


WRITERS = {"xlsform": _workbook, "wording": _words, "paper": _paper}


def printable(edition: Edition, language: str) -> Questionnaire:
    """What may be put on paper in this language; paper shows of what may not, or is not all there, only a cover."""
    spoken = edition.worded({Mode.PAPER})
    is_whole = spoken.licence.wording == "own" or not wordings.missing(spoken, {}, language)
    if edition.may_say(language, {Mode.PAPER}) and is_whole:
        return spoken
    return paper.covered(spoken)


@get(
    "/families/{family_id:uuid}/visits/{wave:str}/paper/{questionnaire:str}/{respondent_id:uuid}/{subject_id:uuid}",
    needs=Right.INTERVIEW,
    notes="to print a sheet for the family",
)
async def print_sheet(
    request: Request[Any, Any, Any],
    conn: Conn,
    case: OpenCase,
    viewer: Who,
    wave: FromPath[str],
    questionnaire: FromPath[str],
    respondent_id: FromPath[UUID],
    subject_id: FromPath[UUID],
) -> Response[bytes]:
    """A sheet for one person of one family: the study reference, the wave and the person's place, never a name."""
    visit = await visits.find(conn, case.family_id, wave)
    on = visit.held_on or pages.today(request.app.state.ground, case.time_zone)
    people, protocol = await persons.of_family(conn, case.family_id), await declaration.current(conn)
    expected = due.at(protocol, wave, people, reader=viewer.account_id, on=on)
    asked = _asked(expected, (questionnaire, respondent_id, subject_id))
    edition = await versions.find(request, conn, asked.questionnaire, asked.version)
    labels = {person.person_id: person.label for person in people}
    sheet = Sheet(case.reference, wave, labels.get(respondent_id, Sentence("Researcher")), _about(asked, labels))
    language = _language(edition, people, respondent_id)
    content = await asyncio.to_thread(paper.printed, printable(edition, language), sheet, language=language)
    thing = f"questionnaires.version {asked.questionnaire} {asked.version}"
    await conn.execute("select trail.note_reading($1, $2, $3, '{}')", case.family_id, case.site_id, thing)
    return _file(content, f"{case.reference}-{wave}-{questionnaire}", "pdf")


def _asked(expected: list[Due], wanted: tuple[str, UUID, UUID]) -> Due:
    for each in expected:
        if wanted == (each.questionnaire, each.respondent_id, each.subject_id):
            return each
    raise NothingDue


def _about(asked: Due, labels: dict[UUID, str]) -> str:
    if asked.subject_kind == "self":
        return ""
    whole = Sentence("The family") if asked.subject_kind == "family" else f"The {asked.subject_kind}"
    return labels.get(asked.subject_id, whole)


def _language(edition: Edition, people: list[Person], respondent_id: UUID) -> str:
    """The language somebody speaks, where every word of it is there and may be printed."""
    spoken = next((person.language for person in people if person.person_id == respondent_id), "")
    if spoken in edition.languages and printable(edition, spoken).licence.wording != "topics":
        return spoken
    return edition.definition.default_language


def _file(content: bytes, name: str, ending: str) -> Response[bytes]:
    said = {"content-disposition": f'attachment; filename="{name}.{ending}"'}
    return Response(content, media_type=TYPES[ending], status_code=200, headers=said)


routes = [take_out, print_sheet]

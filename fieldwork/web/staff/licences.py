"""Licences: what owners granted is recorded and ended, and their words are loaded beside a version."""

from datetime import date
from typing import Any

from litestar import Request, Response, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath
from msgspec import Struct

from fieldwork.staff.rights import Right
from fieldwork.web import forms, pages, problems
from fieldwork.web.forms import Complaints
from fieldwork.web.given import Conn, Form, Who
from fieldwork.web.staff import versions
from fieldwork.web.staff.versions import ANY_WAY, SHELF, Edition
from questionnaires import licences, wordings
from questionnaires.errors import FaultyWording, UnreadableTable
from questionnaires.licences import Grant, Mode

THIS, ALL = "this", "all"


class Granted(Struct, frozen=True):
    covers: str
    language: str
    mode: Mode
    granted_by: str
    granted_on: date
    until: date | None = None


@post("/questionnaires/{code:str}/{version:str}/licences", needs=Right.WRITE_QUESTIONNAIRES)
async def record(
    request: Request[Any, Any, Any], conn: Conn, viewer: Who, code: FromPath[str], version: FromPath[str], form: Form
) -> Response[Any]:
    """Who allowed what, since when and until when; it is the study's proof, so nothing of it is guessed."""
    edition = await versions.find(request, conn, code, version)
    given, complaints = forms.read(form, Granted)
    if given is not None:
        complaints = _unlikely(given, edition.today)
    if given is None or complaints:
        typed = forms.texts(form, ["covers", "language", "mode", "granted_by", "granted_on", "until"])
        return versions.draw(request, viewer, edition, complaints=complaints, typed=typed)
    covers = version if given.covers == THIS else None
    grant = Grant(covers, given.language, given.mode, given.granted_by, given.granted_on, given.until)
    await licences.record(conn, code, grant)
    return pages.see_other(edition.path, "licensed", "licences")


def _unlikely(given: Granted, today: date) -> Complaints:
    complaints: Complaints = {}
    if given.covers not in {THIS, ALL}:
        complaints["covers"] = "Choose one of the answers offered."
    if not wordings.is_language(given.language):
        complaints["language"] = "Name the language by its code, like en or cy."
    if given.granted_on > today:
        complaints["granted_on"] = "This day is still to come."
    if given.until is not None and given.until < given.granted_on:
        complaints["until"] = "The last day is before the first."
    return complaints


@post("/questionnaires/{code:str}/{version:str}/licences/{no:int}/end", needs=Right.WRITE_QUESTIONNAIRES)
async def end(
    request: Request[Any, Any, Any],
    conn: Conn,
    viewer: Who,
    code: FromPath[str],
    version: FromPath[str],
    no: FromPath[int],
) -> Response[Any]:
    edition = await versions.find(request, conn, code, version)
    if no not in {each.no for each in edition.granted if each.ended_on is None}:
        complaints = {"licences": "There is no such licence that could be ended."}
        return versions.draw(request, viewer, edition, complaints=complaints, status=409)
    await licences.end(conn, code, no, on=edition.today)
    return pages.see_other(edition.path, "unlicensed", "licences")


@post("/questionnaires/{code:str}/{version:str}/wordings", needs=Right.WRITE_QUESTIONNAIRES)
async def load(
    request: Request[Any, Any, Any], conn: Conn, viewer: Who, code: FromPath[str], version: FromPath[str], form: Form
) -> Response[Any]:
    """The words of a file, all of them or none, in languages whose owner has allowed them in some way."""
    edition = await versions.find(request, conn, code, version)
    uploaded = form.get("words")
    content = await uploaded.read() if isinstance(uploaded, UploadFile) else b""
    sentence, faults = "", list[str]()
    try:
        texts = wordings.read(edition.definition, content) if content else {}
        sentence = _refused(edition, {language: words for language, words in texts.items() if words})
    except FaultyWording as error:
        sentence, faults = problems.sentence(error), str(error).splitlines()
    except UnreadableTable as error:
        sentence = str(error) or problems.sentence(error)
    if sentence:
        return versions.draw(request, viewer, edition, complaints={"words": sentence}, wording_faults=faults)
    await wordings.load(conn, edition.definition, texts)
    return pages.see_other(edition.path, "worded", "wordings")


def _refused(edition: Edition, texts: dict[str, dict[str, str]]) -> str:
    if edition.state == SHELF:
        return "Take this version over from the shelf first."
    if not texts:
        return "Choose a file with words in it."
    unlicensed = sorted(language for language in texts if not edition.may_say(language, ANY_WAY))
    if unlicensed:
        return f"No licence is recorded for words in {', '.join(unlicensed)}. Record first what the owner allowed."
    return ""


routes = [record, end, load]

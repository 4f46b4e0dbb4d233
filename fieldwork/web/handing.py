"""Handing in: files that come with a form, looked at before anything is saved, and what a page says of them later."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from asyncpg import Connection
from litestar.datastructures import UploadFile

from fieldwork.base.crypto import Ring
from fieldwork.cases import contents, documents
from fieldwork.cases import errors as cases
from fieldwork.cases.documents import Document, Handed
from fieldwork.web import fields, posting
from fieldwork.web.fields import Field, Here
from fieldwork.web.ground import Ground
from questionnaires.administrations import Administration
from questionnaires.definitions import Questionnaire, Respondent, Upload
from questionnaires.sentences import Sentence

# A file, and around it the rest of the form it comes with.
LARGEST_BODY = contents.LARGEST + 1_000_000
REFUSED = (
    cases.CutOff,
    cases.EmptyFile,
    cases.FileTooLarge,
    cases.HoldsProgram,
    cases.NamedByPath,
    cases.SeveralFiles,
    cases.TooManyPoints,
    cases.TooMuchInside,
    cases.WrongFile,
)
SAID = {
    "image": Sentence("A picture is here, %(size)s."),
    "audio": Sentence("A sound is here, %(size)s."),
    "video": Sentence("A film is here, %(size)s."),
    "file": Sentence("A file is here, %(size)s."),
}
THOUSAND, MILLION = 1_000, 1_000_000

Files = dict[str, Handed | None]  # by the question's place; nothing where what came was refused
Keys = Callable[[Connection, Ring, UUID, UUID], Awaitable[bytes]]


async def look(asked: posting.Asked, held: Administration, form: Any) -> tuple[Files, dict[str, str]]:
    """What came for each question that asks for a file; what comes for another is no form of ours."""
    kinds = {place: item.kind for place, item in asked if isinstance(item, Upload)}
    found, complaints = Files(), dict[str, str]()
    for place, came in _came(form).items():
        if place not in kinds:
            raise cases.StrayFile
        try:
            found[place] = await _taken(place, kinds[place], came, held, form)
        except REFUSED as error:
            found[place] = None
            complaints[place] = error.args[0] if error.args else Sentence(type(error).__doc__ or "")
    return found, complaints


def _came(form: Any) -> dict[str, list[UploadFile]]:
    came: dict[str, list[UploadFile]] = {}
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            came.setdefault(name, []).append(value)
    return came


async def _taken(place: str, kind: str, came: list[UploadFile], held: Administration, form: Any) -> Handed:
    if len(came) > 1:
        raise cases.SeveralFiles
    if set(came[0].filename) & set("/\\\0"):
        raise cases.NamedByPath
    posted = await came[0].read()
    content = await asyncio.to_thread(contents.read, posted, kind)
    return Handed(documents.name_of(held, posting.form_id(form), place, posted), place, content)


def names(files: Files) -> dict[str, str | None]:
    """The files as answers."""
    return {place: str(handed.document_id) if handed else None for place, handed in files.items()}


async def keep(
    conn: Connection, ground: Ground, files: Files, held: Administration, *, person_id: UUID, keys: Keys
) -> None:
    """After their saves, which have asked permission and stand in the same transaction."""
    kept = [handed for handed in files.values() if handed is not None]
    if not kept:
        return
    key = await keys(conn, ground.ring, held.family_id, person_id)
    for handed in kept:
        await documents.keep(conn, ground.store, key, held, handed, person_id=person_id)


def whose(definition: Questionnaire, held: Administration) -> UUID:
    """Whose key it is kept under: the respondent's, or the family's where a researcher answers about it."""
    return held.family_id if definition.respondent is Respondent.RESEARCHER else held.respondent_id


def asks(drawn: list[Field]) -> bool:
    return any(field.kind == "file" for field in fields.each(drawn))


async def describe(conn: Connection, held: Administration, drawn: list[Field], path: str = "") -> None:
    """What is there already, by kind and size; staff have a path to it, and nobody sees it on the page itself."""
    answered = [field for field in fields.each(drawn) if field.kind == "file" and field.value]
    kept = await documents.of_administration(conn, held.family_id, held.administration_id) if answered else {}
    for field in answered:
        found = kept.get(field.value)
        field.file = Here(_said(found), f"{path}/{found.document_id}" if path else "") if found else None


def _said(document: Document) -> Sentence:
    size = document.size
    shown = f"{size / MILLION:.1f} MB" if size >= MILLION else f"{max(1, round(size / THOUSAND))} KB"
    return Sentence(SAID[document.kind].template, size=shown)

"""The library: every questionnaire there is, taken in from files, published and retired."""

import asyncio
from datetime import date
from pathlib import PurePath
from typing import Any

from asyncpg import Connection
from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath
from msgspec import Struct

from fieldwork.staff.rights import Right
from fieldwork.staff.sessions import Viewer
from fieldwork.study import declaration
from fieldwork.web import pages, problems
from fieldwork.web.given import Conn, Form, Who
from fieldwork.web.staff import versions
from questionnaires import checks, library, licences, reading, redcap, shelf, wordings, xlsform
from questionnaires.definitions import Questionnaire
from questionnaires.errors import DefinitionFault, FaultyForm, UnreadableTable, VersionFrozen
from questionnaires.imported import Imported
from questionnaires.licences import Licence
from questionnaires.names import Names
from questionnaires.notices import Notice
from questionnaires.places import Fault

MOST_SHOWN = 200


class Listed(Struct, frozen=True):
    """A version in the list: whose words it asks in, and in which ways it may be shown today."""

    questionnaire: Questionnaire
    state: str
    loaded: list[str]
    ways: list[str]


class Taken(Struct, frozen=True):
    """What came of a file: a draft, what was left out or changed on the way, and what is still to be mended."""

    questionnaire: Questionnaire
    notices: list[str]
    faults: tuple[Fault, ...]


class Refused(Struct, frozen=True):
    """Why nothing of a file was taken in."""

    sentence: str
    faults: tuple[Fault, ...] = ()


@get("/questionnaires", needs=Right.SEE_PROTOCOL)
async def show_library(request: Request[Any, Any, Any], conn: Conn, viewer: Who) -> Response[str]:
    return await _page(request, conn, viewer)


@post("/questionnaires", needs=Right.WRITE_QUESTIONNAIRES)
async def take_in(request: Request[Any, Any, Any], conn: Conn, viewer: Who, form: Form) -> Response[str]:
    """A file becomes drafts, all it holds or none; what was left out and what is to be mended is said beside each."""
    uploaded, beside = await _handed_in(form, "file"), await _handed_in(form, "beside")
    if not uploaded:
        return await _page(request, conn, viewer, refused=Refused("Choose a file."))
    # A large workbook takes a while, and others want their pages meanwhile.
    found = await asyncio.to_thread(_read, *next(iter(uploaded.items())), beside)
    refused = found if isinstance(found, Refused) else await _keep(conn, found)
    if isinstance(found, Refused) or refused is not None:
        return await _page(request, conn, viewer, refused=refused)
    return await _page(request, conn, viewer, taken=[_taken(each) for each in found])


async def _handed_in(form: Any, field: str) -> dict[str, bytes]:
    """What was chosen in a field, by the names of the files; a browser sends an empty one where nothing was."""
    chosen = [each for each in form.getall(field, []) if isinstance(each, UploadFile)]
    return {each.filename: content for each in chosen if (content := await each.read())}


def _read(name: str, content: bytes, beside: dict[str, bytes]) -> tuple[Imported, ...] | Refused:
    try:
        return _asked(PurePath(name), content, beside)
    except FaultyForm as error:
        return Refused(problems.sentence(error), tuple(_placed(each) for each in error.faults))
    except DefinitionFault as error:
        return Refused(problems.sentence(error), (Fault(error.place, error.sentence, ""),))
    except (UnicodeDecodeError, RecursionError):
        return Refused("This file is not text that can be read. Save it as UTF-8.")
    except UnreadableTable as error:
        return Refused(str(error) or problems.sentence(error))


def _asked(path: PurePath, content: bytes, beside: dict[str, bytes]) -> tuple[Imported, ...]:
    """What a file asks, whichever of the three ways it is written in."""
    if path.suffix.lower() == ".toml":
        return (Imported(reading.read(content.decode("utf-8-sig"))),)
    if path.suffix.lower() == ".csv":
        return redcap.read(content)
    return (xlsform.read(content, name=Names().free(path.stem), files=beside),)


def _placed(notice: Notice) -> Fault:
    column = f", {notice.column}" if notice.column else ""
    return Fault(f"{notice.sheet}, row {notice.row}{column}", notice.sentence, "")


async def _keep(conn: Connection, found: tuple[Imported, ...]) -> Refused | None:
    """All of it, or none where one of the versions can't be kept."""
    for code, version in ((each.questionnaire.code, each.questionnaire.version) for each in found):
        if not checks.CODE.fullmatch(code) or not checks.CODE.fullmatch(version):
            return Refused(
                f"“{code[:64]}” in version “{version[:64]}” can't be kept: a code and a version stand in addresses and"
                " have at most 64 letters, digits, dots, hyphens and underscores."
            )
    try:
        async with conn.transaction():
            for each in found:
                await library.keep(conn, each.questionnaire)
    except VersionFrozen as error:
        return Refused(f"{error} is published and never changes. Give what you changed another version.")
    return None


def _taken(found: Imported) -> Taken:
    notices = [str(notice) for notice in found.notices]
    return Taken(found.questionnaire, notices, checks.faults(found.questionnaire))


async def _page(
    request: Request[Any, Any, Any],
    conn: Connection,
    viewer: Viewer,
    *,
    refused: Refused | None = None,
    taken: list[Taken] | None = None,
) -> Response[str]:
    protocol = await declaration.current(conn)
    granted = await licences.every(conn)
    today = pages.today(request.app.state.ground, protocol.time_zone)
    return pages.page(
        request,
        "library/list.html",
        status=422 if refused else 200,
        listed=await _listed(conn, granted, today),
        granted=granted,
        said=licences.SAID,
        on=today,
        may_write=Right.WRITE_QUESTIONNAIRES in viewer.rights,
        complaints={"file": refused.sentence} if refused else {},
        refused=refused.faults[:MOST_SHOWN] if refused else (),
        taken=taken or [],
    )


async def _listed(conn: Connection, granted: list[Licence], today: date) -> list[Listed]:
    """The study's own versions, then what stands on the shelf and was never taken over."""
    known = await library.every(conn)
    held = await library.definitions_of(conn, {(each.code, each.version) for each in known})
    loaded = await wordings.languages(conn)
    states = {(each.code, each.version): each.state.value for each in known}
    resting = [each for each in shelf.shelf() if (each.code, each.version) not in states]
    return [
        Listed(
            questionnaire=each,
            state=states.get((each.code, each.version), versions.SHELF),
            loaded=loaded.get((each.code, each.version), []),
            ways=[licences.SAID[way] for way in licences.ways(each, granted, on=today)],
        )
        for each in [*(held[key] for key in states), *resting]
    ]


@get("/questionnaires/{code:str}/{version:str}", needs=Right.SEE_PROTOCOL)
async def show_version(
    request: Request[Any, Any, Any], conn: Conn, viewer: Who, code: FromPath[str], version: FromPath[str]
) -> Response[str]:
    return versions.draw(request, viewer, await versions.find(request, conn, code, version))


@post("/questionnaires/{code:str}/{version:str}", needs=Right.WRITE_QUESTIONNAIRES)
async def act(
    request: Request[Any, Any, Any], conn: Conn, viewer: Who, code: FromPath[str], version: FromPath[str], form: Form
) -> Response[Any]:
    """Take a version over from the shelf, publish it, discard it or retire it: what its state allows."""
    edition = await versions.find(request, conn, code, version)
    wanted = next(iter(form.getall("act", [])), "")
    if wanted not in versions.OFFERED[edition.state]:
        complaints = {"": "This can't be done with the version as it is now. Look at its state."}
        return versions.draw(request, viewer, edition, complaints=complaints)
    if wanted == "publish" and (faults := checks.faults(edition.definition)):
        sentence = f"It can't be published yet: {len(faults)} to mend, named below."
        return versions.draw(request, viewer, edition, complaints={"": sentence})
    return pages.see_other(*await _done(request, conn, edition.definition, wanted))


async def _done(
    request: Request[Any, Any, Any], conn: Connection, definition: Questionnaire, wanted: str
) -> tuple[str, str]:
    """Where to go on, and what to say there."""
    path = f"/questionnaires/{definition.code}/{definition.version}"
    async with conn.transaction():
        if wanted == "keep":
            await library.keep(conn, definition)
            return path, "kept"
        if wanted == "publish":
            await library.publish(conn, [definition], now=request.app.state.ground.clock.now())
            return path, "published"
        if wanted == "retire":
            await library.retire(conn, definition.code, definition.version)
            return path, "retired"
        await library.discard(conn, definition.code, definition.version)
        return "/questionnaires", "discarded"


routes = [show_library, take_in, show_version, act]

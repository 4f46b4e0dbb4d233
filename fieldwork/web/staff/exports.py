"""Exports: pseudonymised, labelled files for analysis, each download noted."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from asyncpg import Connection
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.response import File
from msgspec import Struct

from fieldwork.base import database
from fieldwork.export import releases
from fieldwork.staff.rights import Right
from fieldwork.staff.sessions import Viewer
from fieldwork.web import forms, pages
from fieldwork.web.staff.reports import as_analyst

Conn = NamedDependency[Connection]
Form = NamedDependency[Any]
Who = NamedDependency[Viewer]
FORMATS = {"csv": "CSV", "sav": "SPSS", "xlsx": "Excel", "dta": "Stata", "parquet": "Parquet"}
SHAPES = {"wide": "Wide: one row for each family, waves side by side", "long": "Long: one row for each answer"}


class Wanted(Struct, frozen=True):
    format: str
    shape: str


@get("/export", needs=Right.EXPORT)
async def show_export(request: Request[Any, Any, Any]) -> Response[str]:
    return pages.page(request, "export/export.html", formats=FORMATS, shapes=SHAPES)


@post("/export", needs=Right.EXPORT)
async def download(request: Request[Any, Any, Any], conn: Conn, viewer: Who, form: Form) -> Response[Any]:
    """A zip of the data, the codebook and their checksums. That it was handed out is noted before it leaves."""
    given, complaints = forms.read(form, Wanted)
    if given is None or given.format not in FORMATS or given.shape not in SHAPES:
        complaints = complaints or {"format": "Choose one of the formats offered."}
        return pages.page(
            request, "export/export.html", status=422, formats=FORMATS, shapes=SHAPES, complaints=complaints
        )
    folder = Path(tempfile.mkdtemp(prefix="fieldwork-export-"))
    async with database.borrowed(request.app.state.ground.pool, as_analyst(request, viewer), readonly=True) as reading:
        files = await releases.export(
            reading, folder / "export", format=given.format, shape=given.shape, sites=viewer.sites
        )
    await conn.execute(
        "select trail.note_act($1, 'export', $2)", f"{given.shape} {given.format}", [file.sha256 for file in files]
    )
    archive = shutil.make_archive(str(folder / "fieldwork-export"), "zip", folder / "export")
    return File(Path(archive), filename=f"fieldwork-{given.shape}-{given.format}.zip", media_type="application/zip")


routes = [show_export, download]

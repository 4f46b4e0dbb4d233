"""Exports: pseudonymised, labelled files for analysis, each download noted."""

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import Any

from litestar import Request, Response, get, post
from litestar.background_tasks import BackgroundTask
from litestar.response import File
from msgspec import Struct

from fieldwork.base import database
from fieldwork.base.database import Acting
from fieldwork.export import releases
from fieldwork.staff.rights import Right
from fieldwork.web import forms, pages
from fieldwork.web.given import Form, Who
from fieldwork.web.ground import Ground
from fieldwork.web.staff.reports import as_analyst

FORMATS = {"csv": "CSV", "sav": "SPSS", "xlsx": "Excel", "dta": "Stata", "parquet": "Parquet"}
SHAPES = {
    "wide": "Wide: one row for each family, waves side by side",
    "long": "Long: one row for each answer",
    "times": "Times: how long each section took, and how often it was interrupted",
}


class Wanted(Struct, frozen=True):
    format: str
    shape: str


@get("/export", needs=Right.EXPORT)
async def show_export(request: Request[Any, Any, Any]) -> Response[str]:
    return pages.page(request, "export/export.html", formats=FORMATS, shapes=SHAPES)


@post("/export", needs=Right.EXPORT)
async def download(request: Request[Any, Any, Any], viewer: Who, form: Form) -> Response[Any]:
    """A zip of the data, the codebook and their checksums. That it was handed out is noted before it leaves."""
    given, complaints = forms.read(form, Wanted)
    if given is None or given.format not in FORMATS or given.shape not in SHAPES:
        complaints = complaints or {"format": "Choose one of the formats offered."}
        return pages.page(
            request, "export/export.html", status=422, formats=FORMATS, shapes=SHAPES, complaints=complaints
        )
    ground: Ground = request.app.state.ground
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="fieldwork-export-"))
    try:
        async with database.borrowed(ground.pool, as_analyst(request, viewer), readonly=True) as conn:
            files = await releases.export(
                conn, folder / "export", format=given.format, shape=given.shape, sites=viewer.sites
            )
        async with database.borrowed(ground.pool, Acting(viewer.actor, ground.clock.now(), viewer.sites)) as conn:
            await conn.execute(
                "select trail.note_act($1, 'export', $2)",
                f"{given.shape} {given.format}",
                [file.sha256 for file in files],
            )
        archive = await asyncio.to_thread(shutil.make_archive, str(folder / "whole"), "zip", folder / "export")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return File(
        Path(archive),
        filename=f"fieldwork-{given.shape}-{given.format}.zip",
        media_type="application/zip",
        status_code=200,
        background=BackgroundTask(shutil.rmtree, folder, ignore_errors=True),
    )


routes = [show_export, download]

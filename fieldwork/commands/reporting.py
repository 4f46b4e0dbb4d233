"""Commands for whoever analyses: reports and exports, both as the analyst's role."""

import sys
from pathlib import Path

import click

from fieldwork.commands import doors
from fieldwork.export import releases
from fieldwork.reports import catalogue

ANALYST = "fieldwork_analyst"


@click.command()
@click.argument("name")
@click.option("--format", "form", type=click.Choice(["json", "csv", "text"]), default="json", show_default=True)
def report(name: str, form: str) -> None:
    """The same figures as the screens'. `report list` names them all."""
    if name == "list":
        doors.say([{"name": key, "about": each.about} for key, each in catalogue.REPORTS.items()])
        return

    async def figures() -> str:
        async with doors.acting(role=ANALYST, readonly=True) as (conn, who):
            return catalogue.render(await catalogue.run(name, conn, who.sites), form)

    sys.stdout.write(doors.run(figures()).rstrip("\n") + "\n")


@click.command()
@click.option("--format", "form", type=click.Choice(["csv", "xlsx", "sav", "dta", "parquet"]), required=True)
@click.option("--shape", type=click.Choice(["wide", "long", "times"]), default="wide", show_default=True)
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path))
def export(form: str, shape: str, out: Path) -> None:
    """Pseudonymised, labelled data with its codebook and checksums. That it was taken is noted."""

    async def take() -> list[releases.File]:
        async with doors.acting(role=ANALYST, readonly=True) as (conn, who):
            files = await releases.export(conn, out, format=form, shape=shape, sites=who.sites)
        async with doors.acting() as (conn, _):
            await conn.execute(
                "select trail.note_act($1, 'export', $2)", f"{shape} {form}", [file.sha256 for file in files]
            )
        return files

    doors.say({"files": doors.run(take())})

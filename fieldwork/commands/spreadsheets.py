"""Commands for a study that was begun on spreadsheets: what they say of decisions, visits and answers is taken in."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from asyncpg import Connection

from fieldwork.cases import spreadsheets
from fieldwork.cases.spreadsheets import Summary
from fieldwork.commands import doors
from fieldwork.study import declaration
from fieldwork.study.protocol import Protocol

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
Taking = Callable[[Connection, Protocol, datetime, date], Awaitable[Summary]]


@click.group()
def permissions() -> None:
    """What families decided."""


@permissions.command("import")
@click.argument("file", type=FILE)
@click.option("--dry-run", is_flag=True, help="Look for faults, change nothing.")
def import_permissions(file: Path, *, dry_run: bool) -> None:
    """One decision a row: reference, person, purpose, decision, given_by, how, decided_on."""
    content = file.read_bytes()
    _take(lambda conn, _, __, today: spreadsheets.take_permissions(conn, content, today=today), dry_run=dry_run)


@click.group()
def visits() -> None:
    """Visits that took place."""


@visits.command("import")
@click.argument("file", type=FILE)
@click.option("--dry-run", is_flag=True, help="Look for faults, change nothing.")
def import_visits(file: Path, *, dry_run: bool) -> None:
    """One person a row: reference, wave, held_on, place, person, came, outside_because."""
    content = file.read_bytes()
    _take(
        lambda conn, protocol, _, today: spreadsheets.take_visits(conn, content, protocol, today=today),
        dry_run=dry_run,
    )


@click.group()
def answers() -> None:
    """Questionnaires that were filled in on paper."""


@answers.command("import")
@click.argument("code")
@click.argument("file", type=FILE)
@click.option("--version", default="", help="Needed where waves ask different versions.")
@click.option("--dry-run", is_flag=True, help="Look for faults, change nothing.")
def import_answers(code: str, file: Path, *, version: str, dry_run: bool) -> None:
    """One sheet a row: reference, wave, respondent, subject, held_on, then a column for each item."""
    content = file.read_bytes()
    _take(
        lambda conn, protocol, now, today: spreadsheets.take_answers(
            conn, content, protocol, code=code, version=version, now=now, today=today
        ),
        dry_run=dry_run,
    )


def _take(taking: Taking, *, dry_run: bool) -> None:
    """All rows or none."""

    async def take() -> Summary:
        async with doors.acting(undo=dry_run) as (conn, who):
            protocol = await declaration.current(conn)
            return await taking(conn, protocol, who.now, who.now.astimezone(ZoneInfo(protocol.time_zone)).date())

    doors.say(doors.run(take()))

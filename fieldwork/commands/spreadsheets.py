"""Commands for one family after another: what spreadsheets say of them is taken in, and a link is made."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from asyncpg import Connection

from fieldwork.base import crypto
from fieldwork.cases import cases, links, spreadsheets
from fieldwork.cases.errors import NothingDue
from fieldwork.cases.spreadsheets import Summary
from fieldwork.commands import doors
from fieldwork.people import persons
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


@click.group()
def link() -> None:
    """Addresses for a parent's phone."""


@link.command()
@click.argument("reference")
@click.option("--wave", required=True)
@click.option("--questionnaire", "code", required=True)
@click.option("--person", default="1", show_default=True, help="The parent's number in the family.")
def make(reference: str, wave: str, code: str, person: str) -> None:
    """An address that opens one questionnaire for one parent; it is told this once."""

    key, link_hash = crypto.new_link(doors.ring(), links.PURPOSE)

    async def new() -> None:
        async with doors.acting() as (conn, who):
            case = await cases.by_reference(conn, reference)
            parents = [each for each in await persons.of_family(conn, case.family_id) if each.role == "parent"]
            found = next((parent for parent in parents if str(parent.position) == person), None)
            on = case.day_of(who.now)
            if found is None or code not in {each.code for each in await links.offered(conn, wave, on=on)}:
                raise NothingDue
            await links.make(
                conn,
                case.family_id,
                case.site_id,
                person_id=found.person_id,
                wave=wave,
                questionnaires=[code],
                link_hash=link_hash,
                now=who.now,
            )

    doors.run(new())
    doors.say({"url": f"{doors.told().family_url}/l/{key}", "days": links.DAYS})


def _take(taking: Taking, *, dry_run: bool) -> None:
    """All rows or none."""

    async def take() -> Summary:
        async with doors.acting(undo=dry_run) as (conn, who):
            protocol = await declaration.current(conn)
            return await taking(conn, protocol, who.now, who.now.astimezone(ZoneInfo(protocol.time_zone)).date())

    doors.say(doors.run(take()))

"""Commands about the study: its protocol, its sites' lists, its windows, its staff."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from fieldwork.base import trail as the_trail
from fieldwork.cases import intake, readings
from fieldwork.commands import doors
from fieldwork.staff import accounts, passwords
from fieldwork.staff.rights import Role
from fieldwork.study import declaration, faults, protocol, sites
from scheduler import windows

REFERENCE = Path(__file__).parent.parent / "study" / "reference" / "study.toml"
DAY = click.DateTime(["%Y-%m-%d"])
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def study() -> None:
    """The protocol: check, apply, show."""


@study.command()
@click.argument("file", type=FILE)
def check(file: Path) -> None:
    """Name every fault of a protocol with its place."""
    faults.refuse(_read(file))
    doors.say({"faults": 0})


@study.command("apply")
@click.argument("file", type=FILE)
def apply_protocol(file: Path) -> None:
    """Make the study what the protocol says; what was collected is never contradicted."""

    wanted = _read(file)

    async def apply() -> declaration.Applied:
        async with doors.acting() as (conn, who):
            applied = await declaration.apply(conn, wanted, now=who.now)
            await readings.expect(conn, wanted)
            return applied

    doors.say(doors.run(apply()))


def _read(file: Path) -> protocol.Protocol:
    return protocol.read(file.read_text("utf-8-sig"))


@study.command()
def show() -> None:
    """The protocol in force."""

    async def current() -> protocol.Protocol:
        async with doors.acting(readonly=True) as (conn, _):
            return await declaration.current(conn)

    doors.say(doors.run(current()))


@click.group()
def referrals() -> None:
    """The lists sites hand over."""


@referrals.command("import")
@click.argument("file", type=FILE)
@click.option("--site", required=True, help="The site's code.")
@click.option("--dry-run", is_flag=True, help="Look for faults, change nothing.")
def import_list(file: Path, site: str, *, dry_run: bool) -> None:
    """Take in a list: all rows or none."""

    content = file.read_bytes()

    async def take() -> intake.Summary:
        async with doors.acting(undo=dry_run) as (conn, who):
            found = await sites.find(conn, site)
            current = await declaration.current(conn)
            today = who.now.astimezone(ZoneInfo(current.time_zone)).date()
            return await intake.take(conn, doors.ring(), found, content, current, today=today)

    doors.say(doors.run(take()))


@click.command()
@click.option("--anchor", required=True, type=DAY, help="The day of the interview the window counts from.")
@click.option("--wave", default="T2", show_default=True)
@click.option("--on", "on_day", type=DAY, help="Where this day stands in the window.")
def window(anchor: datetime, wave: str, on_day: datetime | None) -> None:
    """When a wave may take place, and where a day stands in it. Needs no database."""
    asked = next((each for each in _protocol().waves if each.code == wave), None)
    if asked is None or asked.span is None:
        raise click.UsageError(f"The protocol has no window for {wave}.")
    try:
        found = windows.after(anchor.date(), asked.span)
    except OverflowError as error:
        raise click.UsageError("This window would lie beyond the calendar.") from error
    standing = windows.standing(found, on_day.date()) if on_day else None
    doors.say({"wave": wave, **{name: getattr(found, name) for name in found.__struct_fields__}, "standing": standing})


def _protocol() -> protocol.Protocol:
    """The protocol in force where there is a database, else the reference study's."""
    if not doors.told().database_url:
        return _read(REFERENCE)

    async def current() -> protocol.Protocol:
        async with doors.acting(readonly=True) as (conn, _):
            return await declaration.current(conn)

    found: protocol.Protocol = doors.run(current())
    return found


@click.group()
def staff() -> None:
    """The people who sign in."""


@staff.command()
@click.argument("email")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--site", "site_codes", multiple=True, help="A site's code; once for each. Without any: all sites.")
def add(email: str, role: str, site_codes: tuple[str, ...]) -> None:
    """Make an account; its password and the secret of its second factor are told this once."""
    password = passwords.invented()

    async def make() -> str:
        async with doors.acting() as (conn, _):
            no = await accounts.add(
                conn, email=email, name=email.partition("@")[0], role=Role(role), sites=list(site_codes) or ["*"]
            )
            return await accounts.set_up(conn, doors.ring(), no, role=Role(role), password=password)

    secret = doors.run(make())
    doors.say({"email": email, "role": role, "password": password, "totp_secret": secret})


@click.group()
def trail() -> None:
    """What was done, by whom."""


@trail.command()
@click.option("--head", default="", help="The head an earlier day's log or verification named: it must still be there.")
@click.pass_context
def verify(context: click.Context, head: str) -> None:
    """Reckon every seal anew."""
    if head and not the_trail.HEAD.fullmatch(head):
        raise click.UsageError("A head is a number, a colon and 64 hexadecimal digits.")

    async def look() -> the_trail.Verdict:
        async with doors.acting(readonly=True) as (conn, _):
            return await the_trail.verify(conn, head=head)

    verdict = doors.run(look())
    doors.say(verdict)
    if verdict.broken:
        context.exit(1)

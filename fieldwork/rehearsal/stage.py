"""Stage: what the rehearsal knows while it plays: where it stands in time, the staff, the families met so far."""

from datetime import datetime, time, timedelta
from uuid import UUID

from asyncpg import Connection
from msgspec import Struct, field

from fieldwork.base.crypto import Ring
from fieldwork.base.database import Acting
from fieldwork.people import persons, referrals
from fieldwork.rehearsal import team
from fieldwork.rehearsal.lists import Referred
from fieldwork.staff import accounts, clearances
from fieldwork.staff.accounts import Account
from fieldwork.staff.clearances import Kind
from fieldwork.staff.rights import Role
from fieldwork.study import declaration, sites
from fieldwork.study.protocol import Protocol
from fieldwork.study.sites import Site
from scheduler import availability
from scheduler.availability import Base
from scheduler.free import Hours

FRIDAY = 5


class Family(Struct, frozen=True):
    """A family as its stories know it: persons by their keys."""

    family_id: UUID
    site_id: int
    persons: dict[str, UUID]


class Stage(Struct):
    conn: Connection
    ring: Ring
    protocol: Protocol
    sites: dict[str, Site]
    staff: dict[str, Account]
    now: datetime
    families: dict[int, Family] = field(default_factory=dict)

    def acting(self, email: str) -> Acting:
        """Whoever acts sees the sites of the account, as on the screens."""
        account = self.staff[email]
        return Acting(f"staff:{account.no}", self.now, tuple(self.sites[code].no for code in account.sites))

    async def meet(self, site: Site, named: tuple[Referred, ...]) -> None:
        """Families whose names have come: from now on each is known by its id."""
        numbers = [family.case_number for family in named]
        known = await referrals.by_case_number(self.conn, self.ring, site.no, numbers)
        for story in named:
            family_id = known[story.case_number]
            people = await persons.of_family(self.conn, family_id)
            ids = dict(zip(_in_order(story), [person.person_id for person in people], strict=True))
            self.families[story.number] = Family(family_id, site.no, ids)


def _in_order(story: Referred) -> list[str]:
    """Keys as the study numbers people: parents first, then children from the eldest."""
    parents = [person.key for person in story.persons if person.role == "parent"]
    children = [person for person in story.persons if person.role != "parent"]
    return parents + [child.key for child in sorted(children, key=lambda child: child.born)]


async def raised(conn: Connection, ring: Ring, protocol: Protocol, now: datetime) -> Stage:
    """The study is declared and everyone who works in it has an account, still without a password."""
    await declaration.apply(conn, protocol, now=now)
    for member in team.accounts():
        await accounts.add(conn, email=member.email, name=member.name, role=member.role, sites=list(member.sites))
    places = {site.code: site for site in await sites.every(conn)}
    for one in await accounts.everyone(conn):
        if one.role in (Role.RESEARCHER, Role.COORDINATOR):
            await _clear(conn, one, now)
        if one.role is Role.RESEARCHER:
            await _be_at_work(conn, one, places, now)
    return Stage(conn, ring, protocol, places, {one.email: one for one in await accounts.everyone(conn)}, now)


async def _clear(conn: Connection, account: Account, now: datetime) -> None:
    """Whoever is sent to families was checked and trained before the first of them, and has each site's letter."""
    since, until = now.date() - timedelta(days=90), now.date() + timedelta(days=4 * 365)
    for kind in (Kind.BACKGROUND_CHECK, Kind.SAFEGUARDING_TRAINING):
        await clearances.record(conn, account.no, kind, since=since, until=until)
    for site in account.sites:
        await clearances.record(conn, account.no, Kind.LETTER_OF_ACCESS, since=since, until=until, site=site)


async def _be_at_work(conn: Connection, account: Account, places: dict[str, Site], now: datetime) -> None:
    """Each works where they live, half an hour from family to family, and into the evening when children are home."""
    hours = [Hours(weekday, time(9), time(18), now.date()) for weekday in range(1, 5)]
    await availability.keep_hours(conn, account.no, [*hours, Hours(FRIDAY, time(9), time(16), now.date())])
    await availability.settle(conn, account.no, Base(places[account.sites[0]].no, travel_minutes=30))

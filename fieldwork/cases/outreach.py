"""Outreach: who is to be written to, whether they still are when it comes to it, and what came of it."""

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from asyncpg import Connection
from msgspec import Struct, convert

from consent import permissions, withdrawals
from consent.purposes import Decision, Purpose, Step
from consent.withdrawals import Scope
from fieldwork.base import crypto, languages
from fieldwork.base.crypto import Ring
from fieldwork.base.errors import NotSent
from fieldwork.base.post import Channel
from fieldwork.cases import links, messages
from fieldwork.cases.choosing import Standing
from fieldwork.cases.messages import Due, Message, State
from fieldwork.people import channels, persons
from fieldwork.people.channels import Mark
from fieldwork.people.persons import Person
from fieldwork.study import declaration, texts
from fieldwork.study.texts import Kind
from scheduler import hours, wishes
from scheduler.appointments import LIVE

MOST = 500  # of each kind in one round
# A hand-over is over after a minute; what has no result after five was cut off.
LEASE = timedelta(minutes=5)
LATER = timedelta(minutes=15)
# Whoever has said no to one of these is not written to, whatever else a step stands on.
REFUSED = {Purpose.APPROACH, Purpose.TAKE_PART}
# A page of one's own can be opened by whoever reads the message, so that it goes only where nobody else reads.
WAYS: dict[Kind, tuple[tuple[Channel, ...], frozenset[Mark]]] = {
    Kind.INVITATION: (("email", "sms"), frozenset({Mark.MINE_ALONE})),
    Kind.BOOK: (("sms", "email"), frozenset({Mark.MINE_ALONE, Mark.SHARED})),
    Kind.APPOINTMENT: (("sms", "email"), frozenset({Mark.MINE_ALONE, Mark.SHARED})),
    Kind.TIMES: (("sms", "email"), frozenset({Mark.MINE_ALONE})),
}


TO_A_PAGE = frozenset({Kind.INVITATION, Kind.TIMES})
NOTHING_TO_CHOOSE = {Standing.AGREED, Standing.OVER}


class Facts(Struct, frozen=True):
    """What stands now of what a message is about."""

    case: str
    time_zone: str
    visit: str | None
    closes: datetime | None
    appointment: str | None
    starts_at: datetime | None
    expires_at: datetime | None
    link_over: bool
    times: Standing | None
    link_person: UUID | None


class Letter(Struct, frozen=True):
    """A message as it leaves."""

    person: Person
    channel: Channel
    to: str
    subject: str
    text: str


async def gather(conn: Connection, *, now: datetime) -> int:
    """Put down what is to leave: a day before each appointment, and where a family is to find a time."""
    return await messages.put(conn, [*await _appointments(conn, now), *await _to_book(conn, now)])


async def _appointments(conn: Connection, now: datetime) -> list[Due]:
    """As soon as it is booked, so that a worker that was away for a day leaves a message standing and not nothing."""
    rows = await conn.fetch(
        f"""
        select a.family_id, a.site_id, a.wave, a.appointment_id::text as occasion, lower(a.during) as starts_at,
          s.time_zone
        from scheduler.appointment a join study.site s on s.no = a.site_id
        where a.live and lower(a.during) > $1
          and (lower(a.during) at time zone s.time_zone)::date > ($1 at time zone s.time_zone)::date
          and not exists (select from cases.message m where m.family_id = a.family_id
            and m.kind = 'appointment' and m.occasion = a.appointment_id::text)
        order by lower(a.during) limit {MOST}
        """,
        now,
    )
    return [
        Due(
            row["family_id"],
            row["site_id"],
            row["wave"],
            Kind.APPOINTMENT,
            row["occasion"],
            max(now, hours.day_before(row["starts_at"], row["time_zone"])),
        )
        for row in rows
    ]


async def _to_book(conn: Connection, now: datetime) -> list[Due]:
    """Once the aim of a window has begun and nothing is booked."""
    rows = await conn.fetch(
        f"""
        select v.family_id, v.site_id, v.wave, s.time_zone
        from cases.visit v join study.site s on s.no = v.site_id
        join cases.case c on c.family_id = v.family_id and c.state not in ('closed', 'paused')
        where v.state = 'awaited' and ($1 at time zone s.time_zone)::date between v.aim_from and v.closes
          and not exists (select from cases.message m where m.family_id = v.family_id
            and m.kind = 'book' and m.occasion = v.wave)
        order by v.closes, v.family_id limit {MOST}
        """,
        now,
    )
    return [
        Due(
            row["family_id"],
            row["site_id"],
            row["wave"],
            Kind.BOOK,
            row["wave"],
            hours.next_decent(now, row["time_zone"]),
        )
        for row in rows
    ]


async def invite(conn: Connection, family_id: UUID, site_id: int, *, wave: str, link_id: UUID, now: datetime) -> None:
    """An invitation to a link; its address is drawn when it leaves."""
    await messages.put(conn, [Due(family_id, site_id, wave, Kind.INVITATION, str(link_id), now)])


async def offer_times(
    conn: Connection, family_id: UUID, site_id: int, *, wave: str, link_id: UUID, now: datetime
) -> None:
    """Times to choose from; the address of their page is drawn when it leaves."""
    await messages.put(conn, [Due(family_id, site_id, wave, Kind.TIMES, str(link_id), now)])


async def letter(
    conn: Connection, ring: Ring, message: Message, *, now: datetime, ways: tuple[str, ...], family_url: str
) -> Letter | None:
    """The message as it leaves now, or None: everything it stands on is asked again at the moment of sending."""
    facts = await _facts(conn, message, now)
    if why := _no_longer(message.kind, facts, now):
        await messages.settle(conn, message, State.FAILED if why == "too_late" else State.DROPPED, because=why)
        return None
    if not hours.are_decent(now, facts.time_zone):
        await messages.postpone(conn, message, until=hours.next_decent(now, facts.time_zone))
        return None
    people = [each for each in await persons.of_family(conn, message.family_id) if each.role == "parent"]
    if facts.link_person is not None:
        people = [each for each in people if each.person_id == facts.link_person]
    people = await _permitted(conn, message, people)
    if not people:
        await messages.settle(conn, message, State.DROPPED, because="no_permission")
        return None
    found, why = await _reached(conn, ring, message, people, ways)
    if found is None:
        await messages.settle(conn, message, State.FAILED, because=why)
        return None
    person, channel, to = found
    subject, text = await _drawn(conn, ring, message, facts, person, family_url)
    await messages.address(conn, message, person_id=person.person_id, channel=channel, language=person.language)
    return Letter(person, channel, to, subject, text)


async def still(conn: Connection, message: Message, letter: Letter) -> bool:
    """Whether it may leave, asked for the last time: until this transaction is over nobody withdraws."""
    await permissions.hold(conn, message.family_id)
    if await _permitted(conn, message, [letter.person]):
        return True
    await messages.settle(conn, message, State.DROPPED, because="no_permission")
    return False


async def refused(conn: Connection, message: Message, error: NotSent, *, now: datetime) -> None:
    """The provider did not take it: for now, so that it waits, or for good, so that it stands in the list."""
    if error.for_now:
        await messages.postpone(conn, message, until=now + LATER, because=error.because)
    else:
        await messages.settle(conn, message, State.FAILED, because=error.because)


async def _facts(conn: Connection, message: Message, now: datetime) -> Facts:
    [row] = await conn.fetch(
        """
        select c.state as case, s.time_zone, v.state as visit,
          (v.closes + 1)::timestamp at time zone s.time_zone as closes,
          a.state as appointment, lower(a.during) as starts_at, l.expires_at, l.person_id as link_person,
          coalesce(l.revoked_at, l.started_at, l.finished_at) is not null as link_over,
          case when l.kind = 'times' then cases.standing_of_link(l.hash, $4) end as times
        from cases.case c join study.site s on s.no = c.site_id
        left join cases.visit v on v.family_id = c.family_id and v.wave = $2
        left join scheduler.appointment a on a.family_id = c.family_id and a.appointment_id::text = $3
        left join cases.link l on l.family_id = c.family_id and l.link_id::text = $3
        where c.family_id = $1
        """,
        message.family_id,
        message.wave,
        message.occasion,
        now,
    )
    return convert(dict(row), Facts)


def _no_longer(kind: Kind, facts: Facts, now: datetime) -> str:
    """Why a message is not to leave any more, if so."""
    over = {
        Kind.INVITATION: facts.link_over or facts.expires_at is None,
        Kind.BOOK: facts.visit != "awaited",
        Kind.APPOINTMENT: facts.appointment not in LIVE,
        Kind.TIMES: facts.link_over or facts.expires_at is None or facts.times in NOTHING_TO_CHOOSE,
    }[kind]
    if over or facts.case in ("closed", "paused"):
        return "not_due"
    ends = {Kind.BOOK: facts.closes, Kind.APPOINTMENT: facts.starts_at}.get(kind, facts.expires_at)
    if kind is Kind.APPOINTMENT and ends is not None:
        # A reminder of tomorrow is none on the day itself.
        ends = ends.astimezone(ZoneInfo(facts.time_zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    return "too_late" if ends is None or ends <= now else ""


async def _permitted(conn: Connection, message: Message, people: list[Person]) -> list[Person]:
    """Those whose permission to be contacted stands now."""
    step = Step.LINK if message.kind is Kind.INVITATION else Step.BOOK
    grounds = await permissions.grounds(
        conn, message.family_id, [(each.person_id, step) for each in people], message.wave
    )
    stands = {each.person_id for each in grounds} - {each.person_id for each in grounds if not each.stands}
    against = {
        each.person_id
        for each in await permissions.latest(conn, message.family_id, message.wave)
        if each.purpose in REFUSED and each.decision is not Decision.GIVEN
    }
    shut = await withdrawals.standing_of(conn, message.family_id)
    return [
        each
        for each in people
        if each.person_id in stands - against
        and not withdrawals.reaches(shut, each.person_id, Scope.NO_CONTACT, message.wave)
    ]


async def _reached(
    conn: Connection, ring: Ring, message: Message, people: list[Person], ways: tuple[str, ...]
) -> tuple[tuple[Person, Channel, str] | None, str]:
    """The first who can be reached safely, and how; or why nobody can."""
    order, safe = WAYS[message.kind]
    marked = {
        (each.person_id, each.channel)
        for each in await channels.of_family(conn, message.family_id)
        if each.mark in safe
    }
    if not (await wishes.of_family(conn, message.family_id)).by_text:
        ways = tuple(way for way in ways if way != "sms")
    usable = [(each, way) for each in people for way in order if way in ways and (each.person_id, way) in marked]
    for person, way in usable:
        to = await channels.address(
            conn,
            ring,
            message.family_id,
            message.site_id,
            person_id=person.person_id,
            channel=way,
            message_id=message.message_id,
        )
        if to:
            return (person, way, to), ""
    return None, "no_address" if usable else "no_safe_channel"


async def _drawn(
    conn: Connection, ring: Ring, message: Message, facts: Facts, person: Person, family_url: str
) -> tuple[str, str]:
    protocol = await declaration.current(conn)
    text = texts.find(protocol.messages, message.kind, person.language)
    zone = ZoneInfo(facts.time_zone)
    known = {"title": protocol.public.title, "asked_by": protocol.public.asked_by}
    known["telephone"] = protocol.public.telephone
    if facts.starts_at is not None:
        starts = facts.starts_at.astimezone(zone)
        known |= {"day": languages.weekday(starts.date(), text.language), "time": f"{starts:%H:%M}"}
    if message.kind in TO_A_PAGE and facts.expires_at is not None:
        key, link_hash = crypto.new_link(ring, links.PURPOSE)
        await links.renew(conn, message.family_id, UUID(message.occasion), link_hash)
        until = languages.weekday(facts.expires_at.astimezone(zone).date(), text.language)
        known |= {"link": f"{family_url}/l/{key}", "until": until}
    return texts.filled(text.subject, known), texts.filled(text.text, known)

"""Calendar: a researcher's appointments as other calendars read them (RFC 5545). It says when, and nobody's name."""

from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID
from zoneinfo import ZoneInfo

import icalendar
from asyncpg import Connection
from msgspec import Struct, convert

from scheduler.appointments import State

BACK, AHEAD = timedelta(days=31), timedelta(days=400)
MOST = 2000
OFF = frozenset({State.MOVED, State.CANCELLED_BY_FAMILY, State.CANCELLED_BY_US})
SUMMARY = "Visit"


class Entry(Struct, frozen=True):
    """One appointment: the first it goes back to, and how often it was moved since."""

    first_id: UUID
    moves: int
    starts_at: datetime
    ends_at: datetime
    state: State

    @property
    def is_off(self) -> bool:
        return self.state in OFF

    @property
    def sequence(self) -> int:
        """It grows with every move and when the appointment is taken off."""
        return 2 * self.moves + self.is_off


async def of_researcher(conn: Connection, researcher_no: int, *, now: datetime) -> list[Entry]:
    """What stands or stood in a researcher's calendar. A time that was moved is one entry, where it is now."""
    rows = await conn.fetch(
        """
        select coalesce(m.first_id, a.appointment_id) as first_id, coalesce(m.moves, 0) as moves,
          lower(during) as starts_at, upper(during) as ends_at, state
        from scheduler.appointment a left join scheduler.move m using (family_id, appointment_id)
        where a.researcher_no = $1 and a.state not in ('proposed', 'not_taken')
          and lower(a.during) >= $2 and lower(a.during) < $3
        order by lower(a.during), a.appointment_id limit $4
        """,
        researcher_no,
        now - BACK,
        now + AHEAD,
        MOST,
    )
    last: dict[UUID, Entry] = {}
    for entry in (convert(dict(row), Entry) for row in rows):
        if entry.first_id not in last or last[entry.first_id].moves < entry.moves:
            last[entry.first_id] = entry
    return sorted(last.values(), key=lambda entry: (entry.starts_at, entry.first_id))


def written(entries: list[Entry], *, now: datetime, zone: str, address: str) -> bytes:
    """The calendar's text; each entry leads to the day it lies on, which opens for whoever signs in."""
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Fieldwork//Calendar//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"value": "DURATION"})
    for entry in entries:
        calendar.add_component(_event(entry, now, entry.starts_at.astimezone(ZoneInfo(zone)), address))
    return bytes(calendar.to_ical())


def _event(entry: Entry, now: datetime, local: datetime, address: str) -> icalendar.Event:
    event = icalendar.Event()
    # Not the appointment's own id: nothing in a calendar can be looked up in the study.
    event.add("uid", sha256(b"fieldwork.calendar" + entry.first_id.bytes).hexdigest()[:32] + "@fieldwork")
    event.add("sequence", entry.sequence)
    event.add("status", "CANCELLED" if entry.is_off else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if entry.is_off else "OPAQUE")
    event.add("class", "PRIVATE")
    event.add("summary", SUMMARY)
    event.add("dtstamp", now.astimezone(ZoneInfo("UTC")))
    event.add("dtstart", entry.starts_at.astimezone(ZoneInfo("UTC")))
    event.add("dtend", entry.ends_at.astimezone(ZoneInfo("UTC")))
    event.add("url", f"{address}/my-day?on={local.date().isoformat()}")
    return event

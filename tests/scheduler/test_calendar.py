"""A researcher's calendar: one entry stays one entry however often it is moved, and nothing in it tells of a family."""

from datetime import UTC, datetime, timedelta

import icalendar
from cast import NOW, Study

from fieldwork.base import ids
from fieldwork.cases import bookings, visits
from fieldwork.staff.rights import Role
from scheduler import appointments, calendar
from scheduler.appointments import Place, Slot, State


async def booked(study, family, researcher_no, days, *, instead_of=None):
    appointment_id, slot = ids.new_id(), Slot(researcher_no, NOW + timedelta(days=days), 60, Place.HOME)
    who = family.parent.person_id
    async with study.acting() as conn:
        await visits.book(conn, family.family_id, "T1", appointment_id, person_id=who, slot=slot, instead_of=instead_of)
    return appointment_id


async def read(study, researcher_no, now=NOW):
    """The feed as another programme reads it: by its unique names, and as bytes."""
    async with study.acting() as conn:
        entries = await calendar.of_researcher(conn, researcher_no, now=now)
    written = calendar.written(entries, now=now, zone="Europe/London", address="https://staff.test")
    events = icalendar.Calendar.from_ical(written).walk("VEVENT")
    return {str(event["UID"]): event for event in events}, written


def said(event):
    return int(event["SEQUENCE"]), str(event["STATUS"]), event["DTSTART"].dt


async def test_an_appointment_that_is_moved_twice_and_taken_off_stays_one_entry(study: Study):
    family, researcher = await study.family(), await study.member(Role.RESEARCHER)
    first = await booked(study, family, researcher.no, 2)
    [(uid, event)] = (await read(study, researcher.no))[0].items()
    told = [said(event)]

    second = await booked(study, family, researcher.no, 3, instead_of=first)
    told.append(said((await read(study, researcher.no))[0][uid]))
    third = await booked(study, family, researcher.no, 4, instead_of=second)
    async with study.acting() as conn:
        await bookings.unbook(conn, family.family_id, third, how=State.CANCELLED_BY_FAMILY, today=NOW.date())
    found, _ = await read(study, researcher.no)

    assert list(found) == [uid]
    assert [*told, said(found[uid])] == [
        (0, "CONFIRMED", NOW + timedelta(days=2)),
        (2, "CONFIRMED", NOW + timedelta(days=3)),
        (5, "CANCELLED", NOW + timedelta(days=4)),
    ]


async def test_an_appointment_that_goes_to_a_colleague_is_cancelled_here_and_stands_there(study: Study):
    family = await study.family()
    mine, theirs = await study.member(Role.RESEARCHER), await study.member(Role.RESEARCHER)
    first = await booked(study, family, mine.no, 2)

    await booked(study, family, theirs.no, 2, instead_of=first)

    [[(uid, here)], [(same, there)]] = [(await read(study, who.no))[0].items() for who in (mine, theirs)]
    assert uid == same
    assert (said(here)[:2], said(there)[:2]) == ((1, "CANCELLED"), (2, "CONFIRMED"))


async def test_nothing_in_a_calendar_tells_of_a_family_or_of_the_study(study: Study):
    family, researcher = await study.family(), await study.member(Role.RESEARCHER)
    appointment_id = await booked(study, family, researcher.no, 2)

    events, written = await read(study, researcher.no)

    [event] = events.values()
    text = written.decode().replace("\r\n ", "")
    assert str(event["SUMMARY"]) == "Visit"
    assert set(event) == {
        "UID", "SEQUENCE", "STATUS", "TRANSP", "CLASS", "SUMMARY", "DTSTAMP", "DTSTART", "DTEND", "URL",
    }  # fmt: skip
    tells = (family.reference, family.family_id, appointment_id, family.parent.person_id, "Invented", "reference")
    assert not [each for each in tells if str(each) in text or getattr(each, "hex", str(each)) in text]
    assert "DTSTAMP:20150615T090000Z" in text
    assert all(line.endswith(b"\r") for line in written.split(b"\n")[:-1])
    assert max(map(len, written.split(b"\r\n"))) <= 75


async def test_times_are_universal_on_both_sides_of_a_clock_change(study: Study):
    family, other = await study.family(), await study.family()
    researcher, now = await study.member(Role.RESEARCHER), datetime(2015, 10, 20, tzinfo=UTC)
    days = [(datetime(2015, 10, day, 23, 30, tzinfo=UTC) - NOW) / timedelta(days=1) for day in (24, 25)]
    for each, away in zip((family, other), days, strict=True):
        await booked(study, each, researcher.no, away)

    events, written = await read(study, researcher.no, now)

    assert sorted(event["DTSTART"].dt.isoformat() for event in events.values()) == [
        "2015-10-24T23:30:00+00:00",
        "2015-10-25T23:30:00+00:00",
    ]
    # On the summer's last evening it is half past midnight already where the visit is.
    assert written.count(b"my-day?on=2015-10-25") == 2
    assert b"VTIMEZONE" not in written


async def test_what_is_only_proposed_is_in_no_calendar(study: Study):
    family, researcher = await study.family(), await study.member(Role.RESEARCHER)
    slot, who = Slot(researcher.no, NOW + timedelta(days=2), 60, Place.HOME), family.parent.person_id
    async with study.acting() as conn:
        await bookings.propose(conn, family.family_id, "T1", ids.new_id(), person_id=who, slot=slot)

    assert (await read(study, researcher.no))[0] == {}
    async with study.acting() as conn:
        assert [each.state for each in await appointments.of_family(conn, family.family_id)] == ["proposed"]

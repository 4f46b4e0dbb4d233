"""Intake: a site's list becomes families with a dossier, a first visit to come and the permission to be approached."""

from collections import Counter
from datetime import date
from uuid import UUID

from asyncpg import Connection
from msgspec import Struct

from consent import permissions
from consent.permissions import Answer
from consent.purposes import Decision, Purpose
from fieldwork.base.crypto import Ring
from fieldwork.cases import cases, counts, visits
from fieldwork.cases.cases import NewCase, State
from fieldwork.people import lists, persons, referrals
from fieldwork.people.errors import FaultyList
from fieldwork.people.lists import Fault, Referral
from fieldwork.people.persons import NewPerson
from fieldwork.people.referrals import Taken
from fieldwork.study import sites
from fieldwork.study.protocol import Protocol
from fieldwork.study.sites import Site


class Summary(Struct, frozen=True):
    rows: int
    new: int
    unchanged: int
    changed: int = 0


class Preview(Struct, frozen=True):
    """What a list would do, or what is wrong with it."""

    rows: int
    families: int
    named: int
    faults: tuple[Fault, ...]


def preview(content: bytes, protocol: Protocol, *, today: date) -> Preview:
    reading = lists.read(content, protocol, today=today)
    named = sum(bool(referral.persons) for referral in reading.referrals)
    return Preview(reading.rows, len(reading.referrals), named, tuple(reading.faults))


async def take(conn: Connection, ring: Ring, site: Site, content: bytes, protocol: Protocol, *, today: date) -> Summary:
    """All rows or none; the same list twice changes nothing; a site without its approvals in force is refused."""
    await sites.require_approval(conn, site, today=today)
    reading = lists.read(content, protocol, today=today)
    if reading.faults:
        raise FaultyList("\n".join(str(fault) for fault in reading.faults))
    taken = await referrals.take(conn, ring, site.no, reading.referrals)
    await _start_cases(conn, site, taken, protocol)
    await _permit_approach(conn, site, taken, today)
    return Summary(reading.rows, len(taken.new), taken.unchanged, len(taken.changed))


async def _start_cases(conn: Connection, site: Site, taken: Taken, protocol: Protocol) -> None:
    new = [_dossier(family_id, reference, referral) for family_id, reference, referral in taken.new]
    await cases.start(conn, site.no, new)
    awaiting = [(family_id, r) for family_id, _, r in taken.new if r.eligible and not r.has_objected]
    for wave in protocol.waves:
        if wave.anchor is None:
            await visits.expect(conn, site.no, wave.code, [family_id for family_id, _ in awaiting])
            await counts.awaited(conn, site.no, wave.code, Counter(referral.cohort for _, referral in awaiting))
    for family_id, referral in taken.changed:
        await _follow(conn, family_id, referral, named=family_id in taken.named)


def _dossier(family_id: UUID, reference: str, referral: Referral) -> NewCase:
    because = "excluded" if not referral.eligible else "objected" if referral.has_objected else None
    state = State.CLOSED if because else State.ELIGIBLE
    step = None if because else "Make first contact" if referral.persons else "Ask the site for names"
    return NewCase(family_id, reference, state, because, step)


async def _follow(conn: Connection, family_id: UUID, referral: Referral, *, named: bool) -> None:
    """A family the site now says something else about; only names that come for the first time change what is next."""
    because = "excluded" if not referral.eligible else "objected" if referral.has_objected else None
    if because is None:
        if named:
            await cases.progress(conn, family_id, next_step="Make first contact")
        return
    for visit in await visits.of_family(conn, family_id):
        if visit.is_open:
            await visits.lose(conn, visit, because=because)
    await cases.close(conn, family_id, because=because)


async def _permit_approach(conn: Connection, site: Site, taken: Taken, today: date) -> None:
    """Names come with the permission to approach; an objection takes it back at once."""
    told = {family_id: referral for family_id, _, referral in taken.new} | dict(taken.changed)
    for family_id, people in taken.named.items():
        await _approach(
            conn, site, people[0], told[family_id].agreed_on or told[family_id].told_on or today, Decision.GIVEN
        )
    for family_id in taken.objected:
        known = await persons.of_family(conn, family_id)
        if known:
            first = NewPerson(family_id, known[0].person_id, 1, known[0].role, None, "en")
            await _approach(conn, site, first, told[family_id].objected_on or today, Decision.REFUSED)


async def _approach(conn: Connection, site: Site, person: NewPerson, on: date, decision: Decision) -> None:
    said = Answer(person.person_id, Purpose.APPROACH, decision, person.person_id, "told_by_site", on)
    await permissions.record(conn, person.family_id, site.no, [said])

"""Intake: a site's list becomes families with a dossier, a first visit to come and the permission to be approached."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from uuid import UUID

from asyncpg import Connection, Record
from msgspec import Struct

from consent import permissions
from consent.permissions import Answer
from consent.purposes import Decision, Purpose
from fieldwork.base.crypto import Ring
from fieldwork.cases import anchors, cases, counts, visits
from fieldwork.cases.cases import NewCase, State
from fieldwork.people import lists, persons, referrals
from fieldwork.people.errors import FaultyList
from fieldwork.people.lists import Reading, Referral
from fieldwork.people.referrals import Taken
from fieldwork.people.tables import Fault
from fieldwork.study import sites
from fieldwork.study.protocol import Protocol
from fieldwork.study.sites import Site


class Summary(Struct, frozen=True):
    """What a list changed; `references` tells the site's numbers of new families from the study's."""

    rows: int
    new: int
    unchanged: int
    changed: int = 0
    references: dict[str, str] = {}


class Preview(Struct, frozen=True):
    """What a list would do, or what is wrong with it."""

    rows: int
    families: int
    named: int
    faults: tuple[Fault, ...]


async def preview(
    conn: Connection, ring: Ring, site: Site, content: bytes, protocol: Protocol, *, today: date
) -> Preview:
    """What a list would do, or everything that is wrong with it; nothing is changed."""
    reading = await _read(conn, ring, site, content, protocol, today=today)
    named = sum(bool(referral.persons) for referral in reading.referrals)
    return Preview(reading.rows, len(reading.referrals), named, tuple(reading.faults))


async def take(conn: Connection, ring: Ring, site: Site, content: bytes, protocol: Protocol, *, today: date) -> Summary:
    """All rows or none; the same list twice changes nothing; a site without its approvals in force is refused."""
    await sites.require_approval(conn, site, today=today)
    reading = await _read(conn, ring, site, content, protocol, today=today)
    if reading.faults:
        raise FaultyList("\n".join(str(fault) for fault in reading.faults))
    taken = await referrals.take(conn, ring, site.no, reading.referrals)
    await _start_cases(conn, site, taken, protocol)
    await _permit_approach(conn, site, taken, today)
    references = {referral.case_number: reference for _, reference, referral in taken.new}
    return Summary(reading.rows, len(taken.new), taken.unchanged, len(taken.changed), references)


async def _read(
    conn: Connection, ring: Ring, site: Site, content: bytes, protocol: Protocol, *, today: date
) -> Reading:
    reading = lists.read(content, protocol, today=today)
    by_number = {referral.case_number: referral for referral in reading.referrals}
    known = await referrals.by_case_number(conn, ring, site.no, list(by_number))
    rows = await conn.fetch(
        """
        select family_id, f.referred_on, r.objected_on,
          exists (select from cases.visit v where v.family_id = f.family_id and v.held_on is not null) as seen,
          array(select role from people.person p where p.family_id = f.family_id order by position) as roles
        from people.family f join people.referral r using (family_id) where family_id = any($1)
        """,
        list(known.values()),
    )
    standing = {row["family_id"]: row for row in rows}
    for number, family_id in known.items():
        reading.faults += _contradictions(by_number[number], standing[family_id])
    return reading


def _contradictions(referral: Referral, known: Record) -> Iterator[Fault]:
    """What a list may not say any more of a family that was handed over before."""
    if referral.referred_on != known["referred_on"]:
        sentence = f"This family was handed over before, as referred on {known['referred_on']}."
        yield Fault(referral.row, "referred_on", sentence)
    if known["objected_on"] and not referral.has_objected:
        sentence = f"This family objected on {known['objected_on']}. That stands: repeat it, or leave the family out."
        yield Fault(referral.row, "objected_on", sentence)
    if known["seen"] and (referral.has_objected or not referral.eligible):
        sentence = "This family has been interviewed. What it wants now is recorded on its page, as a withdrawal."
        yield Fault(referral.row, "eligible" if not referral.eligible else "objected_on", sentence)
    roles = [person.role for person in referrals.ordered(referral)]
    if known["roles"] and roles and roles != known["roles"]:
        sentence = "These are not the people handed over before. Repeat them in the same order, or leave the names out."
        yield Fault(referral.row, "role", sentence)


async def _start_cases(conn: Connection, site: Site, taken: Taken, protocol: Protocol) -> None:
    new = [_dossier(family_id, reference, referral) for family_id, reference, referral in taken.new]
    await cases.start(conn, site.no, new)
    awaiting = [(family_id, r) for family_id, _, r in taken.new if r.eligible and not r.has_objected]
    await _expect(conn, site, awaiting, protocol)
    for family_id, referral in taken.changed:
        await _follow(conn, site, family_id, referral, protocol, named=family_id in taken.named)


def _dossier(family_id: UUID, reference: str, referral: Referral) -> NewCase:
    because = "excluded" if not referral.eligible else "objected" if referral.has_objected else None
    state = State.CLOSED if because else State.ELIGIBLE
    step = None if because else "Make first contact" if referral.persons else "Ask the site for names"
    return NewCase(family_id, reference, state, because, step)


async def _follow(
    conn: Connection, site: Site, family_id: UUID, referral: Referral, protocol: Protocol, *, named: bool
) -> None:
    """A family the site now says something else about; only names that come for the first time change what is next."""
    because = "excluded" if not referral.eligible else "objected" if referral.has_objected else None
    step = "Make first contact" if referral.persons else "Ask the site for names"
    if because is None and await cases.reopen(conn, family_id, closed_because="excluded", next_step=step):
        await _expect(conn, site, [(family_id, referral)], protocol)
    elif because is None:
        if named:
            await cases.progress(conn, family_id, next_step=step)
    else:
        await visits.lose_open(conn, family_id, because=because)
        await cases.close(conn, family_id, because=because)


async def _expect(conn: Connection, site: Site, awaiting: list[tuple[UUID, Referral]], protocol: Protocol) -> None:
    for wave in protocol.waves:
        if wave.begins:
            referred = [(family_id, referral.referred_on) for family_id, referral in awaiting]
            await anchors.expect(conn, site.no, wave, referred)
            await counts.awaited(conn, site.no, wave.code, Counter(referral.cohort for _, referral in awaiting))


async def _permit_approach(conn: Connection, site: Site, taken: Taken, today: date) -> None:
    """Names come with the permission to approach; an objection takes it back at once."""
    told = {family_id: referral for family_id, _, referral in taken.new} | dict(taken.changed)
    known = await persons.of_families(conn, [*taken.named, *taken.objected])
    said = []
    for family_id, people in known.items():
        referral, first = told[family_id], people[0].person_id
        on = referral.objected_on or referral.agreed_on or referral.told_on or today
        decision = Decision.REFUSED if referral.has_objected else Decision.GIVEN
        said.append((family_id, Answer(first, Purpose.APPROACH, decision, first, "told_by_site", on)))
    await permissions.record_told(conn, site.no, said)

"""Referrals: families a site hands over, first without names, then with, and never against their objection."""

from datetime import date
from uuid import UUID

import msgspec
from asyncpg import Connection
from msgspec import Struct, field

from fieldwork.base import ids
from fieldwork.base.crypto import Ring
from fieldwork.people import families, identities, persons
from fieldwork.people.families import NewFamily
from fieldwork.people.identities import Identity
from fieldwork.people.lists import Referral, ReferredPerson
from fieldwork.people.persons import NewPerson, Person


class Taken(Struct):
    """What a list changed."""

    new: list[tuple[UUID, str, Referral]] = field(default_factory=list)
    changed: list[tuple[UUID, Referral]] = field(default_factory=list)
    named: dict[UUID, list[NewPerson]] = field(default_factory=dict)
    objected: list[UUID] = field(default_factory=list)
    unchanged: int = 0


async def take(conn: Connection, ring: Ring, site_no: int, referrals: list[Referral]) -> Taken:
    """The families of a list that was read without fault. A family that is known and says the same changes nothing."""
    # Two people may hand in the same list at once: the second waits and then finds every family known.
    await conn.execute("select pg_advisory_xact_lock(hashtext('referrals'), $1::int)", site_no)
    hashes = {referral.case_number: _case_hash(ring, site_no, referral.case_number) for referral in referrals}
    known = await families.by_case_number(conn, site_no, list(hashes.values()))
    before = await _fingerprints(conn, list(known.values()))
    peopled = await persons.of_families(conn, list(known.values()))
    taken = Taken()
    fresh: list[tuple[NewFamily, Referral]] = []
    for referral in referrals:
        family_id = known.get(hashes[referral.case_number])
        if family_id is None:
            new = NewFamily(ids.new_id(), referral.cohort, referral.referred_on, hashes[referral.case_number])
            fresh.append((new, referral))
        elif before[family_id] == _fingerprint(ring, referral):
            taken.unchanged += 1
        else:
            taken.changed.append((family_id, referral))
    references = await families.add(conn, site_no, [new for new, _ in fresh])
    taken.new = [(new.family_id, references[new.family_id], referral) for new, referral in fresh]
    await _write(conn, ring, site_no, taken, peopled)
    return taken


async def by_case_number(conn: Connection, ring: Ring, site_no: int, case_numbers: list[str]) -> dict[str, UUID]:
    """Which families a site's own numbers stand for; a number nobody handed over is absent."""
    hashes = {_case_hash(ring, site_no, case_number): case_number for case_number in case_numbers}
    known = await families.by_case_number(conn, site_no, list(hashes))
    return {hashes[case_hash]: family_id for case_hash, family_id in known.items()}


def _case_hash(ring: Ring, site_no: int, case_number: str) -> bytes:
    return ring.fingerprint(f"{site_no} {case_number}")


async def _write(conn: Connection, ring: Ring, site_no: int, taken: Taken, peopled: dict[UUID, list[Person]]) -> None:
    told = [(family_id, referral) for family_id, _, referral in taken.new] + taken.changed
    await _write_referrals(conn, ring, site_no, told)
    taken.objected = [family_id for family_id, referral in told if referral.has_objected]
    kept = [
        Identity(family_id, family_id, {"case_number": referral.case_number}) for family_id, _, referral in taken.new
    ]
    corrected: dict[UUID, list[NewPerson]] = {}
    for family_id, referral in told:
        if referral.persons and not referral.has_objected:
            people = _people(family_id, referral, peopled.get(family_id, []))
            (corrected if family_id in peopled else taken.named)[family_id] = [person for person, _ in people]
            kept += [identity for _, identity in people]
    # What is said anew of somebody replaces what was kept of them, under a fresh key.
    await identities.destroy(conn, [*taken.objected, *corrected])
    await persons.correct(conn, [person for people in corrected.values() for person in people])
    await persons.add(conn, site_no, [person for people in taken.named.values() for person in people])
    await identities.keep(conn, ring, site_no, kept)


async def _write_referrals(conn: Connection, ring: Ring, site_no: int, told: list[tuple[UUID, Referral]]) -> None:
    await conn.executemany(
        """
        insert into people.referral (family_id, site_id, reasons, eligible, excluded_because, told_on, told_how,
          agreed_on, objected_on, fingerprint) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        on conflict (family_id) do update set reasons = excluded.reasons, eligible = excluded.eligible,
          excluded_because = excluded.excluded_because, told_on = excluded.told_on, told_how = excluded.told_how,
          agreed_on = excluded.agreed_on, objected_on = excluded.objected_on, fingerprint = excluded.fingerprint
        """,
        [
            (family_id, site_no, list(r.reasons), r.eligible, r.excluded_because, r.told_on, r.told_how, r.agreed_on,
             r.objected_on, _fingerprint(ring, r))
            for family_id, r in told
        ],
    )  # fmt: skip


def ordered(referral: Referral) -> list[ReferredPerson]:
    """Parents first, as the site lists them, then children from the eldest."""
    parents = [person for person in referral.persons if person.role == "parent"]
    children = [person for person in referral.persons if person.role != "parent"]
    return parents + sorted(children, key=lambda child: child.born or date.max)


def _people(family_id: UUID, referral: Referral, known: list[Person]) -> list[tuple[NewPerson, Identity]]:
    """Everybody of a family, numbered once and for all: whoever is known keeps id and number."""
    people = []
    for position, person in enumerate(ordered(referral), start=1):
        person_id = known[position - 1].person_id if known else ids.new_id()
        born_in = person.born.replace(day=1) if person.born else None
        people.append(
            (
                NewPerson(family_id, person_id, position, person.role, born_in, person.language),
                Identity(family_id, person_id, person.fields),
            )
        )
    return people


def _fingerprint(ring: Ring, referral: Referral) -> bytes:
    """Whether a list says the same of a family as before, without keeping what it said."""
    said = msgspec.structs.replace(referral, row=0)
    return ring.fingerprint(msgspec.json.encode(said, order="sorted").decode())


async def _fingerprints(conn: Connection, family_ids: list[UUID]) -> dict[UUID, bytes]:
    rows = await conn.fetch("select family_id, fingerprint from people.referral where family_id = any($1)", family_ids)
    return {row["family_id"]: row["fingerprint"] for row in rows}

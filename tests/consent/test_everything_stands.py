"""Whatever is done in whatever order: no answer, recording, reading or record came without a permission in force."""

from collections import Counter
from datetime import date, timedelta
from random import Random

import pytest
from cast import NOW

from consent import agreements, withdrawals
from consent.agreements import Agreement
from consent.errors import NothingToWithdraw, NotPermitted
from consent.permissions import Answer
from consent.purposes import Decision, Purpose
from consent.withdrawals import How, Said, Scope
from fieldwork.base import ids
from fieldwork.base.store import Store
from fieldwork.cases import decisions, readings, recordings
from fieldwork.cases.errors import ReadByAnother
from fieldwork.people import identities
from fieldwork.staff.rights import Role
from questionnaires import administrations, openings
from questionnaires.openings import Opening
from questionnaires.saving import Save

OF_PARENT = (Purpose.TAKE_PART, Purpose.RECORDING, Purpose.CONTACT_AGAIN, Purpose.CASE_FILE, Purpose.FOLLOW_RECORDS)
OF_CHILD = (Purpose.CHILD_INTERVIEW, Purpose.ASSENT, Purpose.RECORDING)
LATE = NOW + timedelta(days=500)
FAMILIES, ANOTHER_EVERY = 8, 250
READ = (("case_file", "T1"), ("case_file", "T2"), ("goal_coding", "T1"), ("records", "T2"))

# Every act that was done, and what it stood on by what was said before it. `said_by_site` is the test's own log.
BARE = """
    with acts as (
      select a.family_id, a.at, h.wave, h.respondent_id, case
          when k.respondent = 'researcher' then
            case k.about when 'file' then 'review' when 'records' then 'follow' else 'code' end
          when h.mode = 'link' then 'link'
          when k.respondent = 'parent' then 'interview' else 'interview_child' end as step
      from questionnaires.answer a
      join questionnaires.administration h using (family_id, administration_id)
      join study.asking k on k.wave = h.wave and k.questionnaire = h.questionnaire and k.version = h.version
      union all
      select p.family_id, p.at, h.wave, h.respondent_id, 'record'
      from cases.piece p join questionnaires.administration h using (family_id, administration_id)
    )
    select step, count(*) as done, count(*) filter (where not stands) as bare from (
      select acts.step, coalesce((
        select case r.whose when 'anybody' then bool_or(given) else bool_and(given) end from (
          select w.person_id, bool_and(w.decision = 'given') as given from (
            select distinct on (d.person_id, d.given_by) d.person_id, d.decision from consent.permission d
            where d.family_id = acts.family_id and d.purpose = r.purpose and d.at <= acts.at
              and (d.wave is null or d.wave = acts.wave)
              and (r.whose <> 'respondent' or d.person_id = acts.respondent_id)
            order by d.person_id, d.given_by, d.no desc) w
          group by w.person_id) decided), false)
        and (r.whose <> 'family_and_site' or (
          select agrees from said_by_site s where s.at <= acts.at order by s.at desc limit 1)) as stands
      from acts join consent.requirement r on r.step = acts.step and r.wave = acts.wave
    ) each group by step
"""


class Life:
    """Families, and everything that may happen to them, one thing a second."""

    def __init__(self, common, seed):
        self.common, self.count = common, Counter()
        self.rng = Random(seed)  # noqa: S311 - it orders what happens and guards nothing
        self.families, self.readers, self.store = [], [], Store(common.settings.files)
        self.agreed, self.second = [], 0

    async def begin(self):
        for _ in range(FAMILIES):
            await self.add()
        members = [await self.common.member(Role.RESEARCHER, "n1") for _ in range(3)]
        self.tick()
        async with self.common.acting() as conn:
            rows = await conn.fetch("select id from staff.account where no = any($1)", [m.no for m in members])
        self.readers = [row["id"] for row in rows]
        await self.agree(yes=True)

    async def add(self):
        """A family that was interviewed long ago, whose file is read twice."""
        self.common.at(NOW)
        family = await self.common.family(parents=2, children=(date(2007, 3, 12),))
        await self.common.interviewed(family)
        async with self.common.acting() as conn:
            await conn.execute("update cases.reading set twice = true where family_id = $1", family.family_id)
        self.families.append(family)

    def tick(self):
        self.second += 1
        self.common.at(LATE + timedelta(seconds=self.second))

    async def step(self):
        self.tick()
        does = self.rng.choices(
            (self.decide, self.withdraw, self.answer, self.read, self.record, self.agree), (20, 4, 40, 25, 10, 1)
        )[0]
        try:
            await does()
            self.count[does.__name__, "done"] += 1
        except (NotPermitted, NothingToWithdraw, ReadByAnother) as error:
            self.count[does.__name__, type(error).__name__] += 1

    def one(self):
        family = self.rng.choice(self.families)
        return family, self.rng.choice(family.people)

    async def decide(self):
        family, person = self.one()
        purpose = self.rng.choice(OF_PARENT if person.role == "parent" else OF_CHILD)
        decision = self.rng.choices(list(Decision), (6, 1, 1))[0]
        giver = family.parent if purpose is Purpose.CHILD_INTERVIEW else person
        wave = self.rng.choice((None, None, "T1", "T2"))
        said = Answer(person.person_id, purpose, decision, giver.person_id, "signed", LATE.date(), wave=wave)
        async with self.common.acting() as conn:
            await decisions.record(conn, family.family_id, family.site_no, [said], today=LATE.date())

    async def withdraw(self):
        family, person = self.one()
        known = list(Scope) if person.role == "parent" else list(withdrawals.OF_A_CHILD)
        scope, wave = self.rng.choice(known), self.rng.choice((None, "T1", "T2"))
        said = Said(person.person_id, person.person_id, scope, wave, How.TELEPHONE, LATE.date())
        async with self.common.acting() as conn:
            if self.rng.random() < 0.5:
                await withdrawals.take_back(conn, family.family_id, family.site_no, said)
            else:
                await decisions.withdraw(conn, family.family_id, family.site_no, said, today=LATE.date())

    async def answer(self):
        held = await self.opened()
        item, value = ("ladder", self.rng.randint(0, 10)) if held.questionnaire == "talk_child" else ("pms1", "agree")
        async with self.common.acting() as conn:
            await administrations.save(conn, held.family_id, held.administration_id, [self.save(item, value)])

    def save(self, item, value):
        return Save(ids.new_id(), item, value, self.second, self.common.clock.now())

    async def opened(self):
        """A questionnaire that was begun while it was allowed, or is begun now."""
        family, person = self.one()
        parent = person.role == "parent"
        mode = self.rng.choice(("face_to_face", "paper", "link" if parent else "telephone"))
        code, version = ("pms", "ps1978") if parent else ("talk_child", "1")
        wave = self.rng.choice(("T1", "T2"))
        opening = Opening(wave, code, version, person.person_id, "self", person.person_id, mode, LATE.date())
        async with self.common.acting() as conn:
            return await openings.begin(conn, family.family_id, family.site_no, opening)

    async def read(self):
        family, reader = self.rng.choice(self.families), self.rng.choice(self.readers)
        code, wave = self.rng.choice(
            (("case_file", "T1"), ("case_file", "T2"), ("goal_coding", "T1"), ("records", "T2"))
        )
        about, item, value = {
            "case_file": ("file", "scaling", self.rng.choice(("yes", "no"))),
            "goal_coding": ("family", "goal_match", self.rng.choice(("same", "not_known"))),
            "records": ("records", "rereferred", "no"),
        }[code]
        opening = Opening(wave, code, "1", reader, about, family.family_id, "document", LATE.date())
        async with self.common.acting() as conn:
            held = await readings.begin(conn, family.family_id, opening)
        if held.state == "open":
            async with self.common.acting() as conn:
                await administrations.save(conn, family.family_id, held.administration_id, [self.save(item, value)])
                if self.rng.random() < 0.3:
                    now = self.common.clock.now()
                    await readings.complete(conn, family.family_id, held.administration_id, now=now)

    async def record(self):
        held = await self.opened()
        async with self.common.acting() as conn:
            key = await identities.key_of(conn, self.common.ring, held.family_id, held.respondent_id)
            sound = b"\x1a\x45\xdf\xa3webm"
            await recordings.keep(conn, self.store, key, held, recording_id=ids.new_id(), number=0, sound=sound)

    async def agree(self, *, yes=None):
        agrees = self.rng.random() < 0.7 if yes is None else yes
        until = LATE.date() + timedelta(days=3 if agrees else -3)
        words = tuple(Agreement(to, date(2015, 1, 1), until) for to in agreements.OF_A_SITE)
        async with self.common.acting() as conn:
            await agreements.declare(conn, {"n1": words})
        self.agreed.append((self.common.clock.now(), agrees))

    async def looked_at(self):
        async with self.common.acting() as conn:
            await conn.execute("create temporary table said_by_site (at timestamptz, agrees boolean) on commit drop")
            await conn.executemany("insert into said_by_site values ($1, $2)", self.agreed)
            return {row["step"]: (row["done"], row["bare"]) for row in await conn.fetch(BARE)}


@pytest.mark.parametrize("operations", [600, pytest.param(100_000, marks=pytest.mark.large)])
async def test_nothing_stands_that_was_not_allowed_when_it_was_done(common, operations):
    life = Life(common, seed=20150601)
    await life.begin()
    for number in range(1, operations + 1):
        await life.step()
        if number % ANOTHER_EVERY == 0:
            await life.add()

    found = await life.looked_at()

    assert set(found) == {"interview", "interview_child", "link", "record", "review", "code", "follow"}
    assert {step: bare for step, (_, bare) in found.items()} == dict.fromkeys(found, 0)
    for does in ("answer", "read", "record"):
        assert life.count[does, "done"] > operations / 100, life.count
        assert life.count[does, "NotPermitted"] > operations / 100, life.count


async def test_the_look_finds_an_answer_that_nobody_allowed(common):
    life = Life(common, seed=1)
    await life.begin()
    family = life.families[0]
    who = family.parent.person_id
    opening = Opening("T1", "pms", "ps1978", who, "self", who, "paper", LATE.date())
    async with common.acting() as conn:
        held = await openings.begin(conn, family.family_id, family.site_no, opening)
        await administrations.save(conn, family.family_id, held.administration_id, [life.save("pms1", "agree")])
    before = (await life.looked_at())["interview"]
    life.tick()
    said = Answer(who, Purpose.TAKE_PART, Decision.WITHDRAWN, who, "spoken", LATE.date())
    async with common.acting() as conn:
        await decisions.record(conn, family.family_id, family.site_no, [said], today=LATE.date())
    life.tick()
    async with common.acting() as conn:
        await conn.execute(
            """
            insert into questionnaires.answer (family_id, administration_id, seq, site_id, respondent_id, save_id, item,
              value, state) values ($1, $2, 99, $3, $4, $5, 'pms1', '1', 'stored')
            """,
            family.family_id,
            held.administration_id,
            family.site_no,
            who,
            ids.new_id(),
        )

    assert (await life.looked_at())["interview"] == (before[0] + 1, before[1] + 1)

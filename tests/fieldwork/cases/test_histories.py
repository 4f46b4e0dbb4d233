"""Histories: whatever is booked, moved, cancelled, withdrawn and completed in any order, what was promised holds."""

import random
from contextlib import suppress
from datetime import date, timedelta
from uuid import UUID

import pytest
from asyncpg import CheckViolationError, Connection, ForeignKeyViolationError
from cast import NOW, Family, Study
from msgspec import Struct, field

from consent import permissions
from consent.errors import NotPermitted
from consent.permissions import Answer
from consent.purposes import Decision, Purpose
from fieldwork.base import database, ids
from fieldwork.base.database import Acting
from fieldwork.cases import bookings, visits
from fieldwork.cases.errors import NobodySeen, VisitOver
from fieldwork.cases.visits import Held, Part
from fieldwork.staff.rights import Role
from fieldwork.study import declaration
from scheduler import appointments
from scheduler.appointments import ARROWS, LIVE, Place, Slot, State
from scheduler.errors import AlreadyBooked, AppointmentOver, SlotTaken

HOURS = 60  # a day of working hours in each of so many half hours
TODAY = NOW.date() + timedelta(days=30)
OFF = (State.CANCELLED_BY_FAMILY, State.CANCELLED_BY_US, State.NOBODY_HOME)
REFUSALS = (AlreadyBooked, SlotTaken, AppointmentOver, VisitOver, NotPermitted, NobodySeen)
ACTS = ("propose", "book", "book", "accept", "confirm", "move", "off", "decide", "hold", "lose")


TURN = """
    with whose as (update scheduler.attendee set live = $3 where appointment_id = $1)
    update scheduler.appointment set state = $2 where appointment_id = $1
"""
WAY = {
    State.PROPOSED: [],
    State.NOT_TAKEN: [State.NOT_TAKEN],
    State.BOOKED: [State.BOOKED],
} | {state: [State.BOOKED, state] for state in ARROWS[State.BOOKED]}


class Over(Exception):
    """A history has come to its end and is undone."""


class Agreed(Struct):
    """An appointment as a plain mind remembers it."""

    appointment_id: UUID
    family: int
    who: frozenset[UUID]
    researcher: int
    hour: int
    state: State


class Model(Struct):
    """What should be the case, without a database: who is allowed, seen and booked, and whose hours are taken."""

    families: list[Family]
    allowed: dict[int, bool] = field(default_factory=dict)
    state: dict[int, str] = field(default_factory=dict)
    parts: dict[UUID, str] = field(default_factory=dict)
    agreed: list[Agreed] = field(default_factory=list)

    def goes_on(self, family: int) -> bool:
        return self.state.get(family, "awaited") in ("awaited", "booked", "partly_done")

    def whom(self, family: int) -> frozenset[UUID]:
        people = self.families[family].people
        return frozenset(p.person_id for p in people if self.parts.get(p.person_id) not in ("seen", "refused"))

    def live(self, family: int | None = None) -> list[Agreed]:
        return [a for a in self.agreed if a.state in LIVE and family in (None, a.family)]

    def refuses(self, family: int, who: frozenset[UUID], researcher: int, hour: int, but: Agreed | None) -> bool:
        """Whether an appointment can't be: nobody allows it, its people have one, or the researcher is elsewhere."""
        standing = [a for a in self.live() if a is not but]
        taken = any(a.researcher == researcher and abs(a.hour - hour) < 2 for a in standing)
        doubled = any(a.family == family and a.who & who for a in standing)
        return not self.goes_on(family) or not self.allowed.get(family, True) or taken or doubled

    def pass_over(self, family: int, who: frozenset[UUID]) -> None:
        for a in self.agreed:
            if a.family == family and a.state is State.PROPOSED and a.who & who:
                a.state = State.NOT_TAKEN

    def agree(self, family: int) -> None:
        if self.state.get(family, "awaited") == "awaited":
            self.state[family] = "booked"

    def come_apart(self, family: int) -> None:
        if self.state.get(family) == "booked" and not self.live(family):
            self.state[family] = "awaited"

    def cancel(self, family: int, how: State) -> None:
        for a in self.agreed:
            if a.family == family:
                a.state = how if a.state in LIVE else State.NOT_TAKEN if a.state is State.PROPOSED else a.state


class History:
    """One random life of some families: each act is done in the rooms and told to the model, and both must agree."""

    def __init__(self, conn: Connection, model: Model, researchers: list[int], chance: random.Random) -> None:
        self.conn, self.model, self.researchers, self.chance = conn, model, researchers, chance
        self.protocol = None
        self.done = {"taken": 0, "refused": 0}

    async def live_through(self, acts: int) -> None:
        self.protocol = await declaration.current(self.conn)
        for _ in range(acts):
            name, family = self.chance.choice(ACTS), self.chance.randrange(len(self.model.families))
            refused = False
            act, expected = getattr(self, f"_{name}")(family)
            if act is None:
                continue
            try:
                async with self.conn.transaction():
                    await act
            except REFUSALS:
                refused = True
            assert refused is (expected is None), (name, family)
            if expected is not None:
                expected()
            self.done["refused" if refused else "taken"] += 1

    def _slot(self):
        number, hour = self.chance.randrange(len(self.researchers)), self.chance.randrange(HOURS)
        starts_at = NOW + timedelta(days=40, minutes=30 * hour)
        return number, hour, Slot(self.researchers[number], starts_at, 60, self.chance.choice(list(Place)))

    def _some(self, family):
        whom = sorted(self.model.whom(family))
        some = self.chance.sample(whom, self.chance.randint(1, len(whom))) if whom else []
        return some, frozenset(some)

    def _propose(self, family):
        (some, who), (number, hour, slot), new = self._some(family), self._slot(), ids.new_id()
        if not some:
            return None, None
        act = bookings.propose(self.conn, *self._of(family), "T1", new, **self._with(family, slot), whom=some)

        def then():
            self.model.agreed.append(Agreed(new, family, who, number, hour, State.PROPOSED))

        may = self.model.goes_on(family) and self.model.allowed.get(family, True)
        return act, then if may else None

    def _book(self, family):
        (some, who), (number, hour, slot), new = self._some(family), self._slot(), ids.new_id()
        if not some:
            return None, None
        act = visits.book(self.conn, *self._of(family), "T1", new, **self._with(family, slot), whom=some)

        def then():
            self.model.pass_over(family, who)
            self.model.agreed.append(Agreed(new, family, who, number, hour, State.BOOKED))
            self.model.agree(family)

        return act, None if self.model.refuses(family, who, number, hour, None) else then

    def _accept(self, family):
        chosen = self._any(family)
        if chosen is None:
            return None, None
        person_id = self.model.families[family].parent.person_id
        act = bookings.accept(self.conn, *self._of(family), chosen.appointment_id, person_id=person_id)

        def then():
            chosen.state = State.BOOKED
            self.model.pass_over(family, chosen.who)
            self.model.agree(family)

        refused = self.model.refuses(family, chosen.who, chosen.researcher, chosen.hour, None)
        return act, None if refused or chosen.state is not State.PROPOSED else then

    def _confirm(self, family):
        chosen = self._any(family)
        if chosen is None:
            return None, None

        def then():
            chosen.state = State.CONFIRMED

        act = appointments.confirm(self.conn, *self._of(family), chosen.appointment_id)
        return act, then if chosen.state in LIVE else None

    def _move(self, family):
        old, (number, hour, slot), new = self._any(family), self._slot(), ids.new_id()
        if old is None:
            return None, None
        said = self._with(family, slot) | {"instead_of": old.appointment_id}
        act = visits.book(self.conn, *self._of(family), "T1", new, **said)

        def then():
            old.state = State.MOVED
            self.model.pass_over(family, old.who)
            self.model.agreed.append(Agreed(new, family, old.who, number, hour, State.BOOKED))

        refused = self.model.refuses(family, old.who, number, hour, old)
        return act, None if refused or old.state not in LIVE else then

    def _off(self, family):
        chosen = self._any(family)
        if chosen is None:
            return None, None
        proposed = chosen.state is State.PROPOSED
        how = State.NOT_TAKEN if proposed else self.chance.choice(OFF)
        act = bookings.unbook(self.conn, *self._of(family), chosen.appointment_id, how=how, today=TODAY)

        def then():
            chosen.state = how
            self.model.come_apart(family)

        return act, then if proposed or chosen.state in LIVE else None

    def _decide(self, family):
        decision = self.chance.choice([Decision.GIVEN, Decision.GIVEN, Decision.REFUSED])

        async def act():
            one = self.model.families[family]
            who = one.parent.person_id
            said = [Answer(who, Purpose.APPROACH, decision, who, "spoken", TODAY)]
            await permissions.record(self.conn, one.family_id, one.site_no, said)
            await bookings.heed(self.conn, one.family_id, today=TODAY)

        def then():
            self.model.allowed[family] = decision is Decision.GIVEN
            if decision is not Decision.GIVEN:
                self.model.cancel(family, State.CANCELLED_BY_FAMILY)
                self.model.come_apart(family)

        return act(), then

    def _hold(self, family):
        """Before any of the appointments: whoever was seen had met earlier."""
        states = {p.person_id: self.chance.choice(["seen", "outstanding", "refused", ""]) for p in self._people(family)}
        came = tuple(Part(who, state, TODAY if state == "seen" else None) for who, state in states.items() if state)
        held = Held(TODAY, Place.HOME, came)
        act = visits.hold(self.conn, *self._of(family), "T1", held, self.protocol, today=TODAY)

        def then():
            self._held(family, {who: state for who, state in states.items() if state})

        met = "seen" in states.values() or (came and self.model.state.get(family) == "partly_done")
        return act, then if self.model.goes_on(family) and met else None

    def _held(self, family, states):
        parts, seen = self.model.parts, {who for who, state in states.items() if state == "seen"}
        parts |= {who: state for who, state in states.items() if parts.get(who) != "seen"}
        for a in self.model.live(family):
            if a.who & seen:
                a.state = State.MOVED
            elif all(parts.get(who) in ("seen", "refused") for who in a.who):
                a.state = State.CANCELLED_BY_FAMILY
            else:
                parts |= {who: "outstanding" for who in a.who if who not in parts}
        left = any(parts.get(p.person_id) == "outstanding" for p in self._people(family))
        self.model.state[family] = "partly_done" if left else "done"
        if not left:
            self.model.cancel(family, State.NOT_TAKEN)

    def _lose(self, family):
        if self.chance.random() < 0.8:
            return None, None
        act = visits.lose(self.conn, *self._of(family), "T1", because="no_contact")

        def then():
            self.model.cancel(family, State.CANCELLED_BY_US)
            self.model.state[family] = "missed"

        return act, then if self.model.state.get(family, "awaited") in ("awaited", "booked") else None

    def _of(self, family):
        return (self.model.families[family].family_id,)

    def _with(self, family, slot):
        return {"person_id": self.model.families[family].parent.person_id, "slot": slot}

    def _people(self, family):
        return self.model.families[family].people

    def _any(self, family):
        own = [a for a in self.model.agreed if a.family == family]
        return self.chance.choice(own) if own else None


async def compare(conn: Connection, model: Model) -> None:
    """The database as it stands, against the model and against what was promised."""
    family_ids = [family.family_id for family in model.families]
    rows = await conn.fetch(
        "select appointment_id, state from scheduler.appointment where family_id = any($1)", family_ids
    )
    assert {row["appointment_id"]: row["state"] for row in rows} == {a.appointment_id: a.state for a in model.agreed}
    states = await conn.fetch(
        "select family_id, state from cases.visit where wave = 'T1' and family_id = any($1)", family_ids
    )
    wanted = {family.family_id: model.state.get(n, "awaited") for n, family in enumerate(model.families)}
    assert {row["family_id"]: row["state"] for row in states} == wanted
    doubled = await conn.fetch(
        """
        select from scheduler.attendee t join scheduler.appointment a using (family_id, appointment_id)
        where a.state in ('booked', 'confirmed') and t.family_id = any($1)
        group by t.family_id, t.wave, t.person_id having count(*) > 1
        """,
        family_ids,
    )
    assert not doubled
    booked = await conn.fetch(
        """
        select appointment_id from scheduler.booking
        where appointment_id in (select appointment_id from scheduler.appointment where family_id = any($1))
        """,
        family_ids,
    )
    assert {row["appointment_id"] for row in booked} == {a.appointment_id for a in model.live()}
    for number, family in enumerate(model.families):
        assert model.allowed.get(number, True) or not model.live(number), family.reference


async def some_histories(study: Study, seeds: range, acts: int) -> dict[str, int]:
    """Each is undone when it is over, so that the next one begins with the same families."""
    families = [await study.family(children=(date(2007, 3, 2),)) for _ in range(3)]
    for family in families:
        await study.everybody_allows(family)
    researchers = [(await study.member(Role.RESEARCHER)).no for _ in range(2)]
    total = {"taken": 0, "refused": 0}
    async with database.lent(study.pools["staff"]) as conn:
        sites = await database.all_sites(conn)
        for seed in seeds:
            model = Model(families)
            history = History(conn, model, researchers, random.Random(seed))  # noqa: S311 - the same every time
            with suppress(Over):
                async with database.transaction(conn, Acting("test", NOW, sites)):
                    await history.live_through(acts)
                    await compare(conn, model)
                    raise Over
            total = {name: total[name] + history.done[name] for name in total}
    return total


async def test_whatever_happens_to_appointments_the_promises_hold(study: Study):
    total = await some_histories(study, range(12), acts=40)

    assert total["taken"] > 100
    assert total["refused"] > 50


@pytest.mark.large
async def test_ten_thousand_histories_hold_every_promise(study: Study):
    total = await some_histories(study, range(10_000), acts=20)

    assert total["taken"] > 50_000


# Arrows


@pytest.mark.parametrize("was", list(State))
async def test_the_database_lets_an_appointment_go_along_its_arrows_alone(common: Study, was: State):
    family, researcher = await common.family(), (await common.member(Role.RESEARCHER)).no
    slot = Slot(researcher, NOW + timedelta(days=40), 60, Place.HOME)
    went, refused = set(), set()

    async with common.acting() as conn:
        for becomes in State:
            number, trial = ids.new_id(), conn.transaction()
            await trial.start()
            await bookings.propose(conn, family.family_id, "T1", number, person_id=family.parent.person_id, slot=slot)
            for state in WAY[was]:
                await conn.execute(TURN, number, state, state in LIVE)
            try:
                await conn.execute(TURN, number, becomes, becomes in LIVE)
                went.add(becomes)
            except CheckViolationError as error:
                refused.add(error.constraint_name)
            finally:
                await trial.rollback()

    assert went - {was} == ARROWS.get(was, frozenset())
    assert refused == {"appointment_arrows"}


@pytest.mark.parametrize(
    "changed", ["place = 'school'", "during = tstzrange('2015-01-01', '2015-01-02')", "interpreter = 'bn'"]
)
async def test_what_was_agreed_is_never_changed_in_place(common: Study, changed: str):
    family, researcher, number = await common.family(), (await common.member(Role.RESEARCHER)).no, ids.new_id()
    slot = Slot(researcher, NOW + timedelta(days=40), 60, Place.HOME)

    async with common.acting() as conn:
        await visits.book(conn, family.family_id, "T1", number, person_id=family.parent.person_id, slot=slot)

    async with common.acting() as conn:
        with pytest.raises(CheckViolationError, match="goes along its arrows"):
            await conn.execute(f"update scheduler.appointment set {changed} where appointment_id = $1", number)


async def test_nobody_is_expected_by_an_appointment_that_is_off(common: Study):
    family, researcher, number = await common.family(), (await common.member(Role.RESEARCHER)).no, ids.new_id()
    slot = Slot(researcher, NOW + timedelta(days=41), 60, Place.HOME)
    async with common.acting() as conn:
        await visits.book(conn, family.family_id, "T1", number, person_id=family.parent.person_id, slot=slot)

    async with common.acting() as conn:
        with pytest.raises(ForeignKeyViolationError, match="attendee_of_appointment"):
            await conn.execute("update scheduler.appointment set state = 'moved' where appointment_id = $1", number)

"""A year of reminders: four workers that are killed at any moment, both clock changes, and no message twice."""

import asyncio
import os
import random
import signal
import sys
from collections import Counter
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from cast import RING, Family, Study
from letterbox import Letterbox, standing

from consent.purposes import Decision, Purpose
from fieldwork.base import ids
from fieldwork.base.clock import Clock
from fieldwork.cases import bookings, messages, visits
from fieldwork.people import channels
from fieldwork.people.channels import Channel, Mark
from fieldwork.staff.rights import Role
from scheduler.appointments import Place, Slot, State
from scheduler.errors import SlotTaken

HOUSE = Path(__file__).parents[3]
LONDON = ZoneInfo("Europe/London")
WORKERS = 4
HOURS = tuple(time.fromisoformat(at) for at in ("01:30", "08:59", "09:00", "13:20", "19:54", "20:01", "23:30"))
WAYS = (
    {"email": Mark.MINE_ALONE},
    {"email": Mark.MINE_ALONE, "sms": Mark.SHARED},
    {"email": Mark.UNSAFE, "sms": Mark.MINE_ALONE},
    {"email": Mark.UNSAFE, "sms": Mark.UNSAFE},
    {},
)


class Postmen:
    """Four workers, each a process of its own, told what time it is; any of them may be killed while it works."""

    def __init__(self, study: Study, port: int, chance: random.Random) -> None:
        self.chance, self.killed = chance, 0
        url = study.url.replace("fieldwork_staff", "fieldwork_worker")
        keys = ",".join(key.hex() for key in RING.keys)
        self._command = [sys.executable, "-m", "tests.postman", url, keys, f"smtp://127.0.0.1:{port}"]
        self._running: list[asyncio.subprocess.Process] = []

    async def start(self) -> None:
        self._running = list(await asyncio.gather(*(self._hire() for _ in range(WORKERS))))

    async def _hire(self) -> asyncio.subprocess.Process:
        pipe = asyncio.subprocess.PIPE
        hired = await asyncio.create_subprocess_exec(
            *self._command, stdin=pipe, stdout=pipe, cwd=HOUSE, env=os.environ | {"PYTHONPATH": str(HOUSE / "tests")}
        )
        assert await hired.stdout.readline() == b"ready\n"
        return hired

    async def work(self, moment: datetime, *, deadly: bool) -> None:
        """All four at once, at this moment; where it is deadly, one of them does not live to say that it is done."""
        doomed = self.chance.randrange(WORKERS) if deadly else -1
        await asyncio.gather(*(self._work(number, moment, number == doomed) for number in range(WORKERS)))

    async def _work(self, number: int, moment: datetime, doomed: bool) -> None:
        postman = self._running[number]
        postman.stdin.write(f"{moment.isoformat()}\n".encode())
        await postman.stdin.drain()
        if doomed:
            await asyncio.sleep(self.chance.uniform(0.0, 0.06))
            with suppress(ProcessLookupError):
                postman.send_signal(signal.SIGKILL)
            await postman.wait()
            self.killed += 1
            self._running[number] = await self._hire()
        else:
            assert await postman.stdout.readline() == b"done\n"

    async def dismiss(self) -> None:
        for postman in self._running:
            postman.stdin.close()
        await asyncio.gather(*(postman.wait() for postman in self._running))


class Season:
    """Some families, and what happens to them: booked, cancelled, withdrawn, each at its moment."""

    def __init__(self, study: Study, chance: random.Random, first: date, days: int) -> None:
        self.study, self.chance, self.first, self.days = study, chance, first, days
        self.families: list[Family] = []
        self.ways: dict[str, dict[str, Mark]] = {}
        self.withdrawn: dict[str, datetime] = {}
        self.acts: list[tuple[datetime, int, str, Family]] = []
        self.live: dict[str, object] = {}
        self.researchers: list[int] = []

    @property
    def start(self) -> datetime:
        return datetime.combine(self.first, time(6), LONDON).astimezone(UTC)

    async def furnish(self, many: int) -> None:
        self.study.at(self.start)
        self.researchers = [(await self.study.member(Role.RESEARCHER)).no for _ in range(many)]
        for number in range(many):
            family = await self.study.family(email=f"p{number}@families.test", phone=f"07700 900{number:03}")
            await self.study.allows(family, Purpose.TAKE_PART, Purpose.CONTACT_AGAIN)
            ways = WAYS[number % len(WAYS)]
            said = [Channel(family.parent.person_id, channel, mark) for channel, mark in ways.items()]
            async with self.study.acting() as conn:
                await channels.mark(conn, family.family_id, family.site_no, said)
            self.families.append(family)
            self.ways[str(number)] = ways
            for day in range(0, self.days, 3):
                self._plan(family, "book", range(day, day + 1))
            self._plan(family, "withdraw" if number % 7 == 0 else "cancel", range(self.days))
        self.acts.sort(key=lambda act: act[:2])

    def _plan(self, family: Family, act: str, days: range) -> None:
        at = self.start + timedelta(days=self.chance.choice(days), minutes=self.chance.randrange(24 * 60))
        self.acts.append((at, len(self.acts), act, family))

    async def happen(self, until: datetime) -> None:
        while self.acts and self.acts[0][0] <= until:
            moment, _, act, family = self.acts.pop(0)
            self.study.at(moment)
            await getattr(self, f"_{act}")(moment, family)

    async def _book(self, moment: datetime, family: Family) -> None:
        key = str(family.family_id)
        if key in self.withdrawn:
            return
        await self._cancel(moment, family, State.MOVED)
        day = moment.astimezone(LONDON).date() + timedelta(days=self.chance.randrange(4))
        starts_at = datetime.combine(day, time(self.chance.randrange(8, 20), 30), LONDON).astimezone(UTC)
        if starts_at <= moment:
            return
        appointment_id = ids.new_id()
        slot = Slot(self.chance.choice(self.researchers), starts_at, 60, Place.HOME)
        with suppress(SlotTaken):
            async with self.study.acting() as conn:
                who = family.parent.person_id
                await visits.book(conn, family.family_id, "T1", appointment_id, person_id=who, slot=slot)
            self.live[key] = appointment_id

    async def _cancel(self, moment: datetime, family: Family, how: State = State.CANCELLED_BY_FAMILY) -> None:
        if live := self.live.pop(str(family.family_id), None):
            async with self.study.acting() as conn:
                await bookings.unbook(conn, family.family_id, live, how=how, today=moment.date())

    async def _withdraw(self, moment: datetime, family: Family) -> None:
        await self.study.allows(family, Purpose.APPROACH, decision=Decision.WITHDRAWN)
        self.withdrawn[str(family.family_id)] = moment


async def live_through(
    study: Study, box: Letterbox, first: date, *, days: int, families: int, seed: int, deadly: float
) -> Postmen:
    """Step by step; the letterbox notes what time it was when something came."""
    chance = random.Random(seed)  # noqa: S311 - it decides who is killed and when
    season, postmen = Season(study, chance, first, days), Postmen(study, box.port, chance)
    box.clock, box.slowness = study.clock.now, 0.003
    await season.furnish(families)
    await postmen.start()
    for number in range((days + 5) * len(HOURS)):
        day, hour = first + timedelta(days=number // len(HOURS)), HOURS[number % len(HOURS)]
        moment = datetime.combine(day, hour, LONDON).astimezone(UTC)
        await season.happen(moment)
        study.at(moment)
        await postmen.work(moment, deadly=hour.hour == 9 and chance.random() < deadly)
        async with study.acting(pool="worker") as conn:
            await messages.give_up(
                conn, before=Clock.machine()
            )  # nobody is at work now: what has no result was cut off
    await postmen.dismiss()
    await look(study, box, season)
    return postmen


async def look(study: Study, box: Letterbox, season: Season) -> None:
    async with study.acting() as conn:
        stand = {str(row["message_id"]): dict(row) for row in await conn.fetch("select * from cases.message")}
        booked = await conn.fetch(
            """
            select appointment_id::text, m.state from scheduler.appointment a left join cases.message m
              on m.family_id = a.family_id and m.occasion = a.appointment_id::text
            where a.state = 'booked'
            """
        )
        left = await conn.fetchval("select count(*) from cases.outbox")
    local = [moment.astimezone(LONDON).time() for moment in box.moments]

    # What was cut off in the middle may not have left, and how many that are hangs on the machine.
    begun = [row for row in stand.values() if row["state"] in ("sent", "not_known")]
    assert box.ids
    assert len(begun) > len(season.families) // 2
    assert [each for each, times in Counter(box.ids).items() if times > 1] == []
    assert [each for each in local if not time(9) <= each < time(20)] == []
    assert {stand[each]["state"] for each in box.ids} <= {"sent", "not_known"}
    assert {key for key, row in stand.items() if row["state"] == "sent"} <= set(box.ids)
    assert {row["state"] for row in stand.values()} <= {"sent", "failed", "not_known", "dropped"}
    assert left == 0
    assert safe(season, box)
    for message_id, moment in zip(box.ids, box.moments, strict=True):
        assert moment < season.withdrawn.get(str(stand[message_id]["family_id"]), moment + timedelta(1))
    # Whatever is still booked and was due has left or stands in the list; what was booked on its own day never was.
    assert [row for row in booked if row["state"] not in ("sent", "failed", "not_known", "dropped", None)] == []


def safe(season: Season, box: Letterbox) -> bool:
    """Nothing went where somebody had said that it must not, or had said nothing."""
    for to, _ in box.taken:
        name, _, domain = to.partition("@")
        channel = "email" if domain == "families.test" else "sms"
        number = str(int(name[1:] if channel == "email" else name[-3:]))
        if season.ways[number].get(channel) not in (Mark.MINE_ALONE, Mark.SHARED):
            return False
    return True


@pytest.mark.parametrize(("first", "seed"), [(date(2015, 10, 23), 1), (date(2016, 3, 25), 2)], ids=["back", "forward"])
async def test_no_message_leaves_twice_or_at_night_around_a_clock_change(study, first, seed):
    async with standing() as box:
        postmen = await live_through(study, box, first, days=4, families=15, seed=seed, deadly=0.8)

    assert postmen.killed > 1


@pytest.mark.large
async def test_no_message_leaves_twice_or_at_night_in_a_whole_year(study):
    async with standing() as box:
        postmen = await live_through(study, box, date(2015, 9, 1), days=366, families=60, seed=3, deadly=0.3)

    assert postmen.killed > 50

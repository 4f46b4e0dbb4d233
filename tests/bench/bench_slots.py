"""How long it takes to propose times to 1,000 families and 20 researchers, thinking alone and with the database."""

from datetime import UTC, date, datetime, time, timedelta
from statistics import median
from time import perf_counter
from uuid import UUID, uuid5

import click
import pytest
from cast import NOW, Study

from fieldwork.cases import offers
from fieldwork.staff.rights import Role
from scheduler import availability, slots
from scheduler.free import Absence, Hours, Place, Researcher
from scheduler.slots import Wanted, Whom, Wish
from scheduler.windows import Window
from tests.bench.bench_worklists import filled

FAMILIES, RESEARCHERS, ROUNDS, DAY = 1_000, 20, 5, timedelta(days=1)
TODAY = NOW.date()
WISHES = [
    Wish(),
    Wish(frozenset({1})),
    Wish(starts=time(15)),
    Wish(researcher=Whom.SAME),
    Wish(researcher=Whom.ANOTHER),
]


def team(booked: int) -> list[Researcher]:
    """Each at two of ten sites, some of them with many appointments, away for a week."""
    hours = tuple(Hours(day, time(9), time(17), date(2015, 1, 1)) for day in range(1, 6))
    first = int(NOW.timestamp()) // 60
    return [
        Researcher(
            no, frozenset({no % 10, (no + 3) % 10}), hours, (Absence(TODAY + no * DAY, TODAY + (no + 7) * DAY),),
            tuple((first + n * 1440 + 60, first + n * 1440 + 150) for n in range(booked)), 45, no % 10,
        )
        for no in range(RESEARCHERS)
    ]  # fmt: skip


def families(many: int, *, every: int = 1) -> list[Wanted]:
    """Windows of 20 weeks with an aim of nine, beginning on as many days as there are."""
    found = []
    for no in range(many):
        opens = TODAY + (no % 120) * DAY
        window = Window(opens, opens + 28 * DAY, opens + 90 * DAY, opens + 139 * DAY)
        place, wish = Place("england", "Europe/London"), WISHES[no % len(WISHES)]
        known = no % RESEARCHERS
        found.append(Wanted(uuid5(UUID(int=1), str(no)), no % 10, place, 90, window, wish, known, (no + 10) % 20))
    return found


@pytest.mark.large
def test_proposing(capsys):
    acts = {
        f"one family, {RESEARCHERS} researchers": (families(1), team(60)),
        f"{FAMILIES // 10} families": (families(FAMILIES // 10), team(60)),
        f"{FAMILIES:,} families": (families(FAMILIES), team(60)),
        f"{FAMILIES:,} families where every day is full": (families(FAMILIES), full()),
    }

    times: dict[str, list[float]] = {name: [] for name in acts}
    for _ in range(ROUNDS):
        for name, (wanted, whom) in acts.items():
            began = perf_counter()
            slots.propose(wanted, whom, now=NOW)
            times[name].append(perf_counter() - began)

    with capsys.disabled():
        yardstick = median(times[f"{FAMILIES // 10} families"])
        click.echo(f"\nthree times for each of {FAMILIES:,} families, median of {ROUNDS} rounds:")
        for name, taken in times.items():
            click.echo(
                f"{median(taken) * 1000:9.1f} ms  {name}: {median(taken) / yardstick:.2f} times a hundred families"
            )


@pytest.mark.large
async def test_proposing_to_families_in_the_database(study: Study, capsys: pytest.CaptureFixture[str]) -> None:
    await filled(study, FAMILIES * 6 // 5)  # one in six is booked
    study.at(datetime(2016, 5, 2, 9, tzinfo=UTC))
    now, hours = study.clock.now(), [Hours(day, time(9), time(17), date(2015, 1, 1)) for day in range(1, 6)]
    team, took, thought = [await study.member(Role.RESEARCHER) for _ in range(RESEARCHERS)], [], []
    async with study.acting() as conn:
        for each in team:
            await availability.keep_hours(conn, each.no, hours)
        ids = [
            row["family_id"] for row in await conn.fetch("select family_id from cases.visit where state = 'awaited'")
        ]
        for _ in range(ROUNDS):
            began = perf_counter()
            found = await offers.of_families(conn, ids, "T2", minutes=90, now=now)
            took.append(perf_counter() - began)
            known = await offers.find(conn, ids, "T2", minutes=90, now=now)
            began = perf_counter()
            slots.propose(known.wanted, known.team, now=now)
            thought.append(perf_counter() - began)

    with capsys.disabled():
        have = sum(map(bool, found.values()))
        click.echo(
            f"\n{median(took) * 1000:9.1f} ms  {len(ids):,} families in the database, {have:,} of them with times, and "
            f"{len(known.team)} researchers: {median(took) / median(thought):.2f} times the thinking alone"
        )


def full() -> list[Researcher]:
    first = int(NOW.timestamp()) // 60 - 600
    hours = tuple(Hours(day, time(9), time(17), date(2015, 1, 1)) for day in range(1, 6))
    booked = tuple((first + n * 120, first + n * 120 + 100) for n in range(12 * 320))
    return [Researcher(no, frozenset(range(10)), hours, (), booked, 15) for no in range(RESEARCHERS)]

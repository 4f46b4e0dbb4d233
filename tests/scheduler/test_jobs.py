"""The clock of the jobs: one worker calls them, another takes over, and a database that is away ends neither."""

import asyncio
from collections import Counter

from cast import Study

from scheduler import jobs
from scheduler.jobs import Job


async def test_two_workers_call_a_job_once_a_beat_and_the_second_takes_over(study: Study, monkeypatch):
    monkeypatch.setattr(jobs, "RETRY_SECONDS", 0.1)
    called: Counter[str] = Counter()
    url = study.url  # type: ignore[attr-defined]
    stops = {name: asyncio.Event() for name in ("first", "second")}

    def job(name: str) -> Job:
        async def run() -> None:
            called[name] += 1

        return Job("count", 1, run)

    workers = {name: asyncio.create_task(jobs.keep_time([job(name)], url, stop)) for name, stop in stops.items()}
    while not called:
        await asyncio.sleep(0.05)
    holder, other = ("first", "second") if called["first"] else ("second", "first")
    alone = called[other]
    stops[holder].set()
    await workers[holder]
    while not called[other]:
        await asyncio.sleep(0.05)
    stops[other].set()
    await workers[other]

    assert alone == 0
    assert called[other] >= 1


async def test_a_database_that_is_away_does_not_end_the_worker(monkeypatch):
    monkeypatch.setattr(jobs, "RETRY_SECONDS", 0.05)
    stopped = asyncio.Event()

    worker = asyncio.create_task(jobs.keep_time([], "postgresql://nobody@127.0.0.1:1/none", stopped))
    await asyncio.sleep(0.3)
    still_there = not worker.done()
    stopped.set()
    await worker

    assert still_there

"""The worker: each run of a job is written down, the one that fails as well, and an administrator sees it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from cast import Study

from fieldwork import worker
from fieldwork.base import database
from fieldwork.base.store import Store
from fieldwork.staff.rights import Role
from scheduler import runs
from scheduler.runs import Run

SEALING = "seal the trail"
NOW = datetime(2016, 4, 1, 10, tzinfo=UTC)


@asynccontextmanager
async def working(study: Study) -> AsyncIterator[None]:
    stopped = asyncio.Event()
    task = asyncio.create_task(
        worker.work(study.pools["worker"], study.clock, Store(study.settings.files), study.url, stopped)
    )
    yield
    stopped.set()
    await task


async def run_of(study: Study, *, failures: int) -> Run:
    """The sealing's, once it has ended with so many failures."""
    for _ in range(400):
        async with study.acting() as conn:
            found = {run.name: run for run in await runs.every(conn)}.get(SEALING)
        if found is not None and found.runs > 0 and found.failures == failures:
            return found
        await asyncio.sleep(0.05)
    raise AssertionError("The job never came.")


async def test_each_run_is_written_down_and_so_is_each_failure(study: Study):
    administrator = await study.signed_in(Role.ADMINISTRATOR)
    owner = await database.connect(study.url.replace("fieldwork_staff:@", "postgres:@"))

    before = await administrator.open("/operations")
    async with working(study):
        well = await run_of(study, failures=0)
        fine = await administrator.open("/operations")
        await owner.execute("revoke insert on trail.seal from fieldwork_worker")
        await study.member(Role.ANALYST)
        ill = await run_of(study, failures=1)
        failed = await administrator.open("/operations")
    await owner.close()

    assert "No job has run yet." in before.text
    assert (well.failure, well.state_at(well.began_at)) == (None, "fine")
    assert well.milliseconds is not None
    assert "Seal the trail As it should" in fine.text
    assert (ill.failure, ill.state_at(ill.began_at)) == ("InsufficientPrivilegeError", "failed")
    assert ill.runs > well.runs
    assert "Seal the trail Failed" in failed.text
    assert "InsufficientPrivilegeError" in failed.text


@pytest.mark.parametrize(("seconds", "state"), [(0, "fine"), (5, "fine"), (15 * 60, "late")])
def test_a_job_that_does_not_come_is_told_from_one_that_does(seconds: int, state: str):
    run = Run(SEALING, 5, NOW, NOW, 10, 3, 0, None, None)

    assert run.next_at == NOW + timedelta(seconds=5)
    assert run.state_at(NOW + timedelta(seconds=seconds)) == state


async def test_nobody_else_sees_whether_the_jobs_run(study: Study):
    for role in (Role.COORDINATOR, Role.RESEARCHER):
        browser = await study.signed_in(role)
        assert (await browser.open("/operations")).status == 403

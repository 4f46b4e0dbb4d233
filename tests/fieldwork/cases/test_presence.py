"""Presence: who is in the room is noted as it changes, and each coming and going is kept."""

from datetime import UTC, date, datetime, timedelta

import pytest

from fieldwork.base import ids
from fieldwork.cases import cases, presence
from fieldwork.cases.errors import NoVisit, VisitOver
from fieldwork.people.errors import NoPerson

BORN = date(2007, 3, 2)
MORNING = datetime(2015, 6, 16, 9, tzinfo=UTC)


async def here(common, family):
    async with common.acting() as conn:
        found = await presence.on(conn, family.family_id, "T1", now=common.clock.now())
    return {who for who, each in found.items() if each.here}


async def come(common, family, person_id, here, wave="T1"):
    async with common.acting() as conn:
        await presence.note(conn, family.family_id, wave, person_id, here=here)


async def test_people_come_and_go_and_nothing_of_it_is_lost(common):
    common.at(MORNING)
    family = await common.family(children=(BORN,), parents=2)
    one, father, child = (person.person_id for person in family.people)

    for who, is_here in ((one, True), (child, True), (father, True), (child, False)):
        await come(common, family, who, is_here)

    async with common.acting() as conn:
        kept = await conn.fetchval("select count(*) from cases.presence where family_id = $1", family.family_id)
    assert await here(common, family) == {one, father}
    assert kept == 4


async def test_whoever_was_here_yesterday_need_not_be_here_today(common):
    common.at(MORNING)
    family = await common.family()
    await come(common, family, family.parent.person_id, True)

    common.at(MORNING + timedelta(days=1))

    assert await here(common, family) == set()
    common.at(MORNING)


async def test_nobody_of_another_family_and_nobody_at_a_visit_that_is_not_to_come_is_here(common):
    common.at(MORNING)
    family, other = await common.family(), await common.family()

    for who in (other.parent.person_id, ids.new_id()):
        with pytest.raises(NoPerson):
            await come(common, family, who, True)
    with pytest.raises(NoVisit):
        await come(common, family, family.parent.person_id, True, wave="T2")
    async with common.acting() as conn:
        await cases.close(conn, family.family_id, because="objected")
    with pytest.raises(VisitOver):
        await come(common, family, family.parent.person_id, True)

    assert await here(common, family) == set()

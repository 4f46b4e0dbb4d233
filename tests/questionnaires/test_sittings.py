"""Sittings: what a device measured is kept once, capped, without a value, and never handed out with who asked."""

from datetime import UTC, date, datetime, timedelta

import asyncpg
import pytest
from msgspec.structs import replace

from consent.errors import NotPermitted
from consent.purposes import Decision, Purpose
from fieldwork.base import ids
from questionnaires import administrations, openings, sittings
from questionnaires.errors import NoAdministration, WrongSitting
from questionnaires.openings import Opening
from questionnaires.sittings import LONGEST, MOST, Sitting

BEGAN = datetime(2015, 6, 15, 9, tzinfo=UTC)


async def begun(common):
    family = await common.family(children=(date(2007, 3, 2),))
    await common.allows(family, Purpose.TAKE_PART)
    parent = family.parent.person_id
    opening = Opening("T1", "pms", "ps1978", parent, "self", parent, "face_to_face", BEGAN.date())
    async with common.acting() as conn:
        held = await openings.begin(conn, family.family_id, family.site_no, opening)
    return family, held


async def note(common, family, held, *given):
    async with common.acting() as conn:
        people = [person.person_id for person in family.people]
        await sittings.note(conn, family.family_id, held.administration_id, list(given), people=people)


async def spent(common, held):
    async with common.acting() as conn:
        return await sittings.of(conn, held.family_id, held.administration_id)


def sitting(minutes=0, *, seconds=60, interruptions=0, present=(), section="mastery"):
    return Sitting(ids.new_id(), section, BEGAN + timedelta(minutes=minutes), seconds, interruptions, tuple(present))


async def test_what_is_sent_twice_is_kept_once(common):
    family, held = await begun(common)
    one = sitting(seconds=100)

    await note(common, family, held, one)
    await note(common, family, held, one, sitting(3, seconds=50))

    assert (await spent(common, held)).sections == {"mastery": 150}


async def test_a_longer_break_begins_a_new_sitting_and_a_shorter_one_does_not(common):
    family, held = await begun(common)
    parent, child = (person.person_id for person in family.people)

    given = sitting(0, interruptions=1, present=[parent]), sitting(20, present=[parent, child]), sitting(90)
    await note(common, family, held, *reversed(given))

    found = await spent(common, held)
    assert (found.seconds, found.minutes, found.sittings, found.interruptions) == (180, 3, 2, 1)
    assert found.present == {parent, child}


async def test_a_page_left_open_overnight_counts_for_a_visit_at_most(common):
    family, held = await begun(common)

    await note(common, family, held, sitting(seconds=9 * 60 * 60))

    assert (await spent(common, held)).seconds == LONGEST


async def test_nobody_of_another_family_was_present(common):
    (family, held), (other, _) = await begun(common), await begun(common)

    await note(common, family, held, sitting(present=[family.parent.person_id, other.parent.person_id, ids.new_id()]))

    assert (await spent(common, held)).present == {family.parent.person_id}


async def test_what_names_no_section_or_is_too_much_is_refused_whole(common):
    family, held = await begun(common)

    nowhere, never = sitting(section="nowhere"), replace(sitting(), began_at=datetime(9999, 12, 31, 23, tzinfo=UTC))
    for given in ([sitting(), nowhere], [sitting(), never], [sitting() for _ in range(MOST + 1)]):
        with pytest.raises(WrongSitting):
            await note(common, family, held, *given)
    with pytest.raises(NoAdministration):
        await note(common, (await begun(common))[0], held, sitting())

    assert (await spent(common, held)).sittings == 0


async def test_it_stands_on_what_saving_stands_on_and_may_come_after_the_end(common):
    family, held = await begun(common)
    async with common.acting() as conn:
        await administrations.complete(conn, family.family_id, held.administration_id, now=BEGAN)
    await note(common, family, held, sitting())
    await common.allows(family, Purpose.TAKE_PART, decision=Decision.WITHDRAWN)

    with pytest.raises(NotPermitted):
        await note(common, family, held, sitting(5))

    assert (await spent(common, held)).sittings == 1


async def test_whoever_analyses_is_not_given_who_asked(common):
    family, held = await begun(common)
    await note(common, family, held, sitting(seconds=77))

    async with common.acting(role="fieldwork_analyst") as conn:
        seconds = await conn.fetchval(
            "select sum(seconds) from questionnaires.sitting where family_id = $1", family.family_id
        )
        for column in ("actor", "at", "*"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with conn.transaction():
                    await conn.fetch(f"select {column} from questionnaires.sitting")

    assert seconds == 77

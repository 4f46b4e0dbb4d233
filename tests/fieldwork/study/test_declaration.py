"""The protocol is applied again and again, and never against what was collected."""

import asyncio
from datetime import timedelta

import pytest
from cast import NOW, Study

from fieldwork.study import declaration, faults, protocol
from fieldwork.study.errors import ProtocolContradicts, ProtocolFaulty
from tests.fieldwork.study.broken import REFERENCE

T2 = '[[waves]]\ncode = "T2"\n'
BETWEEN = """[[waves]]
code = "T1b"
title = "By telephone"
anchor = "T1"
opens = 8
aim_from = 9
aim_to = 10
closes = 12
"""
RENAMED = REFERENCE.replace('"T1"', '"W1"').replace("steps.T1", "steps.W1")
STEPS = REFERENCE[REFERENCE.index("[steps.T2]") : REFERENCE.index("# Coded reasons")]
WITH_BETWEEN = REFERENCE.replace(T2, f"{BETWEEN}\n{T2}").replace(STEPS, STEPS + STEPS.replace("T2", "T1b"))


async def apply(study: Study, text: str) -> declaration.Applied:
    async with study.acting() as conn:
        return await declaration.apply(conn, protocol.read(text), now=NOW)


async def waves(study: Study) -> list[tuple[str, str | None]]:
    async with study.acting() as conn:
        return [tuple(row) for row in await conn.fetch("select code, anchor from study.wave order by position")]


async def test_a_wave_may_come_between_two_others_and_go_again(study: Study):
    await study.interviewed(await study.family())

    await apply(study, WITH_BETWEEN)
    with_it = await waves(study)
    await apply(study, REFERENCE)

    assert with_it == [("T1", None), ("T1b", "T1"), ("T2", "T1")]
    assert await waves(study) == [("T1", None), ("T2", "T1")]


async def test_waves_may_change_their_codes_before_anybody_was_interviewed(study: Study):
    await apply(study, RENAMED)

    assert await waves(study) == [("W1", None), ("T2", "W1")]


async def test_a_database_holds_one_study(study: Study):
    with pytest.raises(ProtocolContradicts, match=r"holds the study “reference”. The study “another” needs"):
        await apply(study, REFERENCE.replace('code = "reference"', 'code = "another"'))


@pytest.mark.parametrize(
    ("was", "becomes", "sentence"),
    [
        ("closes = 39", "closes = 45", "The weeks of T2 can't change, nor what they count from: the windows of 1 fam"),
        ('code = "1"', 'code = "one"', "A site, cohort or wave that families or staff belong to can't leave"),
        ("2015-03-01  ", "2015-04-01  ", "Cohort 1: 1 families were referred outside the new days."),
        ("abroad =", "away =", "reasons.outside.abroad can't leave the protocol: it was given for 1 visits."),
    ],
)
async def test_what_families_stand_on_stays(study: Study, was: str, becomes: str, sentence: str):
    family = await study.family()
    await study.interviewed(family)
    study.at(NOW + timedelta(weeks=45))
    await study.interviewed(family, wave="T2")
    async with study.acting() as conn:
        await conn.execute("update cases.visit set outside_because = 'abroad' where wave = 'T2'")

    with pytest.raises(ProtocolContradicts) as refused:
        await apply(study, REFERENCE.replace(was, becomes))

    assert str(refused.value).startswith(sentence)


async def test_the_first_wave_stays_the_first(study: Study):
    await study.family()

    with pytest.raises(ProtocolContradicts, match="T1 must stay the first wave: 1 families began the study with it"):
        await apply(study, RENAMED)


async def test_a_window_can_not_count_from_another_wave_once_it_is_open(study: Study):
    await apply(study, WITH_BETWEEN)
    await study.interviewed(await study.family())

    with pytest.raises(ProtocolContradicts, match="The weeks of T2 can't change, nor what they count from"):
        await apply(study, WITH_BETWEEN.replace('anchor = "T1"                ', 'anchor = "T1b"'))


async def test_what_an_older_release_kept_can_be_applied_again(study: Study):
    async with study.pools["owner"].acquire() as conn, conn.transaction():
        await conn.execute("select trail.act('test', '', '{}', 'epoch', null, null)")
        await conn.execute("update study.study set protocol = '{}', hash = 'of an older release'")

    applied = await apply(study, REFERENCE)

    assert applied.waves == 2
    async with study.acting() as conn:
        assert await declaration.current(conn) == protocol.read(REFERENCE)


async def test_two_who_apply_at_once_take_turns(study: Study):
    later = REFERENCE.replace('title = "Second', 'title = "The second')

    await asyncio.gather(*(apply(study, text) for text in (WITH_BETWEEN, later, WITH_BETWEEN)))

    assert ("T2", "T1") in await waves(study)


@pytest.mark.parametrize(
    ("was", "becomes", "fault"),
    [
        (
            "Europe/London",
            "Europe/Londn",
            "time_zone: “Europe/Londn” is no time zone we know. Write it as Europe/London.",
        ),
        ("Europe/London", "Europe", "time_zone: “Europe” is no time zone we know. Write it as Europe/London."),
        (
            'phone = "0808 157 0199"',
            'phone = "ask the office"',
            "safeguarding.phone: “ask the office” is no number that can be rung. Write it as 0808 157 0123.",
        ),
        (
            'who = "The safeguarding lead',
            f'who = "{"The lead " * 50}',
            "safeguarding.who: This is read in a moment of worry: 300 characters a line.",
        ),
        ('england = "999"', 'wales = "999"', "emergency: Say which number is rung in an emergency in england."),
        ('england = "999"', 'england = "nine"', "emergency.england: “nine” is no number that can be rung."),
        (
            'purpose = "archive"',
            'purpose = "assent"',
            "forms.assent: Version 1 (en) stands here twice. Keep one of them.",
        ),
        ('"goal_t1"', '"interview_t1"', "asking.2: This is asked already in asking.1. Keep one of them."),
        (
            'body = "Data protection clearance"',
            'body = "University ethics committee"',
            "sites.y2.approvals: University",
        ),
        ("target = 114", "target = -1", "cohorts.1.target: This lies between 0 and 10000000."),
        ("closes = 39", "closes = 99999999999", "waves.T2.closes: This lies between 0 and 5200."),
        ("objection_days = 14", "objection_days = 1_000_000", "telling.objection_days: This lies between 0 and 365."),
        ('ways = ["agreeing", "not_objecting"]', "ways = []", "telling.ways: Families hear of the study by agreeing"),
        ("[4, 10]", "[4, 1000]", "asking.8.ages: This lies between 0 and 120."),
        ('name = "Site N1"', 'name = " "', "sites.1.name: Nothing stands here. Say something, or leave the line out."),
        ('name = "Site N1"', r'name = "\u0000"', "sites.1.name: There is a character here that no text can hold"),
        ('code = "n1"', 'code = "n/1"', "sites.1.code: “n/1” is no code. Use up to 20 plain letters, digits"),
        ('new = "New', '"" = "New', "groupings.: This name can't be kept. Use letters."),
    ],
)
async def test_a_fault_has_its_place(was: str, becomes: str, fault: str):
    with pytest.raises(ProtocolFaulty) as refused:
        faults.refuse(protocol.read(REFERENCE.replace(was, becomes)))

    assert any(line.startswith(fault) for line in str(refused.value).splitlines()), str(refused.value)


async def test_the_reference_protocol_has_no_faults():
    assert not faults.of(protocol.read(REFERENCE))

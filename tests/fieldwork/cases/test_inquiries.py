"""Inquiries: what a site is asked about its families, and what comes back, all of it or none."""

import csv
import io
from datetime import UTC, date, datetime

import pytest
from cast import NOW

from consent.purposes import Decision, Purpose
from fieldwork.cases import inquiries
from fieldwork.people.errors import FaultyList
from fieldwork.reports import records
from fieldwork.staff.rights import Role
from fieldwork.study import declaration
from questionnaires import workbooks

ASKED = datetime(2016, 8, 24, 9, tzinfo=UTC)
TODAY = ASKED.date()


@pytest.fixture
async def site(common):
    """A contact of one site, by their id, after the day on which records are asked about."""
    member = await common.member(Role.SITE_CONTACT, "n1")
    common.at(ASKED)
    async with common.acting() as conn:
        return await conn.fetchval("select id from staff.account where no = $1", member.no)


async def a_family(common, decision=Decision.GIVEN):
    common.at(NOW)
    found = await common.family()
    await common.allows(found, Purpose.FOLLOW_RECORDS, decision=decision)
    await common.interviewed(found)
    common.at(ASKED)
    return found


async def asking(common):
    async with common.acting() as conn:
        return inquiries.asking_of(await declaration.current(conn))[-1]


async def waiting(common, today=TODAY):
    async with common.acting() as conn:
        site_no = await conn.fetchval("select no from study.site where code = 'n1'")
        return await inquiries.waiting(conn, await asking(common), site_no, today=today)


async def hand_in(common, reader, *rows):
    columns = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    writer.writerows(rows)
    async with common.acting() as conn:
        found = await inquiries.read(conn, await asking(common), text.getvalue().encode(), today=TODAY)
        return await inquiries.enter(conn, found, reader=reader, now=ASKED, today=TODAY)


async def said_of(common, family):
    async with common.acting() as conn:
        return await conn.fetchval(
            "select answers from questionnaires.administration where family_id = $1 and questionnaire = 'records'",
            family.family_id,
        )


async def test_only_families_that_allow_it_are_asked_about_and_not_before_the_day(common, site):
    asked, refusing = await a_family(common), await a_family(common, Decision.REFUSED)

    listed = {each.family_id for each in await waiting(common)}

    assert asked.family_id in listed
    assert refusing.family_id not in listed
    assert await waiting(common, date(2016, 8, 1)) == []


async def test_the_list_comes_with_the_sites_own_numbers_empty_columns_and_what_can_stand_there(common, site):
    family = await a_family(common)
    asked = [each for each in await waiting(common) if each.family_id == family.family_id]
    async with common.acting() as conn:
        content = await inquiries.sheet(conn, await asking(common), asked, {family.family_id: "=1+1"})

    sheets = workbooks.sheets(content)
    head, row = sheets["families"]
    assert dict(zip(head, row, strict=False)) | {"case_number": "=1+1", "reference": family.reference} == dict(
        zip(head, row, strict=False)
    )
    assert not any(row[2:])
    explained = {line[0]: line[2] for line in sheets["how to fill it in"]}
    assert set(head[2:]) <= set(explained)
    assert explained["rereferred"] == "Yes | No"


async def test_what_is_filled_in_is_kept_and_counts_and_the_same_list_twice_changes_nothing(common, site):
    family, untouched = await a_family(common), await a_family(common)
    rows = (
        {
            "reference": family.reference,
            "status_t2": "Stepped down to early help",
            "rereferred": "yes",
            "rereferral_outcome": "1",
        },
        {"reference": untouched.reference},
    )

    first, second = await hand_in(common, site, *rows), await hand_in(common, site, *rows)

    assert (first.rows, first.new) == (1, 1)
    assert (second.new, second.unchanged) == (0, 1)
    assert await said_of(common, family) == {
        "status_t2": "early_help",
        "rereferred": "yes",
        "rereferral_outcome": "no_further_action",
    }
    assert {each.family_id for each in await waiting(common)} >= {untouched.family_id}
    assert family.family_id not in {each.family_id for each in await waiting(common)}


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"rereferred": "perhaps"}, "rereferred"),
        ({"plan_started": "2016-03-01", "plan_ended": "2016-02-01"}, "ended after it started"),
        ({"rereferred": "no", "rereferral_outcome": "existing_plan"}, "does not fit"),
        ({"earlier_referrals": "many"}, "earlier_referrals"),
        ({"removed_on": "2016-13-45", "removed": "yes"}, "removed_on"),
    ],
)
async def test_one_fault_and_nothing_of_the_list_is_kept(common, site, said, complaint):
    right, wrong = await a_family(common), await a_family(common)

    with pytest.raises(FaultyList, match=complaint) as refused:
        await hand_in(
            common, site, {"reference": right.reference, "rereferred": "no"}, {"reference": wrong.reference, **said}
        )

    assert "Row 3" in str(refused.value)
    assert await said_of(common, right) is None


async def test_a_family_that_does_not_allow_it_looks_like_one_of_which_nothing_is_asked(common, site):
    refusing, common_fault = await a_family(common, Decision.REFUSED), "Nothing is asked about this family"
    common.at(NOW)
    unseen = await common.family()
    common.at(ASKED)

    for family in (refusing, unseen):
        with pytest.raises(FaultyList, match=common_fault):
            await hand_in(common, site, {"reference": family.reference, "rereferred": "no"})


async def test_a_row_that_stands_twice_is_refused(common, site):
    family = await a_family(common)
    row = {"reference": family.reference, "rereferred": "no"}

    with pytest.raises(FaultyList, match="stands in row 2 already"):
        await hand_in(common, site, row, row)


async def test_another_sites_family_is_unknown_to_a_contact(common):
    theirs = await a_family_at(common, "y1")
    browser = await common.signed_in(Role.SITE_CONTACT, "n1")
    page = await browser.open("/records")
    assert "to be asked about" in page.text or "nothing to be asked" in page.text

    content = f"reference,rereferred\n{theirs.reference},no\n".encode()
    page = await page.form("/records").attach("list", content).press("Take it in")

    assert page.status == 422
    assert "No family of this study has this reference." in page.text
    assert await said_of(common, theirs) is None


async def a_family_at(common, site):
    common.at(NOW)
    found = await common.family(site)
    await common.allows(found, Purpose.FOLLOW_RECORDS)
    await common.interviewed(found)
    common.at(ASKED)
    return found


async def test_downloading_the_list_notes_that_the_sites_numbers_were_opened(common, site):
    family = await a_family(common)
    browser = await common.signed_in(Role.SITE_CONTACT, "n1")

    page = await browser.open("/records/list?site=n1")

    assert page.status == 200
    async with common.acting() as conn:
        fields = await conn.fetchval(
            "select fields from trail.event where family_id = $1 and act = 'read' order by at desc limit 1",
            family.family_id,
        )
    assert fields == ["case_number"]


async def test_a_day_nobody_knows_and_a_plan_that_goes_on_are_in_no_band_of_weeks(common, site):
    unknown, running, ended = [await a_family(common) for _ in range(3)]
    async with common.acting() as conn:
        before = await records.records(conn, (ended.site_no,))

    await hand_in(
        common,
        site,
        {"reference": unknown.reference, "plan_started": "dont_know", "plan_ended": ""},
        {"reference": running.reference, "plan_started": "2016-01-01", "plan_ended": ""},
        {"reference": ended.reference, "plan_started": "2016-01-01", "plan_ended": "2016-03-01"},
    )

    async with common.acting() as conn:
        after = await records.records(conn, (ended.site_no,))
    assert after.told == before.told + 3
    assert {band: after.plan_weeks[band] - before.plan_weeks[band] for band in after.plan_weeks} == {
        band: int(band == "to_15") for band in after.plan_weeks
    }

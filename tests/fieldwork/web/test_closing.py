"""The list at the end of a visit: kept in parts, corrected without losing what stood, and a voucher is given once."""

from datetime import date

import asyncpg
import pytest
from cast import NOW, Study

from fieldwork.cases import closings, vouchers
from fieldwork.cases.closings import Closing
from fieldwork.staff.rights import Role
from fieldwork.study.closing import Done
from fieldwork.web.staff.closing import TYPED

ALL = {
    "item_signed_copy": "yes",
    "item_leaflet": "yes",
    "item_pens_back": "no",
    "item_voucher": "yes",
    "voucher_number": "gv 1047-3",
    "voucher_value": "20",
    "item_distress": "yes",
    "distress_done": "Tears at the end; we sat until it was better",
    "item_next_contact": "yes",
    "next_how": "phone",
    "next_on": "2015-11-02",
}


async def a_visit(study, browser):
    """Held through the form, as a researcher does, by whoever looks after the family."""
    family = await study.family(children=(date(2007, 3, 2),))
    await study.everybody_allows(family)
    async with study.acting() as conn:
        await conn.execute(
            "update cases.case set researcher_no = $2 where family_id = $1", family.family_id, browser.member.no
        )
    page = await browser.open(f"/families/{family.family_id}/visits/T1/held")
    seen = {f"part_{person.person_id}": "seen" for person in family.people}
    page = await page.form().fill(seen).press("Record the visit")
    assert page.status == 200
    return family


def path(family):
    return f"/families/{family.family_id}/visits/T1/closing"


async def filled(browser, family, **said):
    page = await browser.open(path(family))
    return await page.form("/closing").fill(said).press("Keep the list")


async def standing(study):
    async with study.acting() as conn:
        everywhere = tuple(row["no"] for row in await conn.fetch("select no from study.site"))
        return [(each.number, each.value, each.site) for each in await vouchers.handed_over(conn, sites=everywhere)]


async def test_a_list_stays_on_the_week_and_with_the_coordinator_until_it_is_done(study: Study):
    researcher, coordinator = await study.signed_in(Role.RESEARCHER), await study.signed_in(Role.COORDINATOR)
    family = await a_visit(study, researcher)
    assert "Closing lists to finish" in (await researcher.open("/my-week")).text

    page = await filled(researcher, family, item_leaflet="yes", item_voucher="later")
    assert "Something is still to do." in page.text
    assert "Still to do or to say: a signed copy was given; the thank-you voucher;" in page.text
    assert "Closing lists to finish: 1" in (await coordinator.open("/")).text
    page = await filled(researcher, family, **ALL)

    assert "Everything on the closing list is done." in page.text
    assert "Closing lists to finish" not in (await researcher.open("/my-week")).text
    assert "Closing lists to finish" not in (await coordinator.open("/")).text


async def test_a_correction_keeps_what_stood_before_and_frees_the_number_that_was_misread(study: Study):
    researcher = await study.signed_in(Role.RESEARCHER)
    family, other = await a_visit(study, researcher), await a_visit(study, researcher)
    await filled(researcher, family, **ALL)

    page = await filled(researcher, family, voucher_number="GV1074-3")
    page = await researcher.open(path(family))

    assert "(GV1074-3, £20)" in page.text
    assert "The researcher (corrected since)" in page.text
    assert "(GV1047-3, £20)" in page.text
    assert await standing(study) == [("GV1074-3", 20, "n1")]
    await filled(researcher, other, **ALL)
    assert await standing(study) == [("GV1047-3", 20, "n1"), ("GV1074-3", 20, "n1")]


async def test_a_voucher_is_not_given_twice_and_nothing_typed_is_lost(study: Study):
    researcher = await study.signed_in(Role.RESEARCHER)
    family, other = await a_visit(study, researcher), await a_visit(study, researcher)
    await filled(researcher, family, **ALL)

    page = await filled(researcher, other, **ALL | {"voucher_number": "GV 1047-3", "distress_done": "A pause"})

    assert page.status == 409
    sentence = page.html.partition('id="voucher_number-error"')[2].partition("</p>")[0]
    assert "A voucher with this number was handed over before." in sentence
    assert dict(page.form("/closing").fields)["voucher_number"] == "GV 1047-3"
    assert "A pause" in page.html
    async with study.acting() as conn:
        assert await closings.of_visit(conn, other.family_id, "T1") == []
    with pytest.raises(asyncpg.UniqueViolationError):
        async with study.acting() as conn:
            await conn.execute(
                "insert into cases.voucher (number, value, handed_on, site_no) values ('GV1047-3', 30, $1, $2)",
                NOW.date(), family.site_no,
            )  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"voucher_number": ""}, "voucher_number", "This is needed."),
        ({"voucher_number": "=1+1"}, "voucher_number", "Write the number as it is printed"),
        ({"voucher_value": "999"}, "voucher_value", "Choose one of the values offered."),
        ({"distress_done": " "}, "distress_done", "This is needed."),
        ({"distress_done": "x" * 1001}, "distress_done", "Say it in 1000 characters."),
        ({"next_how": ""}, "next_how", "This is needed."),
        ({"next_on": "soon"}, "next_on", "Enter a date"),
    ],
)
async def test_what_goes_with_a_yes_is_asked_for_at_its_field(study: Study, wrong, field, sentence):
    researcher = await study.signed_in(Role.RESEARCHER)
    family = await a_visit(study, researcher)

    page = await filled(researcher, family, **ALL | wrong)

    assert page.status == 422
    assert sentence in page.html.partition(f'id="{field}-error"')[2].partition("</p>")[0]
    assert await standing(study) == []


async def test_what_goes_with_a_yes_is_not_read_with_a_no(study: Study):
    researcher = await study.signed_in(Role.RESEARCHER)
    family = await a_visit(study, researcher)

    await filled(researcher, family, **ALL | {"item_voucher": "no", "item_distress": "no", "item_next_contact": "no"})

    async with study.acting() as conn:
        [kept] = await closings.of_visit(conn, family.family_id, "T1")
    assert [getattr(kept.closing, name) for name in TYPED] == [None] * 5
    assert await standing(study) == []


async def test_saying_the_same_again_keeps_one_row(study: Study):
    researcher = await study.signed_in(Role.RESEARCHER)
    family = await a_visit(study, researcher)

    for _ in range(2):
        await filled(researcher, family, **ALL)

    async with study.acting() as conn:
        assert len(await closings.of_visit(conn, family.family_id, "T1")) == 1


@pytest.mark.parametrize(
    "closing",
    [
        Closing({"voucher": Done.YES}),
        Closing({"voucher": Done.YES}, voucher_number="GV1"),
        Closing({"voucher": Done.NO}, voucher_number="GV1", voucher_value=20),
        Closing({"distress": Done.YES}),
        Closing({"distress": Done.YES}, distress_done=" "),
        Closing({"next_contact": Done.YES}),
        Closing({}, next_on=NOW.date()),
    ],
    ids=str,
)
async def test_the_database_takes_no_answer_without_what_goes_with_it(study: Study, closing):
    researcher = await study.signed_in(Role.RESEARCHER)
    family = await a_visit(study, researcher)

    with pytest.raises(asyncpg.CheckViolationError):
        async with study.acting() as conn:
            await conn.execute(
                """
                insert into cases.closing_list (family_id, wave, site_id, said, voucher_number, voucher_value,
                  distress_done, next_how, next_on) values ($1, 'T1', $2, $3, $4, $5, $6, $7, $8)
                """,
                family.family_id, family.site_no, closing.said, *(getattr(closing, name) for name in TYPED),
            )  # fmt: skip


async def test_a_visit_that_was_not_held_has_no_list(study: Study):
    researcher, family = await study.signed_in(Role.RESEARCHER), await study.family()

    page = await researcher.open(path(family))

    assert page.status == 409
    assert "the visit was not held yet" in page.text


async def test_who_keeps_the_accounts_sees_numbers_and_values_and_no_family(study: Study):
    researcher, finance = await study.signed_in(Role.RESEARCHER), await study.signed_in(Role.FINANCE, "n1")
    elsewhere = await study.signed_in(Role.FINANCE, "y1")
    family = await a_visit(study, researcher)
    await filled(researcher, family, **ALL)

    page = await finance.open("/vouchers")
    table = await page.form("/vouchers").press("Download all of them (CSV)")

    assert "GV1047-3 £20 15 Jun 2015 n1" in page.text
    assert table.response.text.split() == ["number,value,handed_on,site", "GV1047-3,20,2015-06-15,n1"]
    tells = [family.reference, str(family.family_id), "T1", "Invented"]
    assert not [each for each in tells if each in page.html + table.response.text]
    assert "No voucher was handed over yet." in (await elsewhere.open("/vouchers")).text
    assert (await finance.open(path(family))).status == 403
    async with study.acting() as conn:
        assert await conn.fetchval("select count(*) from trail.note where act = 'download'") == 1

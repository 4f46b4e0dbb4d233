"""Documents on the pages: a file answers a question, on a phone and in an interview, and leaves only as a file."""

import re

import files
import pytest
from cast import NOW, Study

from consent.purposes import Decision, Purpose
from fieldwork.export.coding import Coder
from fieldwork.staff.rights import Role
from fieldwork.web import handing
from questionnaires import codebook, reading
from tests.fieldwork.web.sheets import ask, sheet
from tests.fieldwork.web.test_phone import asking, phone

ITEMS = """
{ type = "file", name = "photo", label = "A photograph", kind = "image" },
{ type = "file", name = "song", label = "A song", kind = "audio" },
{ type = "text", name = "called", label = "What are you called?" },
"""
SHEET = sheet(ITEMS)


@pytest.fixture
async def researcher(study: Study):
    return await study.signed_in(Role.RESEARCHER)


async def hand_in(browser, asked, name, content, filename="IMG_1.jpg", **said):
    page = await browser.open(f"{asked.path}/first")
    return await page.form().fill(said).attach(name, content, filename).press("Save")


async def rows(study):
    async with study.acting() as conn:
        return await conn.fetch("select * from cases.document order by document_id")


# Taking in


async def test_a_photograph_answers_a_question_and_stands_nowhere_in_plain(study: Study, researcher):
    asked = await ask(study, SHEET)

    page = await hand_in(researcher, asked, "photo", files.picture(), called="Wren")

    [row] = await rows(study)
    assert page.status == 200, page.text
    assert await asked.answers() == {"photo": str(row["document_id"]), "called": "Wren"}
    assert (row["item"], row["kind"], row["media_type"]) == ("photo", "image", "image/jpeg")
    assert files.kept(study) == [str(row["document_id"])]
    shown = await researcher.open(f"{asked.path}/first")
    assert "A picture is here, 1 KB." in shown.text
    assert "<img" not in shown.html
    assert "IMG_1" not in str([dict(row) for row in await rows(study)])


async def test_staff_open_it_as_a_file_and_that_is_noted(study: Study, researcher):
    asked = await ask(study, SHEET)
    await hand_in(researcher, asked, "photo", files.picture())

    shown = await researcher.open(f"{asked.path}/first")
    opened = (await shown.follow("A picture is here")).response

    headers = opened.headers
    assert opened.content.startswith(b"\xff\xd8\xff")
    assert files.CAMERA.encode() not in opened.content
    assert re.fullmatch(r'attachment; filename="[0-9A-Z]{6}-photo\.jpg"', headers["content-disposition"])
    assert headers["content-security-policy"].endswith("; sandbox")
    assert (headers["content-type"], headers["x-content-type-options"]) == ("image/jpeg", "nosniff")
    async with study.acting() as conn:
        [note] = await conn.fetch("select * from trail.event where thing like 'cases.document%'")
    assert (note["act"], note["actor"].partition(":")[0], note["reason"]) == (
        "read",
        "staff",
        "to see what was handed in",
    )


async def test_who_may_not_see_the_family_learns_nothing_of_its_files(study: Study, researcher):
    asked = await ask(study, SHEET)
    await hand_in(researcher, asked, "photo", files.picture())
    [row] = await rows(study)
    elsewhere, analyst = await study.signed_in(Role.RESEARCHER, "y1"), await study.signed_in(Role.ANALYST)
    path = f"/families/{asked.family.family_id}/documents/"

    theirs, absent = (
        await elsewhere.open(f"{path}{row['document_id']}"),
        await elsewhere.open(f"{path}{row['site_id']:032x}"),
    )
    refused = await analyst.open(f"{path}{row['document_id']}")

    assert (theirs.status, theirs.text) == (absent.status, absent.text)
    assert (theirs.status, refused.status) == (404, 403)


async def test_destroying_the_key_ends_the_download(study: Study, researcher):
    asked = await ask(study, SHEET)
    await hand_in(researcher, asked, "photo", files.picture())
    async with study.acting() as conn:
        await conn.execute("delete from people.identity where family_id = $1", asked.family.family_id)
        await conn.execute("delete from people.key where family_id = $1", asked.family.family_id)

    shown = await researcher.open(f"{asked.path}/first")
    opened = await shown.follow("A picture is here")

    assert opened.status == 410
    assert "the key is gone" in opened.text


# The form


async def test_an_empty_field_leaves_the_file_and_taking_it_away_leaves_the_history(study: Study, researcher):
    asked = await ask(study, SHEET)
    await hand_in(researcher, asked, "photo", files.picture())
    before = await asked.answers()

    page = await researcher.open(f"{asked.path}/first")
    await page.form().fill(called="Wren").press("Save")
    left = await asked.answers()
    page = await researcher.open(f"{asked.path}/first")
    await page.form().fill({"away.photo": "away"}).press("Save")

    assert left == before | {"called": "Wren"}
    assert await asked.answers() == {"called": "Wren"}
    assert len(await rows(study)) == 1


async def test_another_file_or_a_reason_takes_the_place_of_the_first(study: Study, researcher):
    asked = await ask(study, SHEET)
    await hand_in(researcher, asked, "photo", files.picture())
    first = (await asked.answers())["photo"]

    await hand_in(researcher, asked, "photo", files.picture("PNG"), photo="missing:refused")
    second = (await asked.answers())["photo"]
    page = await researcher.open(f"{asked.path}/first")
    await page.form().fill(photo="missing:refused").press("Save")

    assert second not in (first, {"missing": "refused"})
    assert (await asked.answers())["photo"] == {"missing": "refused"}


async def test_the_same_posting_twice_keeps_one_file(study: Study, researcher):
    asked = await ask(study, SHEET)
    form = (await researcher.open(f"{asked.path}/first")).form().attach("photo", files.picture(), "a.jpg")

    for _ in range(2):
        await form.press("Save")

    held = await asked.held()
    assert (held.seq, len(await rows(study)), len(files.kept(study))) == (1, 1, 1)


async def test_the_same_file_for_two_questions_is_kept_for_each(study: Study, researcher):
    twice = sheet(ITEMS.replace('"song"', '"again"').replace('kind = "audio"', 'kind = "image"'))
    asked = await ask(study, twice)
    form = (await researcher.open(f"{asked.path}/first")).form()

    await form.attach("photo", files.picture()).attach("again", files.picture()).press("Save")

    answers = await asked.answers()
    assert {str(row["document_id"]) for row in await rows(study)} == set(answers.values())
    assert len(set(answers.values())) == 2


@pytest.mark.parametrize(
    ("name", "content", "filename", "sentence"),
    [
        ("photo", b"", "a.jpg", "This file is empty."),
        ("photo", files.SCRIPTED, "a.jpg", "Send it as JPEG, PNG, WebP or GIF."),
        ("photo", files.picture()[:-200], "a.jpg", "damaged or not whole"),
        ("photo", files.bomb(), "a.png", "more than 50 million points"),
        ("photo", files.picture(), "../../a.jpg", "holds a path"),
        ("song", files.picture(), "a.mp3", "Send it as MP3"),
        ("song", files.wave(25_500_000), "a.wav", "more than 25 MB"),
    ],
)
async def test_what_is_not_taken_in_is_said_at_its_question_and_the_rest_is_kept(
    study: Study, researcher, name, content, filename, sentence
):
    asked = await ask(study, SHEET)

    page = await hand_in(researcher, asked, name, content, filename, called="Wren")

    assert page.status == 422
    assert f'id="{name}-error"' in page.html
    assert sentence in page.text
    assert await asked.answers() == {"called": "Wren"}
    assert (await rows(study), files.kept(study)) == ([], [])


async def test_a_recording_may_be_large_and_no_page_takes_more(study: Study, researcher):
    asked = await ask(study, SHEET)

    taken = await hand_in(researcher, asked, "song", files.wave(6_000_000), "a.wav")
    refused = await hand_in(researcher, asked, "song", files.wave(26_000_000), "a.wav")

    [row] = await rows(study)
    assert (taken.status, refused.status) == (200, 413)
    assert "at most 25 MB" in refused.text
    assert row["size"] == 6_000_012
    assert handing.LARGEST_BODY < 26_000_012


@pytest.mark.parametrize("name", ["called", "nothing", "form_id"])
async def test_a_file_for_a_question_that_wants_none_is_refused_whole(study: Study, researcher, name):
    asked = await ask(study, SHEET)

    page = await hand_in(researcher, asked, name, files.picture(), called="Wren")

    assert page.status == 422
    assert (await asked.answers(), await rows(study), files.kept(study)) == ({}, [], [])


async def test_a_device_cannot_say_a_file_it_did_not_hand_in(study: Study, researcher):
    asked = await ask(study, SHEET)
    page = await researcher.open(f"{asked.path}/first")
    csrf = {"x-csrf": dict(page.form().fields)["csrf"], "origin": researcher.origin}
    save = {"save": "01a20749-9630-72d3-9210-32fd99ac19d4", "item": "photo", "value": str(asked.administration_id)}

    answer = await researcher.client.post(f"{asked.path}/saves", json=[save], headers=csrf)
    reason = await researcher.client.post(
        f"{asked.path}/saves", json=[save | {"value": {"missing": "refused"}}], headers=csrf
    )

    assert answer.status_code == 422
    assert reason.json()[0]["state"] == "stored"
    assert await asked.answers() == {"photo": {"missing": "refused"}}


async def test_once_permission_is_withdrawn_nothing_is_stored(study: Study, researcher):
    asked = await ask(study, SHEET)
    form = (await researcher.open(f"{asked.path}/first")).form().attach("photo", files.picture(), "a.jpg")
    await study.allows(asked.family, Purpose.TAKE_PART, decision=Decision.WITHDRAWN)

    page = await form.press("Save")

    assert page.status == 403
    assert (await rows(study), files.kept(study)) == ([], [])


async def test_in_a_row_of_a_repeat_a_file_is_an_answer_like_others(study: Study, researcher):
    repeated = '{ type = "repeat", name = "children", label = "Child", maximum = 2, items = [' + ITEMS + "] }"
    asked = await ask(study, sheet(repeated))

    await hand_in(researcher, asked, "children[1].photo", files.picture())
    shown = await researcher.open(f"{asked.path}/first")
    opened = await shown.follow("A picture is here")

    assert list(await asked.answers()) == ["children[1].photo"]
    assert "-children-1-photo.jpg" in opened.response.headers["content-disposition"]


# On a phone


async def test_a_parent_hands_in_a_photograph_and_never_gets_it_back(study: Study):
    asked = await ask(study, SHEET, mode="link")
    browser = await phone(study, asked)

    page = await browser.open("/questions/photo")
    page = await asking(page).attach("photo", files.picture(), "a.jpg").press("Continue")
    assert page.path == "/questions/song"
    [row] = await rows(study)
    assert await asked.answers() == {"photo": str(row["document_id"])}
    page = await browser.open("/questions/photo")

    assert "You have answered this." in page.text
    assert "A picture is here, 1 KB." in page.text
    assert str(row["document_id"]) not in page.html
    got = await browser.open(f"/families/{asked.family.family_id}/documents/{row['document_id']}")
    assert got.status == 404
    await asking(page).press("Continue")
    assert await asked.answers() == {"photo": str(row["document_id"])}
    await asking(await browser.open("/questions/photo")).fill({"away.photo": "away"}).press("Continue")
    assert await asked.answers() == {}


async def test_a_parents_file_is_under_the_parents_own_key(study: Study, researcher):
    asked = await ask(study, SHEET, mode="link")
    browser = await phone(study, asked)

    page = await browser.open("/questions/song")
    await asking(page).attach("song", files.MP3, "a.mp3").press("Continue")
    [row] = await rows(study)
    opened = await researcher.open(f"/families/{asked.family.family_id}/documents/{row['document_id']}")

    assert row["person_id"] == asked.family.parent.person_id
    assert opened.response.content == files.MP3


async def test_a_parent_is_told_what_is_wrong_with_a_file(study: Study):
    asked = await ask(study, SHEET, mode="link")
    browser = await phone(study, asked)

    page = await browser.open("/questions/photo")
    page = await asking(page).attach("photo", files.PDF, "a.jpg").press("Continue")

    assert page.status == 422
    assert "Send it as JPEG, PNG, WebP or GIF." in page.text
    assert (await asked.answers(), files.kept(study)) == ({}, [])


async def test_a_section_that_is_shown_whole_takes_files_too(study: Study):
    asked = await ask(study, sheet(ITEMS, 'layout = "as_published"\n'), mode="link")
    browser = await phone(study, asked)

    page = await browser.open("/questions")
    await asking(page).fill(called="Wren").attach("photo", files.picture(), "a.jpg").press("Continue")

    assert set(await asked.answers()) == {"photo", "called"}
    assert "A picture is here" in (await browser.open("/questions/first")).text


# Elsewhere


def test_data_hold_the_id_of_a_file_and_nothing_else():
    asked, document = reading.read(SHEET), "0190a1b2-0000-7000-8000-00000000abcd"

    answers = {"photo": document, "song": {"missing": "refused"}}

    row = codebook.encode(asked, answers)
    cells = Coder(asked).code(answers, {}, NOW.date())

    assert (row["photo"], row["song"]) == (document, -7)
    assert cells[:2] == [(document, None), (None, -7)]


async def test_who_tries_a_questionnaire_out_is_told_that_no_file_is_kept(study: Study):
    coordinator = await study.signed_in(Role.COORDINATOR)
    await ask(study, SHEET)

    page = await coordinator.open("/questionnaires/sheet/1/try")

    assert "Trying out keeps no files" in page.text
    assert 'type="file"' not in page.html

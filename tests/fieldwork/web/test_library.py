"""The library on the staff pages: taken in, looked at, tried out, published; words leave only where they may."""

import csv
import io
import re
from datetime import date

import asyncpg
import pytest
from cast import Study
from msgspec.structs import replace

from fieldwork.base import database
from fieldwork.export import paper
from fieldwork.staff.rights import Role
from questionnaires import definitions, library, licences, shelf, wordings, workbooks, writing, xlsform
from questionnaires.licences import Grant, Mode
from tests.fieldwork.web import filling
from tests.fieldwork.web.sheets import sheet
from tests.promises.test_statements import Counting
from tests.questionnaires.corpus.kinds import PLACES
from tests.questionnaires.corpus.tables import asks

SECRET = "What the owner really asks"
LSNS = shelf.load("lsns6")
PAYLOADS = ("<script>alert(1)</script>", '"><svg onload=alert(1)>', "{{ 7 * 7 }}", "&lt;b&gt;", "javascript:alert(1)")
FAULTY = """
code = "faulty"
version = "1"
title = "Faulty"
respondent = "parent"
about = "family"
[licence]
status = "own"
wording = "own"
[[sections]]
name = "only"
[[sections.items]]
type = "integer"
name = "kept"
label = "How many?"
relevant = "${nobody} = 1"
[[sections.items]]
type = "calculate"
name = "twice"
calculation = "${kept} *"
"""


@pytest.fixture
async def coordinator(study: Study):
    return await study.signed_in(Role.COORDINATOR)


def table(*rows):
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def own(code="handed_in", **said):
    return replace(shelf.load("future", "1"), code=code, **said)


async def hand_in(browser, content, filename="form.toml"):
    page = await browser.open("/questionnaires")
    sent = content if isinstance(content, bytes) else content.encode()
    return await page.form("/questionnaires").attach("file", sent, filename).press("Take it in")


async def press(browser, path, text):
    return await (await browser.open(path)).form(path).press(text)


async def download(browser, path, file, *languages, more=""):
    form = (await browser.open(path)).form("/files")
    return (await form.fill(file=file, languages=list(languages), more=more).press("Download")).response


async def licensed(study, mode, language="en", code="lsns6"):
    async with study.acting() as conn:
        await licences.record(conn, code, Grant(None, language, mode, "The owner", date(2015, 1, 1)))


async def with_secret_words(study):
    """Every place of a measure of somebody else's holds words, and no licence lets any of them out."""
    words = {place.path: f"{SECRET} {at}" for at, place in enumerate(wordings.places(LSNS)) if place.needed}
    async with study.acting() as conn:
        await wordings.load(conn, LSNS, {"en": words})


# What there is


async def test_the_list_says_whose_words_each_is_and_how_it_may_be_shown(coordinator):
    page = await coordinator.open("/questionnaires")

    rows = [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in page.html.split("<tr>")]
    for known, state in (("lsns6 lsns6", "Published"), ("cyrm12 child-3pt", "On the shelf"), ("future 1", "Published")):
        assert any(f" {known} {state} en " in row for row in rows), known
    assert "Only with leave: J. Lubben" in page.text
    assert page.text.count("Our own") > 3


async def test_everybody_who_sees_the_protocol_reads_but_only_some_write(study: Study):
    analyst = await study.signed_in(Role.ANALYST)

    listed = await analyst.open("/questionnaires")
    shown = await analyst.open("/questionnaires/sdq/p4-17")
    csrf = dict(shown.form("/files").fields)["csrf"]
    refused = await analyst.send("post", "/questionnaires/sdq/p4-17", data={"act": "retire", "csrf": csrf})

    assert (listed.status, shown.status, refused.status) == (200, 200, 403)
    assert "Take it in" not in listed.text
    assert "Retire" not in shown.text


async def test_a_version_shows_its_questions_variables_scales_and_citation(coordinator):
    page = await coordinator.open("/questionnaires/sdq/p4-17")

    for said in (
        "Considerate our topic", "sdq01", "0 = Does not fit", "Only if question 26 is not “None”.",
        "61 variables of the data", "ebdtot", "Total difficulties, 0 to 40", "Cite: Goodman R (1997)",
        "Only with a licence: R. Goodman", "No licence is recorded.", "33 places are without words",
    ):  # fmt: skip
        assert said in page.text, said


async def test_what_changed_against_the_version_before_is_named(study: Study, coordinator):
    newer = own("future", version="2", title="How it looks now")
    section = newer.sections[0]
    items = (replace(section.items[0], label="Other words?"), *section.items[1:])
    await hand_in(coordinator, writing.write(replace(newer, sections=(replace(section, items=items),))))

    page = await coordinator.open("/questionnaires/future/2")

    assert "Changes since 1" in page.text
    assert "reworded" in page.text
    assert "became “Other words?”" in page.text


async def test_there_is_no_version_that_is_nowhere(coordinator):
    assert (await coordinator.open("/questionnaires/nowhere/1")).status == 404
    assert (await coordinator.open("/questionnaires/sdq/nowhere")).status == 404


# Taking in


async def test_our_own_file_becomes_a_draft_that_can_be_published_and_retired(study: Study, coordinator):
    path = "/questionnaires/handed_in/1"

    taken = await hand_in(coordinator, writing.write(own()))
    draft = await coordinator.open(path)
    published = await press(coordinator, path, "Publish handed_in 1")
    retired = await press(coordinator, path, "Retire handed_in 1")

    assert "Kept as a draft: How the future looks (handed_in 1). It has no faults and can be published." in taken.text
    assert "Draft" in draft.text
    assert "Discard" in draft.text
    assert "This version is published and never changes." in published.text
    assert "This version is retired: nothing new begins with it." in retired.text
    async with study.acting() as conn:
        assert (await library.find(conn, "handed_in", "1")).state == "retired"


async def test_an_xlsform_and_a_redcap_dictionary_become_drafts_too(study: Study, coordinator):
    head = ["Variable / Field Name", "Form Name", "Field Type", "Field Label"]
    dictionary = table(
        head,
        ["record_id", "first_form", "text", "Record"],
        ["age", "first_form", "text", "How old?"],
        ["why", "second_form", "notes", "Why?"],
    )

    workbook = await hand_in(coordinator, xlsform.write(own("from_workbook")), "any name.xlsx")
    forms = await hand_in(coordinator, dictionary, "dictionary.csv")

    assert "Kept as a draft: How the future looks (from_workbook 1)." in workbook.text
    assert "(first_form 1)" in forms.text
    assert "(second_form 1)" in forms.text
    assert "dictionary, row 1, form_name" in forms.text
    async with study.acting() as conn:
        drafts = {each.code for each in await library.every(conn) if each.state == "draft"}
    assert drafts == {"from_workbook", "first_form", "second_form"}


async def test_what_was_said_before_can_be_stated_where_it_is_tried_out(study: Study, coordinator):
    before = '[[earlier]]\nname = "hoped"\nquestionnaire = "goal_t1"\nitem = "goal"\nwave = "T1"\n'
    items = """
    { type = "note", name = "told", label = "You hoped for ${hoped}." },
    { type = "text", name = "more", label = "More of it?", relevant = "${hoped} = 'peace'" },
    """
    await hand_in(coordinator, sheet(items).replace("[[sections]]", f"{before}\n[[sections]]"))

    page = await coordinator.open("/questionnaires/sheet/1/try")
    assert "more" not in filling.Seen(page).questions
    page = await page.form("/try").fill({"try:before:hoped": "peace"}).press("Show what applies now")

    assert "more" in filling.Seen(page).questions
    assert "You hoped for peace ." in page.text
    assert ("try:before:hoped", "peace") in page.form("/try").fields


async def test_an_xlsform_brings_the_lists_it_takes_its_choices_from(study: Study, coordinator):
    content = asks("places", "select_one_from_file places.csv").workbook()
    page = await coordinator.open("/questionnaires")
    form = page.form("/questionnaires").attach("file", content, "places.xlsx")

    form.attach("beside", PLACES, "places.csv").attach("beside", b"name,label\nz,Z\n", "z.csv")
    taken = await form.press("Take it in")

    assert "It has no faults and can be published." in taken.text
    async with study.acting() as conn:
        [draft] = (await library.definitions_of(conn, {("places", "1")})).values()
    assert [choice.name for choice in draft.items["q"].choices] == ["x", "y"]


async def test_faults_of_a_draft_are_named_with_their_mend_and_keep_it_from_being_published(study: Study, coordinator):
    taken = await hand_in(coordinator, FAULTY)
    page = await coordinator.open("/questionnaires/faulty/1")
    csrf = dict(page.form("/faulty/1").fields)["csrf"]
    refused = await coordinator.send("post", "/questionnaires/faulty/1", data={"act": "publish", "csrf": csrf})
    tried = await coordinator.open("/questionnaires/faulty/1/try")

    for shown in (taken, page, tried):
        assert "section only, kept" in shown.text
        assert "nobody" in shown.text
    assert "Publish faulty" not in page.text
    assert "Only if: ${nobody} = 1" in page.text or "Only if ${nobody}" in page.text
    assert refused.status == 422
    assert "It can't be published yet" in refused.text
    assert "It can be tried out once these are mended." in tried.text
    async with study.acting() as conn:
        assert (await library.find(conn, "faulty", "1")).state == "draft"


@pytest.mark.parametrize(
    ("filename", "content", "said"),
    [
        ("a.toml", b"", "Choose a file."),
        ("a.toml", b"code =", "This is not TOML"),
        ("a.toml", b"\xff\xfe", "Save it as UTF-8."),
        ("a.toml", b"a = " + b"[" * 20_000, "Save it as UTF-8."),
        ("a.toml", b'code = "x"', "the file"),
        ("a.csv", b"a,b\n1,2\n", "There is no column 'variable / field name'."),
        ("a.xlsx", b"not a workbook", "An XLSForm is read as a workbook (.xlsx)."),
        ("a.xlsx", workbooks.write({"survey": [["type", "name"], ["integer", "1 odd"]]}), "survey, row 2"),
        ("a.toml", writing.write(own(version="2 (final)")).encode(), "can't be kept"),
        ("a.toml", writing.write(own(code="../x")).encode(), "can't be kept"),
    ],
    ids=["nothing", "no toml", "no text", "too deep", "no questionnaire", "no dictionary", "no workbook", "faulty form",
         "odd version", "odd code"],
)  # fmt: skip
async def test_a_file_that_is_not_taken_says_why(coordinator, filename, content, said):
    page = await hand_in(coordinator, content, filename)

    assert page.status == 422
    assert said in page.text


async def test_a_published_version_is_not_replaced_nor_is_anything_else_of_its_file_kept(study: Study, coordinator):
    head = ["Variable / Field Name", "Form Name", "Field Type", "Field Label"]
    async with study.acting() as conn:
        await library.publish(conn, [own("second_form")], now=study.clock.now())

    page = await hand_in(
        coordinator, table(head, ["id", "a_form", "text", ""], ["why", "second_form", "notes", "Why?"]), "d.csv"
    )

    assert page.status == 422
    assert "second_form 1 is published and never changes. Give what you changed another version." in page.text
    async with study.acting() as conn:
        assert "a_form" not in {each.code for each in await library.every(conn)}


async def test_what_a_file_says_is_shown_as_it_was_written_and_never_run(coordinator):
    section = shelf.load("future", "1").sections[0]
    for at, text in enumerate(PAYLOADS):
        items = (replace(section.items[0], label=text, hint=text),)
        form = own(f"odd{at}", title=text, description=text)
        taken = await hand_in(coordinator, writing.write(replace(form, sections=(replace(section, items=items),))))
        pages = [taken] + [await coordinator.open(f"/questionnaires/odd{at}/1{rest}") for rest in ("", "/try")]

        assert [page.status for page in pages] == [200, 200, 200]
        for page in pages:
            assert text in page.text
            assert "<" not in text or text not in page.html
            assert "49" not in page.text


async def test_what_stands_on_the_shelf_is_taken_over_or_discarded_again(coordinator):
    path = "/questionnaires/cyrm12/child-3pt"

    kept = await press(coordinator, path, "Take it over as a draft")
    gone = await press(coordinator, path, "Discard")

    assert "It is a draft now." in kept.text
    assert gone.path == "/questionnaires"
    assert "The draft is discarded." in gone.text
    assert "On the shelf" in (await coordinator.open(path)).text


async def test_nothing_is_done_that_the_state_of_a_version_does_not_allow(coordinator):
    page = await coordinator.open("/questionnaires/future/1")
    csrf = dict(page.form("/future/1").fields)["csrf"]

    statuses = {
        act: (await coordinator.send("post", "/questionnaires/future/1", data={"act": act, "csrf": csrf})).status
        for act in ("keep", "publish", "discard", "anything", "")
    }

    assert set(statuses.values()) == {422}


# Licences and words


async def test_a_licence_is_recorded_and_ended(coordinator):
    path = "/questionnaires/lsns6/lsns6"
    form = (await coordinator.open(path)).form("/licences")
    said = {"granted_by": "The owner, by letter", "granted_on": "2015-06-01", "language": "en", "mode": "paper"}

    recorded = await form.fill(**said, covers="this", until="2016-12-31").press("Record the licence")
    listed = await coordinator.open("/questionnaires")
    ended = await recorded.form("/end").press("End this licence")

    assert "The licence is recorded." in recorded.text
    assert "May be shown today: on paper we print." in recorded.text
    assert "The owner, by letter" in listed.text
    assert "J. Lubben" in listed.text
    assert "The licence is ended." in ended.text
    assert "ended 15 Jun 2015" in ended.text


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        ("granted_by", "", "Who granted it is needed."),
        ("granted_on", "2015-06-16", "This day is still to come."),
        ("until", "2014-01-01", "The last day is before the first."),
        ("language", "English (UK)", "Name the language by its code, like en or cy."),
        ("mode", "", "What it allows is needed."),
    ],
)
async def test_a_licence_that_cannot_be_is_refused_at_its_field(study: Study, coordinator, field, text, sentence):
    form = (await coordinator.open("/questionnaires/lsns6/lsns6")).form("/licences")
    said = {"granted_by": "The owner", "granted_on": "2015-06-01", "language": "en", "mode": "paper", "covers": "all"}

    page = await form.fill(**said | {field: text}).press("Record the licence")

    assert page.status == 422
    assert sentence in page.text
    async with study.acting() as conn:
        assert await licences.every(conn) == []


async def test_words_are_loaded_beside_a_version_side_by_side(study: Study, coordinator):
    path = "/questionnaires/future/1"
    places = [
        (place.path, place.topic, f"Gair {at}") for at, place in enumerate(wordings.places(shelf.load("future", "1")))
    ]

    form = (await coordinator.open(path)).form("/wordings")
    page = await form.attach("words", table(("place", "topic", "cy"), *places)).press("Load the words")

    assert "The words are loaded." in page.text
    assert "cy: complete" in page.text
    assert "Gair 0" in page.text


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([("place", "topic", "cy"), ("nowhere.label", "", "Gair")], "Row 2, place: the questionnaire has no place"),
        ([("place", "topic", "<script>"), ("title", "", "Gair")], "“<script>” is no language."),
        ([("place", "topic", "cy")], "Choose a file with words in it."),
        ([("place", "words")], "Row 1: the columns are place, topic"),
    ],
    ids=["place", "language", "empty", "columns"],
)
async def test_nothing_of_a_faulty_wording_file_is_loaded(study: Study, coordinator, rows, sentence):
    form = (await coordinator.open("/questionnaires/future/1")).form("/wordings")

    page = await form.attach("words", table(*rows)).press("Load the words")

    assert page.status == 422
    assert sentence in page.text
    async with study.acting() as conn:
        assert await wordings.of(conn, "future", "1") == {}


async def test_words_of_others_are_loaded_only_in_a_language_somebody_licensed(study: Study, coordinator):
    path = "/questionnaires/lsns6/lsns6"
    file = table(("place", "topic", "cy"), ("title", "", "Geiriau"))

    refused = await (await coordinator.open(path)).form("/wordings").attach("words", file).press("Load the words")
    await licensed(study, Mode.PAPER, "cy")
    loaded = await (await coordinator.open(path)).form("/wordings").attach("words", file).press("Load the words")

    assert refused.status == 422
    assert "No licence is recorded for words in cy. Record first what the owner allowed." in refused.text
    assert "The words are loaded." in loaded.text
    # Paper was allowed, the screen was not.
    assert "loaded, but not allowed on the screen, and so not shown here" in loaded.text
    assert "Geiriau" not in loaded.text


async def test_a_draft_is_discarded_with_its_loaded_words(study: Study, coordinator):
    path = "/questionnaires/handed_in/1"
    await hand_in(coordinator, writing.write(own()))
    form = (await coordinator.open(path)).form("/wordings")
    await form.attach("words", table(("place", "topic", "cy"), ("title", "", "Geiriau"))).press("Load the words")

    page = await press(coordinator, path, "Discard")

    assert "The draft is discarded." in page.text
    await hand_in(coordinator, writing.write(own()))
    again = await coordinator.open(path)
    assert "Geiriau" not in again.text


# What leaves


@pytest.mark.parametrize("file", ["xlsform", "wording", "paper"])
async def test_without_a_licence_no_word_of_others_leaves(study: Study, coordinator, file):
    await with_secret_words(study)

    page = await coordinator.open("/questionnaires/lsns6/lsns6")
    tried = await coordinator.open("/questionnaires/lsns6/lsns6/try")
    answer = await download(coordinator, "/questionnaires/lsns6/lsns6", file)

    assert answer.status_code == 200
    assert SECRET not in text_of(file, answer.content)
    assert SECRET not in page.text
    assert SECRET not in tried.text


@pytest.mark.parametrize(
    ("file", "mode", "leaves"),
    [
        ("xlsform", Mode.SCREEN, True), ("xlsform", Mode.PAPER, False), ("xlsform", Mode.LINK, False),
        ("wording", Mode.SCREEN, True), ("wording", Mode.PAPER, True),
    ],
)  # fmt: skip
async def test_with_a_licence_the_words_leave_in_the_way_it_allows(study: Study, coordinator, file, mode, leaves):
    await with_secret_words(study)
    await licensed(study, mode)

    page = await coordinator.open("/questionnaires/lsns6/lsns6")
    answer = await download(coordinator, "/questionnaires/lsns6/lsns6", file)

    assert (SECRET in text_of(file, answer.content)) is leaves
    assert (SECRET in page.text) is (mode is Mode.SCREEN)


@pytest.mark.parametrize(("mode", "leaves"), [(Mode.PAPER, True), (Mode.SCREEN, False)])
async def test_paper_is_printed_only_under_a_licence_for_paper(study: Study, coordinator, monkeypatch, mode, leaves):
    await with_secret_words(study)
    await licensed(study, mode)
    asked = []
    printing = paper.printed
    monkeypatch.setattr(
        paper, "printed", lambda form, *rest, **said: asked.append(form) or printing(form, *rest, **said)
    )

    answer = await download(coordinator, "/questionnaires/lsns6/lsns6", "paper", "en")

    assert answer.headers["content-type"] == "application/pdf"
    assert (SECRET in str(paper.drawn(asked[0], paper.Sheet(), "en"))) is leaves


def text_of(file, content):
    """Everything a file says; of a PDF what was put into it is looked at elsewhere."""
    if file == "xlsform":
        return str(workbooks.sheets(content))
    return content.decode("utf-8-sig") if file == "wording" else ""


async def test_a_file_for_translators_has_a_column_for_every_language_wanted(coordinator):
    answer = await download(coordinator, "/questionnaires/future/1", "wording", "en", more="cy")

    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert list(rows[0]) == ["place", "topic", "en", "cy"]
    assert rows[0]["en"]
    assert not any(row["cy"] for row in rows)
    assert answer.headers["content-disposition"] == 'attachment; filename="future-1.csv"'


async def test_an_xlsform_comes_back_as_it_went(coordinator):
    answer = await download(coordinator, "/questionnaires/interview_t1/1", "xlsform")

    assert xlsform.read(answer.content).questionnaire == shelf.load("interview_t1")


async def test_each_download_is_noted(study: Study, coordinator):
    await download(coordinator, "/questionnaires/future/1", "wording", "en")

    async with study.acting() as conn:
        note = await conn.fetchrow("select thing, act, fields from trail.note order by no desc limit 1")
    assert tuple(note) == ("questionnaires.version future 1", "download", ["wording", "en"])


@pytest.mark.parametrize(
    "typed", [{"file": "nothing"}, {"file": "paper", "languages": "xx"}, {"file": "paper", "more": "cy"}], ids=str
)
async def test_a_file_that_is_not_offered_is_not_made(coordinator, typed):
    page = await coordinator.open("/questionnaires/future/1")
    csrf = dict(page.form("/files").fields)["csrf"]

    refused = await coordinator.send("post", "/questionnaires/future/1/files", data=typed | {"csrf": csrf})

    assert refused.status == 422


# A family's sheet


async def test_a_familys_sheet_has_its_reference_and_no_name(study: Study, monkeypatch):
    researcher = await study.signed_in(Role.RESEARCHER)
    family = await study.family()
    asked = []
    printing = paper.printed
    monkeypatch.setattr(
        paper, "printed", lambda form, sheet, **said: asked.append(sheet) or printing(form, sheet, **said)
    )
    person = family.parent.person_id

    path = f"/families/{family.family_id}/visits/T1/paper"
    about_family = await researcher.client.get(f"{path}/goal_t1/{person}/{family.family_id}")
    about_self = await researcher.client.get(f"{path}/pms/{person}/{person}")
    not_asked = await researcher.client.get(f"{path}/goal_t2/{person}/{family.family_id}")

    assert about_family.content.startswith(b"%PDF")
    assert (about_family.status_code, about_self.status_code, not_asked.status_code) == (200, 200, 404)
    assert asked == [
        paper.Sheet(family.reference, "T1", "Parent 1", "The family"),
        paper.Sheet(family.reference, "T1", "Parent 1", ""),
    ]
    async with study.acting() as conn:
        said = await conn.fetchrow("select thing, act, reason from trail.event order by no desc limit 1")
    assert tuple(said) == ("questionnaires.version pms ps1978", "read", "to print a sheet for the family")


# Trying out


async def test_a_try_follows_conditions_scores_and_keeps_nothing(study: Study, coordinator):
    path = "/questionnaires/sdq/p4-17/try"
    page = await coordinator.open(path)
    answers = {f"sdq{at:02}": "certainly" for at in range(1, 26)}
    options = dict(re.findall(r'id="(sdq01[^"]*)" name="sdq01" type="radio" value="([^"]+)"', page.html))
    answers = dict.fromkeys(answers, next(value for value in options.values() if not value.startswith("missing")))
    async with study.acting() as conn:
        before = await conn.fetchval("select count(*) from trail.event") + await conn.fetchval(
            "select count(*) from trail.note"
        )

    seen = await page.form("/try").fill(answers | {"try:age": "7", "try:wave": "T1"}).press("See what this gives")
    more = await seen.form("/try").fill(sdq26=_last(seen, "sdq26")).press("Show what applies now")

    assert "Nothing you fill in here is kept" in page.text
    assert "What this gives" in seen.text
    assert "ebdtot" in seen.text
    assert 'name="sdq27"' in more.html
    async with study.acting() as conn:
        assert await conn.fetchval("select count(*) from questionnaires.administration") == 0
        after = await conn.fetchval("select count(*) from trail.event") + await conn.fetchval(
            "select count(*) from trail.note"
        )
    assert after == before


def _last(page, name):
    return [
        value for value in re.findall(rf'name="{name}" type="radio" value="([^"]+)"', page.html) if ":" not in value
    ][-1]


@pytest.mark.parametrize(
    ("path", "wave", "age", "note"),
    [
        ("sdq/p4-17", "T1", "14", "At T1 the protocol asks it at ages 4 to 10: at 14 it would not be asked."),
        ("sdq/p4-17", "T1", "2", "It is made for ages 4 to 17, not for 2."),
        ("cyrm12/youth-5pt", "T1", "", "The protocol does not ask this version at T1."),
    ],
)
async def test_a_try_says_where_it_would_not_be_asked(coordinator, path, wave, age, note):
    page = await coordinator.open(f"/questionnaires/{path}/try")

    seen = await page.form("/try").fill({"try:wave": wave, "try:age": age}).press("See what this gives")

    assert seen.status == 200
    assert note in seen.text


async def test_faults_of_a_try_stand_at_their_fields(coordinator):
    page = await coordinator.open("/questionnaires/interview_t1/1/try")

    seen = await page.form("/try").fill(children_at_home="many", **{"try:age": "old"}).press("See what this gives")

    assert seen.status == 422
    assert "Enter a whole number, like 7." in seen.text
    assert "Enter a whole number of years, like 7." in seen.text
    assert 'value="many"' in seen.html
    assert "What this gives" not in seen.text


async def test_everything_on_the_shelf_can_be_looked_at_and_tried_out(coordinator):
    for each in shelf.shelf():
        path = f"/questionnaires/{each.code}/{each.version}"
        page, tried = await coordinator.open(path), await coordinator.open(f"{path}/try")
        seen = await tried.form("/try").press("See what this gives")

        assert (page.status, tried.status, seen.status) == (200, 200, 200), path
        assert definitions.said(each.title) in page.text


# What a page costs


async def test_a_page_asks_as_many_statements_of_many_versions_as_of_few(study: Study):
    study.pools["staff"] = await asyncpg.create_pool(
        study.url, init=database.prepare, min_size=1, max_size=4, connection_class=Counting
    )
    browser = await study.signed_in(Role.COORDINATOR)
    paths = ["/questionnaires", "/questionnaires/future/1", "/questionnaires/future/1/try"]

    async def statements(path):
        await browser.open(path)  # the first time a process reads the definitions
        Counting.asked.clear()
        assert (await browser.open(path)).status == 200
        return sum(Counting.asked.values())

    few = {path: await statements(path) for path in paths}
    async with study.acting() as conn:
        for at in range(20):
            await library.keep(conn, own(version=f"more{at}"))
            await library.keep(conn, own(f"another{at}"))
            await licences.record(conn, "future", Grant(None, "en", Mode.PAPER, "Somebody", date(2015, 1, 1)))
    many = {path: await statements(path) for path in paths}

    assert many == few
    assert max(few.values()) <= 20, few

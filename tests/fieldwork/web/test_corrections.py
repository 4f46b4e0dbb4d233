"""Corrections on the page: what was answered is read there, changed with a reason, decided, locked and unlocked."""

import pytest
from cast import Study

from fieldwork.base import ids
from fieldwork.staff.rights import Role
from questionnaires import administrations, corrections
from questionnaires.saving import Save
from tests.fieldwork.web.sheets import Asked, ask, sheet

ITEMS = (
    '{ type = "integer", name = "age", label = "How old are you?", minimum = 0, maximum = 120 },'
    '{ type = "select_one", name = "who", label = "Who lives with you?", notes = true,'
    ' choices = [{ name = "m", label = "My mother", value = 1 }, { name = "f", label = "My father", value = 2 }] },'
    '{ type = "text", name = "why", label = "Why is that?", relevant = "${who} = \'f\'" },'
    '{ type = "calculate", name = "months", calculation = "${age} * 12" },'
    '{ type = "repeat", name = "pets", label = "Pet", items = [{ type = "text", name = "pet", label = "Its name?" }] }'
)


@pytest.fixture
async def asked(study: Study) -> Asked:
    """A parent of 30 who lives with the mother and a dog, completed."""
    made = await ask(study, sheet(ITEMS))
    values = {"age": 30, "who": "m", "who:note": "Said it twice", "pets[1].pet": "Rex"}
    saves = [Save(ids.new_id(), item, value) for item, value in values.items()]
    async with study.acting() as conn:
        await administrations.save(conn, made.family.family_id, made.administration_id, saves)
        await administrations.complete(conn, made.family.family_id, made.administration_id, now=study.clock.now())
    return made


async def test_a_completed_questionnaire_shows_its_answers_in_words(study: Study, asked: Asked):
    researcher = await study.signed_in(Role.RESEARCHER)

    page = await researcher.open(asked.path)

    assert "How old are you? 30" in page.text
    assert "Who lives with you? My mother" in page.text
    assert "The researcher's note Said it twice" in page.text
    assert "Pet 1 Its name? Rex" in page.text
    assert "Why is that?" not in page.text
    assert "First answered" not in page.text


async def test_an_answer_is_changed_with_a_reason_and_what_stood_first_stays_to_be_seen(study: Study, asked: Asked):
    researcher = await study.signed_in(Role.RESEARCHER)

    form = (await (await researcher.open(asked.path)).follow("Change : Who lives with you?")).form()
    unsaid = await form.fill(who="f").press("Save the answer")
    done = await unsaid.form().fill({"who": "f", "change:why": "Misheard"}).press("Save the answer")
    again = await form.fill({"who": "f", "change:why": "Misheard"}).press("Save the answer")

    assert unsaid.status == 422
    assert "Say why" in unsaid.text
    assert (done.path, again.path) == (asked.path, asked.path)
    said = done.text
    assert "Who lives with you? My father First answered: My mother, by test, Mon 15 Jun 2015, 10:00" in said
    assert "Changed to: My father, by The researcher, Mon 15 Jun 2015, 10:00, because “Misheard”" in said
    assert "Why is that? No answer" in said  # it applies now
    assert again.text.count("Changed to") == 1


async def test_what_was_left_out_and_is_answered_after_the_end_says_why(study: Study):
    unanswered = await ask(study, sheet(ITEMS))
    async with study.acting() as conn:
        now, ids_of = study.clock.now(), (unanswered.family.family_id, unanswered.administration_id)
        await administrations.complete(conn, *ids_of, now=now)
    researcher = await study.signed_in(Role.RESEARCHER)

    form = (await researcher.open(f"{unanswered.path}/change/age")).form()
    page = await form.fill({"age": "30", "change:why": "It was on the tape"}).press("Save the answer")

    assert "First answered: 30, by The researcher, Mon 15 Jun 2015, 10:00, because “It was on the tape”" in page.text


async def test_what_does_not_fit_is_said_at_its_field_and_changes_nothing(study: Study, asked: Asked):
    researcher = await study.signed_in(Role.RESEARCHER)

    form = (await researcher.open(f"{asked.path}/change/age")).form()
    page = await form.fill({"age": "300", "change:why": "Misheard"}).press("Save the answer")

    assert page.status == 422
    assert "Enter a whole number between 0 and 120." in page.text
    assert ("change:why", "Misheard") in page.form().fields
    assert ("age", "300") in page.form().fields
    assert (await asked.answers())["age"] == 30


async def test_an_answer_in_a_row_and_a_note_can_be_changed_and_what_is_only_reckoned_cannot(
    study: Study, asked: Asked
):
    researcher = await study.signed_in(Role.RESEARCHER)

    form = (await researcher.open(f"{asked.path}/change/pets%5B1%5D.pet")).form()
    await form.fill({"pets[1].pet": "Max", "change:why": "Misheard"}).press("Save the answer")
    form = (await researcher.open(f"{asked.path}/change/who")).form()
    await form.fill({"who:note": "Said it once", "change:why": "Misheard"}).press("Save the answer")
    statuses = {
        place: (await researcher.open(f"{asked.path}/change/{place}")).status
        for place in ("months", "pets", "nothing", "who:note", "pets%5B99%5D.pet", "%00", "first")
    }

    held = await asked.answers()
    assert (held["pets[1].pet"], held["who:note"]) == ("Max", "Said it once")
    assert set(statuses.values()) == {404}, statuses


async def test_whoever_was_too_late_is_shown_beside_the_question_until_somebody_decides(study: Study, asked: Asked):
    first, second = await study.signed_in(Role.RESEARCHER), await study.signed_in(Role.COORDINATOR)
    forms = [(await each.open(f"{asked.path}/change/age")).form() for each in (first, second)]

    await forms[0].fill({"age": "31", "change:why": "Mine"}).press("Save the answer")
    late = await forms[1].fill({"age": "32", "change:why": "Theirs"}).press("Save the answer")
    shown = await second.open(asked.path)
    decided = await (await shown.follow("Decide")).form().fill({"change:why": "Asked again"}).press("Save the answer")

    assert late.status == 422
    assert "Also answered: 32, by The coordinator, Mon 15 Jun 2015, 10:00, because “Theirs”" in shown.text
    assert "How old are you? 31" in decided.text
    assert "Also answered" not in decided.text
    assert "because “Asked again”" in decided.text


async def test_two_answers_of_an_open_interview_are_shown_at_the_question_and_one_is_chosen(study: Study):
    open_one = await ask(study, sheet(ITEMS))
    researcher = await study.signed_in(Role.RESEARCHER)
    ids_of = (open_one.family.family_id, open_one.administration_id)
    async with study.acting() as conn:
        await administrations.save(conn, *ids_of, [Save(ids.new_id(), "who", "m")])
        await administrations.save(conn, *ids_of, [Save(ids.new_id(), "who", "f")])

    page = await researcher.open(f"{open_one.path}/first")
    form = (await page.follow("Decide which counts")).form()
    decided = await form.fill(who="f").press("Save the answer")

    assert "Also answered: My father , by test, Mon 15 Jun 2015, 10:00." in page.text
    assert "change:why" not in form.names
    assert decided.path == f"{open_one.path}/first"
    assert "Also answered" not in decided.text
    assert (await open_one.answers())["who"] == "f"


async def test_what_a_coordinator_locked_nobody_changes_until_it_is_unlocked_with_a_reason(study: Study, asked: Asked):
    researcher, coordinator = await study.signed_in(Role.RESEARCHER), await study.signed_in(Role.COORDINATOR)
    form = (await researcher.open(f"{asked.path}/change/age")).form()

    locked = await (await coordinator.open(asked.path)).form("/lock").press("Lock it")
    refused = await form.fill({"age": "31", "change:why": "Misheard"}).press("Save the answer")
    unsaid = await locked.form("/unlock").press("Unlock it")
    seen = await researcher.open(asked.path)
    unlocked = await unsaid.form("/unlock").fill(reason="A wrong child").press("Unlock it")

    assert "Locked by The coordinator" in locked.text
    assert "Change : How old" not in locked.text
    assert refused.status == 409
    assert (await asked.answers())["age"] == 30
    assert unsaid.status == 422
    assert not [each.action for each in seen.forms if each.action.endswith("lock")]
    assert "Unlocked by The coordinator, Mon 15 Jun 2015, 10:00, because “A wrong child”" in unlocked.text
    assert "Change : How old" in unlocked.text


async def test_what_an_answer_sets_off_follows_its_correction(study: Study):
    items = (
        '{ type = "integer", name = "born", label = "Year?" },'
        '{ type = "calculate", name = "age", calculation = "2015 - ${born}", trigger = "${born}" },'
        '{ type = "note", name = "said", label = "Then you are ${age}." }'
    )
    made = await ask(study, sheet(items))
    researcher = await study.signed_in(Role.RESEARCHER)
    await (await researcher.open(f"{made.path}/first")).form().fill(born="1980").press("Save and end")
    await (await researcher.open(f"{made.path}/end")).form("/complete").press("Complete the questionnaire")

    form = (await researcher.open(f"{made.path}/change/born")).form()
    await form.fill({"born": "1985", "change:why": "Misread"}).press("Save the answer")

    assert await made.answers() == {"born": 1985, "age": 30}
    async with study.acting() as conn:
        history = await corrections.history(conn, await made.held())
    assert [change.reason for change in history["age"].changes] == ["Misread"]

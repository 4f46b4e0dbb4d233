"""Notes: what a researcher noticed stands beside its question, apart from the answer, and is never overwritten."""

from typing import Any
from uuid import uuid4

from browser import Browser
from cast import Study

from consent.permissions import Decision
from consent.purposes import Purpose
from fieldwork.staff.rights import Role
from questionnaires import administrations, corrections, notes
from tests.fieldwork.web.sheets import Asked, ask, sheet

ITEMS = (
    '{ type = "text", name = "why", label = "Why is that?" }, { type = "integer", name = "age", label = "How old?" }'
)
NOTED = "2015-06-15T09:05:00Z"


def note(words: str = "", item: str = "why", **more: Any) -> dict[str, Any]:
    return {"note": str(uuid4()), "at": NOTED, "item": item, "words": words, "tags": [], **more}


async def sent(browser: Browser, asked: Asked, *given: dict[str, Any], saves: tuple[Any, ...] = ()) -> list[Any]:
    """As a device sends them, between its answers."""
    page = await browser.open("/families")
    answer = await browser.client.post(
        f"{asked.path}/saves",
        json={"saves": list(saves), "notes": list(given)},
        headers={"x-csrf": dict(page.form().fields)["csrf"], "origin": browser.origin},
    )
    assert answer.status_code == 200, answer.text
    return list(answer.json())


async def standing(study: Study, asked: Asked) -> list[tuple[str, str, tuple[str, ...]]]:
    async with study.acting() as conn:
        found = await notes.of(conn, asked.family.family_id, asked.administration_id)
    return [(one.item, one.words, one.tags) for one in found]


async def close(study: Study, asked: Asked, *, locked: bool = False) -> None:
    async with study.acting() as conn:
        family_id, administration_id = asked.family.family_id, asked.administration_id
        await administrations.complete(conn, family_id, administration_id, now=study.clock.now())
        if locked:
            await corrections.lock(conn, family_id, administration_id)


async def test_without_a_script_a_note_is_a_form_of_its_own_and_what_was_typed_is_saved_first(study: Study):
    asked = await ask(study, sheet(ITEMS))
    researcher = await study.signed_in(Role.RESEARCHER)

    page = await (await researcher.open(asked.path)).form("/first").fill(why="Said no").press("Note : Why is that?")
    empty = await page.form("/notes/why").press("Keep the note")
    done = await page.form("/notes/why").fill(words="Looked away", tags=["hesitated"]).press("Keep the note")
    await page.form("/notes/why").fill(words="Looked away", tags=["hesitated"]).press("Keep the note")

    assert page.path == f"{asked.path}/notes/why"
    assert empty.status == 422
    assert done.path == f"{asked.path}/first"
    assert "Note : Why is that? (1)" in done.text
    assert await standing(study, asked) == [("why", "Looked away", ("hesitated",))]
    assert await asked.answers() == {"why": "Said no"}


async def test_what_a_device_sends_twice_is_kept_once_and_what_it_takes_back_stays_in_the_history(study: Study):
    asked = await ask(study, sheet(ITEMS))
    researcher = await study.signed_in(Role.RESEARCHER)
    wrong, right = note("A slip"), note("Cried", tags=["upset"])
    whole = note("The television was on", item="")

    await sent(researcher, asked, note(takes_back=wrong["note"]))
    await sent(researcher, asked, wrong, right)
    said = await sent(researcher, asked, wrong, right, whole)

    assert [each["state"] for each in said] == ["stored"] * 3
    assert sorted(await standing(study, asked)) == [("", "The television was on", ()), ("why", "Cried", ("upset",))]
    async with study.acting() as conn:
        assert await conn.fetchval("select count(*) from questionnaires.note") == 4


async def test_a_note_that_cannot_be_kept_costs_no_answer_and_no_other_note(study: Study):
    asked = await ask(study, sheet(ITEMS))
    researcher = await study.signed_in(Role.RESEARCHER)
    answer = {"save": str(uuid4()), "item": "age", "value": 30, "base": 0}
    wrong = [
        note("x" * 5001),
        note("Nowhere", item="nowhere"),
        note("  "),
        note("\0"),
        note("Far", at="0001-01-01T00:00:00Z"),
    ]

    said = await sent(researcher, asked, *wrong, note("Looked away"), saves=(answer,))

    states = {each["save"]: each["state"] for each in said}
    assert [states[each["note"]] for each in wrong] == ["refused"] * 5
    assert states[answer["save"]] == "stored"
    assert await standing(study, asked) == [("why", "Looked away", ())]


async def test_a_completed_questionnaire_takes_notes_and_shows_them_apart_from_the_answers(study: Study):
    asked = await ask(study, sheet(ITEMS))
    researcher = await study.signed_in(Role.RESEARCHER)
    await sent(researcher, asked, note("Looked away", tags=["hesitated"]))
    await close(study, asked)

    page = await (await researcher.open(asked.path)).follow("Add a note")
    done = await page.form("/notes/-").fill(words="The television was on").press("Keep the note")

    assert "Why is that? No answer 10:05 hesitated Looked away The researcher" in done.text
    assert "Notes on the interview" in done.text
    assert "The television was on" in done.text
    assert await asked.answers() == {}


async def test_without_permission_or_once_it_is_locked_a_note_is_set_aside_until_somebody_decides(study: Study):
    withdrawn, locked = await ask(study, sheet(ITEMS)), await ask(study, sheet(ITEMS))
    coordinator = await study.signed_in(Role.COORDINATOR)
    await study.allows(withdrawn.family, Purpose.TAKE_PART, decision=Decision.WITHDRAWN)
    await close(study, locked, locked=True)

    said = [await sent(coordinator, asked, note("Canary")) for asked in (withdrawn, locked)]
    page = await coordinator.open(f"/families/{withdrawn.family.family_id}")
    await study.allows(withdrawn.family, Purpose.TAKE_PART)
    await page.form("/aside").press("Take in")

    assert [each["state"] for [each] in said] == ["aside", "aside"]
    assert "Canary" not in page.html
    assert await standing(study, locked) == []
    assert await standing(study, withdrawn) == [("why", "Canary", ())]


async def test_a_note_is_taken_back_on_its_page(study: Study):
    asked = await ask(study, sheet(ITEMS))
    researcher = await study.signed_in(Role.RESEARCHER)
    await sent(researcher, asked, note("A slip"))

    page = await researcher.open(f"{asked.path}/notes/why")
    await page.form("/notes/why").press("Take back : A slip")

    assert await standing(study, asked) == []

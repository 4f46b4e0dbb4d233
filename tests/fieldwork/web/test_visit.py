"""A visit's page: who is here, what is due for whom and how far it has come; what happened, and when to come again."""

from datetime import UTC, date, datetime, timedelta

import pytest
from cast import Study, row, written

from consent.purposes import Decision, Purpose
from fieldwork.base import ids
from fieldwork.cases import cases, intake, visits
from fieldwork.staff.rights import Role
from fieldwork.study import declaration, sites
from fieldwork.study import protocol as protocols
from questionnaires import administrations, openings
from questionnaires.openings import Opening
from questionnaires.saving import Save
from scheduler import appointments
from scheduler.appointments import Place, Slot
from tests.fieldwork.study import broken

BORN = date(2007, 3, 2)
EVENING = datetime(2015, 6, 15, 21, tzinfo=UTC)


async def a_family(study, *, allowed=True, parents=1):
    study.at(EVENING)
    family = await study.family(children=(BORN,), parents=parents)
    if allowed:
        await study.everybody_allows(family)
    return family


async def recorded(browser, family, **filled):
    page = await browser.open(f"/families/{family.family_id}/visits/T1/held")
    states = {
        f"part_{person.person_id}": state for person, state in zip(family.people, filled.pop("states"), strict=True)
    }
    return await page.form().fill(states | filled).press("Record the visit")


async def known(study, family):
    async with study.acting() as conn:
        visit = await visits.find(conn, family.family_id, "T1")
        live = await appointments.live(conn, family.family_id, "T1")
        return visit.state, live and live.starts_at, (await cases.find(conn, family.family_id)).next_step


# What happened, and when to come again


async def test_what_happened_and_the_next_appointment_are_one_act(study: Study):
    researcher, family = await study.signed_in(Role.RESEARCHER), await a_family(study)

    page = await recorded(researcher, family, states=["seen", "outstanding"], starts_at="2015-06-18T17:00")

    assert page.path == f"/families/{family.family_id}"
    assert "The visit is recorded and the next appointment is booked." in page.text
    assert await known(study, family) == ("partly_done", datetime(2015, 6, 18, 16, tzinfo=UTC), "Visit T1")


async def test_what_speaks_against_the_next_appointment_is_said_and_blocks_nothing(study: Study):
    researcher, family = await study.signed_in(Role.RESEARCHER), await a_family(study)

    page = await recorded(researcher, family, states=["seen", "outstanding"], starts_at="2015-08-31T17:00")

    assert "The visit is recorded and the next appointment is booked." in page.text
    assert "a bank holiday" in page.text
    assert (await known(study, family))[1] == datetime(2015, 8, 31, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("states", "filled", "field", "sentence"),
    [
        (["seen", "outstanding"], {"starts_at": "2014-06-18T17:00"}, "starts_at", "This time has passed."),
        (["seen", "outstanding"], {"starts_at": "tomorrow"}, "starts_at", "Enter a day and a time"),
        (["seen", "outstanding"], {"minutes": "900"}, "minutes", "between a minute and eight hours"),
        (["seen", "outstanding"], {"researcher_no": "9999"}, "researcher_no", "Choose somebody of the team."),
        (["seen", "outstanding"], {"on": "2015-06-16"}, "on", "before its day"),
        (["seen", "seen"], {}, "starts_at", "Nobody is outstanding"),
        (["outstanding", "outstanding"], {}, "on", "somebody was seen"),
    ],
)
async def test_a_mistake_is_said_at_its_field_and_nothing_is_recorded_or_lost(study, states, filled, field, sentence):
    researcher, family = await study.signed_in(Role.RESEARCHER), await a_family(study)
    typed = {"starts_at": "2015-06-18T17:00", "place": "school"} | filled
    shown = {name: text for name, text in typed.items() if name not in ("minutes", "researcher_no")}

    page = await recorded(researcher, family, states=states, **typed)

    assert page.status == 422
    assert sentence in page.html.partition(f'id="{field}-error"')[2].partition("</p>")[0]
    kept = dict(page.form().fields)
    assert {name: kept[name] for name in shown} == shown
    assert [kept[f"part_{person.person_id}"] for person in family.people] == states
    assert (await known(study, family))[:2] == ("awaited", None)


async def test_a_time_that_is_taken_leaves_the_visit_unrecorded_and_the_form_as_it_was(study: Study):
    researcher, family, other = await study.signed_in(Role.RESEARCHER), await a_family(study), await a_family(study)
    starts_at = EVENING + timedelta(days=2)
    async with study.acting() as conn:
        slot = Slot(researcher.member.no, starts_at, 60, Place.HOME)
        await visits.book(conn, other.family_id, "T1", ids.new_id(), person_id=other.parent.person_id, slot=slot)

    page = await recorded(researcher, family, states=["seen", "outstanding"], starts_at="2015-06-17T22:30")

    assert page.status == 422
    assert "The researcher is not free then." in page.html.partition('id="starts_at-error"')[2].partition("</p>")[0]
    assert (await known(study, family))[:2] == ("awaited", None)


async def test_whoever_has_not_allowed_it_is_named_where_they_are_marked_as_seen(study: Study):
    researcher, family = await study.signed_in(Role.RESEARCHER), await a_family(study, allowed=False)
    await study.allows(family, Purpose.TAKE_PART)

    page = await recorded(researcher, family, states=["seen", "seen"])

    assert page.status == 422
    said = page.html.partition(f'id="part_{family.child.person_id}-error"')[2].partition("</p>")[0]
    assert "the child's own assent; a parent's permission for this child's interview" in said.replace("&#39;", "'")
    assert f'id="part_{family.parent.person_id}-error"' not in page.html
    assert (await known(study, family))[0] == "awaited"


# Who is here, and what is due


async def test_whoever_is_here_comes_first_and_is_marked_as_seen_to_begin_with(study: Study):
    researcher, family = await study.signed_in(Role.RESEARCHER), await a_family(study, parents=2)
    visit = f"/families/{family.family_id}/visits/T1"

    page = await researcher.open(visit)
    second = next(form for form in page.forms if ("person_id", str(family.people[1].person_id)) in form.fields)
    page = await second.press("Is here")

    assert page.path == visit
    assert "Here since 22:00" in page.text
    assert page.text.index("Parent 2 Here since") < page.text.index("Parent 1 Parent 1 Is here")
    held = dict((await researcher.open(f"{visit}/held")).form().fields)
    assert held[f"part_{family.people[1].person_id}"] == "seen"
    assert held[f"part_{family.parent.person_id}"] == ""


@pytest.mark.parametrize("form", [{}, {"person_id": "x", "here": "yes"}, {"here": "yes"}])
async def test_nobody_is_here_who_is_not_of_the_family(study: Study, form):
    researcher, family, other = await study.signed_in(Role.RESEARCHER), await a_family(study), await a_family(study)
    visit = f"/families/{family.family_id}/visits/T1"
    csrf = dict((await researcher.open(visit)).forms[-1].fields)["csrf"]

    for sent in (form, {"person_id": other.parent.person_id, "here": "yes"}):
        page = await researcher.send("post", f"{visit}/here", data=sent | {"csrf": csrf})
        assert page.status == 404

    async with study.acting() as conn:
        assert await conn.fetchval("select count(*) from cases.presence") == 0


async def test_what_is_missing_closes_the_way_in_and_says_where_to_record_it(study: Study):
    researcher, family = await study.signed_in(Role.RESEARCHER), await a_family(study, allowed=False)
    await study.allows(family, Purpose.TAKE_PART, Purpose.RECORDING)

    page = await researcher.open(f"/families/{family.family_id}/visits/T1")

    assert "Allows: taking part; being recorded." in page.text
    assert "Nobody may talk with child 2 yet. Record it for child 2" in page.text
    begun = {dict(form.fields).get("respondent_id") for form in page.forms}
    assert str(family.parent.person_id) in begun
    assert str(family.child.person_id) not in begun
    await study.allows(family, Purpose.TAKE_PART, decision=Decision.WITHDRAWN)
    page = await researcher.open(f"/families/{family.family_id}/visits/T1")
    assert "Nobody may talk with parent 1 yet." in page.text


async def test_each_questionnaire_says_how_far_it_has_come(study: Study):
    researcher, family = await study.signed_in(Role.RESEARCHER), await a_family(study)
    begun = {}
    async with study.acting() as conn:
        for code, version, mode in (
            ("pms", "ps1978", "face_to_face"),
            ("lsns6", "lsns6", "paper"),
            ("future", "1", "paper"),
        ):
            subject = family.family_id if code == "future" else family.parent.person_id
            kind = "family" if code == "future" else "self"
            opening = Opening("T1", code, version, family.parent.person_id, kind, subject, mode, EVENING.date())
            begun[code] = await openings.begin(conn, family.family_id, family.site_no, opening)
        for item, value in (("pms1", "agree"), ("pms2", {"missing": "refused"})):
            saves = [Save(ids.new_id(), item, value)]
            await administrations.save(conn, family.family_id, begun["pms"].administration_id, saves)
        await administrations.complete(conn, family.family_id, begun["future"].administration_id, now=EVENING)

    page = await researcher.open(f"/families/{family.family_id}/visits/T1")

    assert "Mastery Parent 1 2 of 7 answered paused" in page.text
    assert "0 of 6 answered on paper" in page.text
    assert "How the future looks Parent 1 about the family Completed" in page.text
    assert "What should change Parent 1 about the family Not begun" in page.text


async def test_a_window_that_is_not_open_is_said_and_does_not_block(study: Study):
    researcher, family = await study.signed_in(Role.RESEARCHER), await a_family(study)
    await study.interviewed(family)

    page = await researcher.open(f"/families/{family.family_id}/visits/T2")

    assert "Its window opens on 2 Nov 2015. A visit before that day needs a reason when it is recorded." in page.text
    assert [form for form in page.forms if ("questionnaire", "goal_t2") in form.fields]


async def test_where_there_is_nobody_to_ask_the_page_says_why(study: Study):
    researcher = await study.signed_in(Role.RESEARCHER)
    study.at(EVENING)
    unnamed = row("C-unnamed", told_how="not_objecting", told_on="2015-06-14", agreed_on="")
    async with study.acting() as conn:
        place, protocol = await sites.find(conn, "n1"), await declaration.current(conn)
        await intake.take(conn, study.ring, place, written([unnamed]), protocol, today=EVENING.date())
        family_id = await conn.fetchval("select family_id from people.directory")

    page = await researcher.open(f"/families/{family_id}/visits/T1")

    assert "There is nobody to ask: the site has not handed over any names." in page.text
    assert "Record what happened" not in page.text


# Inside an interview


async def test_switching_saves_first_and_never_mixes_two_questionnaires(study: Study):
    researcher, family = await study.signed_in(Role.RESEARCHER), await a_family(study, parents=2)
    held = {}
    async with study.acting() as conn:
        for person in family.people[:2]:
            opening = Opening(
                "T1", "future", "1", person.person_id, "family", family.family_id, "face_to_face", EVENING.date()
            )
            begun = await openings.begin(conn, family.family_id, family.site_no, opening)
            held[person.label] = begun.administration_id
    path = f"/families/{family.family_id}/questionnaires"

    page = await researcher.open(f"{path}/{held['Parent 1']}")
    assert "Parent 1 about the family · face to face" in page.text
    page = await page.form().fill(famscale="7").press("How the future looks: Parent 2 about the family")

    assert page.path == f"{path}/{held['Parent 2']}"
    assert "Parent 2 about the family · face to face" in page.text
    assert "famscale" not in dict(page.form().fields)
    page = await page.form().fill(famscale="3").press("Pause")
    assert page.path == f"/families/{family.family_id}/visits/T1"
    async with study.acting() as conn:
        answers = {
            label: (await administrations.find(conn, family.family_id, found)).answers["famscale"]
            for label, found in held.items()
        }
    assert answers == {"Parent 1": 7, "Parent 2": 3}


@pytest.mark.parametrize("then", ["other:x", "other:", "other:" + "9" * 40])
async def test_a_button_that_leads_nowhere_is_refused(study: Study, then):
    researcher, family = await study.signed_in(Role.RESEARCHER), await a_family(study)
    page = await researcher.open(f"/families/{family.family_id}/visits/T1")
    begin = next(form for form in page.forms if ("questionnaire", "future") in form.fields)
    form = (await begin.press("Begin")).form()
    form.fields.append(("then", then))

    page = await form.press()

    assert page.status == 422


# A worry


async def test_the_card_says_whom_to_ring_on_every_screen_of_an_interview(study: Study):
    researcher, family = await study.signed_in(Role.RESEARCHER), await a_family(study)
    visit = await researcher.open(f"/families/{family.family_id}/visits/T1")
    begin = next(form for form in visit.forms if ("questionnaire", "future") in form.fields)
    section = await begin.press("Begin")
    end = await researcher.open(section.path + "/end")

    for page in (visit, section, end):
        assert ("A concern", "#concern") in page.links
        assert ("Ring 999", "tel:999") in page.links
        assert ("Ring 0808 157 0199", "tel:08081570199") in page.links
        assert "The safeguarding lead on call (invented)" in page.text
        assert "This card tells nobody: you ring them yourself." in page.text


async def test_where_a_study_has_named_nobody_the_card_says_so_and_keeps_the_number_of_its_nation(study: Study):
    researcher, family = await study.signed_in(Role.RESEARCHER), await a_family(study)
    table = broken.read()
    del table["safeguarding"]
    table["emergency"] = {"england": "112"}
    async with study.acting() as conn:
        await declaration.apply(conn, protocols.read(broken.written(table)), now=EVENING)

    page = await researcher.open(f"/families/{family.family_id}/visits/T1")

    assert ("Ring 112", "tel:112") in page.links
    assert "This study has named nobody to ring." in page.text
    assert "Never promise to keep it a secret" in page.text
    assert "0808 157 0199" not in page.text

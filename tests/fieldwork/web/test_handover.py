"""Handing over: a child fills in their own page set on the tablet, and what they answered is theirs."""

from datetime import date
from uuid import UUID

import msgspec
import pytest
from browser import Browser, Page
from cast import Study, sign_in

from fieldwork.staff.rights import Role
from questionnaires import administrations, library, openings, reading, seals, shelf
from questionnaires.openings import Opening
from tests.fieldwork.web.sheets import HEAD

CODE = "482913"
MIA = f"""{HEAD.replace('"parent"', '"child"').replace('"family"', '"self"')}
pictures = {{ minimum = 6, maximum = 10 }}
[[sections]]
name = "first"
[[sections.items]]
type = "select_one"
name = "pet"
label = "Do you have a pet?"
appearance = "pictures-thumbs"
choices = [ {{ name = "yes", label = "Yes", value = 1 }}, {{ name = "no", label = "No", value = 0 }} ]
[[sections.items]]
type = "text"
name = "called"
label = "What is it called?"
relevant = "${{pet}} = 'yes'"
[[sections.items]]
type = "select_one"
name = "days"
label = "How are your days?"
appearance = "pictures-faces"
choices = [
  {{ name = "bad", label = "Bad", value = 1 }}, {{ name = "so", label = "So so", value = 2 }},
  {{ name = "good", label = "Good", value = 3 }},
]
""".replace('[licence]\nstatus = "own"\nwording = "own"\n\npictures', "pictures").replace(
    "[[sections]]\nname", '[licence]\nstatus = "own"\nwording = "own"\n[[sections]]\nname', 1
)


class Handed(msgspec.Struct):
    """Mia's questionnaire, and the researcher whose tablet she has."""

    study: Study
    family_id: UUID
    administration_id: UUID
    tablet: Browser

    @property
    def path(self) -> str:
        return f"/families/{self.family_id}/questionnaires/{self.administration_id}"

    async def hand_over(self, code: str = CODE) -> Page:
        return await (await self.tablet.open(f"{self.path}/hand-over")).form().fill(code=code).press("Hand over")

    async def give_back(self, code: str = CODE, **said: str) -> Page:
        form = (await self.tablet.open("/handed/give-back")).form("/give-back")
        return await form.fill(code=code, **said).press("Take the tablet back")

    async def answers(self) -> dict[str, object]:
        async with self.study.acting() as conn:
            held = await administrations.find(conn, self.family_id, self.administration_id, sealed=True)
        return {place: value for place, value in held.answers.items() if value is not None}


@pytest.fixture
async def mia(study: Study) -> Handed:
    return await begun(study, MIA)


async def begun(study: Study, text: str) -> Handed:
    asked, family = reading.read(text), await study.family(children=(date(2006, 3, 2),))
    await study.everybody_allows(family)
    child = family.child.person_id
    opening = Opening("T1", asked.code, asked.version, child, "self", child, "face_to_face", study.clock.now().date())
    async with study.acting() as conn:
        await library.publish(conn, [asked], now=study.clock.now())
        held = await openings.begin(conn, family.family_id, family.site_no, opening)
    return Handed(study, family.family_id, held.administration_id, await study.signed_in(Role.RESEARCHER))


async def answer(page: Page, **said: str) -> Page:
    return await page.form().fill(**said).press("Continue")


async def test_mia_fills_in_her_own_and_nobody_reads_it(mia: Handed):
    page = await mia.hand_over()
    assert (page.path, "Do you have a pet?" in page.text) == ("/handed", True)
    assert page.html.count('class="picture picture--thumbs"') == 2

    page = await answer(page, pet="yes")
    assert "What is it called?" in page.text
    page = await answer(await answer(page, called="Biscuit"), days="good")
    page = await page.form("/handed/finish").press("Finish")

    assert "Please give the tablet back to The researcher." in page.text
    assert await mia.answers() == {"pet": "yes", "called": "Biscuit", "days": "good"}
    page = await mia.give_back()
    assert page.path == mia.path
    assert "Sealed" in page.text
    assert "Biscuit" not in page.html


async def test_what_is_sealed_opens_on_no_page_of_the_team(mia: Handed):
    await answer(await answer(await mia.hand_over(), pet="yes"), called="Biscuit")
    await (await mia.tablet.open("/handed/finish")).form("/handed/finish").press("Finish")
    await mia.give_back()
    coordinator = await mia.study.signed_in(Role.COORDINATOR)
    visit = f"/families/{mia.family_id}/visits/T1"
    places = ["", "/first", "/change/called", "/keying", "/hand-over"]

    for browser in (mia.tablet, coordinator):
        found = [await browser.open(mia.path + place) for place in places]
        found += [await browser.open(place) for place in (visit, f"/families/{mia.family_id}")]

        assert not any("Biscuit" in page.html for page in found)
        assert [page.status for page in found] == [200, 200, 403, 403, 409, 200, 200]


async def test_what_the_child_allows_is_read_like_any_other(mia: Handed):
    await answer(await answer(await mia.hand_over(), pet="yes"), called="Biscuit")
    await (await mia.tablet.open("/handed/finish")).form("/handed/finish").fill(may_read="yes").press("Finish")

    page = await mia.give_back()

    assert "Biscuit" in page.text
    form = (await page.follow("Change : What is it called?")).form("/change/called")
    page = await form.fill({"called": "Biskit", "change:why": "Spelled by Mia"}).press("Save the answer")
    assert "the respondent, on the tablet" in page.text


async def test_whoever_is_interrupted_takes_the_tablet_back_and_reads_nothing(mia: Handed):
    await answer(await answer(await mia.hand_over(), pet="yes"), called="Biscuit")

    page = await mia.give_back()

    assert "It was handed over and is not completed." in page.text
    again = await (await page.follow("Hand over the tablet")).form().fill(code=CODE).press("Hand over")
    assert "Biscuit" not in (await mia.tablet.open("/handed/called-page")).html
    assert "You have answered this." in again.text


async def test_an_empty_page_takes_no_earlier_answer_away(mia: Handed):
    await answer(await answer(await mia.hand_over(), pet="yes"), called="Biscuit")

    await (await mia.tablet.open("/handed/called-page")).form().press("Continue")

    assert (await mia.answers())["called"] == "Biscuit"


async def test_midway_a_child_may_let_the_researcher_look(mia: Handed):
    await answer(await answer(await mia.hand_over(), pet="yes"), called="Biscuit")

    page = await mia.give_back(may_read="yes")

    assert "Biscuit" in page.html
    assert "Save and" in page.html


async def test_the_tablet_opens_nothing_else(mia: Handed):
    other = await begun(mia.study, MIA.replace('code = "sheet"', 'code = "other"'))
    await mia.hand_over()

    everywhere = ["/", "/families", f"/families/{mia.family_id}", mia.path, other.path, "/device", "/my-week"]
    found = [await mia.tablet.open(path) for path in everywhere]
    refused = await mia.tablet.send("post", f"{other.path}/saves", json=[])
    await mia.tablet.send("post", "/sign-out")

    assert {page.path for page in [*found, refused]} == {"/handed"}
    assert (await mia.tablet.open("/handed")).path == "/handed"
    assert "Sign out" not in found[0].text


async def test_after_five_wrong_codes_somebody_signs_in_again_and_no_answer_is_lost(mia: Handed):
    await answer(await mia.hand_over(), pet="yes")

    refused = [await mia.give_back("000000") for _ in range(4)]
    page = await mia.give_back("000000")

    assert {(each.status, "This is not the code." in each.text) for each in refused} == {(422, True)}
    assert (page.path, "Five wrong codes" in page.text) == ("/sign-in", True)
    assert (await mia.tablet.open("/handed")).path == "/sign-in"
    assert (await mia.tablet.open(mia.path)).path == "/sign-in"
    assert await mia.answers() == {"pet": "yes"}


async def test_tries_of_two_tabs_are_counted_together(mia: Handed):
    await mia.hand_over()
    forms = [(await mia.tablet.open("/handed/give-back")).form("/give-back").fill(code="000000") for _ in range(2)]

    await forms[0].press("Take the tablet back")
    await forms[1].press("Take the tablet back")

    async with mia.study.acting() as conn:
        assert await conn.fetchval("select wrong_codes from staff.session where handed_code is not null") == 2


async def test_whoever_forgot_the_code_signs_in_as_usual(mia: Handed):
    await answer(await mia.hand_over(), pet="yes")

    page = await (await mia.tablet.open("/handed/give-back")).follow("Sign in instead")
    assert "Sign out" not in page.text
    member = await mia.study.member(Role.RESEARCHER)
    page = await sign_in(mia.tablet, member)

    assert page.path != "/handed"
    page = await mia.tablet.open(mia.path)
    assert "Sealed" in page.text


async def test_the_code_is_kept_only_as_a_slow_hash(mia: Handed):
    await mia.hand_over()

    async with mia.study.acting() as conn:
        kept = await conn.fetchval("select handed_code from staff.session where handed_code is not null")

    assert kept.startswith("$argon2id$")
    assert CODE not in kept


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef"])
async def test_a_code_has_six_digits_and_until_then_nothing_is_handed_over(mia: Handed, code):
    page = await mia.hand_over(code)

    assert page.status == 422
    assert (await mia.tablet.open(mia.path)).path == mia.path
    async with mia.study.acting() as conn:
        assert not (await administrations.find(conn, mia.family_id, mia.administration_id)).sealed


async def test_a_page_from_before_the_handing_over_saves_nothing_any_more(mia: Handed):
    form = (await mia.tablet.open(mia.path)).form("/first")
    await mia.hand_over()

    page = await form.fill(pet="no").press()

    assert page.path == "/handed"
    assert await mia.answers() == {}


async def test_what_is_completed_or_filled_in_otherwise_is_not_handed_over(mia: Handed):
    async with mia.study.acting() as conn:
        await administrations.complete(conn, mia.family_id, mia.administration_id, now=mia.study.clock.now())

    page = await mia.tablet.open(f"{mia.path}/hand-over")

    assert page.status == 409
    assert "This can't be handed over" in page.text


async def test_the_page_speaks_the_childs_language(mia: Handed):
    page = await mia.hand_over()

    page = await page.form("/handed/language").press("Cymraeg")

    assert 'lang="cy"' in page.html
    assert "Parhau" in page.text


async def test_without_pictures_for_this_age_there_are_only_words(study: Study):
    handed = await begun(study, MIA.replace("maximum = 10 }\n[lic", "maximum = 8 }\n[lic"))

    page = await handed.hand_over()

    assert "picture--" not in page.html


async def test_sealed_answers_still_count_in_the_data(mia: Handed):
    await answer(await mia.hand_over(), pet="yes")
    await (await mia.tablet.open("/handed/finish")).form("/handed/finish").press("Finish")

    async with mia.study.acting() as conn:
        every = await administrations.of_family(conn, mia.family_id)
        whole = await administrations.of_family(conn, mia.family_id, sealed=True)

    assert [each.answers for each in every] == [{}]
    assert [each.answers for each in whole] == [{"pet": "yes"}]


async def test_nobody_else_can_say_that_the_team_may_read(mia: Handed):
    await mia.hand_over()
    await mia.give_back()

    csrf = next(value for form in (await mia.tablet.open("/")).forms for name, value in form.fields if name == "csrf")
    page = await mia.tablet.send("post", "/handed/give-back", data={"csrf": csrf, "code": CODE, "may_read": "yes"})

    assert page.status == 403
    async with mia.study.acting() as conn:
        with pytest.raises(seals.administrations.AnswersSealed):
            await administrations.find(conn, mia.family_id, mia.administration_id)


def test_an_instrument_of_ours_has_faces_for_its_choices():
    asked = shelf.load("happiness", "pictures5")

    assert asked.items["happy"].appearance == "pictures-faces"
    assert (asked.pictures.minimum, asked.pictures.maximum) == (6, 10)

"""Messages on the screens: what waits, failed or is not known is seen and decided; every text can be read first."""

from datetime import UTC, datetime, timedelta

import pytest
from cast import Study

from consent.purposes import Purpose
from fieldwork.cases import messages
from fieldwork.cases.messages import Due, State
from fieldwork.people import channels
from fieldwork.staff.rights import Role
from fieldwork.study.texts import Kind

NOW = datetime(2015, 6, 15, 9, tzinfo=UTC)


@pytest.fixture
async def family(study: Study):
    made = await study.family(email="parent@families.test", phone="07700 900417")
    await study.allows(made, Purpose.TAKE_PART, Purpose.CONTACT_AGAIN)
    return made


async def a_message(study: Study, family, state: State, because: str | None = None) -> None:
    async with study.acting() as conn:
        await messages.put(conn, [Due(family.family_id, family.site_no, "T1", Kind.BOOK, "T1", NOW)])
        if state is not State.WAITING:
            claimed = await messages.claim(conn, now=NOW, machine_now=NOW)
            await messages.settle(conn, claimed, state, because=because)


async def test_what_nobody_knows_is_what_one_sees_first_and_a_person_decides(study, family):
    await a_message(study, family, State.NOT_KNOWN)
    coordinator = await study.signed_in(Role.COORDINATOR)

    page = await coordinator.open("/messages")
    assert (page.path, family.reference in page.text) == ("/messages/not_known", True)
    await page.form(f"/families/{family.family_id}/messages/{await only(study)}").press("It did leave")

    assert family.reference in (await coordinator.open("/messages/sent")).text
    assert "There is none." in (await coordinator.open("/messages/not_known")).text


async def test_a_failed_message_says_why_and_can_be_sent_again(study, family):
    await a_message(study, family, State.FAILED, "no_safe_channel")
    researcher = await study.signed_in(Role.RESEARCHER)

    page = await researcher.open("/messages/failed")
    assert "Nobody has said which way is safe" in page.text
    await page.form(f"/messages/{await only(study)}").press("Send it again")

    assert family.reference in (await researcher.open("/messages/waiting")).text


async def test_what_has_waited_for_more_than_a_night_is_said_on_every_list(study, family):
    await a_message(study, family, State.WAITING)
    coordinator = await study.signed_in(Role.COORDINATOR)

    soon = await coordinator.open("/messages/sent")
    study.at(NOW + timedelta(hours=16))
    later = await coordinator.open("/messages/sent")

    assert "more than a night" not in soon.text
    assert "more than a night" in later.text


async def test_two_who_decide_at_once_do_not_both_decide(study, family):
    await a_message(study, family, State.NOT_KNOWN)
    first, second = await study.signed_in(Role.COORDINATOR), await study.signed_in(Role.COORDINATOR)
    path = f"/messages/{await only(study)}"
    pages = [await each.open("/messages/not_known") for each in (first, second)]

    one, other = [await page.form(path).press("Send it again") for page in pages]

    assert (one.status, other.status) == (200, 409)
    assert "somebody has decided before you" in other.text


async def test_another_sites_messages_are_not_seen(study, family):
    await a_message(study, family, State.FAILED, "refused")
    elsewhere = await study.signed_in(Role.COORDINATOR, "y1")

    page = await elsewhere.open("/messages/failed")

    assert family.reference not in page.text
    assert "There is none." in page.text


async def test_what_a_parent_says_of_their_ways_is_kept_and_shown(study, family):
    researcher = await study.signed_in(Role.RESEARCHER)
    who, path = family.parent.person_id, f"/families/{family.family_id}/contact"

    page = await researcher.open(path)
    page = await page.form("/channels").fill({f"email.{who}": "unsafe", f"sms.{who}": "mine_alone"}).press()
    await page.form("/channels").fill({f"sms.{who}": "shared"}).press()

    async with study.acting() as conn:
        said = {each.channel: each.mark for each in await channels.of_family(conn, family.family_id)}
    assert said == {"email": "unsafe", "sms": "shared"}


async def test_an_invitation_is_put_into_the_outbox_and_its_address_is_shown_to_nobody(study, family):
    researcher = await study.signed_in(Role.RESEARCHER)

    form = (await researcher.open(f"/families/{family.family_id}/visits/T1/link")).form()
    form.action += "/send"
    sent = await form.press("Send it to them")

    assert "/l/" not in sent.html
    assert "The invitation waits to leave" in sent.text
    assert "Invitation" in (await researcher.open("/messages/waiting")).text


async def test_every_text_can_be_read_as_a_family_gets_it(study):
    page = await (await study.signed_in(Role.COORDINATOR)).open("/message-texts")

    assert page.text.count("0808 157 0123") == len(Kind) * len(("en", "cy"))
    assert "{" not in page.text
    assert "Everyday life study" in page.text


async def only(study: Study):
    async with study.acting() as conn:
        return await conn.fetchval("select message_id from cases.message")

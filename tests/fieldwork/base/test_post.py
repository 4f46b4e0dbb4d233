"""Post: a message leaves, is refused, or nobody knows; and no log says to whom or what."""

import json

import pytest
import structlog
from letterbox import standing

from fieldwork.base import post
from fieldwork.base.errors import NotKnown, NotSent, WrongSetting
from fieldwork.base.post import Log

ID = "01a20749-9630-72d3-9210-32fd99ac19d4"
TO = "somebody@families.test"


@pytest.fixture
async def box():
    async with standing() as found:
        yield found


def office(box, **more):
    return post.read(f"smtp://127.0.0.1:{box.port}", "study@fieldwork.test", more.get("sms", "sms.gateway.test"))


async def test_an_e_mail_arrives_as_it_was_written(box):
    receipt = await office(box).send("email", TO, "Sgwrs fach yr ŵythnos", "Gwelwn ni chi ddydd Llun.", message_id=ID)

    [(to, letter)] = box.taken
    assert (to, letter["To"], letter["From"]) == (TO, TO, "study@fieldwork.test")
    assert letter["Subject"] == "Sgwrs fach yr ŵythnos"
    assert letter.get_content().strip() == "Gwelwn ni chi ddydd Llun."
    assert receipt == letter["Message-ID"] == f"<{ID}@fieldwork.test>"


async def test_a_text_message_goes_to_its_number_at_the_gateway(box):
    await office(box).send("sms", "(07700) 900 417", "Not for telephones", "Until Monday.", message_id=ID)

    [(to, letter)] = box.taken
    assert to == "07700900417@sms.gateway.test"
    assert not letter["Subject"]
    assert letter.get_content().strip() == "Until Monday."


@pytest.mark.parametrize(("answer", "for_now"), [("550 No such user", False), ("450 Come back later", True)])
async def test_what_the_provider_refuses_did_not_leave(box, answer, for_now):
    box.refuses[TO] = answer

    with pytest.raises(NotSent) as refusal:
        await office(box).send("email", TO, "A", "B", message_id=ID)

    assert (refusal.value.because, refusal.value.for_now) == ("refused", for_now)
    assert box.taken == []


async def test_a_line_that_breaks_after_the_words_were_handed_over_leaves_it_unknown(box):
    box.breaks = lambda: True

    with pytest.raises(NotKnown):
        await office(box).send("email", TO, "A", "B", message_id=ID)

    assert len(box.taken) == 1


async def test_a_provider_that_is_away_is_asked_again_later():
    away = post.read("smtp://127.0.0.1:1", "study@fieldwork.test", "")

    with pytest.raises(NotSent) as refusal:
        await away.send("email", TO, "A", "B", message_id=ID)

    assert (refusal.value.because, refusal.value.for_now) == ("provider_away", True)


@pytest.mark.parametrize("to", ["", "nobody", "a@b\r\nBcc: c@d", "a b@c.test", "é@c.test", "<a@b.test>"])
async def test_what_is_no_address_is_not_tried(box, to):
    for channel in ("email", "sms"):
        with pytest.raises(NotSent, match="no_address"):
            await office(box).send(channel, to, "A", "B", message_id=ID)

    assert box.taken == []


async def test_the_log_says_neither_to_whom_nor_what():
    with structlog.testing.capture_logs() as said:
        await Log().send("email", TO, "A subject", "Some words", message_id=ID)

    assert ID in json.dumps(said)
    assert not [word for word in (TO, "A subject", "Some words") if word in json.dumps(said)]


@pytest.mark.parametrize(
    ("smtp_url", "mail_from", "sms_gateway", "named"),
    [
        ("smtp://", "a@b.test", "", "FIELDWORK_SMTP_URL"),
        ("smtp://u:secret@host:port", "a@b.test", "", "FIELDWORK_SMTP_URL"),
        ("https://u:secret@host", "a@b.test", "", "FIELDWORK_SMTP_URL"),
        ("smtp://u:secret@host", "", "", "FIELDWORK_MAIL_FROM"),
        ("smtp://u:secret@host", "a@b.test", "no domain", "FIELDWORK_SMS_GATEWAY"),
        ("", "", "sms.gateway.test", "FIELDWORK_SMTP_URL"),
    ],
)
def test_a_setting_that_is_not_understood_is_named_without_its_password(smtp_url, mail_from, sms_gateway, named):
    with pytest.raises(WrongSetting, match=named) as error:
        post.read(smtp_url, mail_from, sms_gateway)

    assert "secret" not in str(error.value)


def test_without_a_setting_nothing_leaves():
    assert post.read("", "", "").channels == ()
    assert post.read("log:", "", "log:").channels == ("email", "sms")
    assert post.read("smtps://host", "a@b.test", "").posts["email"].port == 465

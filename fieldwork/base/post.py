"""Post: how a message leaves the house. Whoever sends takes one of these; nothing else of ours writes to anybody."""

import re
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Literal, Protocol
from urllib.parse import unquote, urlsplit

import aiosmtplib
import structlog
from aiosmtplib.errors import SMTPException, SMTPResponseException
from msgspec import Struct

from fieldwork.base.clock import Clock
from fieldwork.base.errors import NotKnown, NotSent, WrongSetting

Channel = Literal["email", "sms"]
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")
DOMAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")
NUMBER = re.compile(r"\+?[0-9]{6,15}")
LOG = "log:"
SECONDS = 20.0  # for each word with the server
HERE = {"127.0.0.1", "localhost", "::1"}
REFUSED_FOR_GOOD = 500

log = structlog.get_logger()


class Post(Protocol):
    async def send(self, channel: Channel, to: str, subject: str, text: str, *, message_id: str) -> str:
        """Hand one message over and say what the provider calls it; may raise NotSent or NotKnown."""


class Mail(Struct, frozen=True):
    """E-mail through a server that speaks SMTP, over TLS unless the server is this machine."""

    host: str
    port: int
    sender: str
    tls: bool = False
    user: str = ""
    password: str = ""

    async def send(self, channel: Channel, to: str, subject: str, text: str, *, message_id: str) -> str:
        if channel != "email" or not ADDRESS.fullmatch(to):
            raise NotSent("no_address")
        letter = self._letter(to, subject, text, message_id)
        client = aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            use_tls=self.tls,
            start_tls=None if self.tls or self.host in HERE else True,
            username=self.user or None,
            password=self.password or None,
            timeout=SECONDS,
        )
        try:
            await self._hand_over(client, to, letter)
        finally:
            with suppress(SMTPException, OSError):
                await client.quit()
            client.close()
        return str(letter["Message-ID"])

    async def _hand_over(self, client: aiosmtplib.SMTP, to: str, letter: EmailMessage) -> None:
        """Until its words are under way nothing has left; from then on only the server knows what came of it."""
        try:
            await client.connect()
            await client.mail(self.sender)
        except (SMTPException, OSError) as error:
            # A wrong password or a server that is away is no fault of the message: it waits.
            raise NotSent("provider_away", for_now=True) from error
        try:
            await client.rcpt(to)
        except SMTPResponseException as error:
            raise NotSent("refused", for_now=error.code < REFUSED_FOR_GOOD) from error
        except (SMTPException, OSError) as error:
            raise NotSent("provider_away", for_now=True) from error
        try:
            await client.data(letter.as_bytes(policy=SMTP))
        except SMTPResponseException as error:
            raise NotSent("refused", for_now=error.code < REFUSED_FOR_GOOD) from error
        except (SMTPException, OSError) as error:
            raise NotKnown from error

    def _letter(self, to: str, subject: str, text: str, message_id: str) -> EmailMessage:
        letter = EmailMessage(policy=SMTP)
        letter["From"], letter["To"], letter["Subject"] = self.sender, to, subject
        letter["Date"] = format_datetime(Clock.machine())
        letter["Message-ID"] = f"<{message_id}@{self.sender.rpartition('@')[2]}>"
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(text)
        return letter


class Gateway(Struct, frozen=True):
    """Text messages, as e-mails to a provider that turns them into texts: the number stands before its domain."""

    mail: Post
    domain: str

    async def send(self, channel: Channel, to: str, subject: str, text: str, *, message_id: str) -> str:  # noqa: ARG002
        number = re.sub(r"[ ()./-]", "", to)
        if channel != "sms" or not NUMBER.fullmatch(number):
            raise NotSent("no_address")
        # What a gateway makes of a subject differs; without one there is nothing to put before the words.
        return await self.mail.send("email", f"{number}@{self.domain}", "", text, message_id=message_id)


class Log(Struct, frozen=True):
    """Nothing leaves. The log says that something would have, and neither to whom nor what."""

    async def send(self, channel: Channel, to: str, subject: str, text: str, *, message_id: str) -> str:
        log.info("a message", channel=channel, message=message_id, to=bool(to), characters=len(subject) + len(text))
        return f"{LOG}{message_id}"


class Office(Struct, frozen=True):
    """Which post takes which channel; a channel without one is not used."""

    posts: dict[str, Post]

    @property
    def channels(self) -> tuple[str, ...]:
        return tuple(self.posts)

    async def send(self, channel: Channel, to: str, subject: str, text: str, *, message_id: str) -> str:
        if channel not in self.posts:
            raise NotSent("no_provider", for_now=True)
        return await self.posts[channel].send(channel, to, subject, text, message_id=message_id)


def read(smtp_url: str, mail_from: str, sms_gateway: str) -> Office:
    """What the settings name; without any nothing leaves and everything waits."""
    posts: dict[str, Post] = {}
    if smtp_url:
        posts["email"] = Log() if smtp_url == LOG else _mail(smtp_url, mail_from)
    if sms_gateway == LOG:
        posts["sms"] = Log()
    elif sms_gateway:
        if not DOMAIN.fullmatch(sms_gateway):
            raise WrongSetting("FIELDWORK_SMS_GATEWAY names no domain. Write it as sms.example.org, or log: to try.")
        if "email" not in posts:
            raise WrongSetting("FIELDWORK_SMS_GATEWAY needs FIELDWORK_SMTP_URL: text messages leave as e-mails.")
        posts["sms"] = Gateway(posts["email"], sms_gateway)
    return Office(posts)


def _mail(smtp_url: str, mail_from: str) -> Mail:
    # The address may hold a password, so no sentence repeats it.
    try:
        parts = urlsplit(smtp_url)
        port = parts.port
    except ValueError as error:
        raise WrongSetting("FIELDWORK_SMTP_URL names no server. Write it as smtp://user:password@host:587.") from error
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise WrongSetting("FIELDWORK_SMTP_URL names no server. Write it as smtp://user:password@host:587.")
    if not ADDRESS.fullmatch(mail_from):
        raise WrongSetting("FIELDWORK_MAIL_FROM is no e-mail address. It is the one that families see as the sender.")
    tls = parts.scheme == "smtps"
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Mail(parts.hostname, port or (465 if tls else 587), mail_from, tls, user, password)

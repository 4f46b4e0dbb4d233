"""The protocol: what the study declares about itself, in one TOML file."""

from datetime import date
from hashlib import sha256
from typing import Literal

import msgspec
from msgspec import Struct, field

from consent.agreements import Agreement
from consent.forms import Form
from consent.purposes import Purpose, Step, Whose
from fieldwork.study.closing import ClosingList
from fieldwork.study.errors import ProtocolUnreadable
from fieldwork.study.readings import Reading
from fieldwork.study.texts import Messages
from questionnaires.definitions import About, Respondent
from scheduler.limits import Limits
from scheduler.windows import Days, Span, Weeks

REFERRAL = "referral"  # in the place of a wave: the window counts from the day a family was referred
# Whom one rings when somebody is in danger now, by the nation a site lies in; a protocol may say otherwise.
EMERGENCY = {"england": "999", "wales": "999", "scotland": "999", "northern_ireland": "999"}
SAY = (
    "I am glad you told me. It is not your fault.",
    "I have to tell somebody whose work it is to help. I will say to whom, and what happens next.",
)
NEVER = (
    "Never promise to keep it a secret, nor that everything will be all right.",
    "Do not ask for more than you need to know who is in danger, and do not confront anybody.",
)


class StrictStruct(Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Approval(StrictStruct, frozen=True):
    body: str
    since: date
    until: date


class Site(StrictStruct, frozen=True):
    code: str
    name: str
    grouping: str
    nation: str = "england"
    approvals: tuple[Approval, ...] = ()
    agreements: tuple[Agreement, ...] = ()


class Cohort(StrictStruct, frozen=True):
    code: str
    title: str
    referred_from: date
    referred_to: date
    target: int = 0
    criteria: tuple[str, ...] = ()


class LateTelephone(StrictStruct, frozen=True):
    """What is still asked when a family that was found again late is interviewed by telephone."""

    after: Literal["aim", "window"]
    questionnaires: tuple[str, ...]


class Wave(StrictStruct, frozen=True):
    """A time families are interviewed; its window counts from an earlier wave, or from the day of the referral."""

    code: str
    title: str
    anchor: str | None = None
    anchor_missed: Literal["wait", "ideal"] = "wait"
    unit: Literal["weeks", "days"] = "weeks"
    opens: int | None = None
    aim_from: int | None = None
    aim_to: int | None = None
    closes: int | None = None
    late_telephone: LateTelephone | None = None

    @property
    def span(self) -> Span | None:
        if self.opens is None or self.aim_from is None or self.aim_to is None or self.closes is None:
            return None
        kind = Weeks if self.unit == "weeks" else Days
        return kind(self.opens, self.aim_from, self.aim_to, self.closes)

    @property
    def begins(self) -> bool:
        """Whether it is awaited as soon as a family is handed over."""
        return self.anchor in (None, REFERRAL)


class Asking(StrictStruct, frozen=True):
    wave: str
    questionnaire: str
    version: str
    respondent: Respondent
    about: About
    ages: tuple[int, int] | None = None
    reading: Reading | None = None

    @property
    def is_teams(self) -> bool:
        """What the team reads or codes by itself."""
        return self.respondent is Respondent.RESEARCHER


class Telling(StrictStruct, frozen=True):
    """How families hear of the study before their names are handed over, and how long they have to object."""

    ways: tuple[str, ...] = ("agreeing", "not_objecting")
    objection_days: int = 14


class Public(StrictStruct, frozen=True):
    """What families read on their pages: neutral words that tell a stranger nothing about them."""

    title: str
    asked_by: str
    telephone: str


class Safeguarding(StrictStruct, frozen=True):
    """Whom the team rings at once with a worry about somebody, and what it agreed to do and to say then."""

    who: str
    phone: str
    out_of_hours: str
    agreed: tuple[str, ...]
    say: tuple[str, ...] = SAY
    never: tuple[str, ...] = NEVER


class StopCard(Struct, frozen=True):
    """What a researcher needs in the moment of a worry; `named` is None where the study has named nobody."""

    emergency: str
    named: Safeguarding | None
    say: tuple[str, ...]
    never: tuple[str, ...]


class Device(StrictStruct, frozen=True):
    """What may be taken along to hold visits without a line: how many families at most, and for how many days."""

    families: int = 6
    days: int = 3


class Noticing(StrictStruct, frozen=True):
    """What a researcher notes with one touch while somebody answers."""

    tags: tuple[str, ...] = ("hesitated", "upset", "child listened", "did not understand")


class Reasons(StrictStruct, frozen=True):
    """Coded reasons, each with the words on the screen."""

    excluded: dict[str, str]
    outside: dict[str, str]
    lost: dict[str, str]


class Protocol(StrictStruct, frozen=True):
    code: str
    title: str
    time_zone: str
    groupings: dict[str, str]
    sites: tuple[Site, ...]
    cohorts: tuple[Cohort, ...]
    waves: tuple[Wave, ...]
    asking: tuple[Asking, ...]
    steps: dict[str, dict[Step, dict[Purpose, Whose]]]
    reasons: Reasons
    public: Public
    forms: tuple[Form, ...]
    telling: Telling = Telling()
    safeguarding: Safeguarding | None = None
    device: Device = Device()
    notes: Noticing = Noticing()
    messages: Messages = Messages()
    attempts: Limits = Limits()
    closing_list: ClosingList = ClosingList()
    emergency: dict[str, str] = field(default_factory=lambda: dict(EMERGENCY))

    def wave(self, code: str) -> Wave:
        return next(wave for wave in self.waves if wave.code == code)

    def stop_card(self, nation: str) -> StopCard:
        named = self.safeguarding
        return StopCard(self.emergency[nation], named, named.say if named else SAY, named.never if named else NEVER)


def read(text: str) -> Protocol:
    """The protocol in a TOML text. What is no TOML or has the wrong shape is refused with its place."""
    try:
        return msgspec.toml.decode(text, type=Protocol)
    except msgspec.ValidationError as error:
        sentence, _, place = str(error).partition(" - at `$")
        raise ProtocolUnreadable(f"{place.strip('`.') or 'the file'}: {sentence}.") from error
    except msgspec.DecodeError as error:
        raise ProtocolUnreadable(f"This is not TOML: {error}.") from error
    except RecursionError as error:
        raise ProtocolUnreadable("This is not TOML we can read: too many brackets stand inside one another.") from error


def kept(text: str) -> Protocol:
    """The protocol as the study keeps it; one from an older release may lack what this one needs."""
    try:
        return msgspec.json.decode(text, type=Protocol)
    except msgspec.ValidationError as error:
        raise ProtocolUnreadable(f"It was applied by an older release: apply it again. {error}.") from error


def content_hash(protocol: Protocol) -> str:
    return sha256(msgspec.json.encode(protocol, order="sorted")).hexdigest()

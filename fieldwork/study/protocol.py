"""The protocol: what the study declares about itself, in one TOML file."""

from datetime import date
from hashlib import sha256

import msgspec
from msgspec import Struct

from consent.forms import Form
from consent.purposes import Purpose, Step, Whose
from fieldwork.study.errors import ProtocolUnreadable
from questionnaires.definitions import About, Respondent
from scheduler.windows import Weeks


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


class Cohort(StrictStruct, frozen=True):
    code: str
    title: str
    referred_from: date
    referred_to: date
    target: int = 0
    criteria: tuple[str, ...] = ()


class Wave(StrictStruct, frozen=True):
    code: str
    title: str
    anchor: str | None = None
    opens: int | None = None
    aim_from: int | None = None
    aim_to: int | None = None
    closes: int | None = None

    @property
    def weeks(self) -> Weeks | None:
        if self.opens is None or self.aim_from is None or self.aim_to is None or self.closes is None:
            return None
        return Weeks(self.opens, self.aim_from, self.aim_to, self.closes)


class Asking(StrictStruct, frozen=True):
    wave: str
    questionnaire: str
    version: str
    respondent: Respondent
    about: About
    ages: tuple[int, int] | None = None


class Telling(StrictStruct, frozen=True):
    """How families hear of the study before their names are handed over, and how long they have to object."""

    ways: tuple[str, ...] = ("agreeing", "not_objecting")
    objection_days: int = 14


class Public(StrictStruct, frozen=True):
    """What families read on their pages: neutral words that tell a stranger nothing about them."""

    title: str
    asked_by: str
    telephone: str


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

    def wave(self, code: str) -> Wave:
        return next(wave for wave in self.waves if wave.code == code)

    def following(self, code: str) -> list[Wave]:
        return [wave for wave in self.waves if wave.anchor == code]


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

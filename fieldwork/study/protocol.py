"""The protocol: what the study declares about itself, in one TOML file, and everything that can be wrong with it."""

from collections.abc import Iterator
from datetime import date
from hashlib import sha256

import msgspec
from msgspec import Struct

from consent.forms import Form
from consent.purposes import Purpose, Step, Whose
from fieldwork.study.errors import ProtocolUnreadable
from questionnaires import shelf
from questionnaires.definitions import About, Respondent
from questionnaires.errors import UnknownQuestionnaire
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


class Fault(Struct, frozen=True):
    place: str
    sentence: str


def read(text: str) -> Protocol:
    """The protocol in a TOML text. What is no TOML or has the wrong shape is refused with its place."""
    try:
        return msgspec.toml.decode(text, type=Protocol)
    except msgspec.ValidationError as error:
        sentence, _, place = str(error).partition(" - at `$")
        raise ProtocolUnreadable(f"{place.strip('`.') or 'the file'}: {sentence}.") from error
    except msgspec.DecodeError as error:
        raise ProtocolUnreadable(f"This is not TOML: {error}.") from error


def kept(text: str) -> Protocol:
    """The protocol as the study keeps it; one from an older release may lack what this one needs."""
    try:
        return msgspec.json.decode(text, type=Protocol)
    except msgspec.ValidationError as error:
        raise ProtocolUnreadable(f"It was applied by an older release: apply it again. {error}.") from error


def content_hash(protocol: Protocol) -> str:
    return sha256(msgspec.json.encode(protocol, order="sorted")).hexdigest()


def faults(protocol: Protocol) -> list[Fault]:
    """Everything that is wrong, not only the first of it."""
    return [
        *_doubles(protocol),
        *_sites(protocol),
        *_cohorts(protocol),
        *_waves(protocol),
        *_forms(protocol),
        *_asking(protocol),
        *_steps(protocol),
    ]


def _doubles(protocol: Protocol) -> Iterator[Fault]:
    for name, things in (("sites", protocol.sites), ("cohorts", protocol.cohorts), ("waves", protocol.waves)):
        codes = [thing.code for thing in things]
        if not codes:
            yield Fault(name, f"The study needs at least one of its {name}.")
        for code in sorted({code for code in codes if codes.count(code) > 1}):
            yield Fault(f"{name}.{code}", "This code stands here twice. Give each its own.")


def _sites(protocol: Protocol) -> Iterator[Fault]:
    for site in protocol.sites:
        if site.grouping not in protocol.groupings:
            yield Fault(f"sites.{site.code}.grouping", f"“{site.grouping}” is none of the groupings declared above.")
        if site.nation not in {"england", "wales", "scotland", "northern_ireland"}:
            yield Fault(f"sites.{site.code}.nation", f"“{site.nation}” is no nation we know rules of consent for.")
        for approval in site.approvals:
            if approval.until < approval.since:
                yield Fault(f"sites.{site.code}.approvals", f"The approval of {approval.body} ends before it begins.")


def _cohorts(protocol: Protocol) -> Iterator[Fault]:
    for cohort in protocol.cohorts:
        if cohort.referred_to < cohort.referred_from:
            yield Fault(f"cohorts.{cohort.code}", "The last day of referral is before the first.")
        for other in protocol.cohorts:
            overlaps = cohort.referred_from <= other.referred_to and other.referred_from <= cohort.referred_to
            if cohort.code < other.code and overlaps:
                yield Fault(
                    f"cohorts.{other.code}", f"Its days of referral overlap with those of cohort {cohort.code}."
                )


def _waves(protocol: Protocol) -> Iterator[Fault]:
    earlier: set[str] = set()
    for wave in protocol.waves:
        place = f"waves.{wave.code}"
        weeks = [wave.opens, wave.aim_from, wave.aim_to, wave.closes]
        known = [week for week in weeks if week is not None]
        if wave.anchor is not None and wave.anchor not in earlier:
            yield Fault(f"{place}.anchor", f"“{wave.anchor}” is no wave declared before this one.")
        if (wave.anchor is None) != (not known) or 0 < len(known) < len(weeks):
            yield Fault(
                place, "A wave with an anchor needs opens, aim_from, aim_to and closes; one without has none of them."
            )
        if known != sorted(known):
            yield Fault(place, "The weeks must be in order: opens, aim_from, aim_to, closes.")
        earlier.add(wave.code)


def _forms(protocol: Protocol) -> Iterator[Fault]:
    asked = {form.purpose for form in protocol.forms if form.language == "en"}
    for form in protocol.forms:
        if not any((f.purpose, f.version, f.language) == (form.purpose, form.version, "en") for f in protocol.forms):
            yield Fault(f"forms.{form.purpose}", f"Version {form.version} has no words in the study's language.")
    for purpose in Purpose:
        if purpose not in asked:
            yield Fault(f"forms.{purpose}", "Say the words families are asked with for this purpose.")


def _asking(protocol: Protocol) -> Iterator[Fault]:
    waves = {wave.code for wave in protocol.waves}
    for number, asking in enumerate(protocol.asking, start=1):
        place = f"asking.{number}"
        if asking.wave not in waves:
            yield Fault(f"{place}.wave", f"“{asking.wave}” is none of the waves.")
        if asking.ages and asking.ages[1] < asking.ages[0]:
            yield Fault(f"{place}.ages", "The oldest age is below the youngest.")
        try:
            shelf.load(asking.questionnaire, asking.version)
        except UnknownQuestionnaire as error:
            yield Fault(f"{place}.questionnaire", str(error))


def _steps(protocol: Protocol) -> Iterator[Fault]:
    for wave in protocol.waves:
        declared = protocol.steps.get(wave.code, {})
        if any(whose is not Whose.RESPONDENT for whose in declared.get(Step.LINK, {}).values()):
            place = f"steps.{wave.code}.{Step.LINK}"
            yield Fault(place, "A link stands on its respondent's own permissions: it can't see anybody else's.")
        for step in Step:
            if not declared.get(step):
                yield Fault(
                    f"steps.{wave.code}.{step}",
                    "Say which permission this step stands on; without one it stays closed.",
                )
    for code in protocol.steps:
        if code not in {wave.code for wave in protocol.waves}:
            yield Fault(f"steps.{code}", "This is none of the waves.")

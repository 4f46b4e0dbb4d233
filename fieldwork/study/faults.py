"""Faults: everything that can be wrong with a protocol, each with its place in the file (pure)."""

import re
from collections.abc import Iterable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from consent import agreements
from consent.purposes import Purpose, Step, Whose
from fieldwork.study import closing, readings, texts
from fieldwork.study.errors import ProtocolFaulty
from fieldwork.study.protocol import EMERGENCY, REFERRAL, Asking, Protocol, Safeguarding, Wave
from questionnaires import shelf
from questionnaires.definitions import About, Questionnaire
from questionnaires.errors import UnknownQuestionnaire

# Codes stand in addresses and at the end of variables' names, of which Stata takes 32 characters.
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,19}")
WAYS = {"agreeing", "not_objecting"}
NATIONS = set(EMERGENCY)
TELEPHONE = re.compile(r"\+?[0-9][0-9 ()-]{1,23}")
A_HUNDRED_YEARS = {"weeks": 5200, "days": 36400}
LONGEST_BODY = 200
LONGEST_TAG, MOST_TAGS = 30, 12  # what fits under a thumb
LONGEST_LINE = 300  # of what has to be read in a moment


class Fault(Struct, frozen=True):
    place: str
    sentence: str


def of(protocol: Protocol) -> list[Fault]:
    """Everything that is wrong, not only the first of it."""
    return [
        *_texts("", msgspec.to_builtins(protocol)),
        *_study(protocol),
        *_codes(protocol),
        *_sites(protocol),
        *_cohorts(protocol),
        *_waves(protocol),
        *_forms(protocol),
        *_asking(protocol),
        *_steps(protocol),
        *_concern(protocol),
        *_notes(protocol),
        *_messages(protocol),
        *_attempts(protocol),
        *(Fault(place, sentence) for place, sentence in closing.faults(protocol.closing_list)),
    ]


def refuse(protocol: Protocol) -> None:
    """A protocol without a fault, or all its faults, a line each."""
    found = of(protocol)
    if found:
        raise ProtocolFaulty("\n".join(f"{fault.place}: {fault.sentence}" for fault in found))


def _texts(place: str, held: Any) -> Iterator[Fault]:
    """Every text and every name of a table says something, in characters the database can keep."""
    if isinstance(held, str) and not held.strip():
        yield Fault(place, "Nothing stands here. Say something, or leave the line out.")
    if isinstance(held, str) and "\0" in held:
        yield Fault(place, "There is a character here that no text can hold (U+0000).")
    inside: Iterable[tuple[Any, Any]] = ()
    if isinstance(held, dict):
        inside = held.items()
    elif isinstance(held, list | tuple):
        inside = enumerate(held, start=1)
    for name, value in inside:
        here = f"{place}.{name}".lstrip(".")
        yield from _texts(here, value)
        if isinstance(name, str) and (not name.strip() or "\0" in name):
            yield Fault(here or place, "This name can't be kept. Use letters.")


def _study(protocol: Protocol) -> Iterator[Fault]:
    if not _is_zone(protocol.time_zone):
        yield Fault("time_zone", f"“{protocol.time_zone}” is no time zone we know. Write it as Europe/London.")
    yield from _between("telling.objection_days", protocol.telling.objection_days, 0, 365)
    yield from _between("device.families", protocol.device.families, 1, 20)
    yield from _between("device.days", protocol.device.days, 1, 7)
    if not protocol.telling.ways or not set(protocol.telling.ways) <= WAYS:
        yield Fault("telling.ways", "Families hear of the study by agreeing, not_objecting or both.")


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (LookupError, OSError, ValueError):
        return False
    return True


def _codes(protocol: Protocol) -> Iterator[Fault]:
    if not CODE.fullmatch(protocol.code):
        yield Fault("code", _unfit(protocol.code))
    for name, things in (("sites", protocol.sites), ("cohorts", protocol.cohorts), ("waves", protocol.waves)):
        codes = [thing.code for thing in things]
        if not codes:
            yield Fault(name, f"The study needs at least one of its {name}.")
        for number, code in enumerate(codes, start=1):
            if not CODE.fullmatch(code):
                yield Fault(f"{name}.{number}.code", _unfit(code))
        for code in _doubled(codes):
            yield Fault(f"{name}.{code}", "This code stands here twice. Give each its own.")


def _unfit(code: str) -> str:
    return f"“{code[:40]}” is no code. Use up to 20 plain letters, digits and _ . + -, a letter or digit first."


def _sites(protocol: Protocol) -> Iterator[Fault]:
    for site in protocol.sites:
        place = f"sites.{site.code}"
        if site.grouping not in protocol.groupings:
            yield Fault(f"{place}.grouping", f"“{site.grouping}” is none of the groupings declared above.")
        if site.nation not in NATIONS:
            yield Fault(f"{place}.nation", f"“{site.nation}” is no nation we know rules of consent for.")
        for approval in site.approvals:
            if approval.until < approval.since:
                yield Fault(f"{place}.approvals", f"The approval of {approval.body[:40]} ends before it begins.")
            if len(approval.body) > LONGEST_BODY:
                yield Fault(f"{place}.approvals", f"The name of a body has at most {LONGEST_BODY} characters.")
        for body in _doubled([approval.body for approval in site.approvals]):
            yield Fault(f"{place}.approvals", f"{body[:40]} stands here twice. Say once from when until when.")
        for sentence in agreements.faults(site.agreements):
            yield Fault(f"{place}.agreements", sentence)


def _cohorts(protocol: Protocol) -> Iterator[Fault]:
    for number, cohort in enumerate(protocol.cohorts):
        place = f"cohorts.{cohort.code}"
        yield from _between(f"{place}.target", cohort.target, 0, 10_000_000)
        if cohort.referred_to < cohort.referred_from:
            yield Fault(place, "The last day of referral is before the first.")
        for other in protocol.cohorts[:number]:
            if cohort.referred_from <= other.referred_to and other.referred_from <= cohort.referred_to:
                yield Fault(place, f"Its days of referral overlap with those of cohort {other.code}.")


def _waves(protocol: Protocol) -> Iterator[Fault]:
    earlier: dict[str, Wave] = {}
    for wave in protocol.waves:
        place = f"waves.{wave.code}"
        if wave.code == REFERRAL:
            yield Fault(f"{place}.code", "As an anchor this word means the day of the referral. Give it another code.")
        if wave.anchor not in (None, REFERRAL, *earlier):
            yield Fault(f"{place}.anchor", f"“{wave.anchor}” is no wave declared before this one.")
        yield from _window(place, wave)
        anchor = earlier.get(wave.anchor or "")
        if wave.anchor_missed == "ideal" and (anchor is None or anchor.span is None):
            yield Fault(
                f"{place}.anchor_missed", "Only a wave with a window of its own has an ideal day to count from."
            )
        yield from _late(protocol, wave)
        earlier[wave.code] = wave


def _window(place: str, wave: Wave) -> Iterator[Fault]:
    ends = {"opens": wave.opens, "aim_from": wave.aim_from, "aim_to": wave.aim_to, "closes": wave.closes}
    known = [end for end in ends.values() if end is not None]
    if (wave.anchor is None) != (not known) or 0 < len(known) < len(ends):
        yield Fault(
            place, "A wave with an anchor needs opens, aim_from, aim_to and closes; one without has none of them."
        )
    if known != sorted(known):
        yield Fault(place, f"The {wave.unit} must be in order: opens, aim_from, aim_to, closes.")
    for name, end in ends.items():
        yield from _between(f"{place}.{name}", end or 0, 0, A_HUNDRED_YEARS[wave.unit])


def _late(protocol: Protocol, wave: Wave) -> Iterator[Fault]:
    """A short form asks some of what the wave asks, and only a window can be late."""
    place, late = f"waves.{wave.code}.late_telephone", wave.late_telephone
    if late is None:
        return
    if wave.anchor is None:
        yield Fault(place, "Without a window nothing is late. Give the wave an anchor, or leave this out.")
    asked = {asking.questionnaire for asking in protocol.asking if asking.wave == wave.code}
    for code in late.questionnaires:
        if code not in asked:
            yield Fault(f"{place}.questionnaires", f"“{code[:40]}” is not asked at {wave.code}.")
    for code in _doubled(list(late.questionnaires)):
        yield Fault(f"{place}.questionnaires", f"“{code[:40]}” stands here twice.")


def _forms(protocol: Protocol) -> Iterator[Fault]:
    said = [(form.purpose, form.version, form.language) for form in protocol.forms]
    for number, form in enumerate(protocol.forms, start=1):
        yield from _between(f"forms.{number}.version", form.version, 1, 9999)
        if not CODE.fullmatch(form.language):
            yield Fault(f"forms.{number}.language", f"“{form.language[:40]}” is no language. Write it as en or cy.")
        if (form.purpose, form.version, "en") not in said:
            yield Fault(f"forms.{form.purpose}", f"Version {form.version} has no words in the study's language.")
    for purpose, version, language in _doubled(said):
        yield Fault(f"forms.{purpose}", f"Version {version} ({language}) stands here twice. Keep one of them.")
    for purpose in Purpose:
        if not any(form.purpose is purpose and form.language == "en" for form in protocol.forms):
            yield Fault(f"forms.{purpose}", "Say the words families are asked with for this purpose.")


def _asking(protocol: Protocol) -> Iterator[Fault]:
    waves = {wave.code for wave in protocol.waves}
    asked: list[tuple[str, ...]] = []
    for number, asking in enumerate(protocol.asking, start=1):
        place = f"asking.{number}"
        if asking.wave not in waves:
            yield Fault(f"{place}.wave", f"“{asking.wave}” is none of the waves.")
        for age in asking.ages or ():
            yield from _between(f"{place}.ages", age, 0, 120)
        if asking.ages and asking.ages[1] < asking.ages[0]:
            yield Fault(f"{place}.ages", "The oldest age is below the youngest.")
        asks = (asking.wave, asking.questionnaire, asking.version, asking.respondent, asking.about)
        if asks in asked:
            yield Fault(place, f"This is asked already in asking.{asked.index(asks) + 1}. Keep one of them.")
        asked.append(asks)
        try:
            definition = shelf.load(asking.questionnaire, asking.version)
        except UnknownQuestionnaire as error:
            yield Fault(f"{place}.questionnaire", str(error))
        else:
            yield from _reading(protocol, asking, definition, f"{place}.reading")
    for wave, code in _doubled([(each.wave, each.questionnaire) for each in protocol.asking if each.is_teams]):
        yield Fault(
            "asking", f"{code} stands twice at {wave}. Keep one of them: its reading says how much is read twice."
        )


def _reading(protocol: Protocol, asking: Asking, definition: Questionnaire, place: str) -> Iterator[Fault]:
    of_wave = {each.questionnaire: each.version for each in protocol.asking if each.wave == asking.wave}
    for name, sentence in readings.faults(asking.reading, definition, of_wave) if asking.reading else ():
        yield Fault(f"{place}.{name}", sentence)


def _steps(protocol: Protocol) -> Iterator[Fault]:
    for wave in protocol.waves:
        declared = protocol.steps.get(wave.code, {})
        if any(whose is not Whose.RESPONDENT for whose in declared.get(Step.LINK, {}).values()):
            place = f"steps.{wave.code}.{Step.LINK}"
            yield Fault(place, "A link stands on its respondent's own permissions: it can't see anybody else's.")
        looked_up = any((each.wave, each.about) == (wave.code, About.RECORDS) for each in protocol.asking)
        for step in Step:
            if not declared.get(step) and (looked_up or step is not Step.FOLLOW):
                yield Fault(
                    f"steps.{wave.code}.{step}",
                    "Say which permission this step stands on; without one it stays closed.",
                )
    for code in protocol.steps:
        if code not in {wave.code for wave in protocol.waves}:
            yield Fault(f"steps.{code}", "This is none of the waves.")


def _concern(protocol: Protocol) -> Iterator[Fault]:
    """What stands on the card for a worry must be right when it is needed: nobody looks it up then."""
    for nation in sorted({site.nation for site in protocol.sites} - set(protocol.emergency)):
        yield Fault("emergency", f"Say which number is rung in an emergency in {nation.replace('_', ' ')[:40]}.")
    for nation in sorted(set(protocol.emergency) - NATIONS):
        yield Fault(f"emergency.{nation}", "This is no nation we know rules of consent for.")
    numbers = {f"emergency.{nation}": number for nation, number in protocol.emergency.items()}
    if protocol.safeguarding is not None:
        numbers["safeguarding.phone"] = protocol.safeguarding.phone
        yield from _card(protocol.safeguarding)
    for place, number in numbers.items():
        if not TELEPHONE.fullmatch(number):
            yield Fault(place, f"“{number[:40]}” is no number that can be rung. Write it as 0808 157 0123.")


def _card(named: Safeguarding) -> Iterator[Fault]:
    for name, said in msgspec.structs.asdict(named).items():
        lines = [said] if isinstance(said, str) else said
        if not lines:
            yield Fault(f"safeguarding.{name}", "Say at least one thing, in plain words.")
        if any(len(line) > LONGEST_LINE for line in lines):
            yield Fault(f"safeguarding.{name}", f"This is read in a moment of worry: {LONGEST_LINE} characters a line.")


def _notes(protocol: Protocol) -> Iterator[Fault]:
    tags = protocol.notes.tags
    if len(tags) > MOST_TAGS or any(len(tag) > LONGEST_TAG for tag in tags):
        yield Fault("notes.tags", f"At most {MOST_TAGS} tags of {LONGEST_TAG} characters each fit beside a question.")
    for tag in _doubled(list(tags)):
        yield Fault("notes.tags", f"“{tag[:40]}” stands here twice.")


def _messages(protocol: Protocol) -> Iterator[Fault]:
    for number, text in enumerate(protocol.messages.texts, start=1):
        if not CODE.fullmatch(text.language):
            yield Fault(f"messages.texts.{number}.language", f"“{text.language[:40]}” is no language. Write en or cy.")
    for place, sentence in texts.faults(protocol.messages, msgspec.structs.asdict(protocol.public)):
        yield Fault(place, sentence)


def _attempts(protocol: Protocol) -> Iterator[Fault]:
    limits = protocol.attempts
    yield from _between("attempts.per_week", limits.per_week, 1, 14)
    yield from _between("attempts.in_all", limits.in_all, 1, 100)
    yield from _between("attempts.days_before", limits.days_before, 0, 365)
    if limits.in_all < limits.per_week:
        yield Fault("attempts.in_all", "In all a family is tried at least as often as in one week.")


def _between(place: str, number: int, low: int, high: int) -> Iterator[Fault]:
    if not low <= number <= high:
        yield Fault(place, f"This lies between {low} and {high}.")


def _doubled(things: list[Any]) -> list[Any]:
    return sorted({thing for thing in things if things.count(thing) > 1})

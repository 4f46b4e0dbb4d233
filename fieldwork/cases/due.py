"""What is due: who of a family answers which questionnaire about whom at a wave (pure)."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from msgspec import Struct

from fieldwork.people.persons import Person
from fieldwork.study.protocol import Asking, LateTelephone, Protocol
from questionnaires.definitions import About, Respondent
from scheduler.appointments import Place
from scheduler.windows import Window

OF_THE_TEAM = {About.FILE: "The case file", About.RECORDS: "What the records say"}


class Due(Struct, frozen=True):
    questionnaire: str
    version: str
    respondent: Respondent
    respondent_id: UUID
    subject_kind: str
    subject_id: UUID
    label: str


def at(
    protocol: Protocol,
    wave: str,
    persons: list[Person],
    *,
    reader: UUID,
    on: date,
    short: bool = False,
    begun: Collection[tuple[str, str]] = (),
) -> list[Due]:
    """All the protocol asks at this wave, or its short form and what was begun; ages are the subject's on that day."""
    late = protocol.wave(wave).late_telephone if short else None
    found: list[Due] = []
    for asking in protocol.asking:
        if asking.wave == wave and (late is None or _stays(asking, late, begun)):
            found += _for_asking(asking, persons, reader, on)
    return found


def is_short(protocol: Protocol, wave: str, window: Window | None, *, mode: str | None, on: date) -> bool:
    """Whether a family that was found again late and is met by telephone is asked the short form."""
    late = protocol.wave(wave).late_telephone
    if late is None or window is None or mode != Place.TELEPHONE:
        return False
    return on > (window.aim_to if late.after == "aim" else window.closes)


def _stays(asking: Asking, late: LateTelephone, begun: Collection[tuple[str, str]]) -> bool:
    """What the team reads and codes by itself does not depend on how long a conversation may be."""
    own = asking.respondent is Respondent.RESEARCHER
    return own or asking.questionnaire in late.questionnaires or (asking.questionnaire, asking.version) in begun


def _for_asking(asking: Asking, persons: list[Person], reader: UUID, on: date) -> list[Due]:
    parents = [person for person in persons if person.role == "parent"]
    children = [person for person in persons if person.role == "child"]
    if asking.respondent is Respondent.RESEARCHER:
        about = OF_THE_TEAM.get(asking.about, "Codes of what was said")
        return [_due(asking, reader, persons[0].family_id, about)] if persons else []
    respondents = parents if asking.respondent is Respondent.PARENT else [c for c in children if _fits(asking, c, on)]
    if asking.about is About.CHILD:
        return [
            _due(asking, parent.person_id, child.person_id, f"{parent.label} about {child.label.lower()}")
            for parent in respondents
            for child in children
            if _fits(asking, child, on)
        ]
    if asking.about is About.FAMILY:
        return [
            _due(asking, person.person_id, person.family_id, f"{person.label} about the family")
            for person in respondents
        ]
    return [_due(asking, person.person_id, person.person_id, person.label) for person in respondents]


def _due(asking: Asking, respondent_id: UUID, subject_id: UUID, label: str) -> Due:
    return Due(asking.questionnaire, asking.version, asking.respondent, respondent_id, asking.about, subject_id, label)


def _fits(asking: Asking, subject: Person, on: date) -> bool:
    if asking.ages is None:
        return True
    age = subject.age_on(on)
    return age is not None and asking.ages[0] <= age <= asking.ages[1]

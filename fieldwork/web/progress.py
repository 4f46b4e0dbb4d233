"""Progress: what a visit asks of each person, and how far each questionnaire has come (pure)."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from fieldwork.cases.due import Due
from fieldwork.people.persons import Person
from fieldwork.web import asking, drawing, opened
from questionnaires import answers, flow, openings, prefills
from questionnaires.administrations import Administration
from questionnaires.definitions import Questionnaire

Definitions = Mapping[tuple[str, str], Questionnaire]


class Asked(Struct, frozen=True):
    """One questionnaire for one person about somebody; `held` once it was begun, with how much of it is answered."""

    due: Due
    held: Administration | None
    administration_id: UUID
    answered: int = 0
    questions: int = 0


class Group(Struct, frozen=True):
    """What one person is asked; without a person, what the team fills in by itself."""

    person: Person | None
    asked: list[Asked]


def groups(asked: Iterable[Asked], people: list[Person], here: Collection[UUID]) -> list[Group]:
    """Whoever is here comes first; the team's own come last."""
    found: dict[UUID, list[Asked]] = {}
    for each in asked:
        found.setdefault(each.due.respondent_id, []).append(each)
    ordered = sorted(people, key=lambda person: (person.person_id not in here, person.position))
    made = [Group(person, found.pop(person.person_id, [])) for person in ordered]
    return [*made, *(Group(None, own) for own in found.values())]


def of(
    due: Due, every: list[Administration], definitions: Definitions, *, family_id: UUID, wave: str, now: datetime
) -> Asked:
    """Whether it was begun, and of the questions that apply now, how many have an answer."""
    coming = openings.id_of(family_id, wave, due.questionnaire, due.respondent_id, due.subject_kind, due.subject_id)
    whose = (due.questionnaire, due.respondent_id, due.subject_id)
    held = next((a for a in every if (a.wave, a.questionnaire, a.respondent_id, a.subject_id) == (wave, *whose)), None)
    if held is None:
        return Asked(due, None, coming)
    if held.state != "open":
        return Asked(due, held, held.administration_id)
    definition = definitions[held.questionnaire, held.version]
    earlier = _earlier(held, definition, every)
    standing = flow.standing(definition, opened.given(held), today=held.held_on, now=now, earlier=earlier)
    left = asking.unanswered(definition, standing)
    places = [place for place in opened.given(held) if place in standing.relevant and place not in left]
    answered = sum(drawing.is_typed(answers.find(definition, place)) for place in places)
    return Asked(due, held, held.administration_id, answered, answered + len(left))


def _earlier(held: Administration, definition: Questionnaire, every: list[Administration]) -> dict[str, Any]:
    """What the same person said before about the same subject, which a condition may ask for."""
    if held.mode == "link":
        return {}
    said = {
        (a.questionnaire, a.wave): a.answers
        for a in every
        if (a.respondent_id, a.subject_kind, a.subject_id) == (held.respondent_id, held.subject_kind, held.subject_id)
    }
    return prefills.recalled(definition, said)

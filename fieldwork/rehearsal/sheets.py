"""Sheets: which questionnaires were filled in at one moment, by whom, about whom, with which answers."""

from collections.abc import Iterator
from random import Random
from typing import Any

from msgspec import Struct, structs

from fieldwork.rehearsal import figures
from fieldwork.rehearsal.stories import Answers, Goal, Missing, Reading, Record, Story, Visit
from questionnaires import shelf
from questionnaires.definitions import About, Item, SelectOne

FIRST_PARENT = "parent1"
RESEARCHER = "researcher"
FAMILY = "family"
NOT_ASKED = {"missing": "not_asked"}
UNDERSTANDING = ("understand_why", "agree_changes", "discussed_goals", "worker_knows_my_goals", "agree_worker_goals")
VERSIONS = {"su5": "report-table3", "pms": "ps1978", "lsns6": "lsns6"}
GOOD_DAYS = (
    "We make pancakes and everybody is in a good mood.",
    "Nobody shouts.",
    "My cousins come over and we are outside till tea.",
    "Mum picks me up and we go the long way home.",
    "I get to feed the dog and stay up a bit.",
    "It is quiet and I can draw.",
)
TO_TELL = (
    "That I want to stay at my school.",
    "To come when I am there, not only when I am out.",
    "That we are doing all right.",
    "That my little brother gets scared at night.",
)


class Sheet(Struct, frozen=True):
    """One questionnaire; respondent and subject by their keys in the family."""

    code: str
    mode: str
    values: dict[str, Any]
    respondent: str = FIRST_PARENT
    about: About = About.FAMILY
    subject: str = FAMILY
    version: str = "1"


def of_interview(story: Story, visit: Visit, answers: Answers) -> Iterator[Sheet]:
    """What was asked that day, in the order of the conversation; the measures come back on paper."""
    yield from _conversation(story, visit) if visit.wave == "T1" else _looking_back(story.goal, visit, answers)
    future = answers.future if isinstance(answers.future, int) else {"missing": answers.future}
    yield Sheet("future", visit.mode, {"famscale": future})
    agreed = {f"su{n}": answers.understanding[item] for n, item in enumerate(UNDERSTANDING, 1)}
    yield Sheet("su5", "paper", agreed, version=VERSIONS["su5"])
    for code, items in (("pms", answers.mastery), ("lsns6", answers.network)):
        if items:
            values = {item: _ticked(value) for item, value in items.items()}
            yield Sheet(code, "paper", values, about=About.SELF, subject=FIRST_PARENT, version=VERSIONS[code])
    for form in answers.strengths:
        yield Sheet("sdq", "paper", form.items, about=About.CHILD, subject=form.about, version=form.form)
    for child in visit.children_seen:
        yield Sheet("talk_child", visit.mode, _talk(story, visit, child), child, About.SELF, child)


def _ticked(value: int | Missing) -> Any:
    return value if isinstance(value, int) else {"missing": value}


def _conversation(story: Story, visit: Visit) -> Iterator[Sheet]:
    at_home = sum(person.role != "parent" for person in story.persons)
    said = {"first_meetings": story.goal.progress} if story.goal.progress else {}
    yield Sheet("interview_t1", visit.mode, {"children_at_home": at_home} | said)
    goal = {"goal": story.goal.goal_t1, "goal_worker": story.goal.worker_goal}
    yield Sheet("goal_t1", visit.mode, {item: words for item, words in goal.items() if words})


def _looking_back(goal: Goal, visit: Visit, answers: Answers) -> Iterator[Sheet]:
    """A brief telephone interview leaves the goal out, and says so."""
    values: dict[str, Any] = {"goal_progress": NOT_ASKED, "goal_achieved": NOT_ASKED}
    if goal.goal_achieved is not None:
        values = {"goal_achieved": goal.goal_achieved.removesuffix("_or_missing")}
        if goal.goal_now:
            values["goal_progress"] = goal.goal_now
    yield Sheet("goal_t2", visit.mode, values)
    if answers.life is not None:
        yield Sheet("views_link", visit.mode, {"life_since": answers.life})


def _talk(story: Story, visit: Visit, child: str) -> dict[str, Any]:
    rng = Random(f"{story.number} {visit.wave} {child}")  # noqa: S311 - it invents small talk and guards nothing
    known = rng.random() < 0.8  # noqa: PLR2004 - most children do
    talk = {
        "good_day": rng.choice(GOOD_DAYS),
        "ladder": min(max(round(rng.gauss(6.8, 2)), 0), 10),
        "knows_worker": "yes" if known else "no",
    }
    return talk | {"tell_worker": rng.choice(TO_TELL)} if known else talk


def of_coding(goal: Goal) -> Sheet:
    explained = NOT_ASKED if goal.progress_explained == "missing" else goal.progress_explained
    return Sheet(
        "goal_coding", "document", {"goal_match": goal.goal_match, "progress_explained": explained}, RESEARCHER
    )


def with_slips(sheet: Sheet, number: int, wave: str) -> Sheet:
    """As somebody else might have filled it in who reads the same: here and there another choice."""
    rng = Random(f"{number} {wave} {sheet.code}")  # noqa: S311 - it invents slips and guards nothing
    slips = figures.read().ours.second_readings.counts["slips_per_hundred"] / 100
    choices = shelf.load(sheet.code, sheet.version).items
    values = {
        item: _slip(rng, choices[item], value) if rng.random() < slips else value
        for item, value in sheet.values.items()
    }
    if values.get("assessment_evidence") != "other":
        values.pop("assessment_other", None)
    return structs.replace(sheet, values=values)


def _slip(rng: Random, item: Item, value: Any) -> Any:
    """The choice beside it on the form, above or below."""
    if not isinstance(item, SelectOne) or not isinstance(value, str):
        return value
    names = [choice.name for choice in item.choices if choice.name != "other"]
    if value not in names:
        return value
    place = names.index(value)
    return rng.choice([names[near] for near in (place - 1, place + 1) if 0 <= near < len(names)])


def of_reading(reading: Reading) -> Sheet:
    values: dict[str, Any] = {element: "yes" if found else "no" for element, found in reading.elements.items()}
    values |= {"assessment_evidence": reading.assessment_evidence, "overall": reading.grade}
    if reading.assessment_evidence == "other":
        values["assessment_other"] = "A letter from the school in place of an assessment."
    return Sheet("case_file", "document", values, RESEARCHER, About.FILE)


def of_record(record: Record) -> Sheet:
    return Sheet("records", "document", record.values, RESEARCHER, About.RECORDS)

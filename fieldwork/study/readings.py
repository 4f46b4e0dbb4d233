"""Readings: what the protocol says of what the team reads in files, or codes in answers, by itself."""

from collections.abc import Iterator, Mapping
from datetime import date

from msgspec import Struct

from questionnaires import shelf
from questionnaires.definitions import Questionnaire, Respondent, SelectOne, TextAnswer
from questionnaires.errors import UnknownQuestionnaire

LONGEST_WAIT = 36400  # days


class Reading(Struct, frozen=True, forbid_unknown_fields=True):
    """When it opens, how many in a hundred are done twice, and what its coders are shown.

    A file opens so many days after the first interview, an answer so many days after it was given; neither before
    `not_before`. What is shown are items of other questionnaires of the wave, as `goal_t1.goal`. Of graded items a near
    miss counts in part of their kappa.
    """

    after_days: int = 0
    not_before: date | None = None
    twice_percent: int = 0
    shows: tuple[str, ...] = ()
    graded: tuple[str, ...] = ()
    no_grades: tuple[str, ...] = ()


def faults(reading: Reading, form: Questionnaire, versions: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Key and sentence of each; `versions` are those of all questionnaires of the wave."""
    if form.respondent is not Respondent.RESEARCHER:
        yield "", "Only what the team reads or codes by itself, with respondent researcher, has a reading."
    if not 0 <= reading.after_days <= LONGEST_WAIT:
        yield "after_days", f"Write a number from 0 to {LONGEST_WAIT}."
    if not 0 <= reading.twice_percent <= 100:  # noqa: PLR2004 - of a hundred
        yield "twice_percent", "Write a number from 0 to 100."
    for shown in reading.shows:
        code, _, item = shown.partition(".")
        if code not in versions or not _is_text(code, versions[code], item):
            yield "shows", f"“{shown[:60]}” is no text question that is asked at this wave."
    graded = {name: form.items.get(name) for name in reading.graded}
    for name, asked in graded.items():
        if not isinstance(asked, SelectOne):
            yield "graded", f"“{name[:60]}” is no question with one choice in {form.code}."
    choices = {each.name for item in graded.values() if isinstance(item, SelectOne) for each in item.choices}
    for left_out in reading.no_grades:
        if left_out not in choices:
            yield "no_grades", f"“{left_out[:60]}” is no choice of what is graded."


def _is_text(code: str, version: str, name: str) -> bool:
    try:
        return isinstance(shelf.load(code, version).items.get(name), TextAnswer)
    except UnknownQuestionnaire:
        return False

"""Translations: words that are missing in one of a questionnaire's languages (pure)."""

import re
from collections.abc import Iterator

from questionnaires import places
from questionnaires.definitions import Questionnaire, Text
from questionnaires.places import Entry, Fault

_LANGUAGE = re.compile(r"[A-Za-z][A-Za-z0-9-]*")


def faults(questionnaire: Questionnaire, entries: list[Entry]) -> Iterator[Fault]:
    if questionnaire.default_language not in questionnaire.languages:
        yield Fault("the questionnaire", "The default language is not one of its languages.", "Add it to them.")
    for language in questionnaire.languages:
        if not _LANGUAGE.fullmatch(language):
            yield Fault("the questionnaire", f"{language!r} is no language.", "Name it by its code, like cy.")
    about = [("the questionnaire", questionnaire.title), ("the questionnaire", questionnaire.description)]
    for place, text in [*about, *((e.place, text) for e in entries for text in places.texts(e.part))]:
        yield from _undeclared(questionnaire, place, text)
    for place, text in [*about, *((e.place, text) for e in entries for text in places.texts(e.part, topics=False))]:
        yield from _missing(questionnaire, place, text)


def _undeclared(questionnaire: Questionnaire, place: str, text: Text) -> Iterator[Fault]:
    unknown = ", ".join(sorted(set(text) - set(questionnaire.languages))) if isinstance(text, dict) else ""
    if unknown:
        yield Fault(place, f"There are words in: {unknown}.", "Add this to the languages of the questionnaire.")


def _missing(questionnaire: Questionnaire, place: str, text: Text) -> Iterator[Fault]:
    has = {questionnaire.default_language}
    if isinstance(text, dict):
        has = {language for language, words in text.items() if words}
    missing = ", ".join(sorted(set(questionnaire.languages) - has)) if text else ""
    if missing:
        yield Fault(place, f"There are no words in: {missing}.", "Translate it.")

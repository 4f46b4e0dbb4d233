"""Words with answers in them: a label may say `${name}`, and an answer stands there when it is read (pure)."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from msgspec import Struct

from questionnaires import definitions
from questionnaires import values as reckoning
from questionnaires.definitions import Choice, Item, Questionnaire

UNKNOWN = "…"
_NAME = re.compile(r"\$\{[ ]*([A-Za-z_][A-Za-z0-9_.-]*)[ ]*\}")


class Name(Struct, frozen=True):
    """The question whose answer is to stand here."""

    name: str


class Labels(Mapping[str, Mapping[str, str]]):
    """What the choices of each question are called in one language, looked up only when somebody asks."""

    def __init__(self, questionnaire: Questionnaire, language: str) -> None:
        self._items = questionnaire.items
        self._language = language

    def __getitem__(self, name: str) -> dict[str, str]:
        choices: tuple[Choice, ...] = getattr(self._question(name), "choices", ())
        return {choice.name: definitions.said(choice.label, self._language) or choice.name for choice in choices}

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def _question(self, name: str) -> Item | None:
        repeats = (item for item in self._items.values() if isinstance(item, definitions.Repeat))
        return self._items.get(name) or next((each.questions[name] for each in repeats if name in each.questions), None)


@lru_cache(maxsize=4096)
def parts(text: str) -> tuple[str | Name, ...]:
    """Words and names in their order; what only looks like a name is words."""
    pieces = _NAME.split(text)
    return tuple(Name(piece) if place % 2 else piece for place, piece in enumerate(pieces) if place % 2 or piece)


def names(text: str) -> set[str]:
    return {part.name for part in parts(text) if isinstance(part, Name)}


def said(text: str, values: Mapping[str, Any], labels: Mapping[str, Mapping[str, str]]) -> str:
    """The words with the answers known so far; choices are called by their labels."""
    return "".join(
        part if isinstance(part, str) else _answer(values.get(part.name), labels.get(part.name, {}))
        for part in parts(text)
    )


def _answer(value: Any, labels: Mapping[str, str]) -> str:
    given = value if isinstance(value, list) else [value]
    texts = [reckoning.text(reckoning.scalar(each)) for each in given]
    return ", ".join(labels.get(text, text) for text in texts if text) or UNKNOWN

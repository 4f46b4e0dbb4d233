"""Routing in words: what a condition means to somebody who fills in a questionnaire on paper (pure)."""

from typing import Any

from questionnaires import definitions, expressions, piping, prefills
from questionnaires.definitions import Item, Questionnaire, Repeat, Text, said
from questionnaires.errors import BadExpression
from questionnaires.expressions import Tree

OPPOSITE = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
COMPARED = {"=": "is", "!=": "is not", "<": "is below", "<=": "is at most", ">": "is above", ">=": "is at least"}
TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


class Route:
    """Says conditions by the numbers questions have on paper; what it has no words for is shown as it is written."""

    def __init__(self, questionnaire: Questionnaire, numbers: dict[str, str], language: str) -> None:
        self.items, self.numbers, self.language = dict(questionnaire.items), numbers, language
        for item in questionnaire.items.values():
            self.items |= item.questions if isinstance(item, Repeat) else {}

    def sentence(self, condition: str) -> str:
        if not condition:
            return ""
        try:
            said_so = self._clause(expressions.parse(condition))
        except BadExpression:  # a draft may still hold one
            said_so = ""
        return f"Only if {said_so}." if said_so else f"Only if: {condition}"

    def words(self, text: Text) -> str:
        """Words that name an answer point to its question."""
        return "".join(
            part if isinstance(part, str) else self._pointed(part.name)
            for part in piping.parts(said(text, self.language))
        )

    def _pointed(self, name: str) -> str:
        return f"[your answer to question {self.numbers[name]}]" if name in self.numbers else piping.UNKNOWN

    def _clause(self, tree: Tree) -> str:
        operation, *parts = tree
        if operation in {"and", "or"}:
            clauses = [self._clause(part) for part in parts]
            nested = [
                f"({said})" if part[0] in {"and", "or"} else said for said, part in zip(clauses, parts, strict=True)
            ]
            return f" {operation} ".join(nested) if all(clauses) else ""
        if operation == "not":
            return self._denied(parts[0])
        if operation == "selected":
            return self._compared("=", *parts, word="includes")
        if operation in COMPARED:
            return self._compared(operation, *parts)
        return ""

    def _denied(self, tree: Tree) -> str:
        operation, *parts = tree
        if operation in OPPOSITE:
            return self._compared(OPPOSITE[operation], *parts)
        if operation == "not":
            return self._clause(parts[0])
        if operation in {"and", "or"}:
            return self._clause(["or" if operation == "and" else "and", *(["not", part] for part in parts)])
        return self._compared("!=", *parts, word="does not include") if operation == "selected" else ""

    def _compared(self, operation: str, left: Tree, right: Tree, *, word: str = "") -> str:
        if left[0] == "value" and right[0] == "name":
            left, right, operation = right, left, TURNED.get(operation, operation)
        if left[0] != "name" or right[0] != "value" or left[1] not in self.numbers:
            return ""
        question = f"question {self.numbers[left[1]]}"
        if right[1] == "":
            return f"{question} was {'left out' if operation == '=' else 'answered'}"
        return f"{question} {word or COMPARED[operation]} {self._answer(self.items.get(left[1]), right[1])}"

    def _answer(self, item: Item | None, value: Any) -> str:
        text = f"{value:g}" if isinstance(value, float) else str(value)
        chosen = next((choice for choice in getattr(item, "choices", ()) if choice.name == text), None)
        return text if chosen is None else f"“{self.words(chosen.label) or chosen.name}”"


def numbers(questionnaire: Questionnaire) -> dict[str, str]:
    """The number of each question somebody answers, in the order of paper and of keying in; in a repeat, 5a, 5b, …"""
    numbered: dict[str, str] = {}
    place = 0
    for name, item in questionnaire.items.items():
        if not is_answered(item):
            continue
        place += 1
        numbered[name] = str(place)
        if isinstance(item, Repeat):
            inner = [name for name, each in item.questions.items() if is_answered(each)]
            numbered |= {each: f"{place}{_letter(at)}" for at, each in enumerate(inner)}
    return numbered


def is_answered(item: Item) -> bool:
    """Whether somebody answers it: what is worked out, carried along or only read is asked of nobody."""
    if isinstance(item, definitions.Calculate | definitions.Note) or not prefills.is_asked(item):
        return False
    return bool(item.label or item.topic or item.media) or not item.trigger


def _letter(at: int) -> str:
    """a … z, then aa, ab, …"""
    return (_letter(at // 26 - 1) if at >= 26 else "") + chr(ord("a") + at % 26)  # noqa: PLR2004 - letters of the alphabet

"""Routing in words: what a condition means to somebody who fills in a questionnaire on paper (pure)."""

from collections.abc import Callable
from functools import partial, reduce
from typing import Any

from questionnaires import definitions, expressions, piping, prefills
from questionnaires.definitions import Item, Questionnaire, Repeat, Text, said
from questionnaires.errors import BadExpression
from questionnaires.expressions import Tree
from questionnaires.sentences import Sentence

OPPOSITE = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
COMPARED = {
    "=": Sentence("question %(number)s is %(answer)s"),
    "!=": Sentence("question %(number)s is not %(answer)s"),
    "<": Sentence("question %(number)s is below %(answer)s"),
    "<=": Sentence("question %(number)s is at most %(answer)s"),
    ">": Sentence("question %(number)s is above %(answer)s"),
    ">=": Sentence("question %(number)s is at least %(answer)s"),
}
INCLUDES = Sentence("question %(number)s includes %(answer)s")
LACKS = Sentence("question %(number)s does not include %(answer)s")
LEFT_OUT = Sentence("question %(number)s was left out")
ANSWERED = Sentence("question %(number)s was answered")
JOINED = {"and": Sentence("%(one)s and %(other)s"), "or": Sentence("%(one)s or %(other)s")}
TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


class Route:
    """Says conditions by the numbers questions have on paper; what it has no words for is shown as it is written."""

    def __init__(
        self, questionnaire: Questionnaire, numbers: dict[str, str], language: str, ours: Callable[[str], str] = str
    ) -> None:
        """`ours` says our own sentences in the language of the page or sheet."""
        self.items, self.numbers, self.language, self.ours = dict(questionnaire.items), numbers, language, ours
        for item in questionnaire.items.values():
            self.items |= item.questions if isinstance(item, Repeat) else {}

    def sentence(self, condition: str) -> str:
        if not condition:
            return ""
        try:
            said_so = self._clause(expressions.parse(condition))
        except BadExpression:  # a draft may still hold one
            said_so = ""
        if said_so:
            return self.ours(Sentence("Only if %(condition)s.", condition=said_so))
        return self.ours(Sentence("Only if: %(condition)s", condition=condition))

    def words(self, text: Text) -> str:
        """Words that name an answer point to its question."""
        return "".join(
            part if isinstance(part, str) else self._pointed(part.name)
            for part in piping.parts(said(text, self.language))
        )

    def _pointed(self, name: str) -> str:
        if name not in self.numbers:
            return piping.UNKNOWN
        return self.ours(Sentence("[your answer to question %(number)s]", number=self.numbers[name]))

    def _clause(self, tree: Tree) -> str:
        operation, *parts = tree
        if operation in {"and", "or"}:
            clauses = [self._clause(part) for part in parts]
            nested = [
                f"({said})" if part[0] in {"and", "or"} else said for said, part in zip(clauses, parts, strict=True)
            ]
            return reduce(partial(self._joined, operation), nested) if all(clauses) else ""
        if operation == "not":
            return self._denied(parts[0])
        if operation == "selected":
            return self._compared("=", *parts, template=INCLUDES)
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
        return self._compared("!=", *parts, template=LACKS) if operation == "selected" else ""

    def _joined(self, operation: str, one: str, other: str) -> str:
        return self.ours(Sentence(JOINED[operation], one=one, other=other))

    def _compared(self, operation: str, left: Tree, right: Tree, *, template: str = "") -> str:
        if left[0] == "value" and right[0] == "name":
            left, right, operation = right, left, TURNED.get(operation, operation)
        if left[0] != "name" or right[0] != "value" or left[1] not in self.numbers:
            return ""
        number = self.numbers[left[1]]
        if right[1] == "":
            whether = LEFT_OUT if operation == "=" else ANSWERED
            return self.ours(Sentence(whether, number=number))
        answer = self._answer(self.items.get(left[1]), right[1])
        return self.ours(Sentence(template or COMPARED[operation], number=number, answer=answer))

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

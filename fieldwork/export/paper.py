"""Paper: a questionnaire as a tagged PDF, in the order in which it is keyed in, or a cover for the owner's own form."""

from importlib import resources
from typing import Any

import msgspec
import segno
import typst
from msgspec import Struct

from questionnaires import definitions, routing
from questionnaires.definitions import Choice, Item, Question, Questionnaire, Section, said
from questionnaires.routing import Route

COPIES = 3  # of the questions of a repeat; whoever needs more takes another sheet
LINES = {True: 5, False: 1}
KINDS: dict[type, str] = {
    definitions.Integer: "number",
    definitions.Decimal: "number",
    definitions.Range: "number",
    definitions.TextAnswer: "text",
    definitions.SelectOne: "one",
    definitions.SelectMultiple: "several",
    definitions.Rank: "rank",
    definitions.Date: "date",
    definitions.Time: "time",
    definitions.DateTime: "datetime",
    definitions.Acknowledge: "acknowledge",
    definitions.Note: "note",
    definitions.Upload: "note",
}
ADVICE = "Tick a box or write in the space. You can leave out any question."
KEEP = "This is the cover of the owner's own paper form. Put it on top, fill in the form, and keep both together."
LONG_LIST, COLUMNS = 6, 2


class Sheet(Struct, frozen=True):
    """Whose sheet it is: what is printed in its head and in its code square; without a family, a blank one."""

    reference: str = ""
    wave: str = ""
    respondent: str = ""
    subject: str = ""


def printed(questionnaire: Questionnaire, sheet: Sheet, *, language: str = "") -> bytes:
    """The sheet as PDF/UA. Where the words are not ours to print it is the cover of the owner's paper form."""
    form = _form(questionnaire, sheet, language or questionnaire.default_language)
    template = resources.files("fieldwork.export").joinpath("paper.typ").read_bytes()
    return typst.compile(template, sys_inputs={"form": msgspec.json.encode(form).decode()}, pdf_standards="ua-1")


def covered(questionnaire: Questionnaire) -> Questionnaire:
    """Somebody else's questionnaire as far as it may be printed: what it is called, and no more."""
    licence = msgspec.structs.replace(questionnaire.licence, wording="topics")
    return msgspec.structs.replace(questionnaire, licence=licence)


def mark(questionnaire: Questionnaire, sheet: Sheet) -> str:
    """What the code square says: whose sheet, of which questionnaire, in which version."""
    return " ".join(filter(None, [sheet.reference, sheet.wave, questionnaire.code, questionnaire.version]))


def _form(questionnaire: Questionnaire, sheet: Sheet, language: str) -> dict[str, Any]:
    whole = questionnaire.licence.wording != "topics"
    printer = _Printer(questionnaire, language)
    said_of = {
        "Study reference": sheet.reference,
        "Wave": sheet.wave,
        "Answered by": sheet.respondent,
        "About": sheet.subject,
    }
    code = mark(questionnaire, sheet)
    return {
        "title": said(questionnaire.title, language),
        "description": said(questionnaire.description, language) if whole else "",
        "language": language,
        "mark": code,
        "square": segno.make(code, error="m", micro=False).svg_inline(border=1) if sheet.reference else "",
        "head": [[name, text or "…………………………"] for name, text in said_of.items() if text or name != "About"],
        "advice": ADVICE if whole else f"{KEEP} {questionnaire.licence.citation}",
        "sections": [printer.section(section) for section in questionnaire.sections] if whole else [],
    }


class _Printer:
    """Draws sections and items for the template, numbered as they are on the keying-in page."""

    def __init__(self, questionnaire: Questionnaire, language: str) -> None:
        self.language = language
        self.numbers = routing.numbers(questionnaire)
        self.route = Route(questionnaire, self.numbers, language)

    def section(self, section: Section) -> dict[str, Any]:
        return {
            "title": said(section.title, self.language),
            "routing": self.route.sentence(section.relevant),
            "text": said(section.text, self.language),
            "items": [drawn for item in section.items for drawn in self._items(item, "")],
        }

    def _items(self, item: Item, around: str) -> list[dict[str, Any]]:
        condition = " and ".join(f"({each})" for each in (around, item.relevant) if each)
        match item:
            case definitions.Group():
                return [drawn for inner in item.items for drawn in self._items(inner, condition)]
            case definitions.Repeat():
                return self._repeat(item, condition)
            case definitions.Matrix():
                rows = [self._head(row) for row in item.rows()]
                return [{**self._head(item), "kind": "matrix", "number": "", "routing": self.route.sentence(condition),
                         "choices": self._choices(item.choices), "rows": rows}]  # fmt: skip
            case definitions.Calculate() | definitions.Hidden():
                return []
        return [{**self._head(item), "routing": self.route.sentence(condition), **self._answer(item)}]

    def _repeat(self, repeat: definitions.Repeat, condition: str) -> list[dict[str, Any]]:
        drawn = []
        for copy in range(1, min(COPIES, repeat.maximum) + 1):
            title = {
                **self._head(repeat),
                "kind": "note",
                "routing": self.route.sentence(condition if copy == 1 else ""),
            }
            title["label"] = f"{title['number']}. {title['label']} ({copy})"
            drawn += [title, *(each for item in repeat.items for each in self._items(item, ""))]
        return drawn

    def _head(self, item: Question) -> dict[str, Any]:
        label = said(item.label, self.language) or said(item.topic, self.language) or item.name
        return {"number": self.numbers.get(item.name, ""), "label": label, "hint": said(item.hint, self.language)}

    def _answer(self, item: Item) -> dict[str, Any]:
        choices = self._choices(getattr(item, "choices", ()))
        return {
            "kind": KINDS[type(item)],
            "choices": choices,
            "columns": COLUMNS if len(choices) > LONG_LIST else 1,
            "places": _places(item),
            "lines": LINES["multiline" in item.appearance],
            "pattern": "day month year",
        }

    def _choices(self, choices: tuple[Choice, ...]) -> list[dict[str, str]]:
        """A choice with its number, so that whoever keys it in need not count."""
        return [
            {
                "label": said(each.label, self.language) or each.name,
                "code": "" if each.value is None else str(each.value),
            }
            for each in choices
        ]


def _places(item: Item) -> int:
    largest = getattr(item, "maximum", None) or getattr(item, "end", None)
    return len(f"{largest:g}") if largest is not None else 4

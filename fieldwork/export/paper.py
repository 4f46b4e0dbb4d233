"""Paper: a questionnaire as a tagged PDF, in the order in which it is keyed in, or a cover for the owner's own form."""

import re
from importlib import resources
from typing import Any

import msgspec
import segno
import typst
from msgspec import Struct

from fieldwork.base import languages
from questionnaires import definitions, routing
from questionnaires.definitions import Choice, Item, Media, Question, Questionnaire, Section, said
from questionnaires.routing import Route
from questionnaires.sentences import Sentence

COPIES = 3  # of the questions of a repeat; whoever needs more takes another sheet
LINES = {True: 5, False: 1}
KINDS: dict[type, str] = {
    definitions.Integer: "number",
    definitions.Decimal: "decimal",
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
    definitions.Upload: "attached",
}
DAY = ([2, 2, 4], Sentence("day month year"))
DATES = {"year": ([4], Sentence("year")), "month-year": ([2, 4], Sentence("month year"))}
ADVICE = Sentence("Tick a box or write in the space. You can leave out any question.")
KEEP = Sentence(
    "This is the cover of the owner's own paper form. Put it on top, fill in the form, and keep both together."
)
ATTACHED = Sentence("Keep what belongs here together with this sheet.")
ABOUT = Sentence("About")
LONG_LIST, VERY_LONG_LIST, LONG_LABEL = 6, 30, 32
MOST_MARKS, MOST_CELLS = 21, 12
WIDE_GRID, LONG_HEAD = 6, 16  # a grid with more columns, or longer words over them, has letters for heads
LONG_QUESTION = 800  # characters, from which on a question may run over the end of a page
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
MEDIA = (
    ("image", Sentence("picture “%(file)s”")),
    ("audio", Sentence("sound “%(file)s”")),
    ("video", Sentence("film “%(file)s”")),
)


class Sheet(Struct, frozen=True):
    """Whose sheet it is: what is printed in its head and in its code square; without a family, a blank one."""

    reference: str = ""
    wave: str = ""
    respondent: str = ""
    subject: str = ""


def printed(questionnaire: Questionnaire, sheet: Sheet, *, language: str = "") -> bytes:
    """The sheet as PDF/UA. Where the words are not ours to print it is the cover of the owner's paper form."""
    form = drawn(questionnaire, sheet, language or questionnaire.default_language)
    # Text reaches the template as data: nothing in it is ever read as markup.
    given = {"form": msgspec.json.encode(_printable(form)).decode()}
    template = resources.files("fieldwork.export").joinpath("paper.typ").read_bytes()
    try:
        return typst.compile(template, sys_inputs=given, pdf_standards="ua-1")
    except typst.TypstError as error:
        if "could not be displayed" not in str(error):
            raise
        # This machine has no font for some script: the sheet is no PDF/UA, but its boxes show what is missing.
        return typst.compile(template, sys_inputs=given)


def covered(questionnaire: Questionnaire) -> Questionnaire:
    """Somebody else's questionnaire as far as it may be printed: what it is called, and no more."""
    licence = msgspec.structs.replace(questionnaire.licence, wording="topics")
    return msgspec.structs.replace(questionnaire, licence=licence)


def mark(questionnaire: Questionnaire, sheet: Sheet) -> str:
    """What the code square says: whose sheet, of which questionnaire, in which version."""
    return " ".join(filter(None, [sheet.reference, sheet.wave, questionnaire.code, questionnaire.version]))


def drawn(questionnaire: Questionnaire, sheet: Sheet, language: str) -> dict[str, Any]:
    """What the template is given."""
    whole = questionnaire.licence.wording != "topics"
    printer = _Printer(questionnaire, language)
    said_of = {
        Sentence("Study reference"): sheet.reference,
        Sentence("Wave"): sheet.wave,
        Sentence("Answered by"): printer.ours(sheet.respondent),
        ABOUT: printer.ours(sheet.subject),
    }
    code = mark(questionnaire, sheet)
    main, _, rest = language.partition("-")
    return {
        "title": said(questionnaire.title, language) or questionnaire.code,
        "description": printer.words(questionnaire.description) if whole else "",
        "language": main.lower() if re.fullmatch("[A-Za-z]{2,3}", main) else "en",
        "region": rest if re.fullmatch("[A-Za-z]{2}", rest) else "",
        "mark": code,
        "square": segno.make(code, error="m", micro=False).svg_inline(border=1) if sheet.reference else "",
        "ours": languages.spoken(language),
        "head": [[printer.ours(name), text or "…………………………"] for name, text in said_of.items() if text or name != ABOUT],
        "advice": printer.ours(ADVICE if whole else KEEP),
        "citation": "" if whole else questionnaire.licence.citation,
        "attached": printer.ours(ATTACHED),
        "sections": [printer.section(section) for section in questionnaire.sections] if whole else [],
    }


def _printable(part: Any) -> Any:
    """Without characters that no font has a letter for."""
    if isinstance(part, dict):
        return {key: _printable(each) for key, each in part.items()}
    if isinstance(part, list):
        return [_printable(each) for each in part]
    return UNSEEN.sub(" ", part) if isinstance(part, str) else part


class _Printer:
    """Draws sections and items for the template, numbered as they are on the keying-in page."""

    def __init__(self, questionnaire: Questionnaire, language: str) -> None:
        self.language = language
        self.numbers = routing.numbers(questionnaire)
        self.route = Route(questionnaire, self.numbers, language, self.ours)
        self.words = self.route.words

    def ours(self, sentence: str) -> str:
        return languages.said(sentence, self.language)

    def section(self, section: Section) -> dict[str, Any]:
        return {
            "title": self.words(section.title),
            "routing": self.route.sentence(section.relevant),
            "text": self.words(section.text),
            "items": [drawn for item in section.items for drawn in self._items(item, "")],
        }

    def _items(self, item: Item, around: str) -> list[dict[str, Any]]:
        condition = " and ".join(f"({each})" for each in (around, item.relevant) if each)
        match item:
            case definitions.Group():
                title = self._title(item, self.route.sentence(condition)) if item.label or item.hint else []
                return [*title, *(drawn for inner in item.items for drawn in self._items(inner, condition))]
            case definitions.Repeat():
                return self._repeat(item, condition)
            case definitions.Matrix():
                return [self._matrix(item, condition)]
        if not isinstance(item, definitions.Note) and not routing.is_answered(item):
            return []
        head, answer = self._head(item), self._answer(item)
        is_long = len(head["label"]) + len(head["hint"]) > LONG_QUESTION or len(answer["choices"]) > VERY_LONG_LIST
        return [{**head, **answer, "routing": self.route.sentence(condition), "long": is_long}]

    def _title(self, item: Question, routed: str, *, before: str = "", after: str = "") -> list[dict[str, Any]]:
        head = self._head(item)
        return [{**head, "kind": "title", "label": f"{before}{head['label']}{after}", "routing": routed, "long": False}]

    def _repeat(self, repeat: definitions.Repeat, condition: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for copy in range(1, min(COPIES, repeat.maximum) + 1):
            routed = self.route.sentence(condition if copy == 1 else "")
            found += self._title(repeat, routed, before=f"{self.numbers[repeat.name]}. ", after=f" ({copy})")
            found += [each for item in repeat.items for each in self._items(item, "")]
        return found

    def _matrix(self, matrix: definitions.Matrix, condition: str) -> dict[str, Any]:
        """A grid with many columns, or long words over them, has letters there and says once what each means."""
        head, choices = self._head(matrix), self._choices(matrix.choices)
        if not (matrix.label or matrix.topic):
            head["label"] = ""
        is_keyed = len(choices) > WIDE_GRID or any(
            len(word) > LONG_HEAD for each in choices for word in each["label"].split()
        )
        rows = [self._head(row) for row in matrix.rows()]
        return {**head, "kind": "matrix", "number": "", "routing": self.route.sentence(condition), "long": True,
                "choices": choices, "rows": rows, "keyed": is_keyed}  # fmt: skip

    def _head(self, item: Question) -> dict[str, Any]:
        label = self.words(item.label) or said(item.topic, self.language)
        shown = self._shown(item.media)
        hint = " ".join(filter(None, [self.words(item.hint), shown]))
        number = self.numbers.get(item.name, "")
        return {"number": number, "label": label or ("" if item.media else item.name), "hint": hint}

    def _answer(self, item: Item) -> dict[str, Any]:
        choices = self._choices(getattr(item, "choices", ()))
        marks = _marks(item)
        groups, pattern = next((found for look, found in DATES.items() if look in item.appearance.split()), DAY)
        return {
            "kind": "scale" if marks else KINDS[type(item)],
            "choices": choices,
            "columns": _columns(choices),
            "marks": marks,
            "places": _places(item),
            "lines": LINES["multiline" in item.appearance],
            "groups": groups,
            "pattern": self.ours(pattern),
        }

    def _choices(self, choices: tuple[Choice, ...]) -> list[dict[str, str]]:
        """A choice with its number, so that whoever keys it in need not count."""
        return [
            {
                "label": " ".join(filter(None, [self.words(each.label), self._shown(each.media)])) or each.name,
                "code": "" if each.value is None else str(each.value),
            }
            for each in choices
        ]

    def _shown(self, media: Media | None) -> str:
        """The files that belong to words, by name: paper shows no film."""
        if media is None:
            return ""
        named = [(word, file) for key, word in MEDIA if (file := said(getattr(media, key), self.language))]
        return f"[{', '.join(self.ours(Sentence(word, file=file)) for word, file in named)}]" if named else ""


def _columns(choices: list[dict[str, str]]) -> int:
    if len(choices) <= LONG_LIST:
        return 1
    is_short = all(len(each["label"]) < LONG_LABEL for each in choices)
    return 3 if len(choices) > VERY_LONG_LIST and is_short else 2


def _marks(item: Item) -> list[str]:
    """The numbers of a scale that is short enough to be ticked."""
    if not isinstance(item, definitions.Range):
        return []
    steps = int((item.end - item.start) / item.step + 1e-9) if item.step > 0 else MOST_MARKS
    return [f"{item.start + at * item.step:g}" for at in range(steps + 1)] if 0 < steps < MOST_MARKS else []


def _places(item: Item) -> int:
    ends = [getattr(item, name, None) for name in ("minimum", "maximum", "start", "end")]
    if getattr(item, "maximum", None) is None and getattr(item, "end", None) is None:
        return 4
    return min(MOST_CELLS, max(len(f"{end:.0f}") for end in ends if end is not None))

"""Fields of a REDCap dictionary turned into questions (pure)."""

import html
import re
from typing import Any

from msgspec import Struct, field

from questionnaires import definitions, prefills
from questionnaires.answers import MISSING
from questionnaires.definitions import Choice, Item
from questionnaires.errors import BadExpression
from questionnaires.names import Names
from questionnaires.notices import Findings, Notice
from questionnaires.redcap import logic

LISTED = {"dropdown": "minimal", "radio": "", "checkbox": ""}
KINDS = frozenset(
    {
        *LISTED,
        *("text", "notes", "calc", "file", "descriptive", "slider", "yesno", "truefalse", "sql", "textarea", "select"),
    }
)
YES_NO = {"yesno": (("1", "Yes"), ("0", "No")), "truefalse": (("1", "True"), ("0", "False"))}
# Formatting of REDCap's editor says nothing here; whatever else looks like a tag is words and stays.
_FORMAT = re.compile(r"</?(?:p|div|span|b|i|u|em|strong|br|font|center|h[1-6])(?:\s[^<>]*)?/?>", re.IGNORECASE)
_PIPED = re.compile(r"\[([a-z][a-z0-9_]*)\]")
_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,8})")
_TAG = re.compile(r"@([A-Z][A-Z0-9_-]*)(?:=(?:'([^']*)'|\"([^\"]*)\"|(\S+)))?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2})?)?|[0-9]{2}:[0-9]{2}")
PRIVATE = "Names and addresses do not belong in study data: this field is marked as identifying. Leave it out."


class Field(Struct, frozen=True):
    sheet: str
    row: int
    cells: dict[str, str]

    def get(self, column: str) -> str:
        return self.cells.get(column, "")

    def notice(self, column: str, sentence: str) -> Notice:
        return Notice(self.sheet, self.row, column, sentence)


class Form(Struct):
    """One form: `here` leads from REDCap's name of a field to its name and question here."""

    code: str
    names: Names
    findings: Findings
    here: dict[str, tuple[str, object]] = field(default_factory=dict)
    given: dict[str, str] = field(default_factory=dict)

    def tell(self, row: Field, column: str, sentence: str) -> None:
        self.findings.notices.append(row.notice(column, sentence))

    def keeps(self, row: Field) -> bool:
        if row.get("field_type") == "sql":
            self.tell(row, "field_type", "Choices out of a database have no place here; this field was left out.")
        return row.get("field_type") != "sql"

    def name(self, row: Field) -> None:
        raw = row.get("field_name")
        self.given[raw] = self.names.free(raw)
        if self.given[raw] != raw:
            self.tell(row, "field_name", f"{raw[:60]!r} is called {self.given[raw]!r} here.")

    def called(self, row: Field) -> str:
        return self.given[row.get("field_name")]

    def bare(self, row: Field) -> Item:
        """The question without its conditions: its kind decides how others may speak of it."""
        kind, common = row.get("field_type"), {"name": self.called(row)}
        made: Any = _CLASSES.get(_validation(row), definitions.TextAnswer) if kind == "text" else definitions.TextAnswer
        if kind in {*LISTED, *YES_NO, "select"}:
            made = definitions.SelectMultiple if kind == "checkbox" else definitions.SelectOne
            return made(**common, choices=())  # type: ignore[no-any-return]
        return made(**common)  # type: ignore[no-any-return]

    def item(self, row: Field) -> Item:
        kind, common = row.get("field_type"), self._common(row)
        if row.get("identifier").lower() == "y":
            self.tell(row, "identifier", PRIVATE)
        if kind == "slider":
            return self._slider(row, common)
        if kind == "text":
            return self._text(row, common)
        made, more = self._by_kind(row, kind)
        return made(**common | more)  # type: ignore[no-any-return]

    def _by_kind(self, row: Field, kind: str) -> tuple[Any, dict[str, Any]]:
        if kind in YES_NO:
            choices = tuple(Choice(name=raw, label=label, value=int(raw)) for raw, label in YES_NO[kind])
            return definitions.SelectOne, {"choices": choices}
        if kind == "descriptive":
            return definitions.Note, {"required": False}
        if kind == "calc":
            return definitions.Calculate, {"required": False, "calculation": self._calculation(row)}
        if kind == "file":
            signed = _validation(row) == "signature"
            return definitions.Upload, {"appearance": "signature", "kind": "image"} if signed else {}
        if kind in {"notes", "textarea"}:
            return definitions.TextAnswer, {"appearance": "multiline"}
        made = definitions.SelectMultiple if kind == "checkbox" else definitions.SelectOne
        return made, {"appearance": LISTED.get(kind, "minimal"), "choices": self._choices(row)}

    def words(self, row: Field, column: str) -> str:
        text = row.get(column)
        plain = html.unescape(_FORMAT.sub("", text)).strip() if _FORMAT.search(text) else text
        if plain != text:
            self.tell(row, column, "Formatting was left out of these words.")
        return _PIPED.sub(self._quoted, plain)

    def _quoted(self, found: re.Match[str]) -> str:
        return f"${{{self.here[found[1]][0]}}}" if found[1] in self.here else found[0]

    def _common(self, row: Field) -> dict[str, Any]:
        label = self.words(row, "field_label")
        return {
            "name": self.called(row),
            "label": label,
            "topic": "" if label else self.called(row),
            "hint": self.words(row, "field_note"),
            "required": row.get("required_field").lower() == "y",
            "relevant": self._condition(row, "branching_logic"),
            **self._annotated(row),
        }

    def _condition(self, row: Field, column: str) -> str:
        try:
            return logic.translate(row.get(column), self.here) if row.get(column) else ""
        except BadExpression as error:
            self.tell(row, column, f"This was left out: {error}")
            return ""

    def _calculation(self, row: Field) -> str:
        if not row.get("select_choices_or_calculations"):
            self.tell(row, "select_choices_or_calculations", "There is nothing to calculate; it stays without a value.")
        return self._condition(row, "select_choices_or_calculations") or "''"

    def _annotated(self, row: Field) -> dict[str, Any]:
        """Action tags: what stands in a field at first, and whether it can be changed."""
        found: dict[str, Any] = {}
        for tag, *values in _TAG.findall(row.get("field_annotation")):
            value = next((value for value in values if value), "")
            if tag == "READONLY":
                found["read_only"] = True
            elif tag == "DEFAULT" and value and not _PIPED.search(value) and not prefills.is_expression(value):
                found["default"] = value
            else:
                self.tell(row, "field_annotation", f"@{tag} means nothing here; it was left out.")
        return found

    def _choices(self, row: Field) -> tuple[Choice, ...]:
        choices: list[Choice] = []
        for part in row.get("select_choices_or_calculations").split("|"):
            raw, comma, label = (piece.strip() for piece in part.partition(","))
            if raw or label:
                value = int(raw) if _WHOLE.fullmatch(raw) else None
                choices.append(Choice(name=raw, label=self._piped(label) if comma and label else raw, value=value))
        taken = sorted({choice.value for choice in choices if choice.value in MISSES})
        if taken:
            sentence = f"{taken[0]} means {MISSES[taken[0]]!r} here; the choices of this list have no numbers."
            self.tell(row, "select_choices_or_calculations", sentence)
            return tuple(Choice(name=choice.name, label=choice.label) for choice in choices)
        return tuple(choices)

    def _piped(self, label: str) -> str:
        return _PIPED.sub(self._quoted, _FORMAT.sub("", label))

    def _slider(self, row: Field, common: dict[str, Any]) -> Item:
        low, high = (_number(row.get(f"text_validation_{end}")) for end in ("min", "max"))
        words = " / ".join(
            part.strip() for part in row.get("select_choices_or_calculations").split("|") if part.strip()
        )
        if words:
            self.tell(row, "select_choices_or_calculations", "The words along the slider stand in its hint.")
            common["hint"] = f"{common['hint']} {words}".strip()
        return definitions.Range(**common, start=0.0 if low is None else low, end=100.0 if high is None else high)

    def _text(self, row: Field, common: dict[str, Any]) -> Item:
        validation = _validation(row)
        made: Any = _CLASSES.get(validation, definitions.TextAnswer)
        if validation and made is definitions.TextAnswer:
            self.tell(row, _VALIDATED, f"Texts are not checked for being {validation!r}; this was left out.")
        if made in {definitions.Integer, definitions.Decimal}:
            ends = {name: _number(row.get(f"text_validation_{name[:3]}")) for name in ("minimum", "maximum")}
            whole = made is definitions.Integer
            bounds = {name: int(end) if whole else end for name, end in ends.items() if end is not None}
            return made(**common, **bounds)  # type: ignore[no-any-return]
        constraint = " and ".join(
            f". {sign} {bound}"
            for sign, end in ((">=", "min"), ("<=", "max"))
            if (bound := self._moment(row, f"text_validation_{end}"))
        )
        return made(**common, constraint=constraint)  # type: ignore[no-any-return]

    def _moment(self, row: Field, column: str) -> str:
        text = row.get(column)
        if text in {"today", "now"}:
            return f"{text}()"
        if _DAY.fullmatch(text):
            return f"'{text.replace(' ', 'T')[:16]}'"
        piped = _PIPED.fullmatch(text)
        if piped and piped[1] in self.here:
            return self._quoted(piped)
        if text:
            self.tell(row, column, f"{text[:40]!r} cannot be compared with; it was left out.")
        return ""


MISSES = {reason.number: reason.label for reason in MISSING.values()}
_VALIDATED = "text_validation_type_or_show_slider_number"
_CLASSES: dict[str, type[definitions.Question]] = {
    **dict.fromkeys(("integer", "int"), definitions.Integer),
    **dict.fromkeys(("number", "float", "number_comma_decimal"), definitions.Decimal),
    **{f"number_{places}dp{comma}": definitions.Decimal for places in "1234" for comma in ("", "_comma_decimal")},
    **{f"date_{order}": definitions.Date for order in ("dmy", "mdy", "ymd")},
    "date": definitions.Date,
    **{f"datetime_{order}": definitions.DateTime for order in ("dmy", "mdy", "ymd")},
    **{f"datetime_seconds_{order}": definitions.DateTime for order in ("dmy", "mdy", "ymd")},
    **dict.fromkeys(("time", "time_hh_mm_ss"), definitions.Time),
}


def _validation(row: Field) -> str:
    return row.get(_VALIDATED).lower()


def _number(text: str) -> float | None:
    plain = text.replace(",", ".")
    return float(plain) if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", plain) else None

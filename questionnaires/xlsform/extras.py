"""What XLSForm has no word for, in columns and sheets of our own: scores, prompts, who answers about whom (pure)."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeVar, get_args, get_origin

import msgspec
from msgspec import Struct
from msgspec.structs import FieldInfo, fields

from questionnaires import definitions, measures
from questionnaires.definitions import Questionnaire, Text
from questionnaires.notices import Findings, Notice
from questionnaires.xlsform.grid import OWN, Line, Sheet
from questionnaires.xlsform.outline import YES

Cells = dict[tuple[str, str], str]
Part = TypeVar("Part", bound=Struct)
SHEETS: dict[str, type[Struct]] = {
    "scales": measures.Scale,
    "flags": measures.Flag,
    "bands": measures.BandTable,
    "earlier": definitions.Earlier,
}
SAID = [
    "respondent",
    "about",
    "description",
    "languages",
    "layout",
    "follows",
    "usual",
    "key_confirmed",
    "key_evidence",
]
NESTED: dict[str, type[Struct]] = {
    "licence": definitions.Licence,
    "ages": definitions.Ages,
    "pictures": definitions.Ages,
}
NAMES = {
    "ar": "Arabic",
    "bn": "Bengali",
    "cy": "Welsh",
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fa": "Persian",
    "fr": "French",
    "ga": "Irish",
    "gu": "Gujarati",
    "hi": "Hindi",
    "it": "Italian",
    "ku": "Kurdish",
    "lt": "Lithuanian",
    "nl": "Dutch",
    "pa": "Punjabi",
    "pl": "Polish",
    "ps": "Pashto",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "so": "Somali",
    "sq": "Albanian",
    "sw": "Swahili",
    "ta": "Tamil",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "ur": "Urdu",
    "vi": "Vietnamese",
    "zh": "Chinese",
}
NOTHING = "none"  # an empty cell would mean the usual


def spoken(language: str) -> str:
    """A language as XLSForm writes it: `Welsh (cy)`."""
    return f"{NAMES.get(language, language)} ({language})"


def words(column: str, text: Text) -> Cells:
    if isinstance(text, str):
        return {(column, ""): text} if text else {}
    return {(column, spoken(language)): said for language, said in text.items()}


def cells(part: Struct, *, only: Iterable[str] = (), before: str = "") -> Cells:
    """What a part says that is not the usual, each under the name of its field."""
    row: Cells = {}
    for field in fields(part):
        value = getattr(part, field.name)
        if value != field.default and (not only or field.name in only):
            row |= words(before + field.name, value) if _is_words(field) else {(before + field.name, ""): _cell(value)}
    return row


def read(sheet: Sheet, kind: type[Part], findings: Findings, default_language: str) -> tuple[Part, ...]:
    """Every row of a sheet of ours; one that says too little or something else is a fault."""
    found = []
    for line in sheet.lines:
        given = values(line, kind, findings, default_language=default_language)
        try:
            found.append(msgspec.convert(given, kind))
        except msgspec.ValidationError as error:
            findings.faults.append(Notice(line.sheet, line.number, "", f"This row cannot be read: {error}."))
    return tuple(found)


def values(
    line: Line,
    kind: type[Struct],
    findings: Findings,
    *,
    default_language: str,
    only: Iterable[str] = (),
    before: str = "",
) -> dict[str, Any]:
    """What a row says of a part, as far as it says anything."""
    found: dict[str, Any] = {}
    for field in fields(kind):
        column = before + field.name
        if not line.has(column) or (only and field.name not in only):
            continue
        text: Any = line.cells.get((column, ""), "")
        try:
            given = line.words(column, default_language) if _is_words(field) else _value(text, field)
            found[field.name] = msgspec.convert(given, field.type)
        except msgspec.MsgspecError as error:
            findings.faults.append(Notice(line.sheet, line.number, column, f"This cannot be read: {error}."))
    return found


def settings(questionnaire: Questionnaire) -> Cells:
    title = questionnaire.title
    row: Cells = {
        ("form_title", ""): definitions.said(title, questionnaire.default_language) or questionnaire.code,
        ("form_id", ""): questionnaire.code,
        ("version", ""): questionnaire.version,
        ("default_language", ""): spoken(questionnaire.default_language),
    }
    if not isinstance(title, str) or not title:
        row |= words(f"{OWN}::title", title or NOTHING)
    row |= {(f"{OWN}::languages", ""): _cell(questionnaire.languages)}
    row |= cells(questionnaire, only=SAID, before=f"{OWN}::")
    for name in NESTED:
        nested = getattr(questionnaire, name)
        row |= cells(nested, before=f"{OWN}::{name}_") if nested else {}
    return row


def sheets(questionnaire: Questionnaire) -> dict[str, list[Cells]]:
    """A sheet for each kind of part there is."""
    made = {name: [cells(part) for part in getattr(questionnaire, name)] for name in SHEETS}
    made["policies"] = [
        {("policy", ""): policy, ("scale", ""): scale, ("least", ""): str(number)}
        for policy, least in questionnaire.policies.items()
        for scale, number in (least or {"": 0}).items()
    ]
    return {name: rows for name, rows in made.items() if rows}


def said(line: Line, findings: Findings, default_language: str) -> dict[str, Any]:
    """What the settings say of the questionnaire."""
    found = values(line, Questionnaire, findings, default_language=default_language, only=SAID, before=f"{OWN}::")
    for name, kind in NESTED.items():
        sheet = Sheet(line.sheet, (_inside(line, f"{OWN}::{name}_"),))
        nested = read(sheet, kind, findings, default_language) if sheet.lines[0].cells else ()
        found |= {name: nested[0]} if nested else {}
    title = line.words(f"{OWN}::title", default_language)
    return found | ({"title": "" if title == NOTHING else title} if title else {})


def _inside(line: Line, before: str) -> Line:
    cells = {
        (column.removeprefix(before), language): text
        for (column, language), text in line.cells.items()
        if column.startswith(before)
    }
    return Line(line.sheet, line.number, cells)


def policies(sheet: Sheet, findings: Findings) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for line in sheet.lines:
        least = found.setdefault(line.get("policy"), {})
        if line.get("scale") and not line.get("least").isdigit():
            findings.faults.append(Notice(line.sheet, line.number, "least", "This is not a whole number."))
        elif line.get("scale"):
            least[line.get("scale")] = int(line.get("least"))
    return found


def prompts(sheets: Mapping[str, Sheet], default_language: str) -> dict[str, tuple[Text, ...]]:
    """Prompts for the researcher, one a row, by the name of what they belong to."""
    found: dict[str, tuple[Text, ...]] = {}
    for line in sheets["prompts"].lines if "prompts" in sheets else ():
        name = line.get("name")
        found[name] = (*found.get(name, ()), line.words("prompt", default_language))
    return found


def _is_words(field: FieldInfo) -> bool:
    return bool(field.type == Text)


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return str(value)
    if isinstance(value, tuple):
        plain = all(isinstance(each, str) and re.fullmatch(r"[^\s\[]+", each) for each in value)
        if plain and value != (NOTHING,):
            return " ".join(value) or NOTHING
    return msgspec.json.encode(value, order="deterministic").decode()


def _value(text: str, field: FieldInfo) -> Any:
    if _is_text(field.type):
        return text
    if field.type is bool:
        return text.strip() in YES
    if get_origin(field.type) is tuple and _is_text(get_args(field.type)[0]):
        return _several(text.strip())
    return msgspec.json.decode(text)


def _is_text(kind: Any) -> bool:
    return get_origin(kind) is Literal or (isinstance(kind, type) and issubclass(kind, str))


def _several(text: str) -> list[str]:
    if text.startswith("["):
        return list(msgspec.json.decode(text, type=list[str]))
    return [] if text == NOTHING else text.split()

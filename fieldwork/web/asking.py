"""Asking: a section of a questionnaire as fields a page can draw, and a posted form as saves."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

import msgspec
from msgspec import Struct, field

from fieldwork.web.forms import Posted
from questionnaires import answers, definitions, expressions, flow
from questionnaires.administrations import Administration
from questionnaires.definitions import Item, Matrix, Question, Questionnaire, Section, said
from questionnaires.errors import WrongAnswer, WrongSave
from questionnaires.flow import Standing
from questionnaires.saving import Save

KINDS: dict[type, str] = {
    definitions.Integer: "number",
    definitions.Decimal: "number",
    definitions.Range: "range",
    definitions.TextAnswer: "text",
    definitions.SelectOne: "one",
    definitions.SelectMultiple: "several",
    definitions.Date: "date",
    definitions.Time: "time",
    definitions.Acknowledge: "acknowledge",
    definitions.Note: "note",
}


class Option(Struct, frozen=True):
    value: str
    text: str


class Field(Struct):
    """One question on a page; of a `wordless` one the owner's wording is not loaded and only the topic can be shown."""

    name: str
    kind: str
    label: str
    wordless: bool = False
    hint: str = ""
    prompts: list[str] = field(default_factory=list)
    options: list[Option] = field(default_factory=list)
    reasons: list[Option] = field(default_factory=list)
    value: Any = ""
    missing: str = ""
    note: str | None = None
    base: int = 0
    note_base: int = 0
    relevant: bool = True
    condition: Any = None
    complaint: str = ""
    multiline: bool = False
    rows: list["Field"] = field(default_factory=list)


def fields(section: Section, held: Administration, standing: Standing, complaints: Mapping[str, str]) -> list[Field]:
    """The section's questions in order; what does not apply now is there too, hidden, so that a page can show it."""
    return [drawn for item in section.items for drawn in _drawn(item, held, standing, complaints)]


def _drawn(item: Item, held: Administration, standing: Standing, complaints: Mapping[str, str]) -> Iterator[Field]:
    if isinstance(item, definitions.Group):
        for inner in item.items:
            yield from _drawn(inner, held, standing, complaints)
    elif isinstance(item, Matrix):
        matrix = _field(item, "matrix", standing, complaints)
        matrix.options = [_option(choice) for choice in item.choices]
        matrix.rows = [_question(row, held, standing, complaints) for row in item.rows()]
        yield matrix
    elif type(item) in KINDS:
        yield _question(item, held, standing, complaints)


def _question(item: Question, held: Administration, standing: Standing, complaints: Mapping[str, str]) -> Field:
    drawn = _field(item, KINDS[type(item)], standing, complaints)
    given = held.answers.get(item.name)
    drawn.missing = given["missing"] if isinstance(given, dict) and answers.is_missing(given) else ""
    drawn.value = "" if given is None or drawn.missing else given
    drawn.base = held.seqs.get(item.name, 0)
    drawn.multiline = "multiline" in item.appearance
    drawn.reasons = [Option(f"missing:{code}", answers.MISSING[code].label) for code in item.missing]
    if isinstance(item, definitions.SelectOne | definitions.SelectMultiple):
        drawn.options = [_option(choice) for choice in item.choices]
    if isinstance(item, definitions.Range):
        drawn.options = [Option(f"{step:g}", f"{step:g}") for step in _steps(item)]
    if item.notes:
        drawn.note = held.answers.get(item.name + answers.NOTE) or ""
        drawn.note_base = held.seqs.get(item.name + answers.NOTE, 0)
    return drawn


def _field(item: Any, kind: str, standing: Standing, complaints: Mapping[str, str]) -> Field:
    label = said(item.label)
    return Field(
        name=item.name,
        kind=kind,
        label=label or said(item.topic) or ("" if kind == "matrix" else item.name),
        wordless=not label and kind != "matrix",
        hint=said(item.hint),
        prompts=[said(prompt) for prompt in item.prompts],
        relevant=item.name in standing.relevant or kind == "note",
        condition=expressions.parse(item.relevant) if item.relevant else None,
        complaint=complaints.get(item.name) or standing.broken.get(item.name, ""),
    )


def _option(choice: definitions.Choice) -> Option:
    return Option(choice.name, said(choice.label) or choice.name)


def _steps(item: definitions.Range) -> Iterator[float]:
    value = item.start
    while value <= item.end:
        yield value
        value += item.step


class Sitting(Struct, frozen=True):
    """Where somebody stands in a questionnaire: its sections that apply, and how many answers each still lacks."""

    section: Section
    sections: list[tuple[Section, int]]
    standing: Standing
    before: str
    after: str


def sitting(definition: Questionnaire, held: Administration, name: str) -> Sitting:
    standing = flow.standing(definition, held.answers, today=held.held_on)
    applying = [section for section in definition.sections if section.name in standing.relevant]
    section = next((section for section in applying if section.name == name), applying[0])
    at = applying.index(section)
    open_items = set(standing.unanswered)
    return Sitting(
        section=section,
        sections=[
            (each, sum(item.name in open_items for item in definitions.flatten(each.items))) for each in applying
        ],
        standing=standing,
        before=applying[at - 1].name if at else "",
        after=applying[at + 1].name if at + 1 < len(applying) else "",
    )


def saves(items: list[Item], held: Administration, form: Posted, *, at: datetime) -> tuple[list[Save], dict[str, str]]:
    """What a posted form changes, as the saves a device would send. The form's id makes a second posting harmless."""
    form_id, found = _form_id(form), list[Save]()
    complaints: dict[str, str] = {}
    for item in items:
        names = [item.name, item.name + answers.NOTE] if item.notes else [item.name]
        for name in names:
            if not form.getall(f"shown.{name}", []):
                continue
            try:
                value = answers.from_form(
                    definitions.TextAnswer(name=name) if name != item.name else item, _texts(form, name)
                )
            except WrongAnswer as error:
                complaints[name] = str(error)
                continue
            if value != held.answers.get(name):
                base = next(iter(_texts(form, f"base.{name}")), "0")
                found.append(Save(_save_id(form_id, name, value), name, value, int(base) if base.isdigit() else 0, at))
    return found, complaints


def _form_id(form: Posted) -> UUID:
    try:
        return UUID(next(iter(form.getall("form_id", [])), ""))
    except ValueError as error:
        raise WrongSave from error


def _save_id(form_id: UUID, name: str, value: Any) -> UUID:
    """The same posting twice is the same save; a page the browser kept, sent with another answer, is another."""
    return uuid5(form_id, f"{name} {msgspec.json.encode(value, order='sorted').decode()}")


def _texts(form: Posted, name: str) -> list[str]:
    """An answer wins over a reason for having none that was left ticked beside it."""
    given = [text for text in form.getall(name, []) if isinstance(text, str) and text.strip()]
    answered = [text for text in given if not text.startswith("missing:")]
    return answered or given

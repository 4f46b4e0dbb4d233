"""REDCap's data dictionaries: every form of one becomes a questionnaire (pure)."""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from questionnaires import workbooks
from questionnaires.definitions import (
    About,
    Item,
    Licence,
    Matrix,
    MatrixItem,
    Questionnaire,
    Respondent,
    Section,
    SelectOne,
)
from questionnaires.errors import FaultyForm, UnreadableTable
from questionnaires.imported import Imported
from questionnaires.names import Names
from questionnaires.notices import Findings, Notice
from questionnaires.redcap import kinds
from questionnaires.redcap.kinds import Field, Form

SHEET = "dictionary"
COLUMNS = {
    "field_name": "variable / field name",
    "form_name": "form name",
    "section_header": "section header",
    "field_type": "field type",
    "field_label": "field label",
    "select_choices_or_calculations": "choices, calculations, or slider labels",
    "field_note": "field note",
    "text_validation_type_or_show_slider_number": "text validation type or show slider number",
    "text_validation_min": "text validation min",
    "text_validation_max": "text validation max",
    "identifier": "identifier?",
    "branching_logic": "branching logic (show field only if...)",
    "required_field": "required field?",
    "custom_alignment": "custom alignment",
    "question_number": "question number (surveys only)",
    "matrix_group_name": "matrix group name",
    "matrix_ranking": "matrix ranking?",
    "field_annotation": "field annotation",
}
HEADS = {head: name for name, shown in COLUMNS.items() for head in (name, shown)}
NEEDED = ("field_name", "form_name", "field_type", "field_label")
NAME = re.compile(r"[a-z][a-z0-9_]*")


def read(content: bytes) -> tuple[Imported, ...]:
    """A questionnaire for each form of the dictionary, in its order."""
    findings = Findings()
    fields = list(_fields(content, findings))
    _check(fields, findings)
    if findings.faults:
        raise FaultyForm(tuple(findings.faults))
    forms: dict[str, list[Field]] = {}
    for field in fields:
        forms.setdefault(field.get("form_name"), []).append(field)
    record = fields[0] if fields else None
    return tuple(
        _questionnaire(name, [each for each in inside if each is not record], record) for name, inside in forms.items()
    )


def is_dictionary(content: bytes) -> bool:
    try:
        return any(set(NEEDED) <= {_head(cell) for cell in row} for row in list(workbooks.rows(content))[:1])
    except UnreadableTable:
        return False


def _head(cell: Any) -> str:
    plain = " ".join(str(cell).replace("\ufeff", "").strip('" ').split()).lower()
    return HEADS.get(plain, plain)


def _fields(content: bytes, findings: Findings) -> Iterator[Field]:
    rows = list(workbooks.rows(content))
    heads = [_head(cell) for cell in rows[0]] if rows else []
    for name in NEEDED:
        if name not in heads:
            findings.faults.append(Notice(SHEET, 1, name, f"There is no column {COLUMNS[name]!r}."))
    if findings.faults:
        return
    for number, row in enumerate(rows[1:], start=2):
        cells = {head: str(cell).strip() for head, cell in zip(heads, row, strict=False) if str(cell).strip()}
        if cells:
            yield Field(SHEET, number, cells)


def _check(fields: Iterable[Field], findings: Findings) -> None:
    seen: set[str] = set()
    for field in fields:
        name = field.get("field_name")
        if not NAME.fullmatch(name):
            sentence = "cannot name a field: use small letters, digits and underscores, beginning with a letter."
            findings.faults.append(field.notice("field_name", f"{name[:60]!r} {sentence}"))
        if name in seen:
            findings.faults.append(field.notice("field_name", f"The field {name!r} is there twice."))
        seen.add(name)
        if not NAME.fullmatch(field.get("form_name")):
            sentence = "This is no form's name: use small letters, digits and underscores, beginning with a letter."
            findings.faults.append(field.notice("form_name", sentence))
        kind = field.get("field_type")
        if kind not in kinds.KINDS:
            findings.faults.append(field.notice("field_type", f"{kind[:60]!r} is not a type of field."))
        if kind in kinds.LISTED and not field.get("select_choices_or_calculations"):
            findings.faults.append(field.notice("select_choices_or_calculations", "There is nothing to choose from."))


def _questionnaire(name: str, fields: list[Field], record: Field | None) -> Imported:
    form = Form(name, Names(), Findings())
    if record and record.get("form_name") == name:
        form.tell(record, "field_name", "Families have a study reference; the record's id was left out.")
    kept = [field for field in fields if form.keeps(field)]
    for field in kept:
        form.name(field)
    for field in kept:
        form.here[field.get("field_name")] = (form.called(field), form.bare(field))
    sections = tuple(_sections(form, kept))
    sentence = "It is read as your own words, asked of a parent about the family. Change this where it is not so."
    notices = [Notice(SHEET, 1, "form_name", f"{name}: {sentence}"), *form.findings.notices]
    questionnaire = Questionnaire(
        code=name,
        version="1",
        title=name.replace("_", " ").strip().capitalize(),
        respondent=Respondent.PARENT,
        about=About.FAMILY,
        licence=Licence(status="own", wording="own"),
        sections=sections,
    )
    return Imported(questionnaire, tuple(dict.fromkeys(notices)))


def _sections(form: Form, fields: list[Field]) -> Iterator[Section]:
    """A section header begins a section."""
    parts: list[list[Field]] = []
    for field in fields:
        if field.get("section_header") or not parts:
            parts.append([])
        parts[-1].append(field)
    for part in parts:
        title = form.words(part[0], "section_header")
        yield Section(
            name=form.names.free("section" if title else "questions"), title=title, items=tuple(_items(form, part))
        )


def _items(form: Form, fields: list[Field]) -> Iterator[Item]:
    """Rows of one matrix group that differ only in what they ask are a matrix."""
    for group, rows in groupby(fields, key=lambda field: field.get("matrix_group_name")):
        together = list(rows)
        items = [form.item(field) for field in together]
        table = _matrix(form, group, items) if group else None
        for field in together:
            if field.get("matrix_ranking").lower() == "y":
                form.tell(field, "matrix_ranking", "Two rows may have the same answer here; ranking was left out.")
        yield from [table] if table else items


def _matrix(form: Form, group: str, items: list[Item]) -> Matrix | None:
    first, *others = items
    if not isinstance(first, SelectOne):
        return None
    for item in others:
        if not isinstance(item, SelectOne) or _apart(item) != _apart(first):
            return None
    if _apart(first)[1:] != _apart(SelectOne(name="", choices=(), required=first.required))[1:]:
        return None
    return Matrix(
        name=form.names.free(group),
        required=first.required,
        choices=first.choices,
        items=tuple(MatrixItem(name=item.name, label=item.label, topic=item.topic) for item in items),
    )


def _apart(item: SelectOne) -> tuple[Any, ...]:
    """What the rows of a matrix share."""
    return item.choices, item.required, item.relevant, item.hint, item.default, item.read_only

"""Posting: a posted form as the saves a device would send, and where it leads."""

import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid5

import msgspec

from fieldwork.web import drawing
from fieldwork.web.fields import Field
from fieldwork.web.forms import Posted
from questionnaires import answers, definitions
from questionnaires.administrations import Administration
from questionnaires.definitions import Item, Repeat, Upload
from questionnaires.errors import WrongAnswer, WrongSave
from questionnaires.saving import Save

ADD, REMOVE = "add:", "remove:"
PAUSE, OTHER, HAND_OVER, NOTE = "visit:", "other:", "hand-over:", "note:"  # no section is called so
_MONTH, _YEAR = re.compile(r"[0-9]{4}-[0-9]{2}"), re.compile(r"[0-9]{4}")


Asked = list[tuple[str, Item]]
NO_FILES: Mapping[str, str | None] = {}


def saves(
    asked: Asked,
    held: Administration,
    form: Posted,
    *,
    at: datetime,
    gone: str = "",
    files: Mapping[str, str | None] = NO_FILES,
    decided: Container[str] = (),
    read: Callable[[Item, list[str]], Any] = answers.from_form,
) -> tuple[list[Save], dict[str, str]]:
    """What a posted form changes, and what it decides; `gone` is the row that goes. Posted again it does nothing."""
    sent, found = form_id(form), list[Save]()
    complaints: dict[str, str] = {}
    for place, item in asked:
        if gone and place.startswith(gone):
            continue
        try:
            if isinstance(item, Upload):
                value = _file(form, place, item, held, files)
            else:
                value = read(item, _texts(form, place, item))
        except WrongAnswer as error:
            complaints[place] = error.sentence
            continue
        if value != held.answers.get(place) or place in decided:
            found.append(Save(_save_id(sent, place, value), place, value, _base(form, place), at))
    for place, value in held.answers.items():
        if gone and place.startswith(gone) and value is not None:
            base = _base(form, place) or held.seqs.get(place, 0)
            found.append(Save(_save_id(sent, place, None), place, None, base, at))
    return found, complaints


def again(drawn: Iterable[Field], form: Posted, complaints: Mapping[str, str]) -> None:
    """What was typed and not taken stands there as it was typed."""
    for field in drawn:
        if field.name in complaints and not field.options and field.kind != "file":
            field.value = next((text for text in form.getall(field.name, []) if isinstance(text, str)), "")


def rows(items: Iterable[Item], form: Posted) -> dict[str, int]:
    """How many rows of each repeat the form's sender wants to see next."""
    act, found = then(form), {}
    for item in definitions.flatten(items):
        if isinstance(item, Repeat) and not item.count and form.getall(f"rows.{item.name}", []):
            change = (act == ADD + item.name) - (act == REMOVE + item.name)
            found[item.name] = max(1, min(_rows(item, form) + change, item.maximum))
    return found


def then(form: Posted) -> str:
    """Which button was pressed: a section to go to, a row to add or to remove; nothing is the way on."""
    return next((text for text in form.getall("then", []) if isinstance(text, str)), "")


def away(form: Posted, held: Administration) -> str:
    """Where a button leads away from the questionnaire: to its visit, to another one of it, to handing it over."""
    act = then(form)
    if act == HAND_OVER:
        return f"questionnaires/{held.administration_id}/hand-over"
    if act == PAUSE:
        return f"visits/{quote(held.wave, safe='')}"
    try:
        return f"questionnaires/{UUID(act.removeprefix(OTHER))}" if act.startswith(OTHER) else ""
    except ValueError as error:
        raise WrongSave from error


def asked(items: Iterable[Item], form: Posted) -> Asked:
    """The questions the form put, by their places: of a repeat as many rows as it showed."""
    return [
        (place, item)
        for place, item in _places(items, form)
        if drawing.is_typed(item) and form.getall(f"shown.{place}", [])
    ]


def asked_at(place: str, item: Item, form: Posted) -> Asked:
    """The one question of a form, with the note beside it."""
    found = [(place, item), *(_note(item) if place == item.name else [])]
    return [each for each in found if form.getall(f"shown.{each[0]}", [])]


def _places(items: Iterable[Item], form: Posted) -> Iterator[tuple[str, Item]]:
    for item in definitions.flatten(items):
        if isinstance(item, Repeat):
            for number in range(1, _rows(item, form) + 1):
                yield from ((f"{item.name}[{number}].{inner.name}", inner) for inner in item.questions.values())
        else:
            yield from [(item.name, item), *_note(item)]


def _note(item: Item) -> list[tuple[str, Item]]:
    return [(item.name + answers.NOTE, definitions.TextAnswer(name=item.name, label=item.name))] if item.notes else []


def _rows(item: Repeat, form: Posted) -> int:
    said = next((text for text in form.getall(f"rows.{item.name}", []) if isinstance(text, str)), "0")
    return min(int(said), item.maximum) if said.isascii() and said[:9].isdigit() and len(said) < 4 else 0  # noqa: PLR2004 - the most rows have three digits


def gone(items: Iterable[Item], form: Posted) -> str:
    """Where the answers begin that go with the last row, if its sender takes it away."""
    act = then(form)
    for item in definitions.flatten(items):
        if isinstance(item, Repeat) and not item.count and act == REMOVE + item.name:
            return f"{item.name}[{max(_rows(item, form), 1)}]."
    return ""


def form_id(form: Posted) -> UUID:
    """What makes a second posting of the same form harmless."""
    try:
        return UUID(next(iter(form.getall("form_id", [])), ""))
    except ValueError as error:
        raise WrongSave from error


def _file(form: Posted, place: str, item: Upload, held: Administration, files: Mapping[str, str | None]) -> Any:
    """What was handed in, or else a reason, or that it is taken away; otherwise the answer stays as it is."""
    standing = held.answers.get(place)
    if place in files:
        return files[place] or standing
    reasons = [text for text in _texts(form, place, item) if text.startswith("missing:")]
    if reasons:
        return answers.from_form(item, reasons)
    return None if form.getall(f"away.{place}", []) else standing


def _save_id(form_id: UUID, place: str, value: Any) -> UUID:
    """The same posting twice is the same save; a page the browser kept, sent with another answer, is another."""
    return uuid5(form_id, f"{place} {msgspec.json.encode(value, order='sorted').decode()}")


def _base(form: Posted, place: str) -> int:
    base = next((text for text in form.getall(f"base.{place}", []) if isinstance(text, str)), "0")
    return int(base) if base.isdigit() else 0


def _texts(form: Posted, place: str, item: Item) -> list[str]:
    """An answer wins over a reason for having none that was left ticked beside it."""
    given = [text for text in form.getall(place, []) if isinstance(text, str) and text.strip()]
    answered = [text for text in given if not text.startswith("missing:")]
    return [_whole(text, item) for text in answered] or given


def _whole(text: str, item: Item) -> str:
    """A month or a year is kept as its first day."""
    if not isinstance(item, definitions.Date):
        return text
    looks = item.appearance.split()
    if "month-year" in looks and _MONTH.fullmatch(text.strip()):
        return f"{text.strip()}-01"
    return f"{text.strip()}-01-01" if "year" in looks and _YEAR.fullmatch(text.strip()) else text

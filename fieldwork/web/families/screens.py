"""Screens: what one page on a phone shows, what its form asks, and where it leads."""

from typing import Any

from msgspec import Struct

from fieldwork.web import asking, drawing, fields, posting
from fieldwork.web.asking import Sitting
from fieldwork.web.drawing import Known
from fieldwork.web.families.sheets import Sheet
from fieldwork.web.fields import Field, Option, Piece, Words
from questionnaires import answers, definitions
from questionnaires.definitions import Item, Repeat
from questionnaires.sentences import Sentence

RATHER_NOT, RATHER_NOT_SAY = "missing:refused", Sentence("I would rather not say")


class Screen(Struct):
    """One page: a question, the end of a repeat, or a whole section."""

    place: str
    kind: str
    title: Words
    text: Words
    captions: list[Words]
    fields: list[Field]
    number: int
    at: int
    places: int
    before: str
    rows: int = 0
    most: int = 0
    is_answered: bool = False


def screen(sheet: Sheet, place: str, complaints: dict[str, str], typed: Any = None) -> Screen:
    known, section, item = _known(sheet, complaints), sheet.section(place), sheet.definition.items.get(place)
    repeat = item if isinstance(item, Repeat) else None
    title = section.title if sheet.is_whole else repeat.label if repeat else ""
    at, places = sheet.progress(place)
    return Screen(
        place=place,
        kind="section" if sheet.is_whole else "repeat" if repeat else "question",
        title=known.words(title, known.outer),
        text=known.words(section.text, known.outer) if sheet.is_whole or place == sheet.asked[0] else (),
        captions=[] if sheet.is_whole or repeat else _captions(sheet, place, known),
        fields=_fields(sheet, place, complaints, typed),
        number=sheet.asked.index(place) + 1,
        at=at,
        places=places,
        before=sheet.before(place),
        rows=sheet.rows(repeat) if repeat else 0,
        most=repeat.maximum if repeat else 0,
        is_answered=place in sheet.held.answers.keys() - sheet.by_default and typed is None,
    )


def _fields(sheet: Sheet, place: str, complaints: dict[str, str], typed: Any) -> list[Field]:
    """By default no earlier answer is ever shown: whoever holds the phone now may not be who answered."""
    drawn = _drawn(sheet, place, complaints, typed)
    shown = {name for name, _ in asked(sheet, place, typed)} if typed is not None else sheet.by_default
    for field in fields.each(drawn):
        if field.name not in shown:
            forget(field)
        # Without a script nothing here could show a choice later, so that what is not offered is left out.
        field.options = [option for option in field.options if option.is_offered]
        refused = [option for option in field.reasons if option.value == RATHER_NOT]
        field.reasons = [Option(option.value, (Piece(sheet.opened.ours(RATHER_NOT_SAY)),)) for option in refused]
    if typed is not None:
        posting.again(fields.each(drawn), typed, complaints)
    return drawn


def asked(sheet: Sheet, place: str, form: Any) -> posting.Asked:
    """What the form of a page asks, and nothing that was slipped in beside it."""
    if sheet.is_whole:
        return posting.asked(sheet.section(place).items, form)
    item = answers.find(sheet.definition, place)
    return [(place, item)] if drawing.is_typed(item) and form.getall(f"shown.{place}", []) else []


def gone(sheet: Sheet, place: str, form: Any) -> str:
    """Where the answers begin that go with the row somebody takes away."""
    if sheet.is_whole:
        return posting.gone(sheet.section(place).items, form)
    repeat = sheet.definition.items.get(place)
    if isinstance(repeat, Repeat) and posting.then(form) == posting.REMOVE + place and sheet.rows(repeat):
        return f"{place}[{sheet.rows(repeat)}]."
    return ""


def takes_back(place: str, gone: str, form: Any) -> bool:
    """Whether an answer is to go: with its row, or because it is a file that is taken away."""
    return bool(gone and place.startswith(gone)) or bool(form.getall(f"away.{place}", []))


def stays(before: Sheet, after: Sheet, place: str, form: Any) -> bool:
    """A section shown whole comes again for another row, or when an answer has opened a question in it."""
    if not after.is_whole or place not in after.asked:
        return False
    return bool(posting.then(form)) or bool(_sitting(after, place).newly(_sitting(before, place)))


def begun(sheet: Sheet, place: str, form: Any) -> str:
    """A place in the row somebody wants to add."""
    repeat = sheet.definition.items.get(place)
    if not isinstance(repeat, Repeat) or posting.then(form) != posting.ADD + place:
        return ""
    return f"{place}[{sheet.rows(repeat) + 1}].{next(iter(repeat.questions))}"


def following(sheet: Sheet, place: str, begun: str) -> str:
    """The next page: the first of a new row, or what comes after this one."""
    row = f"{begun.partition(']')[0]}]."
    first = next((each for each in sheet.asked if begun and each.startswith(row)), "")
    if first:
        return first
    return sheet.after(place) if place in sheet.asked else sheet.first_open


def _drawn(sheet: Sheet, place: str, complaints: dict[str, str], typed: Any) -> list[Field]:
    if sheet.is_whole:
        here = _sitting(sheet, place)
        return asking.fields(here, complaints, posting.rows(here.section.items, typed) if typed is not None else {})
    if isinstance(sheet.definition.items.get(place), Repeat):
        return []
    return [drawing.at(_known(sheet, complaints), place)]


def forget(field: Field) -> None:
    if field.kind not in ("shown", "file"):
        field.value = ""
    if field.kind != "shown":
        field.missing, field.note = "", None
    for option in field.options:
        option.is_chosen = False


def _captions(sheet: Sheet, place: str, known: Known) -> list[Words]:
    """What stands over a question elsewhere: the label of its grid or group, or its row."""
    found = answers.path(place)
    around = _around(list(sheet.section(place).items), found.inner or found.name) or []
    return [
        known.words(item.label, known.outer) + ((Piece(f" {found.row}"),) if isinstance(item, Repeat) else ())
        for item in around
        if item.label
    ]


def _around(items: list[Item], name: str) -> list[Item] | None:
    for item in items:
        if item.name == name:
            return []
        if isinstance(item, definitions.Group | definitions.Repeat):
            inner = _around(list(item.items), name)
        else:
            inner = [] if isinstance(item, definitions.Matrix) and any(r.name == name for r in item.items) else None
        if inner is not None:
            return [item, *inner]
    return None


def _known(sheet: Sheet, complaints: dict[str, str]) -> Known:
    return Known(sheet.opened, sheet.standing, complaints, {})


def _sitting(sheet: Sheet, place: str) -> Sitting:
    return asking.sitting(sheet.opened, sheet.section(place).name)

"""Drawing: questions as fields a page can show, with the answers that are in their words."""

from collections import ChainMap
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from fieldwork.web import looks, opened
from fieldwork.web.fields import Field, Option, Piece, Rows, Words
from fieldwork.web.opened import Opened
from questionnaires import answers, definitions, expressions, flow, piping, prefills, values
from questionnaires.administrations import Administration
from questionnaires.definitions import Choice, Item, Matrix, Question, Repeat, Section, Text, said
from questionnaires.flow import BROKEN, Filtered, Standing
from questionnaires.sentences import Sentence

YES = Sentence("Yes")
UNSEEN = definitions.Calculate | definitions.Hidden
UNTYPED = definitions.Note | definitions.Group | definitions.Matrix | definitions.Repeat | UNSEEN


class Known(Struct, frozen=True):
    """What is known while questions are drawn; `rows` says how many rows of a repeat a page has opened."""

    opened: Opened
    standing: Standing
    complaints: Mapping[str, str]
    rows: Mapping[str, int]

    @property
    def held(self) -> Administration:
        return self.opened.held

    @property
    def language(self) -> str:
        return self.opened.language

    @property
    def outer(self) -> "Row":
        return Row(self.opened.seen(self.standing))

    def words(self, text: Text, row: "Row") -> Words:
        """Each answer in the words stands by itself, so that a page can put another in its place."""
        spoken = _tongue(text, self.language, self.opened.definition.default_language)
        lang = "" if spoken == self.opened.spoken else spoken
        return tuple(
            Piece(part, lang=lang) if isinstance(part, str) else Piece(self.answer(part.name, row), part.name, lang)
            for part in piping.parts(said(text, self.language))
        )

    def answer(self, name: str, row: "Row") -> str:
        return piping.said(f"${{{name}}}", row.values, self.opened.labels)


class Row(Struct, frozen=True):
    """The row of a repeat a question stands in, if any, and the answers it sees."""

    values: ChainMap[str, Any]
    repeat: str = ""
    number: int | None = None

    @property
    def prefix(self) -> str:
        return f"{self.repeat}[{self.number}]." if self.repeat else ""


def _tongue(text: Text, language: str, default: str) -> str:
    """The language `said` finds the words in; a text without languages is in the questionnaire's own."""
    if isinstance(text, str):
        return default
    return language if text.get(language) else next(iter(text), default)


def is_typed(item: Item) -> bool:
    """Whether somebody can answer it on a page."""
    return is_seen(item) and not isinstance(item, UNTYPED) and prefills.is_asked(item)


def is_seen(item: Item) -> bool:
    """What is only reckoned or carried along is not shown, nor is a question that says nothing."""
    if isinstance(item, UNSEEN):
        return False
    return bool(item.label or item.topic or item.media) or not (item.calculation or item.trigger)


def fields(section: Section, known: Known) -> list[Field]:
    """The section's questions in order; what does not apply now is there too, hidden, so that a page can show it."""
    return [drawn for item in section.items for drawn in _drawn(item, known, known.outer)]


def at(known: Known, place: str) -> Field:
    """The one question at a place."""
    found, item = answers.path(place), answers.find(known.opened.definition, place)
    repeat = known.opened.definition.question(found.name)
    inside = _row(repeat, found.row, known) if isinstance(repeat, Repeat) and found.row else known.outer
    return next(_drawn(item, known, inside))


def _drawn(item: Item, known: Known, row: Row) -> Iterator[Field]:
    if not is_seen(item):
        return
    if isinstance(item, definitions.Group):
        group = _field(item, "group", known, row)
        group.items = [drawn for inner in item.items for drawn in _drawn(inner, known, row)]
        yield group
    elif isinstance(item, Matrix):
        matrix = _field(item, "matrix", known, row)
        matrix.items = [_question(inner, known, row) for inner in item.rows()]
        yield matrix
    elif isinstance(item, Repeat):
        yield _repeat(item, known, row)
    else:
        yield _question(item, known, row)


def _repeat(item: Repeat, known: Known, outer: Row) -> Field:
    """As many rows as it counts or as were filled in; rows that no longer count are kept, out of sight."""
    drawn = _field(item, "repeat", known, outer)
    stored = opened.stored_rows(item, known.held)
    if item.count:
        shown = flow.rows(item, outer.values, today=known.held.held_on, now=known.opened.now)
    else:
        shown = shown_rows(item, known.held, known.rows)
    drawn.items = [_one_row(item, number, known, number <= shown) for number in range(1, max(shown, stored) + 1)]
    count = expressions.parse(item.count) if item.count else None
    drawn.repeat = Rows(shown, item.maximum, count, _one_row(item, 0, known, is_shown=True))
    return drawn


def shown_rows(item: Repeat, held: Administration, rows: Mapping[str, int]) -> int:
    """Those that are filled in, those somebody has opened, and one to begin with."""
    return min(item.maximum, max(opened.stored_rows(item, held), rows.get(item.name, 0), 1))


def _one_row(item: Repeat, number: int, known: Known, is_shown: bool) -> Field:
    row = _row(item, number, known)
    label = known.words(item.label or item.topic or item.name, row)
    inner = [drawn for each in item.items for drawn in _drawn(each, known, row)]
    return Field(item.name, "row", label, is_relevant=is_shown, items=inner, number=number)


def _row(item: Repeat, number: int, known: Known) -> Row:
    rows = known.standing.values.get(item.name) or []
    own = rows[number - 1] if 0 < number <= len(rows) else {}
    seen = ChainMap(own, dict.fromkeys(item.questions), known.outer.values)
    return Row(seen, item.name, number)


def _question(item: Question, known: Known, row: Row) -> Field:
    place = row.prefix + item.name
    drawn = _field(item, looks.kind(item), known, row)
    if isinstance(item, UNTYPED):
        return drawn
    if not is_typed(item):  # type: ignore[arg-type]
        drawn.kind, drawn.value = "shown", known.answer(item.name, row)
        return drawn
    given = known.held.answers.get(place)
    drawn.missing = given["missing"] if isinstance(given, dict) and answers.is_missing(given) else ""
    drawn.value = "" if given is None or drawn.missing else given
    drawn.base = known.held.seqs.get(place, 0)
    drawn.reasons = [
        Option(f"missing:{code}", (Piece(known.opened.ours(answers.MISSING[code].label)),)) for code in item.missing
    ]
    _add_choices(drawn, item, known, row)
    if item.constraint:
        drawn.rule = expressions.parse(item.constraint)
        message = said(item.constraint_message, known.language) or known.opened.ours(BROKEN)
        drawn.broken = piping.said(message, row.values, known.opened.labels)
    if item.notes and not row.repeat:
        drawn.note = known.held.answers.get(item.name + answers.NOTE) or ""
        drawn.note_base = known.held.seqs.get(item.name + answers.NOTE, 0)
    return drawn


def _add_choices(drawn: Field, item: Question, known: Known, row: Row) -> None:
    if isinstance(item, definitions.Integer | definitions.Decimal | definitions.Range):
        drawn.value = values.text(values.scalar(drawn.value)) or ""
    if isinstance(item, definitions.Date):
        drawn.value = looks.shortened(drawn.value, drawn.look)
    if isinstance(item, definitions.Upload):
        drawn.accepts = looks.ACCEPTED[item.kind]
    if isinstance(item, definitions.Range):
        drawn.options = [Option(step, (Piece(step),)) for step in looks.steps(item) if drawn.kind == "range"]
        drawn.hint += () if drawn.options else (Piece(known.opened.ours(looks.extent(item))),)
    if isinstance(item, definitions.Acknowledge):
        drawn.options = [Option(answers.ACKNOWLEDGED, (Piece(known.opened.ours(YES)),))]
    if isinstance(item, Filtered):
        today, now, language = known.held.held_on, known.opened.now, known.language
        left = flow.offered(item, row.values, today=today, now=now, position=row.number, language=language)
        offered = {id(choice) for choice in left}
        drawn.options = [_option(choice, id(choice) in offered, item, known, row) for choice in item.choices]
        drawn.filter = expressions.parse(item.choice_filter) if item.choice_filter else None
    for value in drawn.value if isinstance(drawn.value, list) else [drawn.value]:
        # Choices of one name are told apart by what is offered.
        named = [option for option in drawn.options if option.value == value]
        for option in sorted(named, key=lambda option: not option.is_offered)[:1]:
            option.is_chosen = True


def _option(choice: Choice, is_offered: bool, item: Filtered, known: Known, row: Row) -> Option:
    """A filter looks at the columns of a choice, and at its name and label."""
    label = said(choice.label, known.language)
    columns = choice.more | {"name": choice.name, "label": label}
    return Option(
        choice.name,
        known.words(choice.label, row) or (Piece(choice.name),),
        is_offered,
        columns=columns if item.choice_filter else None,
        media=looks.media(choice.media, known.language, known.opened.spoken),
    )


def _field(item: Question, kind: str, known: Known, row: Row) -> Field:
    place, is_inside = row.prefix + item.name, kind in ("group", "matrix", "repeat")
    words = item.label or item.topic or ("" if is_inside or item.media else item.name)
    return Field(
        name=place,
        kind=kind,
        label=known.words(words, row),
        wordless=not item.label and not item.media and not is_inside,
        hint=known.words(item.hint, row),
        prompts=[known.words(prompt, row) for prompt in item.prompts],
        guidance=known.words(item.guidance, row),
        media=looks.media(item.media, known.language, known.opened.spoken),
        look=looks.look(item),
        is_relevant=place in known.standing.relevant,
        condition=expressions.parse(item.relevant) if item.relevant else None,
        complaint=known.opened.ours(known.complaints.get(place) or known.standing.broken.get(place, "")),
    )

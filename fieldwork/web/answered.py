"""Answered: each question with its answer in words, what was answered first, and what was changed since."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from fieldwork.web import drawing, fields, looks, pages
from fieldwork.web.drawing import Known
from fieldwork.web.fields import Field, Told
from fieldwork.web.opened import Opened
from questionnaires import answers, definitions, values
from questionnaires.corrections import History
from questionnaires.definitions import Item
from questionnaires.histories import Said

ON_LINK = "the respondent, on a link"
ON_TABLET = "the respondent, on the tablet"


class Teller(Struct, frozen=True):
    """Puts answers into words; `names` are those of who gave them, `base` is where the questionnaire stands."""

    opened: Opened
    names: Mapping[str, str]
    zone: str
    base: str

    def words(self, place: str, value: Any) -> str:
        item = answers.find(self.opened.definition, place)
        return said(item, value, self.opened.labels.get(item.name, {}))

    def name(self, actor: str) -> str:
        by_themselves = {"link": ON_LINK, "handed": ON_TABLET}
        return by_themselves.get(actor.partition(":")[0]) or self.names.get(actor, actor)

    def told(self, one: Said) -> Told:
        place = one.item.removesuffix(answers.NOTE)
        return Told(
            words=self.words(one.item, one.value),
            who=self.name(one.actor),
            when=pages.when(one.at, self.zone),
            why=one.reason or "",
            href=f"{self.base}/change/{quote(place, safe='')}",
        )


class Answer(Struct, frozen=True):
    """A question as it stands on the page of a completed questionnaire; `around` is the row or group it stands in."""

    place: str
    around: str
    label: str
    words: str
    href: str
    first: Told | None
    changes: list[Told]
    others: list[Told]


class Part(Struct, frozen=True):
    title: str
    answers: list[Answer]


def parts(teller: Teller, known: Mapping[str, History]) -> list[Part]:
    """Section by section what was asked and answered; what did not apply is left out."""
    found, standing = teller.opened, teller.opened.standing()
    ground = Known(found, standing, {}, {})
    made = []
    for section in found.definition.sections:
        if section.name in standing.relevant:
            asked = [answer(teller, place, known, *words) for place, *words in _asked(drawing.fields(section, ground))]
            made.append(Part(found.said(section.title, standing), asked))
    return [part for part in made if part.answers]


def answer(teller: Teller, place: str, known: Mapping[str, History], around: str, label: str) -> Answer:
    history = known.get(place) or History(None, [], [])
    # Whoever answered only once, and at the time, needs no history; what came after the end says why.
    first = history.first if history.changes or history.others or (history.first and history.first.reason) else None
    name = place.removesuffix(answers.NOTE)
    return Answer(
        place=place,
        around=around,
        label=label,
        words=teller.words(place, teller.opened.held.answers.get(place)),
        href=f"{teller.base}/change/{quote(name, safe='')}",
        first=teller.told(first) if first else None,
        changes=[teller.told(each) for each in history.changes],
        others=[teller.told(each) for each in history.others],
    )


def said(item: Item, value: Any, labels: Mapping[str, str]) -> str:
    """An answer as somebody would say it."""
    if value is None:
        return "No answer"
    if answers.is_missing(value):
        return answers.MISSING[value["missing"]].label
    match item:
        case definitions.Acknowledge():
            return "Yes"
        case definitions.Upload():
            return "A file"
        case definitions.Date():
            return looks.shortened(value, looks.look(item))
    given = value if isinstance(value, list) else [value]
    texts = [values.text(values.scalar(each)) or "" for each in given]
    return ", ".join(labels.get(text, text) for text in texts)


def _asked(drawn: Iterable[Field], around: str = "") -> Iterator[tuple[str, str, str]]:
    """The place, what stands around it, and the words of each question that is to be seen."""
    for field in drawn:
        if not field.is_relevant:
            continue
        label = fields.plain(field.label)
        if field.kind in fields.INSIDE:
            inner = f"{label} {field.number}" if field.kind == "row" else label
            yield from _asked(field.items, inner or around)
        elif field.kind not in ("note", "shown"):
            yield field.name, around, label
            if field.note:
                yield field.name + answers.NOTE, label, "The researcher's note"

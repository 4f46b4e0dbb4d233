"""Asking: where somebody stands in a questionnaire, section by section, and what is still to be asked."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from fieldwork.web import drawing, opened
from fieldwork.web.drawing import Known
from fieldwork.web.fields import Field, Words, each
from fieldwork.web.opened import NO_ROWS, Opened
from questionnaires import answers, definitions, expressions
from questionnaires.definitions import Questionnaire, Repeat, Section
from questionnaires.expressions import Tree
from questionnaires.flow import Standing


class Part(Struct, frozen=True):
    """A section in the list of sections: how it is called and how many questions in it are open."""

    name: str
    title: str
    left: int


class Page(Struct, frozen=True):
    """A section as an interview shows it. All of them are on the page, so that it goes on when the line is gone."""

    section: Section
    left: int
    condition: Tree | None
    is_relevant: bool
    before: str
    after: str
    fields: list[Field]

    @property
    def wordless(self) -> bool:
        return any(field.wordless for field in each(self.fields))


class Open(Struct, frozen=True):
    """An answer that is wanted, or wanted otherwise: where it belongs, and the sentence that asks for it."""

    section: str
    place: str
    sentence: str


class Sitting(Struct, frozen=True):
    """Where somebody stands in a questionnaire: its sections that apply, and how many answers each still lacks."""

    opened: Opened
    section: Section
    sections: list[Part]
    standing: Standing
    before: str
    after: str

    def said(self, text: definitions.Text) -> str:
        return self.opened.said(text, self.standing)

    def newly(self, before: "Sitting") -> str:
        """The first question of this section that an answer has opened: a page without a script could not show it."""
        seen, places = _shown(before), _shown(self)
        return next((place.partition(" ")[0] for place in places if place not in seen), "")

    def words(self, text: definitions.Text) -> Words:
        known = Known(self.opened, self.standing, {}, {})
        return known.words(text, known.outer)

    @property
    def needed(self) -> list[Open]:
        return [
            Open(section_of(self.opened.definition, place), place, self._asked_for(place))
            for place in self.standing.required_unanswered
            if drawing.is_typed(answers.find(self.opened.definition, place))
        ]

    @property
    def broken(self) -> list[Open]:
        return [
            Open(section_of(self.opened.definition, place), place, sentence)
            for place, sentence in self.standing.broken.items()
        ]

    def _asked_for(self, place: str) -> str:
        item = answers.find(self.opened.definition, place)
        return (
            self.said(item.required_message) or f"“{self.said(item.label or item.topic or item.name)}” is not answered."
        )


def sitting(found: Opened, name: str) -> Sitting:
    standing, definition = found.standing(), found.definition
    applying = [each for each in definition.sections if each.name in standing.relevant] or [definition.sections[0]]
    section = next((each for each in applying if each.name == name), applying[0])
    names, left = [each.name for each in applying], unanswered(definition, standing)
    return Sitting(
        found,
        section,
        [Part(each.name, found.said(each.title, standing) or each.name, _left(each, left)) for each in applying],
        standing,
        before=_beside(names, section.name, -1),
        after=_beside(names, section.name, 1),
    )


def unanswered(definition: Questionnaire, standing: Standing) -> list[str]:
    """What somebody could still answer on a page."""
    return [place for place in standing.unanswered if drawing.is_typed(answers.find(definition, place))]


def fields(
    here: Sitting, complaints: Mapping[str, str] | None = None, rows: Mapping[str, int] = NO_ROWS
) -> list[Field]:
    """The questions of the section."""
    return drawing.fields(here.section, _known(here, [here.section], complaints or {}, rows))


def pages(here: Sitting, complaints: Mapping[str, str], rows: Mapping[str, int]) -> list[Page]:
    """The questions of every section, whether it applies now or not."""
    sections = here.opened.definition.sections
    known = _known(here, sections, complaints, rows)
    applying = {part.name: part for part in here.sections}
    order = list(applying)
    return [
        Page(
            section,
            applying[section.name].left if section.name in applying else 0,
            expressions.parse(section.relevant) if section.relevant else None,
            section.name in applying,
            before=_beside(order, section.name, -1),
            after=_beside(order, section.name, 1),
            fields=drawing.fields(section, known),
        )
        for section in sections
    ]


def _beside(order: list[str], name: str, step: int) -> str:
    at = order.index(name) + step if name in order else -1
    return order[at] if 0 <= at < len(order) else ""


def _known(here: Sitting, sections: Iterable[Section], complaints: Mapping[str, str], rows: Mapping[str, int]) -> Known:
    """With as many rows of each repeat as the page has opened and room for a first one."""
    items = [item for section in sections for item in definitions.flatten(section.items)]
    repeats = [item for item in items if isinstance(item, Repeat) and not item.count]
    held = here.opened.held
    shown = {item.name: drawing.shown_rows(item, held, rows) for item in repeats}
    empty = {item.name: shown[item.name] for item in repeats if shown[item.name] > opened.stored_rows(item, held)}
    standing = here.opened.standing(empty) if empty else here.standing
    return Known(here.opened, standing, complaints, shown)


def _left(section: Section, left: list[str]) -> int:
    names = {item.name for item in definitions.flatten(section.items)}
    return sum(answers.path(place).name in names for place in left)


def section_of(definition: Questionnaire, place: str) -> str:
    name = answers.path(place).name
    return next(
        each.name for each in definition.sections if any(item.name == name for item in definitions.flatten(each.items))
    )


def _shown(here: Sitting) -> dict[str, None]:
    """What stands on the section's page now: each question, and each choice it offers."""
    return {
        f"{field.name} {option.value}" if option else field.name: None
        for field in each(fields(here), visible=True)
        for option in [None, *(option for option in field.options if option.is_offered)]
    }

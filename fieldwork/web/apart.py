"""Apart: a questionnaire for whoever holds the tablet alone, one question a page, choices drawn as pictures (pure)."""

from collections.abc import Iterable, Iterator

from msgspec import structs

from fieldwork.web import drawing
from fieldwork.web.fields import Field, Option, Picture, each
from questionnaires import answers, definitions, expressions, piping, places
from questionnaires.definitions import Item, Questionnaire, Section

PAGE = "-page"  # no question can be called so
PICTURES = "pictures-"


def apart(asked: Questionnaire) -> Questionnaire:
    """What its owner laid out stays as it is, section by section; anything else is asked one by one."""
    if asked.layout == "as_published":
        whole = [structs.replace(each, name=each.name + PAGE) for each in asked.sections]
        return structs.replace(asked, sections=tuple(whole))
    return structs.replace(asked, sections=tuple(page for section in asked.sections for page in _pages(section)))


def _pages(section: Section) -> Iterator[Section]:
    text = section.text
    for item, conditions in _pieces(section.items, (section.relevant,)):
        relevant = " and ".join(f"({each})" for each in conditions if each)
        name = _innermost(item).name + PAGE
        yield Section(name=name, title=section.title, text=text, relevant=relevant, items=(item,))
        text = "" if drawing.is_seen(_innermost(item)) else text


def _pieces(items: Iterable[Item], around: tuple[str, ...]) -> Iterator[tuple[Item, tuple[str, ...]]]:
    """Each question with what is around it, and with every condition it stands under."""
    for item in items:
        conditions = (*around, item.relevant)
        if isinstance(item, definitions.Group):
            for inner, under in _pieces(item.items, conditions):
                yield structs.replace(item, items=(inner,)), under
        elif isinstance(item, definitions.Matrix):
            for row in item.rows():
                asked = structs.replace(row, appearance=item.appearance)
                yield _group(item, asked), conditions
        elif not isinstance(item, definitions.Upload):
            yield item, conditions


def _group(grid: definitions.Matrix, row: Item) -> definitions.Group:
    return definitions.Group(
        name=grid.name, label=grid.label or grid.topic, hint=grid.hint, relevant=grid.relevant, items=(row,)
    )


def _innermost(item: Item) -> Item:
    return _innermost(item.items[0]) if isinstance(item, definitions.Group) else item


def looked_at(asked: Questionnaire) -> set[str]:
    """The questions whose answers a condition or the words of another one look at; a repeat for its rows."""
    found = {item.name for item in asked.items.values() if isinstance(item, definitions.Repeat)}
    for entry in places.entries(asked):
        for condition in places.conditions(entry.part).values():
            found |= expressions.names(expressions.parse(condition))
        for text in places.texts(entry.part):
            for words in [text] if isinstance(text, str) else text.values():
                found |= piping.names(words)
    return found


def has_pictures(asked: Questionnaire, age: int | None) -> bool:
    """Whether choices are drawn for a respondent of this age; never in what its owner forbids to change."""
    if asked.layout == "as_published":
        return False
    return asked.pictures is None or (age is not None and asked.pictures.minimum <= age <= asked.pictures.maximum)


def draw_pictures(fields: list[Field], asked: Questionnaire) -> None:
    """Where a question says so, each choice is one of a row of drawings, from its lowest number to its highest."""
    for field in each(fields):
        kind = next((word.removeprefix(PICTURES) for word in field.look if word.startswith(PICTURES)), "")
        if kind:
            choices = getattr(answers.find(asked, field.name), "choices", ())
            ordered = sorted(choices, key=lambda choice: (choice.value is None, choice.value or 0))
            steps = {choice.name: number for number, choice in enumerate(ordered)}
            for option in field.options:
                _draw(option, kind, steps)


def _draw(option: Option, kind: str, steps: dict[str, int]) -> None:
    if option.value in steps:
        option.picture = Picture(kind, steps[option.value], len(steps))

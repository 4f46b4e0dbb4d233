"""Places: every part of a questionnaire with where a person finds it, and what is wrong there (pure)."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from questionnaires import definitions, prefills
from questionnaires.definitions import Choice, Item, MatrixItem, Questionnaire, Section, Text

WORDS = ("title", "text", "label", "topic", "hint", "guidance", "required_message", "constraint_message")
PICTURES = ("image", "big_image", "audio", "video")


class Fault(Struct, frozen=True):
    """Where something is wrong, what it is, and what would mend it."""

    place: str
    sentence: str
    mend: str


class Entry(Struct, frozen=True):
    """A part of the questionnaire, the parts around it, and the repeat it is asked in."""

    place: str
    part: Section | Item | MatrixItem
    around: tuple["Entry", ...] = ()
    repeat: str = ""


def entries(questionnaire: Questionnaire) -> Iterator[Entry]:
    for section in questionnaire.sections:
        entry = Entry(f"section {section.name}", section)
        yield entry
        yield from _inside(section.items, entry, "")


def conditions(part: Section | Item | MatrixItem) -> dict[str, str]:
    """The expressions of a part, by the key they stand under."""
    keys = ("relevant", "constraint", "choice_filter", "calculation", "count", "required", "default")
    found = {key: getattr(part, key, "") for key in keys}
    return {
        key: text
        for key, text in found.items()
        if isinstance(text, str) and text and (key != "default" or prefills.is_expression(text))
    }


def texts(part: Section | Item | MatrixItem, *, topics: bool = True) -> list[Text]:
    """Everything a person may read; a topic is our own handle, read only where there are no words."""
    choices: tuple[Choice, ...] = getattr(part, "choices", ())
    prompts: tuple[Text, ...] = getattr(part, "prompts", ())
    shown = [getattr(part, "media", None), *(choice.media for choice in choices)]
    pictures = [getattr(media, key) for media in shown if media for key in PICTURES]
    words = [getattr(part, key, "") for key in WORDS if topics or key != "topic"]
    return [*words, *prompts, *(choice.label for choice in choices), *pictures]


def _inside(items: Iterable[Item | MatrixItem], outer: Entry, repeat: str) -> Iterator[Entry]:
    for item in items:
        entry = Entry(f"{outer.place}, {item.name}", item, (*outer.around, outer), repeat)
        yield entry
        if isinstance(item, definitions.Group | definitions.Matrix):
            yield from _inside(item.items, entry, repeat)
        elif isinstance(item, definitions.Repeat):
            yield from _inside(item.items, entry, item.name)

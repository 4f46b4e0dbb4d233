"""Sentences: English that knows its words apart from its values, so that a door can say it in another language."""

from collections.abc import Callable, Mapping
from typing import Any, Self

from msgspec import Struct


class Sentence(str):
    """A value may be a text in several languages; a template keeps its places where no value is given."""

    __slots__ = ("template", "values")
    template: str
    values: Mapping[str, Any]

    def __new__(cls, template: str, **values: Any) -> Self:
        made = super().__new__(cls, _filled(template, values, "en"))
        made.template, made.values = template, values
        return made

    def spoken(self, gettext: Callable[[str], str], language: str) -> str:
        """The same in another language: `gettext` knows the template there."""
        return _filled(gettext(self.template), self.values, language)


def _filled(template: str, values: Mapping[str, Any], language: str) -> str:
    if not values:
        return template
    return template % {
        name: each.get(language) or next(iter(each.values())) if isinstance(each, dict) else each
        for name, each in values.items()
    }


class Bounds(Struct, frozen=True):
    """What to enter where a number was asked for: any, one that is not too small, not too large, neither."""

    plain: str
    least: str
    most: str
    between: str


NUMBER = Bounds(
    Sentence("Enter a number."),
    Sentence("Enter a number of %(low)g or more."),
    Sentence("Enter a number of %(high)g or less."),
    Sentence("Enter a number between %(low)g and %(high)g."),
)
WHOLE_NUMBER = Bounds(
    Sentence("Enter a whole number."),
    Sentence("Enter a whole number of %(low)g or more."),
    Sentence("Enter a whole number of %(high)g or less."),
    Sentence("Enter a whole number between %(low)g and %(high)g."),
)

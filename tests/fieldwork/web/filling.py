"""Somebody who answers every question they see on a page, each with a value its definition allows."""

from html.parser import HTMLParser
from typing import Any

from browser import VOID, Form, Page

from questionnaires import answers, definitions, expressions
from questionnaires.definitions import Item, Questionnaire

FILES = definitions.Upload  # can't be handed in yet
REFUSED: tuple[Any, Any] = ("missing:refused", {"missing": "refused"})
DAYS = {"year": ("2015", "2015-01-01"), "month-year": ("2015-06", "2015-06-01")}
MOMENTS = {
    definitions.Date: ("2015-06-01",),
    definitions.Time: ("09:30",),
    definitions.DateTime: ("2015-06-01T09:30",),
}
TEXTS = ("Wren", "7", "wren@example.org", "+44 7700 900123")
MOST_PAGES = 60


class Seen(HTMLParser):
    """The questions somebody without a script sees, what each offers, and which rows can be added."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.questions: dict[str, list[str]] = {}
        self.adds: list[str] = []
        self._hidden: list[bool] = []
        self._select = ""
        self.feed(page.html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attributes}
        is_hidden = "hidden" in known or tag == "template" or any(self._hidden[-1:])
        if tag not in VOID:
            self._hidden.append(is_hidden)
        if not is_hidden:
            self._see(tag, known)

    def _see(self, tag: str, known: dict[str, str]) -> None:
        name, value = known.get("name", ""), known.get("value", "")
        if tag == "select":
            self._select = name
        if name.startswith("shown."):
            self.questions[name.removeprefix("shown.")] = []
        elif value.startswith("add:"):
            self.adds.append(value)
        elif value and (tag == "option" or known.get("type") in ("radio", "checkbox")):
            offered = self.questions.get(name or self._select, [])
            offered += [value] if value not in offered and not value.startswith("missing:") else []

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self._hidden.pop()


async def fill_in(page: Page, definition: Questionnaire) -> tuple[Page, dict[str, Any]]:
    """Page by page to the end, with one more row wherever rows can be added; what was typed, as it should be kept."""
    given: dict[str, Any] = {}
    added: set[str] = set()
    for _ in range(MOST_PAGES):
        assert page.status == 200, page.text
        if page.path.endswith("/end"):
            return page, given
        seen, form = Seen(page), next(form for form in page.forms if "form_id" in form.names)
        for place, offered in seen.questions.items():
            item = answers.find(definition, place)
            if not isinstance(item, FILES):
                text, given[place] = value(item, offered)
                form.fill({place: text})
        adding = next((add for add in seen.adds if add not in added), "")
        added.add(adding)
        page = await form.press(_button(form, adding))
    raise AssertionError(f"{definition.code} does not come to an end: {page.path}")


def _button(form: Form, value: str) -> str:
    return next(text for _, said, text in form.buttons if said == value)


def value(item: Item, offered: list[str]) -> tuple[Any, Any]:
    """What is typed, and what is kept of it: the first that meets the rule, or else the reason for having none."""
    rule = expressions.parse(item.constraint or "true()")
    for text, kept in _values(item, offered):
        if expressions.truth(expressions.evaluate(rule, {}, this=kept)):
            return text, kept
    return REFUSED


def _values(item: Item, offered: list[str]) -> list[tuple[Any, Any]]:
    match item:
        case definitions.SelectMultiple() | definitions.Rank():
            chosen = offered[::-1] if isinstance(item, definitions.Rank) else offered
            return [(chosen, chosen)]
        case definitions.SelectOne() | definitions.Acknowledge():
            return [(name, name) for name in offered]
        case definitions.Range():
            return [_number(round(item.start + item.step, 9))]
        case definitions.Integer() | definitions.Decimal():
            low = item.minimum if item.minimum is not None else min(item.maximum or 0, 0)
            return [_number(low + more, fraction=isinstance(item, definitions.Decimal)) for more in range(10)]
    shortened = [DAYS[look] for look in item.appearance.split() if look in DAYS]
    return shortened or [(text, text) for text in MOMENTS.get(type(item), TEXTS)]


def _number(number: float, *, fraction: bool = False) -> tuple[str, float]:
    """A fraction stays one where it happens to be whole; on a range a whole number is one."""
    return f"{number:g}", float(number) if fraction or not float(number).is_integer() else int(number)

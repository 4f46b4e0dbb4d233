"""Questionnaires as files: what is asked, of whom, about whom, and what the answers amount to."""

import hashlib
from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import cached_property
from typing import Literal

import msgspec

from questionnaires import measures
from questionnaires.errors import UnknownItem

Text = measures.Text
MissingCode = Literal["refused", "dont_know", "not_asked", "not_applicable"]


class Respondent(StrEnum):
    PARENT = "parent"
    CHILD = "child"
    YOUNG_PERSON = "young_person"
    RESEARCHER = "researcher"
    PROFESSIONAL = "professional"


class About(StrEnum):
    SELF = "self"
    CHILD = "child"
    FAMILY = "family"
    FILE = "file"
    RECORDS = "records"
    SITE = "site"


class Media(measures.Part, frozen=True, kw_only=True):
    """Names of files that say or show what the label says, in each language."""

    image: Text = ""
    big_image: Text = ""
    audio: Text = ""
    video: Text = ""


class Choice(measures.Part, frozen=True, kw_only=True):
    """Something to choose; `more` holds the columns a choice filter looks at."""

    name: str
    label: Text = ""
    value: int | None = None
    media: Media | None = None
    more: dict[str, str] = msgspec.field(default_factory=dict)


class MatrixItem(measures.Part, frozen=True, kw_only=True):
    name: str
    label: Text = ""
    topic: Text = ""


class Question(measures.Part, tag_field="type", frozen=True, kw_only=True):
    name: str
    label: Text = ""
    topic: Text = ""
    hint: Text = ""
    guidance: Text = ""
    media: Media | None = None
    relevant: str = ""
    required: bool | str = False
    required_message: Text = ""
    constraint: str = ""
    constraint_message: Text = ""
    calculation: str = ""
    trigger: str = ""
    default: str = ""
    read_only: bool = False
    appearance: str = ""
    prompts: tuple[Text, ...] = ()
    notes: bool = False
    missing: tuple[MissingCode, ...] = ("refused", "dont_know", "not_asked")


class Integer(Question, tag="integer", frozen=True, kw_only=True):
    minimum: int | None = None
    maximum: int | None = None


class Decimal(Question, tag="decimal", frozen=True, kw_only=True):
    minimum: float | None = None
    maximum: float | None = None


class Range(Question, tag="range", frozen=True, kw_only=True):
    start: float
    end: float
    step: float = 1


class TextAnswer(Question, tag="text", frozen=True, kw_only=True):
    pass


class SelectOne(Question, tag="select_one", frozen=True, kw_only=True):
    choices: tuple[Choice, ...]
    choice_filter: str = ""


class SelectMultiple(Question, tag="select_multiple", frozen=True, kw_only=True):
    choices: tuple[Choice, ...]
    choice_filter: str = ""


class Rank(Question, tag="rank", frozen=True, kw_only=True):
    choices: tuple[Choice, ...]
    choice_filter: str = ""


class Date(Question, tag="date", frozen=True, kw_only=True):
    pass


class Time(Question, tag="time", frozen=True, kw_only=True):
    pass


class DateTime(Question, tag="datetime", frozen=True, kw_only=True):
    pass


class Upload(Question, tag="file", frozen=True, kw_only=True):
    """A file handed in with the answers: a photograph, a recording, a drawing."""

    kind: Literal["image", "audio", "video", "file"] = "file"


class Hidden(Question, tag="hidden", frozen=True, kw_only=True):
    """A value the questionnaire carries without showing it."""


class Note(Question, tag="note", frozen=True, kw_only=True):
    pass


class Acknowledge(Question, tag="acknowledge", frozen=True, kw_only=True):
    pass


class Calculate(Question, tag="calculate", frozen=True, kw_only=True):
    calculation: str


class Matrix(Question, tag="matrix", frozen=True, kw_only=True):
    choices: tuple[Choice, ...]
    items: tuple[MatrixItem, ...]

    def rows(self) -> tuple[SelectOne, ...]:
        return tuple(
            SelectOne(
                name=item.name,
                label=item.label,
                topic=item.topic,
                choices=self.choices,
                required=self.required,
                missing=self.missing,
            )
            for item in self.items
        )


class Group(Question, tag="group", frozen=True, kw_only=True):
    items: tuple["Item", ...]


class Repeat(Question, tag="repeat", dict=True, frozen=True, kw_only=True):
    items: tuple["Item", ...]
    maximum: int = 20
    count: str = ""

    @cached_property
    def questions(self) -> dict[str, "Item"]:
        return {question.name: question for question in flatten(self.items)}


Item = (
    Integer
    | Decimal
    | Range
    | TextAnswer
    | SelectOne
    | SelectMultiple
    | Rank
    | Date
    | Time
    | DateTime
    | Upload
    | Hidden
    | Note
    | Acknowledge
    | Calculate
    | Matrix
    | Group
    | Repeat
)


class Section(measures.Part, frozen=True, kw_only=True):
    name: str
    title: Text = ""
    text: Text = ""
    relevant: str = ""
    prompts: tuple[Text, ...] = ()
    items: tuple[Item, ...] = ()


class Earlier(measures.Part, frozen=True, kw_only=True):
    """An answer the same respondent gave about the same subject before, to be named in words and conditions."""

    name: str
    questionnaire: str
    item: str
    wave: str
    on_link: bool = False


class Ages(measures.Part, frozen=True, kw_only=True):
    """Completed years of the subject on the day of the interview."""

    minimum: int
    maximum: int


class Licence(measures.Part, frozen=True, kw_only=True):
    status: Literal["own", "free", "ask", "forbidden"]
    owner: str = ""
    note: str = ""
    citation: str = ""
    wording: Literal["own", "loaded", "topics"] = "topics"


class Questionnaire(measures.Part, dict=True, frozen=True, kw_only=True):
    code: str
    version: str
    title: Text
    respondent: Respondent
    about: About
    licence: Licence
    sections: tuple[Section, ...]
    description: Text = ""
    languages: tuple[str, ...] = ("en",)
    default_language: str = "en"
    layout: Literal["free", "as_published"] = "free"
    follows: str = ""  # the version this one takes the place of
    earlier: tuple[Earlier, ...] = ()
    usual: bool = False
    ages: Ages | None = None
    pictures: Ages | None = None  # of a respondent for whom choices are drawn where they say so; without it, for all
    scales: tuple[measures.Scale, ...] = ()
    flags: tuple[measures.Flag, ...] = ()
    bands: tuple[measures.BandTable, ...] = ()
    policies: dict[str, dict[str, int]] = msgspec.field(default_factory=dict)
    key_confirmed: bool = True
    key_evidence: str = ""

    @cached_property
    def items(self) -> dict[str, Item]:
        """Every question that can be asked or calculated, in order; those inside a repeat belong to the repeat."""
        return {item.name: item for section in self.sections for item in flatten(section.items)}

    def question(self, name: str) -> Item:
        try:
            return self.items[name]
        except KeyError as error:
            raise UnknownItem(f"The questionnaire {self.code} has no question named {name[:40]!r}.") from error


def flatten(items: Iterable[Item]) -> Iterator[Item]:
    for item in items:
        if isinstance(item, Group):
            yield from flatten(item.items)
        elif isinstance(item, Matrix):
            yield from item.rows()
        else:
            yield item


def said(text: Text, language: str = "en") -> str:
    """The words in the language asked for, or else in the first one there is."""
    if isinstance(text, str):
        return text
    return text.get(language) or next(iter(text.values()), "")


def content_hash(questionnaire: Questionnaire) -> str:
    return hashlib.sha256(msgspec.json.encode(measures.plain(questionnaire), order="deterministic")).hexdigest()

"""Fields: what a page shows of one question, one choice, one group, one row."""

from typing import Any

from msgspec import Struct, field

INSIDE = ("group", "matrix", "repeat", "row")


class Piece(Struct, frozen=True):
    """Words; with a name they are the answer to that question, and follow it; `lang` is not the page's own language."""

    text: str
    name: str = ""
    lang: str = ""


Words = tuple[Piece, ...]


class Picture(Struct, frozen=True):
    """One of a row of drawings, from the least of something to the most."""

    kind: str
    at: int
    of: int

    @property
    def share(self) -> float:
        return self.at / (self.of - 1) if self.of > 1 else 1.0


class Option(Struct):
    """A choice; `columns` is what a filter sees of it."""

    value: str
    words: Words
    is_offered: bool = True
    is_chosen: bool = False
    columns: dict[str, str] | None = None
    media: str = ""
    picture: Picture | None = None

    @property
    def text(self) -> str:
        return plain(self.words)

    @property
    def is_fixed(self) -> bool:
        """Whether no answer stands in its words, and no other language."""
        return not any(piece.name or piece.lang for piece in self.words)

    @property
    def lang(self) -> str:
        return next((piece.lang for piece in self.words), "")


class Here(Struct, frozen=True):
    """A file that answers a question: what is said of it, and where it can be had, if whoever looks may have it."""

    text: str
    path: str = ""


class Field(Struct):
    """One thing on a page; of a `wordless` one the owner's wording is not loaded and only the topic can be shown."""

    name: str
    kind: str
    label: Words = ()
    wordless: bool = False
    hint: Words = ()
    prompts: list[Words] = field(default_factory=list)
    guidance: Words = ()
    media: str = ""
    look: tuple[str, ...] = ()
    options: list[Option] = field(default_factory=list)
    reasons: list[Option] = field(default_factory=list)
    value: Any = ""
    missing: str = ""
    note: str | None = None
    noted: int | None = None
    base: int = 0
    note_base: int = 0
    is_relevant: bool = True
    condition: Any = None
    filter: Any = None
    rule: Any = None
    broken: str = ""
    complaint: str = ""
    accepts: str = ""
    file: Here | None = None
    takes_files: bool = True
    items: list["Field"] = field(default_factory=list)
    repeat: "Rows | None" = None
    number: int = 0
    others: list["Told"] = field(default_factory=list)

    @property
    def own_name(self) -> str:
        """Its name without the row it stands in."""
        return self.name.rpartition(".")[2]


class Told(Struct, frozen=True):
    """An answer in words: by whom and when, why where it came after the end, and where somebody decides about it."""

    words: str
    who: str
    when: str
    why: str = ""
    href: str = ""


class Rows(Struct):
    """The rows of a repeat: how many are shown, how many there may be, and one to make further ones from."""

    shown: int
    most: int
    count: Any
    blank: Field

    @property
    def is_free(self) -> bool:
        """Whether somebody says on the page how many there are."""
        return self.count is None


def plain(words: Words) -> str:
    return "".join(piece.text for piece in words)


def each(fields: list[Field], *, visible: bool = False) -> list[Field]:
    """The questions themselves, out of their groups, grids and rows; on request only those that are to be seen."""
    found: list[Field] = []
    for one in fields:
        if not visible or one.is_relevant:
            found += each(one.items, visible=visible) if one.kind in INSIDE else [one]
    return found

"""What answers amount to: scales, cut-offs and bands, written as data beside the questions."""

from typing import Any, Literal

from msgspec import NODEFAULT, Struct
from msgspec.structs import FieldInfo, fields

Text = str | dict[str, str]


# Defaults are left out of the canonical form, so that a new field never changes the hash of a published version.
class Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part of a definition; a key it does not know is a fault."""


def plain(value: Any) -> Any:
    """What a part says that is not the usual. Whoever spelled the usual out gets the same file as whoever did not."""
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    if not isinstance(value, Struct):
        return str(value) if isinstance(value, str) else value
    given = {field.name: getattr(value, field.name) for field in fields(value)}
    tag = {"type": value.__struct_config__.tag} if value.__struct_config__.tag else {}
    said = {field.name: given[field.name] for field in fields(value) if not _is_usual(field, given[field.name])}
    return tag | {key: plain(each) for key, each in said.items()}


def _is_usual(field: FieldInfo, value: Any) -> bool:
    usual = field.default_factory() if field.default_factory is not NODEFAULT else field.default
    return isinstance(value, bool) == isinstance(usual, bool) and bool(value == usual)


class Gate(Part, frozen=True, kw_only=True):
    """An answer that settles a scale on its own, whatever its other items hold."""

    item: str
    value: int
    score: int


class Category(Part, frozen=True, kw_only=True):
    name: str
    codes: tuple[int, ...]


class Scale(Part, frozen=True, kw_only=True):
    name: str
    title: Text = ""
    form: Literal["sum", "mean", "total", "categories"] = "sum"
    items: tuple[str, ...] = ()
    reverse: tuple[str, ...] = ()
    scales: tuple[str, ...] = ()
    categories: tuple[Category, ...] = ()
    recode: tuple[int, ...] = ()
    gate: Gate | None = None
    rounded: bool = False
    counted: bool = True


class Flag(Part, frozen=True, kw_only=True):
    """A cut-off on a scale; without a value no cut-off applies to this version."""

    name: str
    scale: str
    title: Text = ""
    test: Literal["<", "<=", ">", ">="]
    value: float | None = None
    source: str = ""


class BandTable(Part, frozen=True, kw_only=True):
    """Where bands start, by scale; starts that fall mean that low scores stand out."""

    name: str
    labels: tuple[str, ...]
    starts: dict[str, tuple[int, ...]]
    lowered_labels: tuple[str, ...] = ()
    source: str = ""
    confirmed: bool = True

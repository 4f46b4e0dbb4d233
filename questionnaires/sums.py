"""Sums over whole columns: what each record's parts add up to, reckoned for all records at once."""

from array import array
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import lcm
from sys import byteorder
from typing import Any, Generic, NamedTuple, TypeVar

from msgspec import Struct, msgpack

Known = TypeVar("Known")
Other = TypeVar("Other")
Number = int | Fraction
KINDS = {1: "B", 2: "H", 4: "I", 8: "Q"}  # of array, by the bytes of a cell
BYTE = range(256)
SMALL = range(128)
BLANK = 0xC0  # msgpack writes None so, and each small number as one byte of its own


class Part(Struct, Generic[Known], frozen=True):
    """A column: a cell for each record, and what the number in a cell stands for."""

    cells: bytes | array
    values: Mapping[int, Known]

    def read(self, rule: Callable[[Known], Other]) -> "Part[Other]":
        return Part(self.cells, {cell: rule(value) for cell, value in self.values.items()})

    def column(self) -> list[Any]:
        if not isinstance(self.cells, bytes):
            return list(map(self.values.__getitem__, self.cells))
        meaning: list[Any] = [self.values.get(cell) for cell in BYTE]
        if all(type(value) is int and value in BYTE for value in self.values.values()):
            return list(self.cells.translate(bytes(value or 0 for value in meaning)))
        return [meaning[cell] for cell in self.cells]


class Sum(NamedTuple):
    """How many parts have a value and what these add up to; `beside` is a number that was not added."""

    answered: int
    total: Number
    beside: int


def nothing(length: int) -> Part[None]:
    return Part(bytes(length), {0: None})


def listed(column: Sequence[int | None]) -> Part[int | None]:
    places = {value: place for place, value in enumerate(dict.fromkeys(column))}
    return Part(array("I", map(places.__getitem__, column)), {place: value for value, place in places.items()})


def packed(column: Sequence[Any], codes: Sequence[int]) -> Part[int | None] | None:
    """A column of these codes and None, if it is nothing but small whole numbers, which msgpack tells at once."""
    try:
        written = msgpack.encode(column if isinstance(column, list) else list(column))
    except (TypeError, ValueError, OverflowError):
        return None
    head = 1 if len(column) < 2**4 else 3 if len(column) < 2**16 else 5
    values: dict[int, int | None] = {code: code for code in codes if code in SMALL} | {BLANK: None}
    if len(written) != head + len(column) or written[head:].translate(None, bytes(values)):
        return None
    return Part(written[head:], values)


def added(parts: Sequence[Part[Any]], beside: Part[int] | None = None) -> Part[Sum]:
    """A column becomes one large number with room for a sum at each record's place, so that nothing carries over."""
    known: list[Number] = [value for part in parts for value in part.values.values() if value is not None]
    low, unit = min(known, default=0), lcm(*(value.denominator for value in known))
    one = int((max(known, default=0) - low) * unit) * len(parts) + 1
    most = one * (len(parts) + 1)
    others = beside or parts[0].read(lambda _: 0)
    size = next(size for size in KINDS if most * (max(others.values.values(), default=0) + 1) <= 256**size)
    total = _number(others, size, lambda value: most * value)
    for part in parts:
        total += _number(part, size, lambda value: 0 if value is None else one + int((value - low) * unit))
    cells = array(KINDS[size], total.to_bytes(len(others.cells) * size, byteorder))

    def sum_in(cell: int) -> Sum:
        stands, rest = divmod(cell, most)
        answered, above = divmod(rest, one)
        return Sum(answered, answered * low + Fraction(above, unit), stands)

    return Part(cells.tobytes() if size == 1 else cells, {cell: sum_in(cell) for cell in set(cells)})


def _number(part: Part[Any], size: int, weight: Callable[[Any], int]) -> int:
    weights = part.read(weight).values
    if not isinstance(part.cells, bytes):
        return int.from_bytes(array(KINDS[size], map(weights.__getitem__, part.cells)).tobytes(), byteorder)
    wide = bytearray(len(part.cells) * size)
    for place in range(size):
        wide[place::size] = part.cells.translate(
            bytes(weights.get(cell, 0).to_bytes(size, byteorder)[place] for cell in BYTE)
        )
    return int.from_bytes(wide, byteorder)

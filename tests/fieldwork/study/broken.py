"""The reference protocol, broken in every way a file can be: each change names where it was made and what it was."""

import copy
import json
import tomllib
from collections.abc import Callable, Iterator
from datetime import date, datetime
from importlib.resources import files
from typing import Any

REFERENCE = files("fieldwork.study").joinpath("reference", "study.toml").read_text("utf-8")
OTHERS = (
    *(0, -1, 1.5, True, 2**31, 2**40, 10**30, float("inf")),
    *("", " ", "a\0b", "Ωμέγα \u202e", "nobody", "T2", "n1", "new", "1", "en", "../x", "a/b?", "x" * 9000),
    *(date(1, 1, 1), date(2015, 9, 1), date(9999, 12, 31), datetime(2015, 3, 1, 9)),  # noqa: DTZ001 - as people write
    *([], [[]], {}, {"a": 1}, ["nobody"], [3, 1], [0, 10**30]),
)
Path = tuple[str | int, ...]
Change = tuple[str, Callable[[Any], None]]


def read() -> dict[str, Any]:
    return tomllib.loads(REFERENCE)


def written(table: dict[str, Any]) -> str:
    return "".join(f"{json.dumps(key, ensure_ascii=False)} = {_value(held)}\n" for key, held in table.items())


def _value(held: Any) -> str:
    if isinstance(held, dict):
        return "{" + ", ".join(f"{json.dumps(k, ensure_ascii=False)} = {_value(v)}" for k, v in held.items()) + "}"
    if isinstance(held, list):
        return "[" + ", ".join(map(_value, held)) + "]"
    if isinstance(held, date):
        return held.isoformat()
    return str(held) if isinstance(held, float) else json.dumps(held, ensure_ascii=False)


def changes() -> list[Change]:
    """Each place of the file left out, doubled, moved, renamed, emptied, and put in the place of something else."""
    return [change for path in _places(read(), ()) for change in _of(path)]


def changed(*made: Change) -> str:
    table = read()
    for _, change in made:
        change(table)
    return written(table)


def torn() -> Iterator[tuple[str, str]]:
    """What is no TOML any more: cut off, a line twice, a character where none belongs."""
    lines = REFERENCE.splitlines()
    for number in range(0, len(lines), 7):
        yield f"cut in line {number}", "\n".join(lines[:number]) + "\n" + lines[number][: len(lines[number]) // 2]
        yield f"line {number} twice", "\n".join([*lines[: number + 1], *lines[number:]])
        yield f"a stranger in line {number}", "\n".join([*lines[:number], "\x1f" + lines[number], *lines[number + 1 :]])
    yield "brackets", "a = " + "[" * 5000


def _places(held: Any, path: Path) -> Iterator[Path]:
    inside = held.items() if isinstance(held, dict) else enumerate(held) if isinstance(held, list) else ()
    for name, value in inside:
        yield (*path, name)
        yield from _places(value, (*path, name))


def _of(path: Path) -> Iterator[Change]:
    *way, last = path
    place = ".".join(map(str, path))

    def at(does: Callable[[Any], None]) -> Callable[[Any], None]:
        def change(table: Any) -> None:
            for step in way:
                table = table[step]
            does(table)

        return change

    yield f"{place} left out", at(lambda inside: inside.pop(last))
    if isinstance(last, int):
        yield f"{place} twice", at(lambda inside: inside.append(copy.deepcopy(inside[last])))
        yield f"{place} first", at(lambda inside: inside.insert(0, inside.pop(last)))
    else:
        yield f"{place} renamed", at(lambda inside: inside.update({"nobody": inside.pop(last)}))
        yield f"{place} without a name", at(lambda inside: inside.update({"": inside.pop(last)}))
    for other in OTHERS:
        shown = repr(other)[:20]
        yield f"{place} as {shown}", at(lambda inside, other=other: inside.__setitem__(last, copy.deepcopy(other)))

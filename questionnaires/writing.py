"""Questionnaires written as files: the same questionnaire always gives the same TOML (pure)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from questionnaires import measures
from questionnaires.definitions import Questionnaire

WIDTH = 120
OWN_TABLES = ("licence", "policies")
LISTED = ("sections", "earlier", "scales", "flags", "bands")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPED = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_SPECIAL = re.compile('["\\\\\x00-\x1f\x7f]')


def write(questionnaire: Questionnaire) -> str:
    return "\n".join(_table(measures.plain(questionnaire), "")).strip("\n") + "\n"


def _table(table: Mapping[str, Any], path: str) -> Iterator[str]:
    """Plain keys first: after a table's head, every key belongs to that table."""
    inside = {key: value for key, value in table.items() if _stands_alone(key, value, path)}
    for key, value in table.items():
        if key not in inside:
            yield f"{_key(key)} = {_value(value, len(_key(key)) + 3)}"
    for key, value in inside.items():
        place = f"{path}.{key}" if path else key
        if isinstance(value, dict):
            yield from _own_table(key, value)
            continue
        for each in value:
            yield f"\n[[{place}]]"
            yield from _table(each, place)


def _own_table(key: str, table: Mapping[str, Any]) -> Iterator[str]:
    tables = {f"{key}.{_key(name)}": each for name, each in table.items()} if key == "policies" else {key: table}
    for place, each in tables.items():
        yield f"\n[{place}]"
        for name, value in each.items():
            yield f"{_key(name)} = {_value(value, len(_key(name)) + 3)}"


def _stands_alone(key: str, value: Any, path: str) -> bool:
    """Sections, questions and scales are tables of their own; choices and the rows of a matrix are listed in place."""
    if isinstance(value, dict):
        return not path and key in OWN_TABLES
    listed = isinstance(value, list | tuple) and bool(value) and isinstance(value[0], dict)
    return listed and ((not path and key in LISTED) or (key == "items" and "type" in value[0]))


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _string(key)


def _value(value: Any, used: int) -> str:
    if isinstance(value, list | tuple):
        return _array(value, used)
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {_value(each, 0)}" for key, each in value.items()) + " }"
    if isinstance(value, bool):
        return "true" if value else "false"
    return _string(value) if isinstance(value, str) else repr(value)


def _array(values: Sequence[Any], used: int) -> str:
    written = [_value(each, 0) for each in values]
    line = f"[{', '.join(written)}]"
    if len(line) + used <= WIDTH and not any(isinstance(each, dict) for each in values):
        return line
    return "[\n" + "".join(f"    {each},\n" for each in written) + "]"


def _string(text: str) -> str:
    return '"' + _SPECIAL.sub(_escaped, text) + '"'


def _escaped(found: re.Match[str]) -> str:
    return _ESCAPED.get(found[0], f"\\u{ord(found[0]):04x}")

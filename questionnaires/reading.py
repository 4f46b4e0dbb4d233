"""TOML files of questionnaires, read into definitions (pure)."""

import re
import tomllib
from typing import Any

import msgspec

from questionnaires.definitions import Questionnaire
from questionnaires.errors import DefinitionFault


def read(text: str) -> Questionnaire:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DefinitionFault("the file", f"This is not TOML: {error}.") from error
    return convert(table)


def convert(table: dict[str, Any]) -> Questionnaire:
    try:
        return msgspec.convert(table, Questionnaire)
    except msgspec.ValidationError as error:
        fault, _, place = str(error).partition(" - at `$")
        raise DefinitionFault(_humanly(place), fault.replace("Object", "This part") + ".") from error


def _humanly(place: str) -> str:
    """`.sections[0].items[1].label` becomes `section 1, item 2, label`."""
    steps = [f"{name.removesuffix('s')} {int(number) + 1}" if number else name for name, number in _STEP.findall(place)]
    return ", ".join(steps) or "the file"


_STEP = re.compile(r"(\w+)(?:\[(\d+)\])?")

"""Names of variables that every program for analysis takes, and that stay what they are."""

import re

LONGEST = 32  # Stata's limit; SPSS allows twice as much
RESERVED_BY_SPSS = frozenset({"all", "and", "by", "eq", "ge", "gt", "le", "lt", "ne", "not", "or", "to", "with"})
RESERVED_BY_STATA = frozenset({"byte", "double", "float", "if", "in", "int", "long", "strl", "using", "with"})
RESERVED = RESERVED_BY_SPSS | RESERVED_BY_STATA
_UNFIT = re.compile(r"[^a-z0-9_]+")
_STATA_STRING = re.compile(r"str[0-9]+")  # str1 to str2045 are types of Stata's


def plain(text: str) -> str:
    """Small letters, digits and underscores, beginning with a letter: `2y+` becomes `v2y`."""
    name = _UNFIT.sub("_", text.lower()).strip("_")
    return name if name[:1].isalpha() else f"v{name}"


class Names:
    """Hands out each name once. Capitals never tell two apart: there are none."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, wanted: str, suffix: str = "") -> str:
        """The name wanted with its suffix, shortened where it is too long and numbered where it is taken."""
        body, number = plain(wanted), 1
        name = _joined(body, suffix)
        while name in self._taken or name in RESERVED or _STATA_STRING.fullmatch(name):
            number += 1
            name = _joined(body, f"_{number}{suffix}")
        self._taken.add(name)
        return name


def _joined(body: str, suffix: str) -> str:
    return body[: LONGEST - len(suffix)] + suffix

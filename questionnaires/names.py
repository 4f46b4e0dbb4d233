"""Names for what comes from elsewhere: the nearest that every program for analysis takes, each given once (pure)."""

import re
import unicodedata

from msgspec import Struct

from questionnaires import checks

ROOM = checks.LONGEST - len(checks.WAVE)


class Names(Struct):
    """`taken` holds names in small letters: capitals tell no two apart."""

    taken: set[str] = set()

    def free(self, raw: str) -> str:
        plain = raw if checks.NAME.fullmatch(raw) else _plain(raw)
        name, number = plain, 1
        while name.lower() in self.taken or checks.is_kept(name):
            number += 1
            name = f"{plain[: ROOM - 4]}_{number}"
        self.taken.add(name.lower())
        return name


def _plain(raw: str) -> str:
    letters = unicodedata.normalize("NFKD", raw).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^A-Za-z0-9]+", "_", letters).strip("_")
    return (plain if plain[:1].isalpha() else f"q_{plain}")[:ROOM].rstrip("_")

"""Standing: where in their windows the later interviews were held."""

from typing import Any

from asyncpg import Connection
from msgspec import Struct

from fieldwork.reports import strata
from fieldwork.study import declaration
from scheduler.windows import OUTSIDE, Standing


class Row(Struct, frozen=True):
    wave: str
    cohort: str
    grouping: str
    families: dict[str, int]


class Standings(Struct, frozen=True):
    rows: list[Row]

    def figures(self) -> dict[str, Any]:
        waves = dict.fromkeys(row.wave for row in self.rows)
        return {"waves": {wave: self._of_wave(wave) for wave in waves}, "rows": self.table()}

    def table(self) -> list[dict[str, Any]]:
        return [{"wave": r.wave, "cohort": r.cohort, "grouping": r.grouping, **r.families} for r in self.rows]

    def _of_wave(self, wave: str) -> dict[str, int]:
        held = {standing: sum(row.families[standing] for row in self.rows if row.wave == wave) for standing in Standing}
        inside = sum(families for standing, families in held.items() if standing not in OUTSIDE)
        return {"held": sum(held.values()), "in_window": inside, "in_aim": held[Standing.AIM]}


async def standing(conn: Connection, sites: tuple[int, ...]) -> Standings:
    protocol = await declaration.current(conn)
    rows = await conn.fetch(
        """
        select v.wave, f.cohort, s.grouping, v.standing, count(*) as families
        from cases.visit v join people.family f using (family_id) join study.site s on s.no = f.site_id
        where f.site_id = any($1) and v.state in ('done', 'partly_done') and v.standing is not null
        group by v.wave, f.cohort, s.grouping, v.standing
        """,
        list(sites),
    )
    known = {(row["wave"], row["cohort"], row["grouping"], row["standing"]): row["families"] for row in rows}
    windowed = [wave.code for wave in protocol.waves if wave.span]
    return Standings(
        [
            Row(wave, *stratum, {str(each): known.get((wave, *stratum, each), 0) for each in Standing})
            for wave in windowed
            for stratum in strata.of(protocol)
        ]
    )

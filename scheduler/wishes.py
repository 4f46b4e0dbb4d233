"""Wishes: when a family would rather be met, whether by text, and by the same researcher or another."""

from datetime import time
from uuid import UUID

from asyncpg import Connection
from msgspec import Struct, convert

from scheduler.slots import BY_WHOM, WEEKDAYS, Whom, Wish


class Wished(Struct, frozen=True):
    """What a family said. Whoever has said nothing may be met on any day, at any hour and by anybody."""

    not_on: tuple[int, ...] = ()
    starts: time | None = None
    ends: time | None = None
    by_text: bool = True
    researcher: Whom = Whom.ANY

    @property
    def of_time(self) -> Wish:
        return Wish(frozenset(self.not_on), self.starts, self.ends, self.researcher)

    @property
    def in_words(self) -> list[str]:
        days = [WEEKDAYS[day] for day in sorted(self.not_on)]
        said = [f"not on {' or '.join(days)}" if days else ""]
        said.append(f"not before {self.starts:%H:%M}" if self.starts else "")
        said.append(f"over by {self.ends:%H:%M}" if self.ends else "")
        said.append("" if self.researcher is Whom.ANY else f"met by {BY_WHOM[self.researcher].lower()}")
        return [each for each in (*said, "" if self.by_text else "never by text message") if each]


async def keep(conn: Connection, family_id: UUID, site_id: int, wished: Wished) -> None:
    """What they wish from now on."""
    await conn.execute(
        """
        insert into scheduler.wish (family_id, site_id, not_on, starts, ends, by_text, researcher)
        values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (family_id) do update set not_on = excluded.not_on, starts = excluded.starts, ends = excluded.ends,
          by_text = excluded.by_text, researcher = excluded.researcher
        where wish is distinct from excluded
        """,
        family_id,
        site_id,
        sorted(set(wished.not_on)),
        wished.starts,
        wished.ends,
        wished.by_text,
        wished.researcher,
    )


async def of_family(conn: Connection, family_id: UUID) -> Wished:
    row = await conn.fetchrow(
        "select not_on, starts, ends, by_text, researcher from scheduler.wish where family_id = $1", family_id
    )
    return convert(dict(row), Wished) if row else Wished()

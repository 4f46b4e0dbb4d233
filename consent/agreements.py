"""Agreements: what a site has agreed to, and for how long. A family's file needs its site's word beside its own."""

from datetime import date

from asyncpg import Connection
from msgspec import Struct

from consent.purposes import Purpose

OF_A_SITE = (Purpose.CASE_FILE, Purpose.FOLLOW_RECORDS)


class Agreement(Struct, frozen=True, forbid_unknown_fields=True):
    """From the first day to the last, both included."""

    to: Purpose
    since: date
    until: date


async def declare(conn: Connection, agreed: dict[str, tuple[Agreement, ...]]) -> None:
    """What each site, by its code, has agreed to, as the protocol declares it; what is not in it ends."""
    await conn.execute("delete from consent.agreement")
    await conn.executemany(
        """
        insert into consent.agreement (site_no, purpose, in_force)
        select no, $2, daterange($3, $4, '[]') from study.site where code = $1
        """,
        [(site, each.to, each.since, each.until) for site, agreements in agreed.items() for each in agreements],
    )

"""Agreements: what a site has agreed to, and for how long. A family's file needs its site's word beside its own."""

from collections.abc import Iterator, Sequence
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


def faults(agreed: Sequence[Agreement]) -> Iterator[str]:
    """Everything that is wrong with what one site is said to have agreed to."""
    known = [each.to for each in agreed]
    for number, each in enumerate(agreed):
        if each.to not in OF_A_SITE:
            yield f"A site agrees to {' or '.join(OF_A_SITE)}, not to {each.to}."
        if each.until < each.since:
            yield f"The agreement to {each.to} ends before it begins."
        if each.to in known[:number]:
            yield f"{each.to} stands here twice. Say once from when until when."


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

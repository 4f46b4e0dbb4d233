"""Vouchers: what was handed over as a thank-you, by number, value, day and site, and nothing of whom it was for."""

from datetime import date

from asyncpg import Connection
from msgspec import Struct, convert

PAGE = 50


class Voucher(Struct, frozen=True):
    no: int
    number: str
    value: int
    handed_on: date
    site: str


async def handed_over(
    conn: Connection, *, sites: tuple[int, ...], before: int | None = None, most: int | None = PAGE
) -> list[Voucher]:
    """Those that stand, the latest first."""
    rows = await conn.fetch(
        """
        select v.no, number, value, handed_on, site.code as site
        from cases.voucher v join study.site on site.no = v.site_no
        where v.site_no = any($1) and taken_back_at is null and ($2::bigint is null or v.no < $2)
        order by v.no desc limit $3
        """,
        list(sites),
        before,
        most,
    )
    return [convert(dict(row), Voucher) for row in rows]

"""Sites: where the study works, and whether it may."""

from datetime import date

from asyncpg import Connection
from msgspec import Struct, convert

from fieldwork.study.errors import SiteNotApproved, UnknownSite


class Site(Struct, frozen=True):
    no: int
    code: str
    name: str
    grouping: str


async def find(conn: Connection, code: str) -> Site:
    row = await conn.fetchrow("select no, code, name, grouping from study.site where code = $1", code)
    if row is None:
        raise UnknownSite(code)
    return convert(dict(row), Site)


async def find_own(conn: Connection, code: str, own: tuple[int, ...]) -> Site:
    """A site the viewer acts for; another's looks like one that is not there."""
    site = await find(conn, code)
    if site.no not in own:
        raise UnknownSite(code)
    return site


async def every(conn: Connection) -> list[Site]:
    rows = await conn.fetch("select no, code, name, grouping from study.site order by code")
    return [convert(dict(row), Site) for row in rows]


async def require_approval(conn: Connection, site: Site, *, today: date) -> None:
    """A site may start only when every approval it needs is in force."""
    row = await conn.fetchrow(
        """
        select count(*) as asked, count(*) filter (where in_force @> $2::date) as given
        from study.approval where site_no = $1
        """,
        site.no,
        today,
    )
    if row is None or not row["asked"] or row["given"] < row["asked"]:
        raise SiteNotApproved(site.code)

"""Vouchers: the page and the file of whoever keeps the accounts. No family stands in either."""

import csv
import io
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromQuery

from fieldwork.cases import vouchers
from fieldwork.staff.rights import Right
from fieldwork.study import declaration
from fieldwork.web import pages
from fieldwork.web.given import Conn, Who


@get("/vouchers", needs=Right.SEE_VOUCHERS)
async def list_vouchers(
    request: Request[Any, Any, Any], conn: Conn, viewer: Who, before: FromQuery[int | None] = None
) -> Response[str]:
    rows = await vouchers.handed_over(conn, sites=viewer.sites, before=before)
    protocol = await declaration.current(conn)
    return pages.page(
        request,
        "vouchers/list.html",
        zone=protocol.time_zone,
        rows=rows,
        currency=protocol.closing_list.currency,
        more=f"/vouchers?before={rows[-1].no}" if len(rows) == vouchers.PAGE else "",
    )


@post("/vouchers", needs=Right.SEE_VOUCHERS)
async def download_vouchers(conn: Conn, viewer: Who) -> Response[bytes]:
    """All that stand, as a table. That it was handed out is noted before it leaves."""
    rows = await vouchers.handed_over(conn, sites=viewer.sites, most=None)
    await conn.execute("select trail.note_act('cases.voucher', 'download', '{}')")
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["number", "value", "handed_on", "site"])
    writer.writerows([each.number, each.value, each.handed_on.isoformat(), each.site] for each in rows)
    return Response(
        text.getvalue().encode(),
        media_type="text/csv",
        status_code=200,
        headers={"content-disposition": 'attachment; filename="vouchers.csv"'},
    )


routes = [list_vouchers, download_vouchers]

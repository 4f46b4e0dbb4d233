"""Readings: what there is to read and to code, for whom, and what lies beside it while it is done."""

from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from asyncpg import Connection
from litestar import Request, Response, get
from litestar.params import FromQuery
from msgspec import Struct

from fieldwork.cases import reading_lists, readings
from fieldwork.cases.cases import Case
from fieldwork.cases.reading_lists import STATES, Place
from fieldwork.staff.rights import Right
from fieldwork.study import declaration
from fieldwork.web import pages
from fieldwork.web.given import Conn, Who
from fieldwork.web.opened import Opened
from fieldwork.web.staff import completed
from questionnaires import library
from questionnaires.definitions import Respondent, said


class Difference(Struct, frozen=True):
    label: str
    one: str
    other: str


class Words(Struct, frozen=True):
    label: str
    words: str


class Beside(Struct, frozen=True):
    """What a reader sees beside the form: the words that are coded, or where two readings differ."""

    words: list[Words] = []
    differences: list[Difference] = []


@get("/readings", needs=Right.INTERVIEW)
async def show_readings(
    request: Request[Any, Any, Any],
    conn: Conn,
    viewer: Who,
    in_state: FromQuery[str] = "first",
    after_day: FromQuery[date | None] = None,
    after_family: FromQuery[UUID | None] = None,
) -> Response[str]:
    protocol = await declaration.current(conn)
    today = pages.today(request.app.state.ground, protocol.time_zone)
    state = in_state if in_state in STATES else "first"
    after = Place(after_day, after_family) if after_day and after_family else None
    rows, next_place = await reading_lists.waiting(
        conn, protocol, sites=viewer.sites, reader=viewer.account_id, state=state, today=today, after=after
    )
    query = {"in_state": state}
    if next_place is not None:
        query |= {"after_day": str(next_place.opens_on), "after_family": str(next_place.family_id)}
    titles = await library.definitions_of(conn, {(row.questionnaire, row.version) for row in rows})
    return pages.page(
        request,
        "home/readings.html",
        zone=protocol.time_zone,
        rows=rows,
        state=state,
        states=STATES,
        titles=titles,
        reader=viewer.account_id,
        more=f"/readings?{urlencode(query)}" if next_place else "",
    )


async def beside(conn: Connection, case: Case, found: Opened) -> Beside:
    """Of what the team reads or codes by itself; an interview has nothing beside it."""
    if found.definition.respondent is not Respondent.RESEARCHER:
        return Beside()
    heard = await readings.heard(conn, await declaration.current(conn), found.held)
    asked = await library.definitions_of(conn, {(each.questionnaire, each.version) for each in heard})
    told = await completed.teller(conn, case, found, [])
    return Beside(
        [Words(said(asked[each.questionnaire, each.version].question(each.item).label), each.words) for each in heard],
        [
            Difference(_label(found, each.item), told.words(each.item, each.one), told.words(each.item, each.other))
            for each in await readings.compared(conn, found.held)
        ],
    )


def _label(found: Opened, name: str) -> str:
    item = found.definition.question(name)
    return said(getattr(item, "topic", "") or getattr(item, "label", "") or name, found.language)


routes = [show_readings]

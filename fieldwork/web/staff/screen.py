"""Screen: an interview as a researcher sees it, with all its sections, one of them in sight."""

from datetime import datetime
from typing import Any

import msgspec
from asyncpg import Connection
from litestar import Request, Response

from fieldwork.base import ids
from fieldwork.cases import presence, recordings
from fieldwork.cases.cases import Case
from fieldwork.people import persons
from fieldwork.study import declaration
from fieldwork.web import asking, fields, handing, live, noting, opened, pages, posting
from fieldwork.web.arriving import Begun
from fieldwork.web.asking import Sitting
from fieldwork.web.staff import completed
from fieldwork.web.staff import readings as reading_page
from questionnaires import administrations, notes
from questionnaires.administrations import Administration

LONGEST = 3  # digits of the most rows a repeat may have


async def draw(
    request: Request[Any, Any, Any],
    conn: Connection,
    case: Case,
    held: Administration,
    name: str,
    complaints: dict[str, str],
    *,
    typed: Any = None,
    begun: Begun | None = None,
) -> Response[str]:
    """All of its sections; `begun` is what a device says of one that is not begun yet."""
    here = asking.sitting(await opened.find(conn, held, now=completed.now(request, case)), name)
    drawn = asking.pages(here, complaints, _rows(request, typed, here))
    every = [field for page in drawn for field in page.fields]
    if typed is not None:
        posting.again(fields.each(every), typed, complaints)
    await handing.describe(conn, held, every, f"/families/{case.family_id}/documents")
    await completed.add_others(conn, case, here.opened, fields.each(every))
    every_note = await notes.of(conn, case.family_id, held.administration_id)
    noting.mark(every, every_note)
    return pages.page(
        request,
        "interviews/end.html" if name == "end" else "interviews/section.html",
        status=422 if complaints else 200,
        case=case,
        held=held,
        here=here,
        drawn=drawn,
        takes_files=handing.asks(every),
        beside=await reading_page.beside(conn, case, here.opened),
        may_record=held.mode == "face_to_face" and await recordings.may(conn, held),
        live=live.data(here, every),
        noted=msgspec.to_builtins(noting.lines(every_note, case.time_zone, held.held_on, {})),
        form_id=ids.new_id(),
        complaints=complaints,
        base=completed.base(held),
        begun=msgspec.to_builtins(begun),
        **await _around(conn, case, held, completed.now(request, case)),
    )


async def _around(conn: Connection, case: Case, held: Administration, now: datetime) -> dict[str, Any]:
    """Who is in the room, what else of this visit is open, and what to do in a worry."""
    every = await administrations.of_family(conn, case.family_id)
    came = await presence.on(conn, case.family_id, held.wave, now=now)
    protocol = await declaration.current(conn)
    return {
        "labels": {person.person_id: person.label for person in await persons.of_family(conn, case.family_id)},
        "here_now": [who for who, each in came.items() if each.here],
        "others": [
            each
            for each in every
            if (each.wave, each.state) == (held.wave, "open") and each.administration_id != held.administration_id
        ],
        "card": protocol.stop_card(case.nation),
        "tags": protocol.notes.tags,
    }


def _rows(request: Request[Any, Any, Any], typed: Any, here: Sitting) -> dict[str, int]:
    """How many rows the page has opened of each repeat: its form says so, or its address after a row was added."""
    if typed is not None:
        return posting.rows(here.section.items, typed)
    said = {name.removeprefix("rows."): text for name, text in request.query_params.items() if name.startswith("rows.")}
    return {
        name: int(text) for name, text in said.items() if text.isascii() and text.isdigit() and len(text) <= LONGEST
    }

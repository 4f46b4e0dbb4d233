"""Contact: a try to reach a family is logged and the dossier says what comes next."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from asyncpg import Connection

from fieldwork.cases import cases, revivals, visits
from fieldwork.cases.cases import State
from fieldwork.cases.errors import ChannelShut
from fieldwork.cases.revivals import Revival
from fieldwork.people import cautions
from scheduler import attempts
from scheduler.attempts import Attempt, Tried
from scheduler.errors import NotYetTried
from scheduler.limits import Limits
from scheduler.outcomes import GOES_BY, OUTCOMES


async def log(
    conn: Connection, family_id: UUID, wave: str, tried: Tried, *, limits: Limits, now: datetime, today: date
) -> None:
    """One row, never changed again. A hard refusal ends the visit; anything else leaves somebody with a next step."""
    visit = await visits.find(conn, family_id, wave, to_change=True)
    if tried.tried_at is not None and tried.tried_at > now:
        raise NotYetTried
    if GOES_BY.get(tried.channel) in await cautions.shut(conn, family_id):
        raise ChannelShut
    made = await attempts.of_family(conn, family_id)
    attempts.require_room(limits, counting(made, await revivals.of_family(conn, family_id), wave), tried, now=now)
    await attempts.log(conn, family_id, visit.site_id, wave, tried)
    if OUTCOMES[tried.outcome].closes:
        await visits.lose_open(conn, family_id, because="refused", wave=wave, hard=True)
        return
    await _go_on(conn, family_id, wave, tried, today=today)


def counting(made: Sequence[Attempt], taken_up: Sequence[Revival], wave: str) -> list[Attempt]:
    """The tries of a visit that stand against its limits: those since it was last taken up again."""
    since = max((r.decided_at for r in taken_up if r.wave == wave and r.agreed and r.decided_at), default=None)
    return [a for a in made if a.wave == wave and (since is None or a.at > since)]


async def _go_on(conn: Connection, family_id: UUID, wave: str, tried: Tried, *, today: date) -> None:
    step, on = "Decide how to go on", today
    if OUTCOMES[tried.outcome].agrees:
        step = f"Book {wave}"
    elif tried.call_back_at is not None:
        step, on = "Call back", (await cases.find(conn, family_id)).day_of(tried.call_back_at)
    elif OUTCOMES[tried.outcome].call_back:
        step = "Try again"
    at = tried.call_back_at if step == "Call back" else None
    await cases.progress(conn, family_id, state=State.APPROACHED, next_step=step, on=on, at=at)

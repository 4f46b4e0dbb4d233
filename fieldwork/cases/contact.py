"""Contact: a try to reach a family is logged and the dossier says what comes next."""

from datetime import date, datetime
from uuid import UUID

from asyncpg import Connection

from fieldwork.cases import cases, visits
from fieldwork.cases.cases import State
from scheduler import attempts
from scheduler.outcomes import OUTCOMES


async def log(
    conn: Connection,
    family_id: UUID,
    site_id: int,
    *,
    wave: str,
    channel: str,
    outcome: str,
    call_back_at: datetime | None,
    today: date,
) -> None:
    """One row, never changed again. A hard refusal ends the visit; anything else leaves somebody with a next step."""
    await visits.find(conn, family_id, wave)
    await attempts.log(conn, family_id, site_id, wave=wave, channel=channel, outcome=outcome, call_back_at=call_back_at)
    if outcome == "hard_refusal":
        await visits.lose_open(conn, family_id, because="refused", wave=wave)
        return
    if outcome == "appointment_made":
        step, on = f"Book {wave}", today
    elif call_back_at is not None:
        step, on = "Call back", (await cases.find(conn, family_id)).day_of(call_back_at)
    elif OUTCOMES[outcome].call_back:
        step, on = "Try again", today
    else:
        step, on = "Decide how to go on", today
    await cases.progress(conn, family_id, state=State.APPROACHED, next_step=step, on=on)

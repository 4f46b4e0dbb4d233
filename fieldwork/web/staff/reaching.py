"""Reaching: what a family's page shows of the tries to reach it, and of what was given up and taken up again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Connection

from fieldwork.cases import contact, revivals
from fieldwork.cases.visits import Visit
from fieldwork.people import cautions
from fieldwork.study.protocol import Protocol
from scheduler import attempts, outcomes
from scheduler.attempts import BEYOND, Attempt
from scheduler.outcomes import CHANNELS, GOES_BY, OUTCOMES

TYPED = {"channel": "phone", "call_back_at": "", "tried_at": "", "beyond_because": ""}


async def shown(
    conn: Connection, family_id: UUID, seen: Sequence[Visit], made: Sequence[Attempt], protocol: Protocol, now: datetime
) -> dict[str, Any]:
    """What may still be tried and by which way, and what each visit counts as by now."""
    asked = await revivals.of_family(conn, family_id)
    shut = await cautions.shut(conn, family_id)
    ahead = next((visit.wave for visit in seen if visit.is_open), "")
    counted = contact.counting(made, asked, ahead)
    room = attempts.room(protocol.attempts, counted, now)
    return {
        "channels": {code: said for code, said in CHANNELS.items() if GOES_BY.get(code) not in shut},
        "shut": [said.lower() for code, said in CHANNELS.items() if GOES_BY.get(code) in shut],
        "outcomes": OUTCOMES,
        "room": room,
        "room_now": room.allows(now),
        "limits": protocol.attempts,
        "beyond": BEYOND,
        "results": {
            visit.wave: outcomes.result(visit.state, [a.outcome for a in made if a.wave == visit.wave])
            for visit in seen
        },
        "revivals": {each.wave: each for each in asked if each.decided_at is None},
        "revive_because": revivals.BECAUSE,
        "for_good": revivals.FOR_GOOD,
    }

"""Hand-overs: a session that is open to one questionnaire alone, until the researcher's code takes the tablet back."""

import asyncio
import re
import secrets
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from asyncpg import Connection

from fieldwork.staff import passwords, sessions
from fieldwork.staff.errors import CodesUsedUp, NotACode, NotSignedIn, WrongHandoverCode

DIGITS = 6
MOST = 5  # wrong tries; then the session is over
CODE = re.compile(rf"[0-9]{{{DIGITS}}}")


def invented() -> str:
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"


async def begin(conn: Connection, token: str, *, family_id: UUID, administration_id: UUID, code: str) -> str:
    """From now on the session opens this questionnaire and nothing else. It goes on under a new token."""
    if not CODE.fullmatch(code):
        raise NotACode
    async with passwords.AT_ONCE:
        hashed = await asyncio.to_thread(passwords.HASHER.hash, code)
    # A page that some tab still has from before was made for the old token, and can send nothing any more.
    fresh = secrets.token_urlsafe(32)
    begun = await conn.execute(
        """
        update staff.session set token_hash = $2, handed_family = $3, handed_administration = $4, handed_code = $5,
          wrong_codes = 0
        where token_hash = $1 and handed_code is null
        """,
        _hash(token),
        _hash(fresh),
        family_id,
        administration_id,
        hashed,
    )
    if begun == "UPDATE 0":
        raise NotSignedIn
    return fresh


async def end(conn: Connection, token: str, code: str, *, machine_now: datetime) -> str:
    """The tablet is taken back: the session is whole again, under a new token. A wrong try is to be committed, too."""
    # Guesses that come at once queue at the row, so that five are five.
    row = await conn.fetchrow(
        """
        update staff.session set wrong_codes = wrong_codes + 1
        where token_hash = $1 and handed_code is not null and ends_at > $2 returning handed_code, wrong_codes
        """,
        _hash(token),
        machine_now,
    )
    if row is None:
        raise NotSignedIn
    if not await passwords.matches(row["handed_code"], "".join(code.split())):
        if row["wrong_codes"] < MOST:
            raise WrongHandoverCode
        await sessions.sign_out(conn, token)
        raise CodesUsedUp
    fresh = secrets.token_urlsafe(32)
    await conn.execute(
        """
        update staff.session set token_hash = $2, handed_family = null, handed_administration = null,
          handed_code = null, wrong_codes = 0
        where token_hash = $1
        """,
        _hash(token),
        _hash(fresh),
    )
    return fresh


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()

"""Withdrawals: how far somebody wants to be out of the study, which permissions end with it, and what stays and why."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from asyncpg import Connection
from msgspec import Struct, convert

from consent import permissions
from consent.errors import NothingToWithdraw
from consent.permissions import Answer
from consent.purposes import Decision, Purpose


class Scope(StrEnum):
    NO_CONTACT = "no_contact"
    NO_NEW_DATA = "no_new_data"
    FUTURE_EXPORTS = "future_exports"
    CASE_FILE = "case_file"
    RECORDS = "records"


class How(StrEnum):
    IN_PERSON = "in_person"
    TELEPHONE = "telephone"
    LETTER = "letter"
    LINK = "link"


class Word(StrEnum):
    WITHDRAWN = "withdrawn"
    TAKEN_BACK = "taken_back"


class Meaning(Struct, frozen=True):
    """A scope in a family's words: what it is called, what it ends, and what stays with us and why."""

    said: str
    ends: str
    stays: str


PROOF = "That they were asked, and what they decided, is kept as proof that we did as they said."

MEANS: dict[Scope, Meaning] = {
    Scope.NO_CONTACT: Meaning(
        "No more contact from us",
        "We do not write, ring or call round any more. What was arranged with them is cancelled, and their addresses"
        " for answering stop working.",
        "What they told us before stays in the study.",
    ),
    Scope.NO_NEW_DATA: Meaning(
        "Nothing new is collected",
        "They are not interviewed or recorded any more, and we do not ask others or look into files about them.",
        "What they told us before stays in the study.",
    ),
    Scope.FUTURE_EXPORTS: Meaning(
        "Out of what is handed to analysts from now on",
        "What they told us is left out of every file and every table made from today.",
        "It stays locked away here. A file that was handed over earlier cannot be called back.",
    ),
    Scope.CASE_FILE: Meaning(
        "The case file only",
        "Nobody reads the family's case file any more; a reading that was begun is not finished.",
        "What was noted from the file before stays in the study.",
    ),
    Scope.RECORDS: Meaning(
        "Later records only",
        "We do not look up any more what became of the family.",
        "What was looked up before stays in the study.",
    ),
}

# What a scope ends. A child's permission is the parent's to end, and its assent its own.
ENDS: dict[Scope, tuple[Purpose, ...]] = {
    Scope.NO_CONTACT: (Purpose.APPROACH, Purpose.CONTACT_AGAIN),
    Scope.NO_NEW_DATA: (
        Purpose.TAKE_PART,
        Purpose.RECORDING,
        Purpose.CHILD_INTERVIEW,
        Purpose.ASSENT,
        Purpose.CASE_FILE,
        Purpose.ASK_WORKER,
        Purpose.FOLLOW_RECORDS,
    ),
    Scope.FUTURE_EXPORTS: (Purpose.ARCHIVE,),
    Scope.CASE_FILE: (Purpose.CASE_FILE,),
    Scope.RECORDS: (Purpose.FOLLOW_RECORDS,),
}
OF_A_CHILD = (Scope.NO_NEW_DATA, Scope.FUTURE_EXPORTS)
WAYS = {How.IN_PERSON: "spoken", How.TELEPHONE: "spoken", How.LETTER: "signed", How.LINK: "by_link"}


class Said(Struct, frozen=True):
    """About whom, by whom, how far, for one wave or for all, how and when."""

    person_id: UUID
    said_by: UUID
    scope: Scope
    wave: str | None
    how: How
    said_on: date


class Withdrawal(Said, frozen=True):
    no: int
    word: Word
    actor: str
    at: datetime


async def withdraw(conn: Connection, family_id: UUID, site_id: int, said: Said) -> None:
    """The scope, and each permission it ends. Nobody else's permission is touched, and no act runs beside it."""
    await conn.execute("select pg_advisory_xact_lock(consent.key_of_exports())")
    await conn.execute("select pg_advisory_xact_lock(consent.key_of($1))", family_id)
    held = await permissions.latest(conn, family_id, said.wave)
    given = {each.purpose for each in held if each.person_id == said.person_id and each.decision is Decision.GIVEN}
    theirs = Purpose.CHILD_INTERVIEW if said.said_by == said.person_id else Purpose.ASSENT
    ended = [purpose for purpose in ENDS[said.scope] if purpose in given and purpose is not theirs]
    way, on = WAYS[said.how], said.said_on
    await _write(conn, family_id, site_id, said, Word.WITHDRAWN)
    await permissions.record(
        conn,
        family_id,
        site_id,
        [
            Answer(said.person_id, purpose, Decision.WITHDRAWN, said.said_by, way, on, wave=said.wave)
            for purpose in ended
        ],
    )


async def take_back(conn: Connection, family_id: UUID, site_id: int, said: Said) -> None:
    """They have changed their mind. What they allow is asked anew: nothing is given by this."""
    standing = {(each.person_id, each.scope, each.wave) for each in await standing_of(conn, family_id)}
    if (said.person_id, said.scope, said.wave) not in standing:
        raise NothingToWithdraw(MEANS[said.scope].said)
    await _write(conn, family_id, site_id, said, Word.TAKEN_BACK)


async def _write(conn: Connection, family_id: UUID, site_id: int, said: Said, word: Word) -> None:
    await conn.execute(
        """
        insert into consent.withdrawal (family_id, site_id, person_id, said_by, scope, wave, word, how, said_on)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """,
        family_id,
        site_id,
        said.person_id,
        said.said_by,
        said.scope,
        said.wave,
        word,
        said.how,
        said.said_on,
    )


async def of_family(conn: Connection, family_id: UUID) -> list[Withdrawal]:
    rows = await conn.fetch(
        """
        select person_id, said_by, scope, wave, how, said_on, no, word, actor, at
        from consent.withdrawal where family_id = $1 order by no
        """,
        family_id,
    )
    return [convert(dict(row), Withdrawal) for row in rows]


async def standing_of(conn: Connection, family_id: UUID) -> list[Withdrawal]:
    """Of each person, scope and wave the latest word, where it is that they withdraw."""
    latest = {(each.person_id, each.scope, each.wave): each for each in await of_family(conn, family_id)}
    return [each for each in latest.values() if each.word is Word.WITHDRAWN]


def reaches(standing: list[Withdrawal], person_id: UUID, scope: Scope, wave: str) -> bool:
    """Whether one of them keeps us from this person at this wave."""
    return any(each.person_id == person_id and each.scope is scope and each.wave in (None, wave) for each in standing)


async def last(conn: Connection) -> int:
    """The number of the last withdrawal, to see whether another came."""
    found = await conn.fetchval("select coalesce(max(no), 0) from consent.withdrawal")
    return int(found)


async def hold_back(conn: Connection) -> None:
    """Until this transaction is over no withdrawal comes: for the moment in which a file gets into somebody's hands."""
    await conn.execute("select pg_advisory_xact_lock_shared(consent.key_of_exports())")

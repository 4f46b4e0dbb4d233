"""Links: an address that opens exactly one person's part of one wave, until it expires or is taken back."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from asyncpg import Connection
from msgspec import Struct, convert

from consent import permissions
from consent.purposes import Step
from fieldwork.base import ids
from fieldwork.cases.errors import LinkDead
from fieldwork.study import declaration
from fieldwork.study.protocol import Asking, Protocol
from questionnaires import library, licences, wordings
from questionnaires.definitions import About, Questionnaire, Respondent
from questionnaires.licences import Mode

DAYS = 21
PURPOSE = "link"


class Kind(StrEnum):
    """What an address opens: questionnaires, or times to choose from."""

    QUESTIONS = "questions"
    TIMES = "times"


class Link(Struct, frozen=True):
    link_id: UUID
    family_id: UUID
    site_no: int
    time_zone: str
    person_id: UUID
    wave: str
    questionnaires: tuple[str, ...]
    expires_at: datetime
    revoked_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    kind: Kind = Kind.QUESTIONS
    chosen: UUID | None = None
    uses: int = 0

    def shown_at(self, now: datetime) -> str:
        if self.revoked_at is not None:
            return "taken back"
        if self.finished_at is not None:
            return "finished"
        if self.expires_at <= now:
            return "expired"
        return "started" if self.started_at is not None else "not opened yet"


COLUMNS = """
    link_id, family_id, site_no, (select time_zone from study.site where no = site_no) as time_zone, person_id, wave,
    questionnaires, expires_at, revoked_at, started_at, finished_at, kind, chosen, uses
"""


async def make(
    conn: Connection,
    family_id: UUID,
    site_no: int,
    *,
    person_id: UUID,
    wave: str,
    questionnaires: list[str],
    link_hash: bytes,
    now: datetime,
) -> UUID:
    """A link for one person. Only the hash of its key is kept; nobody can read the address back from here."""
    await permissions.require(conn, family_id, person_id, Step.LINK, wave)
    link_id = ids.new_id()
    await conn.execute(
        """
        insert into cases.link (hash, link_id, family_id, site_no, person_id, wave, questionnaires, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        link_hash,
        link_id,
        family_id,
        site_no,
        person_id,
        wave,
        questionnaires,
        now + timedelta(days=DAYS),
    )
    return link_id


async def renew(conn: Connection, family_id: UUID, link_id: UUID, link_hash: bytes) -> None:
    """A fresh key for the same link: whatever key was there before opens nothing any more."""
    await conn.execute(
        "update cases.link set hash = $3 where family_id = $1 and link_id = $2", family_id, link_id, link_hash
    )


async def revoke(conn: Connection, family_id: UUID, link_id: UUID, *, now: datetime) -> bool:
    """The address stops working at once; whether there was one to stop. A stranger's link is not found."""
    done = await conn.execute(
        """
        update cases.link set revoked_at = $3
        where family_id = $1 and link_id = $2 and revoked_at is null and finished_at is null and expires_at > $3
        """,
        family_id,
        link_id,
        now,
    )
    return done == "UPDATE 1"


async def heed(conn: Connection, family_id: UUID) -> None:
    """No address outlives the permission it stands on: what was decided ends it, and only a new one opens anything."""
    await conn.execute(
        """
        update cases.link set revoked_at = trail.moment()
        where family_id = $1 and revoked_at is null and finished_at is null and expires_at > trail.moment()
          and (not consent.stands(family_id, person_id, case kind when 'times' then 'book' else 'link' end, wave)
            or consent.withdrew(family_id, person_id, 'no_contact', wave))
        """,
        family_id,
    )


async def find(conn: Connection, link_hash: bytes, *, now: datetime) -> Link:
    """The link behind a key; expired, taken back and never made look alike."""
    row = await conn.fetchrow(f"select {COLUMNS} from cases.find_link($1, $2)", link_hash, now)
    if row is None:
        raise LinkDead
    return convert(dict(row), Link)


async def mark(
    conn: Connection, link_hash: bytes, *, started_at: datetime | None = None, finished_at: datetime | None = None
) -> None:
    await conn.execute("select cases.mark_link($1, $2, $3)", link_hash, started_at, finished_at)


async def of_family(conn: Connection, family_id: UUID) -> list[Link]:
    rows = await conn.fetch(f"select {COLUMNS} from cases.link where family_id = $1 order by link_id", family_id)
    return [convert(dict(row), Link) for row in rows]


async def offered(conn: Connection, wave: str, *, on: date) -> list[Questionnaire]:
    """What may be shown to a parent alone: asked at this wave, licensed for links, and every word of it loaded."""
    wanted = {(asking.questionnaire, asking.version) for asking in linkable(await declaration.current(conn), wave)}
    known = list((await library.definitions_of(conn, wanted)).values())
    standing = await licences.standing(conn, known, Mode.LINK, on=on)
    allowed = [each for each in known if (each.code, each.version) in standing]
    spoken = await library.spoken(conn, allowed, Mode.LINK, on=on)
    return [each for each in spoken if not wordings.missing(each, {}, each.default_language)]


def linkable(protocol: Protocol, wave: str) -> list[Asking]:
    """What a parent can answer alone: about themselves or about the family."""
    return [
        asking
        for asking in protocol.asking
        if asking.wave == wave and asking.respondent is Respondent.PARENT and asking.about in (About.SELF, About.FAMILY)
    ]

"""The protocol in force: applied from its file, again and again, and never against what was collected."""

from datetime import datetime

import msgspec
from asyncpg import Connection, ForeignKeyViolationError
from msgspec import Struct

from consent import agreements, forms, permissions
from fieldwork.study import contradictions, faults
from fieldwork.study import protocol as protocols
from fieldwork.study.contradictions import COLUMNS, TYPES
from fieldwork.study.errors import NoStudy, ProtocolContradicts
from fieldwork.study.protocol import Protocol
from questionnaires import library, shelf

_READ: dict[str, Protocol] = {}


class Applied(Struct, frozen=True):
    sites: int
    cohorts: int
    waves: int
    questionnaires: int


async def apply(conn: Connection, protocol: Protocol, *, now: datetime) -> Applied:
    """The study becomes what the protocol says. Applying the same protocol twice changes nothing."""
    faults.refuse(protocol)
    wanted = sorted({(asking.questionnaire, asking.version) for asking in protocol.asking})
    applied = Applied(len(protocol.sites), len(protocol.cohorts), len(protocol.waves), len(wanted))
    # Two who apply at once take turns, so that the second is measured against what the first has made of the study.
    await conn.execute("lock table study.study in share row exclusive mode")
    if await conn.fetchval("select hash from study.study") == protocols.content_hash(protocol):
        return applied
    await contradictions.refuse(conn, protocol)
    try:
        await _sites(conn, protocol)
        await _cohorts(conn, protocol)
        await _waves(conn, protocol)
    except ForeignKeyViolationError as error:
        raise ProtocolContradicts(
            "A site, cohort or wave that families or staff belong to can't leave the protocol."
        ) from error
    await library.publish(conn, [shelf.load(code, version) for code, version in wanted], now=now)
    await _asking(conn, protocol)
    await permissions.declare(conn, protocol.steps)
    await forms.publish(conn, list(protocol.forms), now=now)
    await _study(conn, protocol, now=now)
    return applied


async def current(conn: Connection) -> Protocol:
    """The protocol in force; a process that has read it asks only whether it is still the same."""
    content_hash = await conn.fetchval("select hash from study.study")
    if content_hash is None:
        raise NoStudy
    if content_hash not in _READ:
        _READ[content_hash] = protocols.kept(await conn.fetchval("select protocol from study.study"))
    return _READ[content_hash]


async def _study(conn: Connection, protocol: Protocol, *, now: datetime) -> None:
    await conn.execute(
        """
        insert into study.study (code, title, time_zone, protocol, hash, applied_at) values ($1, $2, $3, $4, $5, $6)
        on conflict (code) do update set title = excluded.title, time_zone = excluded.time_zone,
          protocol = excluded.protocol, hash = excluded.hash, applied_at = excluded.applied_at
        """,
        protocol.code,
        protocol.title,
        protocol.time_zone,
        msgspec.json.encode(protocol).decode(),
        protocols.content_hash(protocol),
        now,
    )


async def _sites(conn: Connection, protocol: Protocol) -> None:
    await conn.execute("delete from study.approval")
    await agreements.declare(conn, {})
    await conn.execute("delete from study.site where not code = any($1)", [site.code for site in protocol.sites])
    await conn.executemany(
        """
        insert into study.site (code, name, grouping, time_zone, nation) values ($1, $2, $3, $4, $5)
        on conflict (code) do update set name = excluded.name, grouping = excluded.grouping,
          time_zone = excluded.time_zone, nation = excluded.nation
        """,
        [(site.code, site.name, site.grouping, protocol.time_zone, site.nation) for site in protocol.sites],
    )
    await conn.executemany(
        """
        insert into study.approval (site_no, body, in_force)
        select no, $2, daterange($3, $4, '[]') from study.site where code = $1
        """,
        [
            (site.code, approval.body, approval.since, approval.until)
            for site in protocol.sites
            for approval in site.approvals
        ],
    )
    await agreements.declare(conn, {site.code: site.agreements for site in protocol.sites})


async def _cohorts(conn: Connection, protocol: Protocol) -> None:
    await conn.execute(
        "delete from study.cohort where not code = any($1)", [cohort.code for cohort in protocol.cohorts]
    )
    await conn.executemany(
        """
        insert into study.cohort (code, title, referred, target) values ($1, $2, daterange($3, $4, '[]'), $5)
        on conflict (code) do update set title = excluded.title, referred = excluded.referred, target = excluded.target
        """,
        [
            (cohort.code, cohort.title, cohort.referred_from, cohort.referred_to, cohort.target)
            for cohort in protocol.cohorts
        ],
    )


async def _waves(conn: Connection, protocol: Protocol) -> None:
    """In one statement: a wave that comes between two others, or changes its code, moves those that count from it."""
    await conn.execute("delete from study.asking")
    await permissions.declare(conn, {})
    await conn.execute(
        f"""
        with gone as (delete from study.wave where not code = any($1))
        insert into study.wave ({COLUMNS}, position, title)
        select {COLUMNS}, position, title
        from unnest({TYPES}, $9::text[]) with ordinality as declared ({COLUMNS}, title, position)
        on conflict (code) do update set position = excluded.position, title = excluded.title, anchor = excluded.anchor,
          anchor_missed = excluded.anchor_missed, unit = excluded.unit, opens = excluded.opens,
          aim_from = excluded.aim_from, aim_to = excluded.aim_to, closes = excluded.closes
        """,
        *contradictions.windows_of(protocol),
        [wave.title for wave in protocol.waves],
    )


async def _asking(conn: Connection, protocol: Protocol) -> None:
    await conn.executemany(
        """
        insert into study.asking (wave, questionnaire, version, respondent, about, minimum_age, maximum_age, position)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        [
            (
                asking.wave,
                asking.questionnaire,
                asking.version,
                asking.respondent,
                asking.about,
                *(asking.ages or (None, None)),
                position,
            )
            for position, asking in enumerate(protocol.asking, start=1)
        ],
    )

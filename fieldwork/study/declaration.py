"""The protocol in force: applied from its file, again and again, and never against what was collected."""

from datetime import datetime

import msgspec
from asyncpg import Connection, ForeignKeyViolationError
from msgspec import Struct

from consent import forms, permissions
from fieldwork.study import protocol as protocols
from fieldwork.study.errors import NoStudy, ProtocolContradicts, ProtocolFaulty
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
    faults = protocols.faults(protocol)
    if faults:
        raise ProtocolFaulty("\n".join(f"{fault.place}: {fault.sentence}" for fault in faults))
    wanted = {(asking.questionnaire, asking.version) for asking in protocol.asking}
    applied = Applied(len(protocol.sites), len(protocol.cohorts), len(protocol.waves), len(wanted))
    if await conn.fetchval("select hash from study.study") == protocols.content_hash(protocol):
        return applied
    await _refuse_contradictions(conn, protocol)
    try:
        await _sites(conn, protocol)
        await _cohorts(conn, protocol)
        await _waves(conn, protocol)
    except ForeignKeyViolationError as error:
        raise ProtocolContradicts("A site, cohort or wave with families can't leave the protocol.") from error
    for code, version in sorted(wanted):
        await library.publish(conn, shelf.load(code, version), now=now)
    await _asking(conn, protocol)
    await permissions.declare(conn, protocol.steps)
    await forms.publish(conn, list(protocol.forms), now=now)
    await conn.execute(
        """
        insert into study.study (code, title, time_zone, protocol, hash, applied_at) values ($1, $2, $3, $4, $5, $6)
        on conflict (code) do update set title = excluded.title, time_zone = excluded.time_zone,
          protocol = excluded.protocol, hash = excluded.hash, applied_at = excluded.applied_at
          where study.hash <> excluded.hash
        """,
        protocol.code,
        protocol.title,
        protocol.time_zone,
        msgspec.json.encode(protocol).decode(),
        protocols.content_hash(protocol),
        now,
    )
    return applied


async def current(conn: Connection) -> Protocol:
    """The protocol in force; a process that has read it asks only whether it is still the same."""
    content_hash = await conn.fetchval("select hash from study.study")
    if content_hash is None:
        raise NoStudy
    if content_hash not in _READ:
        _READ[content_hash] = protocols.kept(await conn.fetchval("select protocol from study.study"))
    return _READ[content_hash]


async def _refuse_contradictions(conn: Connection, protocol: Protocol) -> None:
    """Windows that families were seen in, and days of referral that families have, stay as they were."""
    held = await conn.fetchval("select protocol from study.study")
    if held is None:
        return
    before = protocols.kept(held)
    weeks = {wave.code: wave.weeks for wave in protocol.waves}
    changed = [wave.code for wave in before.waves if wave.code in weeks and weeks[wave.code] != wave.weeks]
    used = await conn.fetch(
        """
        select wave, sum(families) as families from cases.tally
        where wave = any($1) group by wave having sum(families) > 0
        """,
        changed,
    )
    for row in used:
        raise ProtocolContradicts(
            f"The weeks of {row['wave']} can't change: the windows of {row['families']} families stand on them."
        )
    outside = await conn.fetchrow(
        """
        select cohort, count(*) as families from people.family
        join unnest($1::text[], $2::date[], $3::date[]) as wanted (code, since, until) on code = cohort
        where referred_on not between since and until group by cohort limit 1
        """,
        [cohort.code for cohort in protocol.cohorts],
        [cohort.referred_from for cohort in protocol.cohorts],
        [cohort.referred_to for cohort in protocol.cohorts],
    )
    if outside:
        raise ProtocolContradicts(
            f"Cohort {outside['cohort']}: {outside['families']} families were referred outside the new days."
        )


async def _sites(conn: Connection, protocol: Protocol) -> None:
    await conn.execute(
        "delete from study.approval where not site_no = any(select no from study.site where code = any($1))",
        [site.code for site in protocol.sites],
    )
    await conn.execute("delete from study.site where not code = any($1)", [site.code for site in protocol.sites])
    await conn.executemany(
        """
        insert into study.site (code, name, grouping, time_zone, nation) values ($1, $2, $3, $4, $5)
        on conflict (code) do update set name = excluded.name, grouping = excluded.grouping, nation = excluded.nation
        """,
        [(site.code, site.name, site.grouping, protocol.time_zone, site.nation) for site in protocol.sites],
    )
    await conn.execute("delete from study.approval")
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
    await conn.execute("delete from study.asking")
    await permissions.declare(conn, {})
    await conn.execute("delete from study.wave where not code = any($1)", [wave.code for wave in protocol.waves])
    await conn.executemany(
        """
        insert into study.wave (code, position, title, anchor, opens_week, aim_from_week, aim_to_week, closes_week)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict (code) do update set position = excluded.position, title = excluded.title, anchor = excluded.anchor,
          opens_week = excluded.opens_week, aim_from_week = excluded.aim_from_week,
          aim_to_week = excluded.aim_to_week, closes_week = excluded.closes_week
        """,
        [
            (wave.code, position, wave.title, wave.anchor, wave.opens, wave.aim_from, wave.aim_to, wave.closes)
            for position, wave in enumerate(protocol.waves, start=1)
        ],
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

"""Contradictions: what a new protocol may not change, because families were collected under the one in force."""

from typing import Any

from asyncpg import Connection

from fieldwork.study.errors import ProtocolContradicts
from fieldwork.study.protocol import Protocol

COLUMNS = "code, anchor, anchor_missed, unit, opens, aim_from, aim_to, closes"
TYPES = "$1::text[], $2::text[], $3::text[], $4::text[], $5::int[], $6::int[], $7::int[], $8::int[]"


async def refuse(conn: Connection, protocol: Protocol) -> None:
    """The database is asked, not the protocol it keeps: an older release's may be one we can't read."""
    await _refuse_another_study(conn, protocol)
    await _refuse_another_beginning(conn, protocol)
    await _refuse_other_windows(conn, protocol)
    await _refuse_other_days(conn, protocol)
    await _refuse_lost_reasons(conn, protocol)


def windows_of(protocol: Protocol) -> list[list[Any]]:
    """The waves and what their windows are made of, one list for each of `COLUMNS`."""
    waves = [
        (None if w.begins else w.anchor, w.anchor_missed, w.unit, w.opens, w.aim_from, w.aim_to, w.closes)
        for w in protocol.waves
    ]
    return [[w.code for w in protocol.waves], *(list(column) for column in zip(*waves, strict=True))]


async def _refuse_another_study(conn: Connection, protocol: Protocol) -> None:
    held = await conn.fetchval("select code from study.study")
    if held not in {None, protocol.code}:
        raise ProtocolContradicts(
            f"This database holds the study “{held}”. The study “{protocol.code}” needs a database of its own."
        )


async def _refuse_another_beginning(conn: Connection, protocol: Protocol) -> None:
    """Every report is about the families interviewed at the first wave."""
    row = await conn.fetchrow(
        """
        select code, (select coalesce(sum(families), 0) from cases.tally where wave = code) as families
        from study.wave order by position limit 1
        """
    )
    if row and row["code"] != protocol.waves[0].code and row["families"]:
        raise ProtocolContradicts(
            f"{row['code']} must stay the first wave: {row['families']} families began the study with it."
        )


async def _refuse_other_windows(conn: Connection, protocol: Protocol) -> None:
    row = await conn.fetchrow(
        f"""
        select code, sum(families) as families
        from (
          select {COLUMNS} from study.wave
          except select * from unnest({TYPES})
        ) changed
        join cases.tally on wave = code where code = any($1) group by code having sum(families) > 0 limit 1
        """,
        *windows_of(protocol),
    )
    if row:
        raise ProtocolContradicts(
            f"The weeks of {row['code']} can't change, nor what they count from: "
            f"the windows of {row['families']} families stand on them."
        )


async def _refuse_other_days(conn: Connection, protocol: Protocol) -> None:
    row = await conn.fetchrow(
        """
        select cohort, count(*) as families from people.family
        join unnest($1::text[], $2::date[], $3::date[]) as wanted (code, since, until) on code = cohort
        where referred_on not between since and until group by cohort limit 1
        """,
        [cohort.code for cohort in protocol.cohorts],
        [cohort.referred_from for cohort in protocol.cohorts],
        [cohort.referred_to for cohort in protocol.cohorts],
    )
    if row:
        raise ProtocolContradicts(
            f"Cohort {row['cohort']}: {row['families']} families were referred outside the new days."
        )


async def _refuse_lost_reasons(conn: Connection, protocol: Protocol) -> None:
    """A code that was given needs its words for as long as somebody may read it."""
    row = await conn.fetchrow(
        """
        select outside_because as reason, count(*) as visits from (
          select family_id, wave, outside_because from cases.visit where not outside_because = any($1)
          union select family_id, wave, outside_because from cases.part where not outside_because = any($1)) given
        group by outside_because limit 1
        """,
        list(protocol.reasons.outside),
    )
    if row:
        raise ProtocolContradicts(
            f"reasons.outside.{row['reason']} can't leave the protocol: it was given for {row['visits']} visits."
        )

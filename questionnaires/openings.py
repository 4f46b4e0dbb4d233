"""Openings: how a questionnaire comes before somebody, once, on a page or on a device without a line."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from asyncpg import Connection
from msgspec import Struct, convert, structs

from consent import permissions
from questionnaires import administrations, flow, library, licences, saving
from questionnaires.administrations import COLUMNS, FROM, WAYS_OUT, Administration
from questionnaires.definitions import Questionnaire
from questionnaires.errors import UnknownQuestionnaire, VersionRetired
from questionnaires.library import Version
from questionnaires.saving import Save


class Opening(Struct, frozen=True):
    """Who answers what about whom, how and on which day; `at` is on the family's clock, where it begins just now."""

    wave: str
    questionnaire: str
    version: str
    respondent_id: UUID
    subject_kind: str
    subject_id: UUID
    mode: str
    held_on: date
    at: datetime | None = None

    def id_in(self, family_id: UUID) -> UUID:
        return id_of(family_id, self.wave, self.questionnaire, self.respondent_id, self.subject_kind, self.subject_id)


SAME = f"""
    from {FROM} where family_id = $1 and wave = $2 and questionnaire = $3
      and respondent_id = $4 and subject_kind = $5 and subject_id = $6
"""


def id_of(
    family_id: UUID, wave: str, questionnaire: str, respondent_id: UUID, subject_kind: str, subject_id: UUID
) -> UUID:
    """The same wherever it is begun, so that a device without a line and the study's own pages mean one thing."""
    return uuid5(family_id, f"{wave} {questionnaire} {respondent_id} {subject_kind} {subject_id}")


async def begin(
    conn: Connection, family_id: UUID, site_id: int, opening: Opening, *, packed: bool = False
) -> Administration:
    """Open a questionnaire, or find the one that was opened before. One `packed` earlier may be retired meanwhile."""
    version, definition = await _asked(conn, family_id, opening)
    if not await _open(conn, family_id, site_id, opening, state="open"):
        return await _same(conn, family_id, opening, definition)
    if version.state is library.State.RETIRED and not packed:
        raise VersionRetired(f"{version.code} {version.version}")
    return await _with_defaults(conn, _begun(family_id, site_id, opening, version), definition, opening.at)


async def ahead(conn: Connection, family_id: UUID, site_id: int, opening: Opening) -> Administration:
    """As it will stand once it is begun, for a device that takes it along: nothing is kept yet."""
    version, definition = await _asked(conn, family_id, opening)
    if version.state is library.State.RETIRED:
        raise VersionRetired(f"{version.code} {version.version}")
    held = _begun(family_id, site_id, opening, version)
    ledger = saving.Ledger(definition, {}, {}, 0, {})
    for save_ in await _defaults(conn, held, definition, opening.at):
        ledger.take(save_)
    return structs.replace(held, answers=ledger.answers, seqs=ledger.seqs, seq=ledger.seq)


async def keep_place(conn: Connection, family_id: UUID, site_id: int, opening: Opening) -> UUID:
    """Of what was begun without a line and may not be: nothing counts, but what was said can be set aside there."""
    await library.find(conn, opening.questionnaire, opening.version)
    await _open(conn, family_id, site_id, opening, state="void")
    found: UUID = await conn.fetchval(f"select administration_id {SAME}", *_once(family_id, opening))
    return found


async def take_place(conn: Connection, family_id: UUID, administration_id: UUID) -> None:
    """What had no permission when it came has it now, and is a questionnaire like any other."""
    held = await administrations.hold(conn, family_id, administration_id)
    if held.state == "void":
        await administrations.permitted(conn, held)
        await administrations.settle(conn, structs.replace(held, state="open"))


async def _asked(conn: Connection, family_id: UUID, opening: Opening) -> tuple[Version, Questionnaire]:
    version = await library.find(conn, opening.questionnaire, opening.version)
    definition = await library.definition(conn, version.hash)
    await _refuse_unshowable(conn, version, definition, opening)
    await permissions.require(
        conn, family_id, opening.respondent_id, administrations.step_of(definition, opening.mode), opening.wave
    )
    return version, definition


async def _open(conn: Connection, family_id: UUID, site_id: int, opening: Opening, *, state: str) -> bool:
    """Once: whoever comes second, or with the same from another device, opens nothing."""
    opened = await conn.execute(
        """
        insert into questionnaires.administration (family_id, administration_id, site_id, wave, questionnaire, version,
          respondent_id, subject_kind, subject_id, mode, state, held_on)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        on conflict on constraint administration_once do nothing
        """,
        family_id,
        opening.id_in(family_id),
        site_id,
        opening.wave,
        opening.questionnaire,
        opening.version,
        opening.respondent_id,
        opening.subject_kind,
        opening.subject_id,
        opening.mode,
        state,
        opening.held_on,
    )
    return bool(opened == "INSERT 0 1")


def _begun(family_id: UUID, site_id: int, opening: Opening, version: Version) -> Administration:
    return Administration(
        family_id=family_id,
        administration_id=opening.id_in(family_id),
        site_id=site_id,
        wave=opening.wave,
        questionnaire=opening.questionnaire,
        version=opening.version,
        hash=version.hash,
        title=version.title,
        respondent_id=opening.respondent_id,
        subject_kind=opening.subject_kind,
        subject_id=opening.subject_id,
        mode=opening.mode,
        state="open",
        held_on=opening.held_on,
        answers={},
        seqs={},
        seq=0,
        scores=None,
        completed_at=None,
    )


async def _refuse_unshowable(conn: Connection, version: Version, definition: Questionnaire, opening: Opening) -> None:
    """A draft is nobody's yet; somebody else's words are shown only in a way their owner has allowed."""
    if version.state is library.State.DRAFT:
        raise UnknownQuestionnaire(f"{version.code} {version.version}")
    mode = WAYS_OUT.get(opening.mode)
    if mode is not None:
        await licences.require(conn, definition, mode, on=opening.held_on)


async def _with_defaults(
    conn: Connection, begun: Administration, definition: Questionnaire, at: datetime | None
) -> Administration:
    """What stands there before anybody answered is kept like an answer, so that it can be answered over."""
    given = await _defaults(conn, begun, definition, at)
    if not given:
        return begun
    await administrations.save(conn, begun.family_id, begun.administration_id, given)
    return await administrations.find(conn, begun.family_id, begun.administration_id, sealed=True)


async def _defaults(
    conn: Connection, begun: Administration, definition: Questionnaire, at: datetime | None
) -> list[Save]:
    before = await administrations.earlier(conn, begun, definition)
    defaults = flow.defaults(definition, today=begun.held_on, now=at, earlier=before)
    return [Save(uuid5(begun.administration_id, item), item, value) for item, value in defaults.items()]


async def _same(conn: Connection, family_id: UUID, opening: Opening, definition: Questionnaire) -> Administration:
    """The one that was opened before, by somebody quicker, by the same person earlier, or without permission then."""
    [row] = await conn.fetch(f"select {COLUMNS} {SAME}", *_once(family_id, opening))
    found = convert(dict(row), Administration)
    if found.state != "void":
        return found
    begun = structs.replace(found, state="open")
    await administrations.settle(conn, begun)
    return await _with_defaults(conn, begun, definition, opening.at)


def _once(family_id: UUID, opening: Opening) -> tuple[Any, ...]:
    return (
        family_id,
        opening.wave,
        opening.questionnaire,
        opening.respondent_id,
        opening.subject_kind,
        opening.subject_id,
    )

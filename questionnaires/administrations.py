"""Administrations: one respondent answering one questionnaire about one subject, saved as they go."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from asyncpg import Connection
from msgspec import Struct, convert, structs

from consent import permissions
from consent.purposes import Step
from questionnaires import flow, histories, library, prefills, saving, scoring
from questionnaires.definitions import About, Questionnaire, Respondent
from questionnaires.errors import (
    AdministrationClosed,
    AdministrationLocked,
    AnswersSealed,
    NoAdministration,
)
from questionnaires.licences import Mode
from questionnaires.saving import Receipt, Save


class Administration(Struct, frozen=True):
    family_id: UUID
    administration_id: UUID
    site_id: int
    wave: str
    questionnaire: str
    version: str
    hash: str
    title: str
    respondent_id: UUID
    subject_kind: str
    subject_id: UUID
    mode: str
    state: str
    held_on: date
    answers: dict[str, Any]
    seqs: dict[str, Any]
    seq: int
    scores: dict[str, Any] | None
    completed_at: datetime | None
    sealed: bool = False


WAYS_OUT = {"face_to_face": Mode.SCREEN, "telephone": Mode.SCREEN, "document": Mode.SCREEN, "link": Mode.LINK}
COLUMNS = """
    family_id, administration_id, site_id, wave, questionnaire, a.version, v.hash, v.title, respondent_id, subject_kind,
    subject_id, mode, a.state, held_on, answers, seqs, seq, scores, completed_at, sealed
"""
FROM = (
    "questionnaires.administration a join questionnaires.version v on v.code = questionnaire and v.version = a.version"
)


def step_of(definition: Questionnaire, mode: str) -> Step:
    """The step of the study this asking is, and so the permissions it stands on."""
    if definition.respondent is Respondent.RESEARCHER:
        return step_of_team(definition.about)
    if mode == "link":
        return Step.LINK
    return Step.INTERVIEW if definition.respondent is Respondent.PARENT else Step.INTERVIEW_CHILD


def step_of_team(about: About) -> Step:
    """What the team does by itself: it reads a file, looks up what became of a family, or codes what was said."""
    return {About.FILE: Step.REVIEW, About.RECORDS: Step.FOLLOW}.get(about, Step.CODE)


async def find(conn: Connection, family_id: UUID, administration_id: UUID, *, sealed: bool = False) -> Administration:
    """What is sealed is found only by whoever shows nothing of it, or shows it to the respondent."""
    row = await conn.fetchrow(
        f"select {COLUMNS} from {FROM} where family_id = $1 and administration_id = $2", family_id, administration_id
    )
    if row is None:
        raise NoAdministration
    if row["sealed"] and not sealed:
        raise AnswersSealed
    return convert(dict(row), Administration)


async def save(conn: Connection, family_id: UUID, administration_id: UUID, saves: list[Save]) -> list[Receipt]:
    receipts, _ = await save_and_look(conn, family_id, administration_id, saves)
    return receipts


async def save_and_look(
    conn: Connection, family_id: UUID, administration_id: UUID, saves: list[Save]
) -> tuple[list[Receipt], Administration]:
    """Store each save once, in the order sent. The row's lock makes twins queue; permission is asked each time."""
    held = await hold(conn, family_id, administration_id)
    return await take(conn, held, await permitted(conn, held), saves)


async def take(
    conn: Connection, held: Administration, definition: Questionnaire, saves: list[Save], *, reason: str | None = None
) -> tuple[list[Receipt], Administration]:
    """What an open questionnaire takes as it comes, and a completed one only with a reason."""
    ledger = saving.Ledger(definition, held.answers, held.seqs, held.seq, {})
    receipts = [ledger.take(one) for one in saves]
    is_open = held.state == "open" or reason is not None
    if ledger.entries and not (is_open and await _keep(conn, held, ledger, reason)):
        # Some of it came before, on a line that lost our answer.
        known = await histories.known(conn, held.family_id, held.administration_id, saves)
        ledger = saving.Ledger(definition, held.answers, held.seqs, held.seq, known)
        receipts = [ledger.take(one) for one in saves]
        if ledger.entries:
            if not is_open:
                _require_open(held)
            await _keep(conn, held, ledger, reason)
    return receipts, structs.replace(held, answers=ledger.answers, seqs=ledger.seqs, seq=ledger.seq)


async def _keep(conn: Connection, held: Administration, ledger: saving.Ledger, reason: str | None) -> bool:
    return await histories.keep(
        conn,
        held.family_id,
        held.administration_id,
        ledger,
        site_id=held.site_id,
        respondent_id=held.respondent_id,
        reason=reason,
    )


async def complete(conn: Connection, family_id: UUID, administration_id: UUID, *, now: datetime) -> dict[str, Any]:
    """The respondent has finished, at this moment of the family's clock: what was answered is scored."""
    held = await hold(conn, family_id, administration_id)
    _require_open(held)
    scores = await scored(conn, held, await permitted(conn, held), now=now)
    await settle(conn, structs.replace(held, state="completed", completed_at=now, scores=scores))
    return scores


async def scored(
    conn: Connection, held: Administration, definition: Questionnaire, *, now: datetime | None
) -> dict[str, Any]:
    before = await earlier(conn, held, definition)
    # A row of a repeat whose answers were all taken back is no row any more.
    given = {item: value for item, value in held.answers.items() if value is not None}
    standing = flow.standing(definition, given, today=held.held_on, now=now, earlier=before)
    return scoring.score(definition, standing.values)


async def settle(conn: Connection, held: Administration) -> None:
    """Whether it is open, completed or locked, and what it comes to."""
    await conn.execute(
        """
        update questionnaires.administration set state = $3, completed_at = $4, scores = $5
        where family_id = $1 and administration_id = $2
        """,
        held.family_id,
        held.administration_id,
        held.state,
        held.completed_at,
        held.scores,
    )


async def earlier(conn: Connection, held: Administration, definition: Questionnaire) -> dict[str, Any]:
    """What the same respondent said before about the same subject, under the names the questionnaire has for it."""
    # Whoever holds a link's phone may not be who answered then: on a link nothing earlier is named.
    if not definition.earlier or held.mode == "link":
        return {}
    rows = await conn.fetch(
        """
        select questionnaire, wave, answers from questionnaires.administration
        where family_id = $1 and respondent_id = $2 and subject_kind = $3 and subject_id = $4 and state <> 'void'
          and not sealed
        """,
        held.family_id,
        held.respondent_id,
        held.subject_kind,
        held.subject_id,
    )
    given = {(row["questionnaire"], row["wave"]): row["answers"] for row in rows}
    return prefills.recalled(definition, given)


async def of_family(conn: Connection, family_id: UUID, *, sealed: bool = False) -> list[Administration]:
    """What is sealed is among them without anything that was answered in it."""
    rows = await conn.fetch(
        f"select {COLUMNS} from {FROM} where family_id = $1 and a.state <> 'void' order by wave, title", family_id
    )
    nothing: dict[str, Any] = {} if sealed else {"answers": {}, "seqs": {}, "seq": 0, "scores": None}
    return [convert({**row, **(nothing if row["sealed"] else {})}, Administration) for row in rows]


async def hold(conn: Connection, family_id: UUID, administration_id: UUID) -> Administration:
    """The questionnaire as it stands, for whoever is going to change it: two who do so queue."""
    row = await conn.fetchrow(
        f"select {COLUMNS} from {FROM} where family_id = $1 and administration_id = $2 for update of a",
        family_id,
        administration_id,
    )
    if row is None:
        raise NoAdministration
    return convert(dict(row), Administration)


async def permitted(conn: Connection, held: Administration) -> Questionnaire:
    """What is asked, if what it stands on is allowed now."""
    definition = await library.definition(conn, held.hash)
    await permissions.require(conn, held.family_id, held.respondent_id, step_of(definition, held.mode), held.wave)
    return definition


def _require_open(held: Administration) -> None:
    if held.state != "open":
        raise AdministrationLocked if held.state == "locked" else AdministrationClosed

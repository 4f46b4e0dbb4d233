"""Spreadsheets: decisions, visits and answers a study wrote down elsewhere, taken in through the rooms, all or none."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any
from uuid import UUID

from asyncpg import Connection
from msgspec import Struct

from consent.errors import NothingToWithdraw, NotPermitted
from consent.permissions import Answer
from consent.purposes import SAID, Decision, Purpose
from fieldwork.base import ids
from fieldwork.cases import decisions, due, parts, readings, visits
from fieldwork.cases.errors import (
    NobodySeen,
    NothingToRead,
    NotYet,
    NoVisit,
    ReadByAnother,
    ReadingNotOpen,
    TooEarly,
    VisitOver,
)
from fieldwork.cases.ledgers import Family, Ledger
from fieldwork.cases.parts import Part
from fieldwork.cases.visits import Held
from fieldwork.people.errors import FaultyList
from fieldwork.people.tables import Row
from fieldwork.study.protocol import Protocol
from questionnaires import administrations, answers, library, openings
from questionnaires.definitions import Questionnaire, SelectMultiple, SelectOne
from questionnaires.errors import UnknownQuestionnaire, WrongAnswer
from questionnaires.openings import Opening
from questionnaires.saving import Save
from scheduler.appointments import Place

# Row after row goes through the room a screen would use, because only there permission is asked and rules are kept.
# A study brings its spreadsheets once, and they are hundreds of rows long.
DECISIONS = ("reference", "person", "purpose", "decision", "given_by", "how", "decided_on")
VISITS = ("reference", "wave", "held_on", "place", "person", "came", "outside_because")
SHEETS = ("reference", "wave", "respondent", "subject", "held_on")
HOW = ("signed", "spoken")
CAME = ("seen", "outstanding", "refused")


class Summary(Struct, frozen=True):
    rows: int
    new: int
    unchanged: int


async def take_permissions(conn: Connection, content: bytes, *, today: date) -> Summary:
    """One decision a row. What stands there already, said on the same day, changes nothing."""
    needed = ("reference", "person", "purpose", "decision", "decided_on")
    ledger = await Ledger.open(conn, content, DECISIONS, needed=needed, today=today)
    said = [(row, *found) for row in ledger.rows if (found := _decision(ledger, row)) is not None]
    ledger.refuse_faults()
    known = await _decided(conn, [family.family_id for family in ledger.families.values()])
    fresh = [(row, family, answer) for row, family, answer in said if _key(answer) not in known]
    for row, family, answer in fresh:
        with naming(row):
            await decisions.record(conn, family.family_id, family.site_id, [answer], today=today)
    return Summary(len(said), len(fresh), len(said) - len(fresh))


def _decision(ledger: Ledger, row: Row) -> tuple[Family, Answer] | None:
    family = ledger.family(row)
    person = ledger.person(row, "person", family) if family else None
    purpose = ledger.one_of(row, "purpose", list(Purpose))
    decision = ledger.one_of(row, "decision", list(Decision))
    how = ledger.one_of(row, "how", HOW, otherwise="signed")
    on = ledger.day(row, "decided_on")
    giver = ledger.person(row, "given_by", family) if family and row["given_by"] else person
    if purpose == Purpose.CHILD_INTERVIEW and giver is not None and giver.role != "parent":
        ledger.fault(row, "given_by", f"“{SAID[Purpose.CHILD_INTERVIEW]}” is given by a parent: say which one.")
    if not (family and person and purpose and decision and how and on and giver):
        return None
    return family, Answer(person.person_id, Purpose(purpose), Decision(decision), giver.person_id, how, on)


async def _decided(conn: Connection, family_ids: list[UUID]) -> set[tuple[Any, ...]]:
    rows = await conn.fetch(
        "select person_id, purpose, decision, decided_on from consent.permission where family_id = any($1)", family_ids
    )
    return {tuple(row) for row in rows}


def _key(answer: Answer) -> tuple[Any, ...]:
    return (answer.person_id, answer.purpose, answer.decision, answer.decided_on)


async def take_visits(conn: Connection, content: bytes, protocol: Protocol, *, today: date) -> Summary:
    """One person a row; rows with the same reference and wave are one visit. The windows that follow open from it."""
    ledger = await Ledger.open(conn, content, VISITS, needed=VISITS[:-1], today=today)
    by_visit: dict[tuple[str, str], list[Row]] = {}
    for row in ledger.rows:
        by_visit.setdefault((row["reference"], row["wave"]), []).append(row)
    met = [(rows[0], *found) for rows in by_visit.values() if (found := _visit(ledger, rows, protocol)) is not None]
    ledger.refuse_faults()
    new = 0
    for row, family, wave, held in met:
        with naming(row):
            new += await _hold(conn, family, wave, held, protocol, today=today)
    return Summary(len(ledger.rows), new, len(met) - new)


def _visit(ledger: Ledger, rows: list[Row], protocol: Protocol) -> tuple[Family, str, Held] | None:
    first, family = rows[0], ledger.family(rows[0])
    wave = ledger.one_of(first, "wave", [wave.code for wave in protocol.waves])
    on, place = ledger.day(first, "held_on"), ledger.one_of(first, "place", list(Place))
    because = ledger.one_of(first, "outside_because", list(protocol.reasons.outside))
    for later in rows[1:]:
        for column in ("held_on", "place", "outside_because"):
            if later[column] != first[column]:
                ledger.fault(later, column, f"Row {first.number} says something else about the same visit.")
    parts = tuple(part for row in rows if family and (part := _part(ledger, row, family, on)) is not None)
    if not (family and wave and on and place and parts):
        return None
    return family, wave, Held(on, Place(place), parts, because)


def _part(ledger: Ledger, row: Row, family: Family, on: date | None) -> Part | None:
    person, came = ledger.person(row, "person", family), ledger.one_of(row, "came", CAME)
    return Part(person.person_id, came, on if came == "seen" else None) if person and came else None


async def _hold(conn: Connection, family: Family, wave: str, held: Held, protocol: Protocol, *, today: date) -> bool:
    """Whether this was new: the same visit on the same day, with everybody where the row says, is there already."""
    visit = await visits.find(conn, family.family_id, wave)
    known = {(part.person_id, part.state) for part in await parts.of_visit(conn, family.family_id, wave)}
    if visit.held_on == held.on and {(part.person_id, part.state) for part in held.parts} <= known:
        return False
    await visits.hold(conn, family.family_id, wave, held, protocol, today=today)
    return True


async def take_answers(
    conn: Connection, content: bytes, protocol: Protocol, *, code: str, version: str, now: datetime, today: date
) -> Summary:
    """One filled-in questionnaire a row, keyed in as from paper: checked, saved, completed and scored."""
    definition = await _asked(conn, protocol, code, version)
    columns = (*SHEETS, *definition.items)
    ledger = await Ledger.open(conn, content, columns, needed=SHEETS[:3], today=today)
    filled = [
        (row, family, values_of(ledger, row, definition)) for row in ledger.rows if (family := ledger.family(row))
    ]
    ledger.refuse_faults()
    new = 0
    for row, family, values in filled:
        with naming(row):
            opening = await _opening(conn, ledger, row, family, definition, protocol)
            new += opening is not None and await enter(conn, ledger, row, family, opening, values, now=now)
    ledger.refuse_faults()
    return Summary(len(filled), new, len(filled) - new)


async def _asked(conn: Connection, protocol: Protocol, code: str, version: str) -> Questionnaire:
    """The questionnaire as the protocol asks it; where waves ask different versions, one of them must be named."""
    asked = {(each.questionnaire, each.version) for each in protocol.asking if each.questionnaire == code}
    known = await library.definitions_of(conn, {each for each in asked if version in ("", each[1])})
    if len(known) != 1:
        versions = ", ".join(sorted(version for _, version in asked))
        raise UnknownQuestionnaire(
            f"{code}: {f'say --version {versions}' if versions else 'the protocol asks it nowhere'}."
        )
    return next(iter(known.values()))


def values_of(ledger: Ledger, row: Row, definition: Questionnaire) -> dict[str, Any]:
    """What was answered, item by item, in the form it is kept in; an empty cell is no answer."""
    values = {}
    for name, item in definition.items.items():
        text = row[name]
        if not text:
            continue
        texts = text.split() if isinstance(item, SelectMultiple) else [text]
        try:
            if text in answers.MISSING:
                given: Any = {"missing": text}
            elif isinstance(item, SelectOne) and text.isdecimal():
                given = int(text)
            else:
                given = answers.from_form(item, texts)
            values[name] = answers.check(item, given).value
        except WrongAnswer as error:
            ledger.fault(row, name, str(error))
    return values


async def enter(
    conn: Connection,
    ledger: Ledger,
    row: Row,
    family: Family,
    opening: Opening,
    values: dict[str, Any],
    *,
    now: datetime,
) -> bool:
    if opening.respondent_id in {person.person_id for person in family.people}:
        begun = await openings.begin(conn, family.family_id, family.site_id, opening)
    else:
        begun = await readings.begin(conn, family.family_id, opening)
    if begun.state != "open" or begun.answers:
        if begun.answers != values:
            ledger.fault(row, "reference", "This questionnaire was entered before, with other answers.")
        return False
    saves = [Save(ids.new_id(), item, value, at=now) for item, value in values.items()]
    await administrations.save(conn, family.family_id, begun.administration_id, saves)
    await readings.complete(conn, family.family_id, begun.administration_id, now=now)
    return True


async def _opening(
    conn: Connection, ledger: Ledger, row: Row, family: Family, definition: Questionnaire, protocol: Protocol
) -> Opening | None:
    """Who answered about whom: what the protocol asks of this person at this wave, and nothing else."""
    respondent, subject = family.person(row["respondent"]), family.person(row["subject"])
    reader = await conn.fetchval("select id from staff.account where email = lower($1)", row["respondent"])
    visit = await visits.find(conn, family.family_id, row["wave"])
    on = ledger.day(row, "held_on") or visit.held_on or ledger.today
    who = respondent.person_id if respondent else reader
    for each in due.at(protocol, row["wave"], family.people, reader=reader or family.family_id, on=on):
        about = subject.person_id if subject else each.subject_id
        if (each.questionnaire, each.respondent_id, each.subject_id) == (definition.code, who, about):
            version, kind = each.version, each.subject_kind
            return Opening(row["wave"], definition.code, version, each.respondent_id, kind, about, "paper", on)
    ledger.fault(row, "respondent", "The protocol does not ask this of them at this wave.")
    return None


REFUSALS = (
    *(NotPermitted, NothingToWithdraw, NoVisit, VisitOver, TooEarly, NotYet, NobodySeen),
    *(NothingToRead, ReadingNotOpen, ReadByAnother),
)


@contextmanager
def naming(row: Row) -> Iterator[None]:
    """What a room refuses is said with the row that asked for it."""
    try:
        yield
    except REFUSALS as error:
        said = " ".join(filter(None, [(type(error).__doc__ or "").strip(), str(error)]))
        raise FaultyList(f"Row {row.number}: {said}") from error

"""Inquiries: a site is asked what became of its families; the list with its answers is taken in whole or not at all."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from asyncpg import Connection
from msgspec import Struct, convert

from fieldwork.cases import spreadsheets
from fieldwork.cases.ledgers import Family, Ledger
from fieldwork.cases.spreadsheets import Summary
from fieldwork.people.tables import Row
from fieldwork.study.protocol import Asking, Protocol
from questionnaires import answers, flow, library, workbooks
from questionnaires.definitions import About, Date, Integer, Questionnaire, SelectOne, said
from questionnaires.openings import Opening

MOST = 1000  # families on one list
KNOWN_BY = ("case_number", "reference")


class Asked(Struct, frozen=True):
    """A family of the site whose permission and whose site's agreement stand, and of which nothing was said yet."""

    family_id: UUID
    site_id: int
    reference: str


class Answered(Struct, frozen=True):
    """What a list says of each family it says something of."""

    ledger: Ledger
    asking: Asking
    rows: list[tuple[Row, Family, dict[str, Any]]]


def asking_of(protocol: Protocol) -> list[Asking]:
    return [each for each in protocol.asking if each.is_teams and each.about is About.RECORDS]


async def waiting(conn: Connection, asking: Asking, site_no: int, *, today: date) -> list[Asked]:
    """By the study's reference, which is random: the order of the list tells nothing."""
    rows = await conn.fetch(
        f"""
        select r.family_id, r.site_id, d.reference from cases.reading r join people.directory d using (family_id)
        where r.site_id = $1 and r.wave = $2 and r.questionnaire = $3 and r.state = 'first' and r.first_id is null
          and r.opens_on <= $4 and consent.stands(r.family_id, r.family_id, 'follow', r.wave)
        order by d.reference limit {MOST}
        """,
        site_no,
        asking.wave,
        asking.questionnaire,
        today,
    )
    return [convert(dict(row), Asked) for row in rows]


async def waiting_at(conn: Connection, asking: Asking, *, today: date) -> dict[int, int]:
    """How many families of each site nothing was said of yet; what is not allowed is on no list and in no count."""
    rows = await conn.fetch(
        f"""
        select s.no, waits.families from study.site s
        cross join lateral (
          select count(*) filter (where consent.stands(r.family_id, r.family_id, 'follow', r.wave)) as families from (
            select family_id, wave from cases.reading
            where site_id = s.no and wave = $1 and questionnaire = $2 and state = 'first' and first_id is null
              and opens_on <= $3 limit {MOST}) r
        ) waits
        """,
        asking.wave,
        asking.questionnaire,
        today,
    )
    return {row["no"]: row["families"] for row in rows}


async def sheet(conn: Connection, asking: Asking, asked: list[Asked], case_numbers: dict[UUID, str]) -> bytes:
    """A workbook: a row for each family with the site's number, a column for each question, and how to fill it in."""
    definition = await _definition(conn, asking)
    head = [*KNOWN_BY, *definition.items]
    empty = [""] * len(definition.items)
    families = [[case_numbers.get(each.family_id, ""), each.reference, *empty] for each in asked]
    return workbooks.write({"families": [head, *families], "how to fill it in": list(_explained(definition))})


async def read(conn: Connection, asking: Asking, content: bytes, *, today: date) -> Answered:
    """Every fault with its row and column, before anything is kept. A row with nothing filled in is passed over."""
    definition = await _definition(conn, asking)
    ledger = await Ledger.open(conn, content, (*KNOWN_BY, *definition.items), needed=("reference",), today=today)
    asked = await _asked(conn, asking, ledger, today)
    first: dict[UUID, Row] = {}
    rows = []
    for row in ledger.rows:
        family = ledger.family(row)
        if family is None or not any(row[item] for item in definition.items):
            continue
        known = first.setdefault(family.family_id, row)
        if family.family_id not in asked:
            ledger.fault(row, "reference", "Nothing is asked about this family. Take its row out.")
        elif known is not row:
            ledger.fault(row, "reference", f"This family stands in row {known.number} already.")
        else:
            worded = Row(row.number, {name: _named(definition, name, text) for name, text in row.cells.items()})
            values = spreadsheets.values_of(ledger, worded, definition)
            _refuse_broken(ledger, row, definition, values, today)
            rows.append((row, family, values))
    ledger.refuse_faults()
    return Answered(ledger, asking, rows)


async def enter(conn: Connection, found: Answered, *, reader: UUID, now: datetime, today: date) -> Summary:
    """All of it, as said by whoever hands it in; what stands there already with the same words changes nothing."""
    asking, new = found.asking, 0
    for row, family, values in found.rows:
        opening = Opening(
            asking.wave, asking.questionnaire, asking.version, reader, asking.about, family.family_id, "document", today
        )
        with spreadsheets.naming(row):
            new += await spreadsheets.enter(conn, found.ledger, row, family, opening, values, now=now)
    found.ledger.refuse_faults()
    return Summary(len(found.rows), new, len(found.rows) - new)


async def _asked(conn: Connection, asking: Asking, ledger: Ledger, today: date) -> set[UUID]:
    """Of the families on a list those that may be on it: why another may not be is nobody's business."""
    rows = await conn.fetch(
        """
        select family_id from cases.reading r
        where family_id = any($1) and wave = $2 and questionnaire = $3 and opens_on <= $4
          and consent.stands(family_id, family_id, 'follow', wave)
        """,
        [family.family_id for family in ledger.families.values()],
        asking.wave,
        asking.questionnaire,
        today,
    )
    return {row["family_id"] for row in rows}


async def _definition(conn: Connection, asking: Asking) -> Questionnaire:
    key = (asking.questionnaire, asking.version)
    return (await library.definitions_of(conn, {key}))[key]


def _explained(definition: Questionnaire) -> list[list[str]]:
    head = ["column", "question", "what can stand there"]
    rows = [[name, said(getattr(item, "label", "")) or name, _fits(item)] for name, item in definition.items.items()]
    missing = ", ".join(answers.MISSING)
    return [head, *rows, ["", "Where nothing is known", f"Leave it empty, or write one of: {missing}"]]


def _fits(item: Any) -> str:
    if isinstance(item, SelectOne):
        return " | ".join(said(choice.label) for choice in item.choices)
    if isinstance(item, Date):
        return "A day, as 2016-03-31"
    return "A whole number" if isinstance(item, Integer) else "Words"


def _named(definition: Questionnaire, name: str, text: str) -> str:
    """A choice may be written as its label reads."""
    item = definition.items.get(name)
    if not isinstance(item, SelectOne):
        return text
    return next((choice.name for choice in item.choices if said(choice.label).casefold() == text.casefold()), text)


def _refuse_broken(ledger: Ledger, row: Row, definition: Questionnaire, values: dict[str, Any], today: date) -> None:
    """What contradicts something else in the row: an end before its beginning, an answer to what is not asked."""
    standing = flow.standing(definition, values, today=today)
    for name, sentence in standing.broken.items():
        ledger.fault(row, name, str(sentence))
    for name in values:
        if name not in standing.relevant:
            ledger.fault(row, name, "This does not fit what stands before it in the row. Empty it, or mend the other.")

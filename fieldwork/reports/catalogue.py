"""The catalogue of reports: by name, with one line on each, and the three ways they are written down."""

import csv
import io
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import msgspec
from asyncpg import Connection
from msgspec import Struct

from fieldwork.reports import agreement, case_files, permissions, records, retention, standing
from fieldwork.reports.errors import NoSuchFormat, NoSuchReport

FORMATS = ("json", "csv", "text")


class Result(Protocol):
    """What every report gives: its figures as they are passed on, and the same as the rows of one table."""

    def figures(self) -> dict[str, Any]: ...

    def table(self) -> list[dict[str, Any]]: ...


class Report(Struct, frozen=True):
    about: str
    read: Callable[[Connection, tuple[int, ...]], Awaitable[Result]]


REPORTS: dict[str, Report] = {
    "retention": Report("Families interviewed at each wave, by cohort and grouping.", retention.retention),
    "standing": Report("Where in their windows the later interviews were held.", standing.standing),
    "permissions": Report("What families allow, as their decisions stand now.", permissions.permissions),
    "case-files": Report("What was found in the case files, by cohort and grouping.", case_files.case_files),
    "records": Report("What became of families, from the authority's records.", records.records),
    "agreement": Report("How far two readers of the same agree, question by question.", agreement.agreed),
}


async def run(name: str, conn: Connection, sites: tuple[int, ...]) -> Result:
    try:
        report = REPORTS[name]
    except KeyError as error:
        raise NoSuchReport(name[:40]) from error
    return await report.read(conn, sites)


def render(result: Result, format: str) -> str:  # noqa: A002 - the word of the command line
    match format:
        case "json":
            return msgspec.json.format(msgspec.json.encode(result.figures()), indent=2).decode() + "\n"
        case "csv":
            return _csv(result.table())
        case "text":
            return _text(result.table())
    raise NoSuchFormat(format[:40])


def _columns(rows: list[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _csv(rows: list[dict[str, Any]]) -> str:
    """Texts are quoted and numbers are not, so that a cohort “1” stays a text."""
    written = io.StringIO()
    writer = csv.DictWriter(written, _columns(rows), quoting=csv.QUOTE_NONNUMERIC)
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue()


def _text(rows: list[dict[str, Any]]) -> str:
    columns = _columns(rows)
    lines = [columns] + [["" if row.get(name) is None else str(row[name]) for name in columns] for row in rows]
    widths = [max(len(line[place]) for line in lines) for place in range(len(columns))]
    is_number = [all(isinstance(row.get(name, 0), int | float | None) for row in rows) for name in columns]
    return "".join(
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(line, widths, is_number, strict=True)
        ).rstrip()
        + "\n"
        for line in lines
    )

"""Releases: a folder with the data, their codebook and the checksums of both; all of it or nothing."""

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from hashlib import file_digest
from pathlib import Path
from typing import Protocol

from asyncpg import Connection
from msgspec import Struct

from consent import withdrawals
from fieldwork.export import codebook, families, formats
from fieldwork.export.columns import Column, Row
from fieldwork.export.errors import ChangedMeanwhile, NoSuchFormat, NoSuchShape, NotAFolder
from fieldwork.export.families import Family
from fieldwork.export.long import long
from fieldwork.export.times import times
from fieldwork.export.wide import wide

SUMS = "SHA256SUMS"


class File(Struct, frozen=True):
    """A file by its name inside the folder, its rows without the headings, and its checksum."""

    path: str
    rows: int
    sha256: str


class Dataset(Protocol):
    """The columns of the data, what else the codebook explains, what was left out, and a family's rows."""

    columns: list[Column]
    items: list[Column]
    left_out: list[Column]

    def rows(self, family: Family) -> list[Row]: ...


SHAPES: dict[str, Callable[[Connection, tuple[int, ...]], Awaitable[Dataset]]] = {
    "wide": wide,
    "long": long,
    "times": times,
}


async def export(
    conn: Connection,
    directory: Path,
    *,
    format: str = "csv",  # noqa: A002 - the word of the command line
    shape: str = "wide",
    sites: tuple[int, ...],
) -> list[File]:
    """The same question gives the same bytes. What goes wrong on the way leaves the folder as it was."""
    if shape not in SHAPES:
        raise NoSuchShape(shape[:40])
    if format not in formats.OPENED:
        raise NoSuchFormat(format[:40])
    room = await asyncio.to_thread(_make_room, directory)
    try:
        files = await _write(conn, room, format, shape, sites)
        await asyncio.to_thread(_put_in_place, room, directory)
    finally:
        await asyncio.to_thread(shutil.rmtree, room, ignore_errors=True)
    return files


async def _write(conn: Connection, room: Path, kind: str, shape: str, sites: tuple[int, ...]) -> list[File]:
    """As it stands when it is done: who withdraws meanwhile is not in it, and from then on a withdrawal waits."""
    known = None
    while known != (known := await withdrawals.last(conn)):
        files = await _write_once(conn, room, kind, shape, sites)
    await withdrawals.hold_back(conn)
    if await withdrawals.last(conn) != known:
        raise ChangedMeanwhile
    return files


async def _write_once(conn: Connection, room: Path, kind: str, shape: str, sites: tuple[int, ...]) -> list[File]:
    dataset = await SHAPES[shape](conn, sites)
    rows = await _write_data(conn, dataset, sites, kind, room / f"{shape}.{kind}")
    entries = await asyncio.to_thread(_write_codebook, dataset, kind, room / "codebook.csv")
    return await asyncio.to_thread(_write_sums, room, {f"{shape}.{kind}": rows, "codebook.csv": entries})


async def _write_data(conn: Connection, dataset: Dataset, sites: tuple[int, ...], kind: str, path: Path) -> int:
    """A few families at a time: while some are written, beside the loop, the database already reads the next."""
    writer = await asyncio.to_thread(formats.opened, kind, path, dataset.columns)
    writing = asyncio.create_task(asyncio.to_thread(_write_chunk, writer, dataset, []))
    rows = 0
    try:
        async for chunk in families.stream(conn, sites):
            rows += await asyncio.shield(writing)
            writing = asyncio.create_task(asyncio.to_thread(_write_chunk, writer, dataset, chunk))
        rows += await asyncio.shield(writing)
    finally:
        await asyncio.wait([writing])
        await asyncio.to_thread(writer.close)
    return rows


def _write_chunk(writer: formats.Writer, dataset: Dataset, chunk: Sequence[Family]) -> int:
    rows = [row for family in chunk for row in dataset.rows(family)]
    writer.write(rows)
    return len(rows)


def _write_codebook(dataset: Dataset, kind: str, path: Path) -> int:
    described = [*dataset.columns, *dataset.items, *dataset.left_out]
    entries = codebook.entries(described, in_letters=kind == "dta" and not dataset.items)
    writer = formats.Csv(path, codebook.COLUMNS)
    writer.write(entries)
    writer.close()
    return len(entries)


def _write_sums(room: Path, counted: dict[str, int]) -> list[File]:
    files = []
    for name, rows in counted.items():
        with (room / name).open("rb") as file:
            files.append(File(name, rows, file_digest(file, "sha256").hexdigest()))
    (room / SUMS).write_text("".join(f"{file.sha256}  {file.path}\n" for file in files), encoding="ascii")
    return files


def _make_room(directory: Path) -> Path:
    """Beside the folder, so that moving it there is a matter of names; nobody else may look in."""
    if directory.exists() and not directory.is_dir():
        raise NotAFolder(str(directory))
    directory.parent.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))


def _put_in_place(room: Path, directory: Path) -> None:
    """A new folder appears at once. Into an old one the files go one by one, the checksums last."""
    if not directory.exists():
        room.rename(directory)
        return
    for path in sorted(room.iterdir(), key=lambda path: path.name == SUMS):
        path.replace(directory / path.name)

"""Store: what is too large for a row, in a folder of ciphertexts, each under the id of its row."""

import os
import re
from datetime import datetime
from pathlib import Path
from uuid import UUID

from msgspec import Struct

from fieldwork.base.errors import NoStore, Unreadable

_NAME = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Store(Struct, frozen=True):
    """A folder of FIELDWORK_FILES; without one nothing can be put into it."""

    folder: str

    def put(self, name: UUID, cipher: bytes) -> None:
        """Whole under its name or not at all, and on disk before this returns."""
        part = self._path(name).with_suffix(".part")
        with part.open("wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(cipher)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._path(name))
        folder = os.open(part.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def get(self, name: UUID) -> bytes:
        try:
            return self._path(name).read_bytes()
        except FileNotFoundError as error:
            raise Unreadable(str(name)) from error

    def remove(self, name: UUID) -> None:
        for path in (self._path(name), self._path(name).with_suffix(".part")):
            path.unlink(missing_ok=True)

    def older(self, than: datetime) -> list[UUID]:
        """What was put here before a moment of the machine's clock, and what was left half written."""
        if not self.folder:
            return []
        ours = [path for path in Path(self.folder).iterdir() if _NAME.fullmatch(path.stem)]
        return sorted({UUID(path.stem) for path in ours if path.stat().st_mtime < than.timestamp()})

    def _path(self, name: UUID) -> Path:
        if not self.folder:
            raise NoStore
        return Path(self.folder, str(name))

"""Notices: what was refused, left out or changed in a form from elsewhere, and where it stands."""

from msgspec import Struct


class Notice(Struct, frozen=True):
    sheet: str
    row: int
    column: str
    sentence: str

    def __str__(self) -> str:
        column = f", {self.column}" if self.column else ""
        return f"{self.sheet}, row {self.row}{column}: {self.sentence}"


class Findings(Struct):
    """What is found while a form is read: with faults nothing is taken in, with notices the rest is."""

    faults: list[Notice] = []
    notices: list[Notice] = []

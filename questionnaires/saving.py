"""Saving: one protocol for every road by which an answer comes in, so that none loses or doubles anything (pure)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from questionnaires import answers
from questionnaires.definitions import Questionnaire
from questionnaires.errors import UnknownItem, WrongAnswer


class Save(Struct, frozen=True):
    """What a device sends: its own id, the item, the value, the sequence it last saw for the item, its own clock."""

    save: UUID
    item: str
    value: Any = None
    base: int = 0
    at: datetime | None = None


class Receipt(Struct, frozen=True):
    """What it is told: stored, already (it had come before), conflict (somebody else was quicker), refused."""

    save: UUID
    seq: int
    state: str
    sentence: str = ""


class Entry(Struct, frozen=True):
    seq: int
    save: UUID
    item: str
    value: Any
    state: str
    at: datetime | None


class Ledger:
    """Where an administration stands while saves are taken one after another."""

    def __init__(
        self,
        definition: Questionnaire,
        standing: dict[str, Any],
        seqs: dict[str, Any],
        seq: int,
        known: dict[UUID, tuple[int, str]],
    ) -> None:
        self.definition = definition
        self.answers = dict(standing)
        self.seqs = dict(seqs)
        self.seq = seq
        self.known = dict(known)
        self.entries: list[Entry] = []

    def take(self, save: Save) -> Receipt:
        if save.save in self.known:
            seq, state = self.known[save.save]
            return Receipt(save.save, seq, "already" if state == "stored" else state)
        try:
            value = answers.check(answers.find(self.definition, save.item), save.value).value
        except (WrongAnswer, UnknownItem) as error:
            return Receipt(save.save, self.seqs.get(save.item, 0), "refused", str(error))
        self.seq += 1
        state = "stored" if save.base == self.seqs.get(save.item, 0) else "conflict"
        if state == "stored":
            self.answers[save.item] = value
            self.seqs[save.item] = self.seq
        self.known[save.save] = (self.seq, state)
        self.entries.append(Entry(self.seq, save.save, save.item, value, state, save.at))
        return Receipt(save.save, self.seq, state)


def may_be_known(seqs: dict[str, Any], saves: list[Save]) -> bool:
    """A save that came before was written after its base; where every base is still the latest, none can have come."""
    return any(save.base != seqs.get(save.item, 0) for save in saves)

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
        known: dict[UUID, Entry],
    ) -> None:
        self.definition = definition
        self.answers = dict(standing)
        self.seqs = dict(seqs)
        self.seq = seq
        self.known = dict(known)
        self.entries: list[Entry] = []

    def take(self, save: Save) -> Receipt:
        try:
            value = answers.check(answers.find(self.definition, save.item), save.value).value
        except WrongAnswer as error:
            return Receipt(save.save, self.seqs.get(save.item, 0), "refused", error.sentence)
        except UnknownItem as error:
            return Receipt(save.save, self.seqs.get(save.item, 0), "refused", str(error))
        if save.save in self.known:
            return _again(save.item, value, self.known[save.save])
        self.seq += 1
        state = "stored" if save.base == self.seqs.get(save.item, 0) else "conflict"
        if state == "stored":
            self.answers[save.item] = value
            self.seqs[save.item] = self.seq
        entry = Entry(self.seq, save.save, save.item, value, state, save.at)
        self.known[save.save] = entry
        self.entries.append(entry)
        return Receipt(save.save, self.seq, state)


def _again(item: str, value: Any, before: Entry) -> Receipt:
    """What came before is answered as it was then; its id does not stand for anything else."""
    if (item, value) != (before.item, before.value):
        return Receipt(before.save, before.seq, "refused", "This save has the id of another answer.")
    return Receipt(before.save, before.seq, "already" if before.state == "stored" else before.state)

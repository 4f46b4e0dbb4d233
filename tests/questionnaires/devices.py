"""The protocol of saving, written from its sentences and not from our code, and devices that use it on bad lines."""

from collections.abc import Iterator
from random import Random
from typing import Any
from uuid import UUID

from cast import NOW
from msgspec import Struct, json

from questionnaires.saving import Save

SHEET = """
code = "devices"
version = "1"
title = "What devices send"
respondent = "parent"
about = "family"
licence = { status = "own", wording = "own" }
[[sections]]
name = "s"
items = [
  { type = "integer", name = "many", label = "How many?", minimum = 0, maximum = 10, missing = ["refused"] },
  { type = "select_one", name = "one", label = "Which?", choices = [
      { name = "a", label = "A", value = 1 }, { name = "b", label = "B", value = 2 }] },
  { type = "select_multiple", name = "some", label = "Which?", choices = [
      { name = "a", label = "A" }, { name = "b", label = "B" }] },
  { type = "text", name = "words", label = "Tell us", notes = true },
  { type = "repeat", name = "kids", label = "Child", maximum = 2, items = [
      { type = "text", name = "called", label = "Called?" }] },
]
"""
UNFIT = object()
REFUSED = {"missing": "refused"}
# What is sent, and what is to stand there: two ways to say the same, a reason for none, nothing, and what does not fit.
WORDS = [("yes", "yes"), ("no", "no"), ("", None), (None, None), (3, UNFIT)]
SENT: dict[str, list[tuple[Any, Any]]] = {
    "many": [(0, 0), (7, 7), (7.0, 7), (10, 10), (REFUSED, REFUSED), (None, None), (11, UNFIT), ("7", UNFIT)],
    "one": [("a", "a"), ("b", "b"), (1, "a"), (None, None), ("c", UNFIT)],
    "some": [(["a"], ["a"]), (["a", "b"], ["a", "b"]), (["b", "a"], ["a", "b"]), ([], None), (["c"], UNFIT)],
    "words": WORDS,
    "words:note": WORDS,
    "kids[1].called": WORDS,
    "kids[2].called": WORDS,
    "kids[3].called": [("yes", UNFIT)],
    "nothing": [("yes", UNFIT)],
}
Answers = list[tuple[int, str]]


class Told(Struct, frozen=True):
    save: UUID
    item: str
    value: Any
    state: str
    reason: str | None


class Model:
    """It keeps what was told, in order, and nothing else: whatever stands is found by reading it from the start."""

    def __init__(self) -> None:
        self.told: list[Told] = []
        self.aside: dict[UUID, tuple[str, Any]] = {}
        self.is_closed = False

    def stands(self) -> dict[str, tuple[int, Any]]:
        """Of each question the latest answer that was stored, and its place in the history."""
        return {one.item: (seq, one.value) for seq, one in enumerate(self.told, 1) if one.state == "stored"}

    def take(self, save: Save, reason: str | None = None) -> tuple[int, str]:
        latest = self.stands().get(save.item, (0, None))[0]
        kept = next(kept for sent, kept in SENT[save.item] if same(sent, save.value))
        if kept is UNFIT:
            return latest, "refused"
        for seq, one in enumerate(self.told, 1):
            if one.save == save.save:
                is_same = one.item == save.item and same(one.value, kept)
                return seq, ("already" if one.state == "stored" else "conflict") if is_same else "refused"
        state = "stored" if save.base == latest else "conflict"
        self.told.append(Told(save.save, save.item, kept, state, reason))
        return len(self.told), state

    def save(self, parcel: list[Save]) -> Answers:
        """What is completed takes nothing new: the parcel waits for a person, each answer of it once."""
        before = list(self.told)
        answers = [self.take(one) for one in parcel]
        if not self.is_closed or self.told == before:
            return answers
        self.told = before
        known = {one.save for one in self.told}
        for one in parcel:
            if one.save not in known:
                self.aside.setdefault(one.save, (one.item, one.value))
        return [(0, "already" if one.save in known else "aside") for one in parcel]


class Device:
    """Somebody answers on it; what was answered waits until an answer to it has come through."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.waiting: list[Save] = []
        self.made: list[Save] = []
        self.seen: dict[str, int] = {}

    def answer(self) -> None:
        item = self.chance.choice(list(SENT))
        value, _ = self.chance.choice(SENT[item])
        base = self.seen.get(item, 0) if self.chance.random() < 0.9 else self.chance.randrange(6)
        is_muddled = self.made and self.chance.random() < 0.04  # a faulty device gives two answers one id
        number = self.chance.choice(self.made).save if is_muddled else UUID(int=self.chance.getrandbits(128))
        self.made.append(Save(number, item, value, base, NOW))
        self.waiting.append(self.made[-1])

    def parcel(self) -> list[Save]:
        """Some of what waits, in any order, with what was sent long ago, now and then the same twice."""
        some = [one for one in self.waiting if self.chance.random() < 0.8]
        if self.made and self.chance.random() < 0.3:
            some += self.chance.choices(self.made, k=self.chance.randrange(3))
        if self.chance.random() < 0.6:
            self.chance.shuffle(some)
        return some

    def hear(self, parcel: list[Save], answers: Answers, model: Model) -> None:
        if self.chance.random() < 0.3:  # the line broke meanwhile
            return
        self.waiting = [one for one in self.waiting if one not in parcel]
        for one, (seq, state) in zip(parcel, answers, strict=True):
            if state in ("stored", "already"):
                self.seen[one.item] = max(seq, self.seen.get(one.item, 0))
            elif state == "conflict" and self.chance.random() < 0.5:
                self.seen[one.item] = model.stands().get(one.item, (0, None))[0]


def days(chance: Random, model: Model, *, closes: bool) -> Iterator[tuple[str, list[Save], Answers]]:
    """Two devices at work on one questionnaire: what is done, with what, and what is to be answered."""
    devices = [Device(chance), Device(chance)]
    closing = chance.randrange(4, 24) if closes and chance.random() < 0.5 else -1
    for step in range(chance.randrange(6, 24)):
        at = chance.choice(devices)
        if step == closing:
            model.is_closed = True
            yield "complete", [], []
        elif chance.random() < 0.65:
            at.answer()
        elif model.is_closed and chance.random() < 0.5:
            parcel = at.parcel()
            answers = [model.take(one, reason="Misread") for one in parcel]
            yield "correct", parcel, answers
            at.hear(parcel, answers, model)
        else:
            parcel = at.parcel()
            answers = model.save(parcel)
            yield "save", parcel, answers
            at.hear(parcel, answers, model)
    for at in chance.sample(devices * 2, 4):
        yield "save", list(at.waiting), model.save(at.waiting)


def same(one: Any, other: Any) -> bool:
    """Python takes 7 for 7.0 and 1 for true; what is kept is one of them."""
    return json.encode(one) == json.encode(other)

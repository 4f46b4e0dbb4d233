"""Keeping: what comes in is saved, and what it sets off elsewhere is saved with it."""

from collections import deque
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from asyncpg import Connection
from msgspec import Struct

from fieldwork.cases.errors import StrayFile
from fieldwork.web import opened
from fieldwork.web.opened import Opened
from questionnaires import administrations, answers, corrections, definitions, flow, library
from questionnaires.administrations import Administration
from questionnaires.definitions import Questionnaire
from questionnaires.saving import Receipt, Save
from questionnaires.sentences import Sentence

TAKEN = ("stored", "conflict")
ELSEWHERE = Sentence("Somebody else changed this answer meanwhile. Theirs is shown; yours is kept in the history.")


class Echo(Struct, frozen=True):
    """An answer that another one set off: whoever sent the other learns of it here."""

    save: UUID
    seq: int
    state: str
    item: str
    value: Any


class Kept(Struct, frozen=True):
    receipts: list[Receipt]
    echoes: list[Echo]

    def complaints(self, saves: Iterable[Save], elsewhere: str = ELSEWHERE) -> dict[str, str]:
        """What was not taken, by its question."""
        said = {"refused": "", "conflict": elsewhere}
        return {
            save.item: said[receipt.state] or receipt.sentence
            for save, receipt in zip(saves, self.receipts, strict=True)
            if receipt.state in said
        }


async def keep(
    conn: Connection,
    family_id: UUID,
    administration_id: UUID,
    saves: list[Save],
    *,
    now: datetime,
    files: Collection[str | None] = (),
    reason: str | None = None,
) -> Kept:
    """As answers, or with a reason as corrections. `files` are the ids of those that came with these saves."""
    receipts, held = await _save(conn, family_id, administration_id, saves, reason)
    definition = await library.definition(conn, held.hash)
    taken = [(save, receipt.state) for save, receipt in zip(saves, receipts, strict=True) if receipt.state in TAKEN]
    for save, _ in taken:
        is_file = isinstance(answers.find(definition, save.item), definitions.Upload) and isinstance(save.value, str)
        if is_file and save.value not in files:
            raise StrayFile
    stored = [save for save, state in taken if state == "stored"]
    if not stored or not has_triggers(definition):
        return Kept(receipts, [])
    following = set_off(await opened.find(conn, held, now=now), stored)
    found, _ = await _save(conn, family_id, administration_id, following, reason) if following else ([], held)
    echoes = [
        Echo(save.save, receipt.seq, receipt.state, save.item, save.value)
        for save, receipt in zip(following, found, strict=True)
    ]
    return Kept(receipts, echoes)


async def _save(
    conn: Connection, family_id: UUID, administration_id: UUID, saves: list[Save], reason: str | None
) -> tuple[list[Receipt], Administration]:
    if reason is None:
        return await administrations.save_and_look(conn, family_id, administration_id, saves)
    return await corrections.correct(conn, family_id, administration_id, saves, reason=reason)


def set_off(found: Opened, stored: list[Save]) -> list[Save]:
    """What the stored answers set elsewhere, each once; what was typed at the same time stands as it was typed."""
    held, now = found.held, found.now
    known, typed = opened.given(held), {save.item for save in stored}
    following: dict[str, Save] = {}
    waiting = deque((save.item, save.save) for save in stored)
    while waiting:
        changed, cause = waiting.popleft()
        values = flow.triggered(found.definition, known, changed, today=held.held_on, now=now, earlier=found.earlier)
        for place, value in values.items():
            if place in typed or place in following or known.get(place) == value:
                continue
            following[place] = Save(uuid5(cause, place), place, value, held.seqs.get(place, 0), now)
            known[place] = value
            waiting.append((place, following[place].save))
    return list(following.values())


def has_triggers(definition: Questionnaire) -> bool:
    repeats = [item for item in definition.items.values() if isinstance(item, definitions.Repeat)]
    inside = [item for repeat in repeats for item in repeat.questions.values()]
    return any(item.trigger for item in (*definition.items.values(), *inside))

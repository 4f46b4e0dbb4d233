"""Wide: one row for each family, its waves and its people side by side."""

from typing import Any

import msgspec
from asyncpg import Connection

from fieldwork.export import about, families, names, questions
from fieldwork.export.about import Place
from fieldwork.export.coding import Coder
from fieldwork.export.columns import Column, Row
from fieldwork.export.errors import ChangedMeanwhile
from fieldwork.export.families import Administration, Block, Family
from fieldwork.study import declaration
from fieldwork.study.protocol import Protocol


class Wide:
    """Which column holds what, and the row each family makes of them."""

    def __init__(self, protocol: Protocol, coders: dict[questions.Key, Coder]) -> None:
        self.columns: list[Column] = []
        self.items: list[Column] = []
        self.left_out: list[Column] = []
        self._protocol = protocol
        self._coders = coders
        self._called = questions.names(coders)
        self._kept = questions.kept(coders)
        self._described = {key: questions.in_one_column(coder) for key, coder in coders.items()}
        self._newest = {key: {c.original: c for c in columns} for key, columns in self._described.items()}
        self._places: dict[about.Key, int] = {}
        self._blocks: dict[Block, list[tuple[int, Column, dict[Any, int]]]] = {}
        self._shared: dict[tuple[str, str, str], int] = {}
        self._names = names.Names()

    def add(self, place: Place) -> None:
        self._places[place.key] = len(self.columns)
        self._append(place.wanted, place.suffix, place.column)

    def add_block(self, block: Block) -> None:
        """All variables of a questionnaire, for one respondent and subject at one wave."""
        key = (block.questionnaire, block.version)
        who = [code for code in (block.respondent, block.subject) if code[1:].isdecimal() and about.mark(code)]
        suffix = "".join(map(about.mark, who)) + f"_{names.plain(block.wave)}"
        place = {"wave": block.wave, "respondent": block.respondent, "subject": block.subject}
        said = ", ".join([*who, block.wave])
        self._blocks[block] = []
        for variable, wanted, own in zip(
            self._coders[key].variables, self._called[key], self._described[key], strict=True
        ):
            column, numbers, is_shared = self._in_the_newest(key, variable.item, own)
            told = msgspec.structs.replace(column, label=f"{column.label} ({said})", **place)
            index = self._shared.get((block.questionnaire, wanted, suffix)) if wanted == own.original else None
            if index is None or not is_shared:
                index = len(self.columns)
                self._append(wanted, suffix, told)
                self._shared[block.questionnaire, wanted, suffix] = index
            self._blocks[block].append((index, column, numbers))
        for column in questions.left_out(self._coders[key]):
            self.left_out.append(msgspec.structs.replace(column, **place))

    def _in_the_newest(self, key: questions.Key, item: str, own: Column) -> tuple[Column, dict[Any, int], bool]:
        """The column a variable belongs into, and what its old numbers are now."""
        old = self._kept.get(key)
        is_shared = old is not None and item in old.items
        followed = is_shared or any(key == each.newest and item in each.items for each in self._kept.values())
        column = self._newest[old.newest].get(own.original, own) if old and is_shared else own
        return column, old.numbers.get(item, {}) if old and is_shared else {}, followed

    def _append(self, wanted: str, suffix: str, column: Column) -> None:
        name = self._names.take(wanted, suffix)
        self.columns.append(msgspec.structs.replace(column, name=name, original=column.original or wanted))

    def rows(self, family: Family) -> list[Row]:
        row: Row = [None] * len(self.columns)
        for key, value in about.facts(self._protocol, family):
            row[self._place(key)] = value
        for administration in family.administrations:
            self._fill(row, administration)
        return [row]

    def _place(self, key: about.Key) -> int:
        if key not in self._places:
            raise ChangedMeanwhile
        return self._places[key]

    def _fill(self, row: Row, held: Administration) -> None:
        """A reason for having no answer stands in the same column, as a number no answer can be."""
        if held.block not in self._blocks:
            raise ChangedMeanwhile
        cells = self._coders[held.questionnaire, held.version].code(held.answers, held.scores or {}, held.held_on)
        for (index, column, numbers), (value, reason) in zip(self._blocks[held.block], cells, strict=True):
            if reason is None:
                row[index] = numbers.get(value, value) if numbers else value
            elif reason in column.missing:
                row[index] = reason


async def wide(conn: Connection, sites: tuple[int, ...]) -> Wide:
    """The columns follow from the definitions and from who there is in the families."""
    protocol = await declaration.current(conn)
    blocks = await families.blocks(conn, sites)
    people = await families.people(conn, sites)
    made = Wide(protocol, await questions.coders(conn, blocks))
    for place in about.of_family(protocol, people):
        made.add(place)
    codes = sorted({code for code, _ in people}, key=about.in_order)
    asked = {(each.wave, each.questionnaire): -place for place, each in enumerate(reversed(protocol.asking))}
    for wave in protocol.waves:
        for place in about.of_wave(protocol, wave, codes):
            made.add(place)
        for block in sorted((block for block in blocks if block.wave == wave.code), key=lambda b: _order(b, asked)):
            made.add_block(block)
    return made


def _order(block: Block, asked: dict[tuple[str, str], int]) -> tuple[Any, ...]:
    """As the protocol asks; what it no longer asks comes last."""
    subject = about.in_order(block.subject) if block.subject[1:].isdecimal() else (False, "", 0)
    place = asked.get((block.wave, block.questionnaire), 1)
    return place, block.questionnaire, block.version, about.in_order(block.respondent), subject, block.subject

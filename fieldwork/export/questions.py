"""Questions: the versions that were answered, as columns a file can hold."""

from collections.abc import Iterable, Iterator

import msgspec
from asyncpg import Connection
from msgspec import Struct

from fieldwork.export import coding
from fieldwork.export.coding import Coder
from fieldwork.export.columns import Column
from fieldwork.export.families import Block
from questionnaires import library, versions
from questionnaires.definitions import Questionnaire

Key = tuple[str, str]  # a questionnaire and its version
NEGATIVE = "may be negative: reasons for a missing answer stand in the long shape"


async def coders(conn: Connection, blocks: Iterable[Block]) -> dict[Key, Coder]:
    """The version that is usually meant first, or else the one for most ages: it keeps the plain names."""
    found = await library.definitions_of(conn, {(block.questionnaire, block.version) for block in blocks})
    followed = {(each.code, each.follows) for each in found.values()}
    in_order = sorted(found.values(), key=lambda each: ((each.code, each.version) in followed, *_precedence(each)))
    return {(each.code, each.version): Coder(each) for each in in_order}


def _precedence(asked: Questionnaire) -> tuple[bool, int, str, str]:
    years = asked.ages.maximum - asked.ages.minimum if asked.ages else 0
    return not asked.usual, -years, asked.code, asked.version


class Kept(Struct, frozen=True):
    """What an older version shares with the newest that took its place: questions and scales, and numbers as now."""

    newest: Key
    items: set[str]
    numbers: dict[str, dict[int, int]]


def kept(found: dict[Key, Coder]) -> dict[Key, Kept]:
    """For each version another follows: the questions whose old answers stand in the newest version's columns."""
    told: dict[Key, Kept] = {}
    for key, coder in found.items():
        newest = asked = coder.questionnaire
        items = set(asked.items)
        while older := found.get((asked.code, asked.follows)) if asked.follows else None:
            items &= versions.together(older.questionnaire, asked)
            asked = older.questionnaire
            if (asked.code, asked.version) in told or asked is newest:
                break
            scales = {each.name for each in asked.scales if each in newest.scales and items.issuperset(each.items)}
            told[asked.code, asked.version] = Kept(key, items | scales, versions.renumbered(asked, newest))
    return told


def names(found: dict[Key, Coder]) -> dict[Key, list[str]]:
    """What each variable is called. Where a name was given before, the version tells the two apart, or the code.

    `sdq01` of the version p2-4 becomes `sdq01_vp24`, which nobody takes for the second parent's. A question an older
    version shares with the one that took its place keeps its name: all its answers belong into one column."""
    owners: dict[str, str] = {}
    called: dict[Key, list[str]] = {}
    shared = {key: old.items for key, old in kept(found).items()}
    for (code, version), coder in found.items():
        called[code, version] = [
            variable.name
            if variable.name not in owners or variable.item in shared.get((code, version), ())
            else f"{variable.name}_v{''.join(filter(str.isalnum, version))}"
            if owners[variable.name] == code
            else f"{code}_{variable.name}"
            for variable in coder.variables
        ]
        owners = {variable.name: code for variable in coder.variables} | owners
    return called


def columns(coder: Coder) -> list[Column]:
    """Each variable as it stands in the questionnaire; who answers and when is not said yet."""
    asked = coder.questionnaire
    return [
        Column(
            name=variable.name,
            label=variable.label,
            kind=coding.kind_of(variable, asked.items.get(variable.item)),
            measure=variable.measure,
            values=variable.values,
            missing=variable.missing,
            original=variable.name,
            questionnaire=asked.code,
            version=asked.version,
            question=variable.label,
            routing=coder.routing.get(variable.item, ""),
        )
        for variable in coder.variables
    ]


def in_one_column(coder: Coder) -> list[Column]:
    """The same where answers and reasons share a column: a number that could be a true answer is no reason."""
    items = coder.questionnaire.items
    return [
        msgspec.structs.replace(column, missing={}, note=NEGATIVE)
        if column.missing and coding.may_be_negative(items.get(variable.item))
        else column
        for column, variable in zip(columns(coder), coder.variables, strict=True)
    ]


def left_out(coder: Coder) -> Iterator[Column]:
    asked = coder.questionnaire
    for name, label, note in coder.left_out:
        yield Column(
            label=label,
            kind="",
            measure="",
            original=name,
            questionnaire=asked.code,
            version=asked.version,
            question=label,
            routing=coder.routing.get(name, ""),
            note=note,
        )

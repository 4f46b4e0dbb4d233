"""Long: one row for each answer, with who gave it, about whom and when."""

from collections.abc import Iterator

import msgspec
from asyncpg import Connection

from fieldwork.export import families, questions
from fieldwork.export.coding import Coder
from fieldwork.export.columns import Column, Row
from fieldwork.export.errors import ChangedMeanwhile
from fieldwork.export.families import Administration, Family
from fieldwork.study import declaration
from fieldwork.study.protocol import Protocol
from questionnaires import answers

REASONS = {reason.number: reason.label for reason in answers.MISSING.values()}


class Long:
    """The columns every answer has, and the rows a family's answers make."""

    def __init__(self, protocol: Protocol, coders: dict[questions.Key, Coder]) -> None:
        self.columns = _columns(protocol)
        self._asked = {key: questions.columns(coder) for key, coder in coders.items()}
        self.items = [
            msgspec.structs.replace(column, name="value") for found in self._asked.values() for column in found
        ]
        self.left_out = [column for coder in coders.values() for column in questions.left_out(coder)]
        self._first = protocol.waves[0].code
        self._coders = coders

    def rows(self, family: Family) -> list[Row]:
        return [row for held in family.administrations for row in self._of(family, held)]

    def _of(self, family: Family, held: Administration) -> Iterator[Row]:
        key = (held.questionnaire, held.version)
        if key not in self._coders:
            raise ChangedMeanwhile
        weeks = family.weeks_to(held.held_on, self._first)
        before = [*answering(family, held), weeks]
        cells = self._coders[key].code(held.answers, held.scores or {}, held.held_on)
        for (value, reason), column in zip(cells, self._asked[key], strict=True):
            if reason is not None:
                yield [*before, column.name, None, REASONS[reason], reason]
            elif isinstance(value, str):
                yield [*before, column.name, None, value, None]
            elif value is not None:
                yield [*before, column.name, value, column.values.get(int(value)), None]


def answering(family: Family, held: Administration) -> Row:
    """Which questionnaire it was, of which family, at which wave, and who answered it about whom and how."""
    before: Row = [family.reference, family.cohort, family.grouping, held.wave, held.questionnaire, held.version]
    return [*before, held.respondent, held.subject, held.mode]


def of_answering(protocol: Protocol) -> list[Column]:
    cohorts = {cohort.code: cohort.title for cohort in protocol.cohorts}
    waves = {wave.code: wave.title for wave in protocol.waves}
    return [
        Column(name="reference", label="Study reference", kind="text"),
        Column(name="cohort", label="Cohort", kind="text", words=cohorts),
        Column(name="grouping", label="Grouping of the site", kind="text", words=protocol.groupings),
        Column(name="wave", label="Wave", kind="text", words=waves),
        Column(name="questionnaire", label="Questionnaire", kind="text"),
        Column(name="version", label="Version of the questionnaire", kind="text"),
        Column(name="respondent", label="Who answered: P parent, C child, R researcher or professional", kind="text"),
        Column(name="subject", label="About whom: self, a child, the family or its file", kind="text"),
        Column(name="mode", label="How it was answered", kind="text"),
    ]


def _columns(protocol: Protocol) -> list[Column]:
    return [
        *of_answering(protocol),
        Column(name="weeks", label="Whole weeks since the first interview", kind="integer", measure="scale"),
        Column(name="item", label="What was asked or worked out", kind="text"),
        Column(name="value", label="The answer as a number", kind="decimal", measure="scale"),
        Column(name="label", label="The answer in words", kind="text"),
        Column(name="missing", label="Why there is no answer", kind="choice", values=REASONS),
    ]


async def long(conn: Connection, sites: tuple[int, ...]) -> Long:
    protocol = await declaration.current(conn)
    return Long(protocol, await questions.coders(conn, await families.blocks(conn, sites)))

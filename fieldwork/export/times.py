"""Times: one row for each time a section was in front of somebody, and never who measured it."""

from asyncpg import Connection

from fieldwork.export import long
from fieldwork.export.columns import Column, Row
from fieldwork.export.families import Family
from fieldwork.study import declaration
from fieldwork.study.protocol import Protocol


class Times:
    """What a questionnaire asks of a family is the study's to know. How quick a researcher is, is nobody's."""

    def __init__(self, protocol: Protocol) -> None:
        self.columns = [
            *long.of_answering(protocol),
            Column(name="section", label="Section of the questionnaire", kind="text"),
            Column(name="sitting", label="Which time it was in front of somebody", kind="integer", measure="scale"),
            Column(name="seconds", label="Seconds in use", kind="integer", measure="scale"),
            Column(name="interruptions", label="Interruptions", kind="integer", measure="scale"),
            Column(name="present", label="People of the family who were in the room", kind="integer", measure="scale"),
        ]
        self.items: list[Column] = []
        self.left_out: list[Column] = []

    def rows(self, family: Family) -> list[Row]:
        return [
            [*long.answering(family, held), each.section, number, each.seconds, each.interruptions, each.present]
            for held in family.administrations
            for number, each in enumerate(held.sittings, 1)
        ]


async def times(conn: Connection, _: tuple[int, ...]) -> Times:
    return Times(await declaration.current(conn))

"""Versions: answers to an old version stand beside those to the new one where they mean the same, and nowhere else."""

from datetime import date
from pathlib import Path

import pytest

from fieldwork.export import questions
from fieldwork.export.coding import Coder
from fieldwork.export.families import Administration, Block
from fieldwork.export.wide import Wide
from fieldwork.study import protocol
from questionnaires import reading

HEAD = """
code = "home"
title = "Home"
respondent = "parent"
about = "self"
licence = { status = "own" }
"""
REFERENCE = Path(protocol.__file__).parent / "reference" / "study.toml"
YES_NO = '[{ name = "no", label = "No", value = %s }, { name = "yes", label = "Yes", value = %s }]'


def version(number, follows, *items):
    text = (
        f'version = "{number}"\nfollows = "{follows}"\n{HEAD}\n[[sections]]\nname = "s"\nitems = [{", ".join(items)}]'
    )
    return reading.read(text)


def choice(name, no=0, yes=1):
    return f'{{ type = "select_one", name = "{name}", label = "{name}?", choices = {YES_NO % (no, yes)} }}'


ROOMS = '{ type = "integer", name = "rooms", label = "Rooms?" }'
OLD = version("1", "", ROOMS, choice("garden"), choice("dropped"))
NEW = version("2", "1", '{ type = "text", name = "rooms", label = "Rooms?" }', choice("garden", 1, 2), choice("added"))


@pytest.fixture
def wide():
    coders = {(each.code, each.version): Coder(each) for each in (NEW, OLD)}
    made = Wide(protocol.read(REFERENCE.read_text()), coders)
    for each in (OLD, NEW):
        made.add_block(block(each))
    return made


def block(asked):
    return Block("T1", asked.code, asked.version, "P1", "self")


def row(wide, asked, **answers):
    held = Administration("T1", "home", asked.version, "P1", "self", "paper", date(2015, 6, 1), answers, {})
    cells = [None] * len(wide.columns)
    wide._fill(cells, held)  # noqa: SLF001 - the row of one questionnaire
    return {column.name: cell for column, cell in zip(wide.columns, cells, strict=True)}


def test_a_question_both_ask_has_one_column_and_old_answers_carry_the_new_numbers(wide):
    old, new = row(wide, OLD, garden="yes", rooms=3, dropped="no"), row(wide, NEW, garden="yes", added="no")

    assert old["garden_t1"] == new["garden_t1"] == 2
    assert next(column for column in wide.columns if column.name == "garden_t1").values == {1: "No", 2: "Yes"}


def test_what_is_asked_in_another_way_keeps_a_column_of_its_own(wide):
    old = row(wide, OLD, garden="no", rooms=3, dropped="yes")

    assert old["rooms_t1"] == 3  # the new words are free text, which is left out
    assert (old["dropped_t1"], old["added_t1"]) == (1, None)


def test_versions_nobody_said_follow_each_other_are_never_put_together():
    strangers = {(each.code, each.version): Coder(each) for each in (version("2", "", ROOMS), version("1", "", ROOMS))}

    assert questions.kept(strangers) == {}
    assert list(questions.names(strangers).values()) == [["rooms"], ["rooms_v1"]]

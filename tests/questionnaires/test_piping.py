"""Labels, hints and messages may say an answer that was given before."""

import pytest

from questionnaires import piping, reading
from questionnaires.piping import Name

VISITS = reading.read("""
code = "visits"
version = "1"
title = "Visits"
respondent = "parent"
about = "family"
licence = { status = "own" }
languages = ["en", "cy"]

[[sections]]
name = "all"

[[sections.items]]
type = "select_one"
name = "who"
choices = [{ name = "aunt", label = { en = "Aunt", cy = "Modryb" } }, { name = "other" }]

[[sections.items]]
type = "repeat"
name = "children"
items = [{ type = "select_one", name = "school", choices = [{ name = "a", label = "Primary" }] }]
""")
ENGLISH = piping.Labels(VISITS, "en")


def test_words_and_names_are_told_apart():
    assert piping.parts("How is ${ name } now?") == ("How is ", Name("name"), " now?")
    assert piping.parts("${a}${b}") == (Name("a"), Name("b"))
    assert piping.parts("Five ${} $x {y} ${1}") == ("Five ${} $x {y} ${1}",)
    assert piping.names("${a} and ${b}, ${a}") == {"a", "b"}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("aunt", "Aunt"),
        (["aunt", "other"], "Aunt, other"),
        ("by herself", "by herself"),
        (7, "7"),
        (7.5, "7.5"),
        (None, "…"),
        ("", "…"),
        ([], "…"),
        ({"missing": "refused"}, "…"),
        ([{"age": 4}], "…"),
    ],
)
def test_an_answer_is_said_by_its_label(value, words):
    assert piping.said("You said ${who}.", {"who": value}, ENGLISH) == f"You said {words}."


def test_what_nobody_was_asked_is_left_open():
    assert piping.said("About ${nobody}.", {}, ENGLISH) == "About …."


def test_an_answer_with_a_name_in_it_is_not_read_again():
    assert piping.said("${who}", {"who": "${nobody}"}, ENGLISH) == "${nobody}"


def test_labels_are_those_of_the_language_also_inside_a_repeat():
    welsh = piping.Labels(VISITS, "cy")

    assert welsh["who"] == {"aunt": "Modryb", "other": "other"}
    assert welsh["school"] == {"a": "Primary"}
    assert welsh["nobody"] == {}

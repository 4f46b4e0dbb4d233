"""The data as analysts know them: numbers, labels and why a value is missing."""

import pytest

from questionnaires import codebook, reading, shelf

HOME = reading.read("""
code = "home"
version = "1"
title = "Home"
respondent = "parent"
about = "family"
licence = { status = "own" }

[[sections]]
name = "home"

[[sections.items]]
type = "select_multiple"
name = "pets"
topic = "Pets"
choices = [{ name = "dog", label = "Dog" }, { name = "cat", label = "Cat" }]

[[sections.items]]
type = "select_one"
name = "place"
topic = "Place"
choices = [{ name = "town", label = "Town" }, { name = "country", label = "Country" }]

[[sections.items]]
type = "integer"
name = "rooms"
topic = "Rooms"
relevant = "${place} = 'town'"

[[sections.items]]
type = "calculate"
name = "many"
calculation = "${rooms} > 5"

[[sections.items]]
type = "rank"
name = "first"
topic = "What comes first"
choices = [{ name = "rest", label = "Rest" }, { name = "play", label = "Play" }]

[[sections.items]]
type = "datetime"
name = "woken"
topic = "Woken"

[[sections.items]]
type = "acknowledge"
name = "seen"
topic = "Seen"
""")


def test_each_choice_of_several_is_a_variable_of_its_own():
    row = codebook.encode(HOME, {"pets": ["cat"]})

    assert (row["pets_dog"], row["pets_cat"]) == (0, 1)


def test_each_choice_put_in_order_is_a_variable_with_its_place():
    row = codebook.encode(HOME, {"first": ["play", "rest"], "woken": "2016-03-14T06:30"})
    first = [variable for variable in codebook.variables(HOME) if variable.item == "first"]

    assert (row["first_rest"], row["first_play"], row["woken"]) == (2, 1, "2016-03-14T06:30")
    assert [(each.name, each.kind, each.label) for each in first] == [
        ("first_rest", "integer", "What comes first: place of Rest"),
        ("first_play", "integer", "What comes first: place of Play"),
    ]
    assert codebook.encode(HOME, {"first": {"missing": "refused"}})["first_rest"] == -7


def test_choices_without_numbers_are_counted_from_one():
    place = next(variable for variable in codebook.variables(HOME) if variable.name == "place")

    assert place.values == {1: "Town", 2: "Country"}
    assert place.measure == "nominal"
    assert place.missing[-7] == "Prefers not to say"
    assert codebook.encode(HOME, {"place": "country"})["place"] == 2


def test_why_a_value_is_missing_has_a_number_of_its_own():
    row = codebook.encode(HOME, {"place": "town", "rooms": {"missing": "refused"}, "pets": {"missing": "dont_know"}})

    assert row["rooms"] == -7
    assert row["pets_dog"] == row["pets_cat"] == -8
    assert row["seen"] is None


def test_what_does_not_apply_says_so_even_when_it_was_answered_before():
    assert codebook.encode(HOME, {"place": "country", "rooms": 7})["rooms"] == -1


def test_a_calculated_yes_is_one():
    row = codebook.encode(HOME, {"place": "town", "rooms": 7, "seen": "OK"})

    assert (row["many"], row["seen"]) == (1, 1)


@pytest.mark.parametrize(
    ("calculation", "kind"),
    [
        ("1 + 1", "decimal"),
        ("today()", "date"),
        ("concat('a')", "text"),
        ("if(true(), 1, 'a')", "text"),
        ("join(' ', 'a', 'b')", "text"),
        ("now()", "text"),
        ("sqrt(4)", "decimal"),
    ],
)
def test_a_calculation_has_the_kind_of_its_result(calculation, kind):
    assert codebook.calculated(codebook.expressions.parse(calculation)) == kind


def test_scores_stand_beside_the_answers_as_numbers():
    lsns6 = shelf.load("lsns6")
    row = codebook.encode(lsns6, {f"lsns{number}": 1 for number in range(1, 7)})

    assert (row["lsns1"], row["lsns_total"], row["lsns_total_n"], row["lsns_at_risk"]) == (1, 6, 6, 1)

"""The shelf: every instrument says whose it is, scores what was worked out by hand, and does so for whole columns."""

import json
from pathlib import Path
from random import Random

import pytest

from questionnaires import answers, codebook, flow, reading, scoring, shelf
from questionnaires.errors import CannotScore, UnknownPolicy, WrongAnswer

DATA = Path(__file__).parent / "data"
WORKED = [json.loads(file.read_text("utf-8")) for file in sorted((DATA / "examples").glob("*.json"))]
EXAMPLES = [(sheet, example) for sheet in WORKED for example in sheet["examples"]]
VECTORS = json.loads((DATA / "instrument_vectors.json").read_text("utf-8"))
SHELF = {(each.code, each.version): each for each in shelf.shelf()}
SCORED = [each for each in shelf.shelf() if each.scales]

# Sums of unlike size, below nought, in fractions and behind a gate: more than any shipped key asks of columns.
ODD = reading.read("""
code = "odd"
version = "1"
title = "Odd"
respondent = "parent"
about = "self"
licence = { status = "own" }
scales = [
  { name = "below", items = ["a", "b", "c"], reverse = ["b"] },
  { name = "wide", items = ["w", "x"], form = "mean" },
  { name = "gated", items = ["a", "w"], gate = { item = "c", value = -2, score = 7 } },
  { name = "together", scales = ["below", "wide", "gated"], form = "total" },
  { name = "words", items = ["a", "b"], form = "categories", categories = [
      { name = "low", codes = [-3, -2] }, { name = "any", codes = [-2, -1, 0, 1, 2] },
  ] },
]
flags = [{ name = "under", scale = "together", test = "<", value = 100.5 }]
bands = [{ name = "band", labels = ["one", "two", "three"], starts = { together = [0, 500], below = [2, -2] } }]
policies = { default = { below = 1, wide = 1, gated = 2 } }

[[sections]]
name = "odd"
items = [
  { type = "integer", name = "a", topic = "A", minimum = -3, maximum = 2 },
  { type = "integer", name = "b", topic = "B", minimum = -3, maximum = 2 },
  { type = "integer", name = "c", topic = "C", minimum = -3, maximum = 2 },
  { type = "integer", name = "w", topic = "W", minimum = 0, maximum = 1000 },
  { type = "integer", name = "x", topic = "X", minimum = 0, maximum = 1000 },
  { type = "text", name = "t", topic = "T" },
]
""")


def name(questionnaire):
    return f"{questionnaire.code} {questionnaire.version}"


def records(questionnaire, random, number):
    """Answers as they are stored, keyed in, refused or left out."""
    rows = []
    for _ in range(number):
        row = {}
        for item, question in questionnaire.items.items():
            known = scoring.codes(question)
            numbers = list(known.values()) if isinstance(known, dict) else list(known)
            names = list(known) if isinstance(known, dict) else []
            blank = [None, "", {"missing": "refused"}]
            row[item] = random.choice(random.choices([numbers, names, blank], [8, 1, 2])[0] or [None])
        rows.append(row)
    return rows


def turned(rows):
    return {item: [row[item] for row in rows] for item in rows[0]}


@pytest.mark.parametrize(("sheet", "example"), EXAMPLES, ids=lambda each: each.get("instrument") or each["kind"])
def test_an_instrument_scores_as_worked_out_by_hand(sheet, example):
    questionnaire = shelf.load(sheet["instrument"], sheet["version"])

    assert scoring.score(questionnaire, example["answers"], policy=example["policy"]) == example["expected"]


@pytest.mark.parametrize("questionnaire", SCORED, ids=name)
def test_every_scored_instrument_has_been_worked_out_by_hand(questionnaire):
    sheets = [sheet for sheet in WORKED if (sheet["instrument"], sheet["version"]) == _place(questionnaire)]

    assert len(sheets) == 1
    assert {example["kind"] for example in sheets[0]["examples"]} == {"complete", "within", "beyond"}
    assert sheets[0]["source"]
    assert sheets[0]["how"].startswith("By hand")


def test_every_worked_example_is_of_an_instrument_on_the_shelf():
    assert {(sheet["instrument"], sheet["version"]) for sheet in WORKED} == {_place(each) for each in SCORED}


def _place(questionnaire):
    return questionnaire.code, questionnaire.version


@pytest.mark.parametrize("questionnaire", [*SCORED, ODD], ids=name)
def test_columns_score_exactly_as_records_do(questionnaire):
    random = Random(name(questionnaire))  # noqa: S311 - the same every time
    for policy in ["default", *questionnaire.policies]:
        rows = records(questionnaire, random, 70)

        columns = scoring.columns(questionnaire, turned(rows), policy=policy)

        one_by_one = [scoring.score(questionnaire, row, policy=policy) for row in rows]
        assert columns == {key: [each[key] for each in one_by_one] for key in one_by_one[0]}
        assert list(columns) == list(one_by_one[0])


@pytest.mark.parametrize("questionnaire", [*SCORED, ODD], ids=name)
@pytest.mark.parametrize("number", [1, 15, 16, 300])
def test_columns_of_plain_numbers_score_exactly_as_records_do(questionnaire, number):
    random = Random(number)  # noqa: S311 - the same every time
    rows = [
        {item: value if isinstance(value, int) else None for item, value in row.items()}
        for row in records(questionnaire, random, number)
    ]

    columns = scoring.columns(questionnaire, turned(rows))

    one_by_one = [scoring.score(questionnaire, row) for row in rows]
    assert columns == {key: [each[key] for each in one_by_one] for key in one_by_one[0]}
    kinds = {key: [type(each[key]) for each in one_by_one] for key in one_by_one[0]}
    assert {key: [type(value) for value in column] for key, column in columns.items()} == kinds


def test_more_records_than_two_bytes_count_are_scored_as_well():
    sdq = shelf.load("sdq", "p4-17")
    random = Random(66_000)  # noqa: S311 - the same every time
    given = {item: random.choices([0, 1, 2, None], k=66_000) for item in sdq.items}

    columns = scoring.columns(sdq, given)

    for record in random.sample(range(66_000), 50):
        scores = scoring.score(sdq, {item: column[record] for item, column in given.items()})
        assert {key: column[record] for key, column in columns.items()} == scores


@pytest.mark.parametrize("value", [True, "4", 1.5, -1, 7, 200, 2**70, float("nan"), [1], b"1", object()])
def test_one_value_that_cannot_be_scored_refuses_the_columns(value):
    slss = shelf.load("slss")
    given = {item: [1, None, 6] for item in slss.items}

    with pytest.raises(CannotScore, match="slss3"):
        scoring.columns(slss, given | {"slss3": [1, value, None]})


def test_columns_of_another_questionnaire_or_another_length_are_refused():
    slss = shelf.load("slss")

    with pytest.raises(CannotScore, match="sdq01"):
        scoring.columns(slss, {"sdq01": [1]})
    with pytest.raises(CannotScore, match="slss2"):
        scoring.columns(slss, {"slss1": [1, 2], "slss2": [1]})
    with pytest.raises(UnknownPolicy):
        scoring.columns(slss, {"slss1": [1]}, policy="lenient")


def test_items_without_a_column_are_missing_and_no_records_have_no_scores():
    sdq = shelf.load("sdq", "s11-17")

    assert scoring.columns(sdq, {"sdq26": [0, 1]})["impact"] == [0, None]
    assert set(map(len, scoring.columns(sdq, {}).values())) == {0}
    assert list(scoring.columns(sdq, {})) == list(scoring.score(sdq, {}))


@pytest.mark.parametrize("vector", VECTORS["scale_vectors"], ids=lambda each: f"{each['item']} {each['value']}")
def test_a_single_number_is_taken_or_refused(vector):
    questionnaire = shelf.load(vector["instrument"], vector["version"])
    question = questionnaire.question(vector["item"])

    assert bool(scoring.refusals(questionnaire, {vector["item"]: vector["value"]})) != vector["accept"]
    if vector["accept"]:
        assert answers.check(question, vector["value"]).value == vector["value"]
    else:
        with pytest.raises(WrongAnswer):
            answers.check(question, vector["value"])


@pytest.mark.parametrize("vector", VECTORS["routing_vectors"], ids=lambda each: f"age {each['age']}")
def test_a_child_gets_the_measures_of_its_age(vector):
    assert [[each.code, each.version] for each in shelf.for_age(vector["age"])] == vector["default"]


def test_younger_children_get_the_forms_made_for_them():
    assert [name(each) for each in shelf.for_age(4)] == ["sdq p4-17"]
    assert {name(each) for each in shelf.for_age(7)} == {
        "sdq p4-17",
        "cyrm12 child-3pt",
        "happiness faces5",
        "exercise blank",
    }
    assert {name(each) for each in shelf.for_age(10)} == {
        "sdq p4-17",
        "cyrm12 child-3pt",
        "cantril 0-10",
        "slss 6pt",
        "exercise blank",
    }
    assert shelf.for_age(18) == ()


@pytest.mark.parametrize(("place", "ages"), shelf.USUAL_AGES.items(), ids=str)
def test_nobody_is_usually_asked_at_an_age_an_instrument_is_not_made_for(place, ages):
    made_for = SHELF[place].ages

    assert made_for.minimum <= ages[0] <= ages[1] <= made_for.maximum


@pytest.mark.parametrize("age", range(18))
def test_no_child_gets_two_forms_of_one_measure(age):
    codes = [each.code for each in shelf.for_age(age)]

    assert len(set(codes)) == len(codes)


def test_a_table_of_shared_understanding_counts_those_who_answered():
    table = VECTORS["table_vector"]
    items = list(table["expected"])
    given = dict(zip(items, map(list, zip(*table["rows"], strict=True)), strict=True))

    columns = scoring.columns(shelf.load("su5"), given)

    for item in items:
        found = [kind for kind in columns[f"{item}_cat"] if kind]
        expected = table["expected"][item]
        counts = {kind: found.count(kind) for kind in ("agree", "not_sure", "disagree")}
        assert len(found) == expected["n"]
        assert counts == {kind: expected[kind] for kind in counts}


def test_licences_are_as_they_were_found():
    status = {code: each.licence.status for (code, _), each in SHELF.items()}

    assert status["sdq"] == "forbidden"
    assert {code for code, each in status.items() if each == "ask"} == {
        *("ces", "cyrm12", "exercise", "fidelity", "lsns6", "prp6", "safety", "su5")
    }
    assert {code for code, each in status.items() if each == "free"} == {"cantril", "pms", "slss"}


@pytest.mark.parametrize("code", ["ces", "exercise", "fidelity", "happiness", "safety"])
def test_what_could_not_be_confirmed_says_so(code):
    found = [each for each in shelf.shelf() if each.code == code]

    assert found
    assert not any(each.key_confirmed for each in found)
    assert all(each.key_evidence for each in found)


@pytest.mark.parametrize(
    ("item", "words"), [("benefit", "benefit_what"), ("problem", "problem_what"), ("would_not", "would_not_when")]
)
def test_a_worker_says_more_only_after_a_yes(item, words):
    survey = shelf.load("worker_survey")

    assert words not in flow.standing(survey, {}).relevant
    assert words not in flow.standing(survey, {item: "no", words: "x"}).values
    assert words in flow.standing(survey, {item: "yes"}).relevant


def test_a_site_gains_by_statements_with_both_numbers_only():
    given = {"p01_now": 8, "p01_start": 5, "p02_now": 4, "p02_start": 6, "p03_now": 9, "p04_start": 1}

    row = codebook.encode(shelf.load("site_profile"), given)

    assert [row[f"p0{number}_gain"] for number in range(1, 5)] == [3, -2, None, None]
    assert (row["prof_n"], row["prof_gain3"], row["prof_share3"]) == (2, 1, 0.5)


def test_a_site_that_gave_no_numbers_has_no_gain():
    row = codebook.encode(shelf.load("site_profile"), {})

    assert (row["prof_n"], row["prof_gain3"], row["prof_share3"]) == (0, None, None)


def test_a_figure_of_resources_is_asked_only_where_it_can_be_had():
    resources = shelf.load("resources")

    assert len(resources.sections[0].items) == 8
    assert "grant_pounds" not in flow.standing(resources, {"grant_pounds_as": "not_known"}).relevant
    assert "grant_pounds" in flow.standing(resources, {"grant_pounds_as": "estimate"}).relevant


@pytest.mark.parametrize("shipped", shelf.shelf(), ids=name)
def test_what_its_owner_lets_nobody_change_is_shown_as_it_was_published(shipped):
    """Splitting, reordering and rewording make another measure of it: ours and what is free may be laid out anew."""
    assert shipped.layout == ("free" if shipped.licence.status in ("own", "free") else "as_published")

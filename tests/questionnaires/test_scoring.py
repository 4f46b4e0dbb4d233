"""Scores against the golden vectors, and what they are never allowed to do."""

import json
from pathlib import Path

import pytest

from questionnaires import scoring, shelf
from questionnaires.errors import CannotScore, UnknownPolicy, UnknownQuestionnaire

GOLDEN = json.loads((Path(__file__).parent / "data/scoring_vectors.json").read_text("utf-8"))
REFUSED = [vector for vector in GOLDEN["vectors"] if vector.get("reject")]
SCORED = [vector for vector in GOLDEN["vectors"] if not vector.get("reject")]


def by_id(vector):
    return vector["id"]


def same(value, expected):
    if isinstance(expected, bool | str | None):
        return value == expected and type(value) is type(expected)
    return not isinstance(value, str | None) and abs(value - expected) <= GOLDEN["tolerance"]


@pytest.mark.parametrize("vector", SCORED, ids=by_id)
def test_a_record_has_its_scores(vector):
    questionnaire = shelf.load(vector["instrument"], vector["version"])

    scores = scoring.score(questionnaire, vector["answers"], policy=vector["policy"])

    assert set(scores) == set(vector["expected"])
    assert {name: value for name, value in scores.items() if not same(value, vector["expected"][name])} == {}


@pytest.mark.parametrize("vector", REFUSED, ids=by_id)
def test_a_record_that_cannot_be_scored_is_refused_with_its_reasons(vector):
    questionnaire = shelf.load(vector["instrument"], vector["version"])

    assert scoring.refusals(questionnaire, vector["answers"]) == vector["reject"]
    with pytest.raises(CannotScore):
        scoring.score(questionnaire, vector["answers"], policy=vector["policy"])


def test_every_score_falls_into_its_bands():
    for vector in GOLDEN["band_vectors"]:
        questionnaire = shelf.load(vector["instrument"], vector["version"])

        bands = scoring.bands(questionnaire, {vector["scale"]: vector["score"]})

        assert bands[f"{vector['scale']}_band3"] == vector["band3"]
        assert bands[f"{vector['scale']}_band4"] == vector["band4"]


@pytest.mark.parametrize("questionnaire", shelf.shelf(), ids=lambda each: f"{each.code} {each.version}")
def test_nothing_answered_is_never_nought(questionnaire):
    scores = scoring.score(questionnaire, {})

    counts = {value for name, value in scores.items() if name.endswith("_n")}
    rest = {value for name, value in scores.items() if not name.endswith("_n")}
    assert counts <= {0}
    assert rest <= {None}


def test_answers_given_on_screen_score_as_those_keyed_in_from_paper():
    pms = shelf.load("pms")
    names = ["strongly_disagree", "disagree", "agree", "strongly_agree"]
    paper = {f"pms{number}": 1 + number % 4 for number in range(1, 8)}

    screen = {item: names[code - 1] for item, code in paper.items()}

    assert scoring.score(pms, screen) == scoring.score(pms, paper)


def test_a_refused_or_unknown_answer_counts_as_missing():
    pms = shelf.load("pms")
    answers = {f"pms{number}": 2 for number in range(1, 7)}

    assert scoring.score(pms, answers | {"pms7": {"missing": "refused"}})["pms_total_n"] == 6


@pytest.mark.parametrize("value", [True, False, "0", "3", 1.5, float("nan"), float("inf"), [1], {"a": 1}])
def test_what_is_no_whole_number_is_refused(value):
    assert scoring.refusals(shelf.load("pms"), {"pms1": value}) == [{"item": "pms1", "code": "not_an_integer"}]


def test_sdq_scales_round_half_up_and_not_half_to_even():
    answers = {"sdq03": 0, "sdq08": 0, "sdq13": 1, "sdq16": 1}

    assert scoring.score(shelf.load("sdq", "p4-17"), answers)["emotion"] == 3


def test_a_policy_nobody_wrote_is_refused():
    with pytest.raises(UnknownPolicy, match="sdq has no policy 'lenient'"):
        scoring.score(shelf.load("sdq", "p4-17"), {}, policy="lenient")


def test_measures_with_two_forms_want_their_version_named():
    assert shelf.load("pms").version == "ps1978"
    for code in ("sdq", "cyrm12"):
        with pytest.raises(UnknownQuestionnaire, match="Name one of the versions"):
            shelf.load(code)
    with pytest.raises(UnknownQuestionnaire, match="There is no questionnaire"):
        shelf.load("nothing")

"""Wordings: words are loaded beside a version, side by side, and every place that is still empty is named."""

import csv
import io

import pytest

from questionnaires import shelf, wordings
from questionnaires.errors import FaultyWording

PMS = shelf.load("pms", "ps1978")
SHIPPED = shelf.shelf()


def file(*rows, head=("place", "topic", "en")):
    text = io.StringIO()
    csv.writer(text).writerows([head, *rows])
    return text.getvalue().encode()


def filled(definition, words):
    """A template with invented words in every place."""
    rows = list(csv.DictReader(io.StringIO(wordings.template(definition, {}, ["cy"]).decode("utf-8-sig"))))
    return file(
        *[(row["place"], row["topic"], f"{words} {at}") for at, row in enumerate(rows)], head=("place", "topic", "cy")
    )


@pytest.mark.parametrize("shipped", SHIPPED, ids=lambda each: f"{each.code} {each.version}")
def test_a_filled_template_leaves_nothing_unsaid(shipped):
    loaded = wordings.read(shipped, filled(shipped, "Gair"))
    spoken = wordings.spoken(shipped, loaded)

    assert wordings.missing(shipped, {}, "cy")
    assert wordings.missing(shipped, loaded["cy"], "cy") == []
    assert wordings.missing(spoken, {}, "cy") == []
    assert list(spoken.items) == list(shipped.items)


def test_the_places_are_unique_in_every_shipped_questionnaire():
    for shipped in SHIPPED:
        paths = [place.path for place in wordings.places(shipped)]
        assert len(set(paths)) == len(paths)


def test_words_do_not_change_what_is_scored():
    spoken = wordings.spoken(PMS, wordings.read(PMS, filled(PMS, "Word")))

    assert (spoken.scales, spoken.policies) == (PMS.scales, PMS.policies)
    assert spoken.licence.wording == "loaded"


def test_words_that_look_like_a_formula_come_back_as_they_were():
    place = next(place.path for place in wordings.places(PMS) if place.needed and place.path != "title")
    words = "=1+1 is not reckoned"

    template = wordings.template(PMS, {"en": {place: words}}, ["en"])

    assert f"'{words}" in template.decode()
    assert wordings.read(PMS, template)["en"][place] == words


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Row 1: the columns are place, topic"),
        (file(head=("place", "topic")), "Row 1: the columns are place, topic"),
        (file(head=("place", "topic", "en", "en")), "Row 1: the columns are place, topic"),
        (file(("nowhere.label", "", "Words")), "Row 2, place: the questionnaire has no place “nowhere.label”"),
        (file(("title", "", "x" * 6_000)), "Row 2, en: this is too long"),
    ],
    ids=["empty", "no language", "twice", "unknown place", "too long"],
)
def test_a_file_with_faults_names_them(content, said):
    with pytest.raises(FaultyWording, match=said):
        wordings.read(PMS, content)

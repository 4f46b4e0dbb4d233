"""Texts: what families are written tells whoever else reads it nothing; a study's own are looked at before use."""

import tomllib
from importlib.resources import files

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldwork.study import faults, protocol, texts
from fieldwork.study.texts import Kind, Messages, Text

REFERENCE = files("fieldwork.study").joinpath("reference", "study.toml").read_text("utf-8")
PUBLIC = {"title": "Everyday life study", "asked_by": "a university research team", "telephone": "0808 157 0123"}


def wrong(*written: Text, forbidden: tuple[str, ...] = (), public: dict[str, str] = PUBLIC) -> list[str]:
    return [sentence for _, sentence in texts.faults(Messages(written, forbidden), public)]


@pytest.mark.parametrize("text", texts.OURS, ids=lambda text: f"{text.kind} {text.language}")
def test_our_own_texts_have_no_fault(text):
    assert wrong(text) == []


def test_every_kind_is_there_in_english_and_in_welsh():
    assert {(text.kind, text.language) for text in texts.OURS} == {(kind, of) for kind in Kind for of in ("en", "cy")}


@pytest.mark.parametrize(
    "said",
    [
        "your social worker says", "the Council", "CHILD PROTECTION", "child  protection", "about neglect", "abused",
        "safeguarding", "the court", "your children's services", "your children\u2019s services", "domestic violence",
        "your child", "the practice framework", "yr awdurdod lleol", "gwaith cymdeithasol", "mental health",
    ],
)  # fmt: skip
def test_a_word_that_gives_the_subject_away_is_refused(said):
    assert any("tells whoever sees" in each for each in wrong(Text(Kind.BOOK, "Hello", f"{said} {{telephone}}")))


@pytest.mark.parametrize("said", ["a courteous call", "in a suitcase", "Courtney", "harmony"])
def test_a_harmless_word_that_only_begins_alike_is_not(said):
    assert texts.given_away(said) == []


def test_a_study_keeps_its_own_words_out_and_says_nothing_of_itself_either():
    own = Text(Kind.BOOK, "Hello", "From Site N1: {telephone}")

    assert wrong(own) == []
    assert wrong(own, forbidden=("Site N1",)) != []
    assert wrong(public=PUBLIC | {"asked_by": "the Council's team"}) != []
    assert wrong(Text(Kind.BOOK, "{title}", "{telephone}"), public=PUBLIC | {"title": "Neglect study"}) != []


@pytest.mark.parametrize(
    ("text", "about"),
    [
        (Text(Kind.BOOK, "A", "Ring {number}"), "nothing that can be put in"),
        (Text(Kind.BOOK, "A", "Ring {telephone.__class__}"), "nothing that can be put in"),
        (Text(Kind.BOOK, "A", "Ring {telephone!r}"), "nothing that can be put in"),
        (Text(Kind.BOOK, "A", "Ring {telephone"), "bracket"),
        (Text(Kind.BOOK, "A", "Ring us"), "{telephone}"),
        (Text(Kind.BOOK, "A", "{link} {telephone}"), "nothing that can be put in"),
        (Text(Kind.APPOINTMENT, "On {day}", "{day} {time}"), "locked screen"),
        (Text(Kind.BOOK, "A\nBcc: b", "{telephone}"), "one line"),
        (Text(Kind.BOOK, "A", "{telephone}" + "x" * 400), "400"),
    ],
)
def test_what_is_wrong_with_a_text_is_said_with_its_mend(text, about):
    assert any(about in sentence for sentence in wrong(text)), wrong(text)


def test_the_faults_of_a_protocol_name_the_place_of_the_text():
    told = protocol.read(REFERENCE)
    own = (Text(Kind.BOOK, "A", "neglect {telephone}"), Text(Kind.BOOK, "A", "{telephone}"))
    changed = msgspec.structs.replace(told, messages=Messages(own))

    assert {fault.place for fault in faults.of(changed)} == {"messages.texts.1", "messages.texts"}
    assert "messages" in tomllib.loads(REFERENCE)


@given(text=st.text(max_size=80))
def test_no_text_breaks_the_look_at_it_or_what_fills_it(text):
    wrong(Text(Kind.BOOK, "A", text))

    assert isinstance(texts.filled(text, PUBLIC), str)


def test_a_language_without_a_text_is_written_to_in_english():
    assert texts.find(Messages(), Kind.BOOK, "pl").language == "en"
    assert texts.find(Messages(), Kind.BOOK, "cy").language == "cy"
    assert texts.find(Messages((Text(Kind.BOOK, "A", "{telephone}"),)), Kind.BOOK, "en").subject == "A"

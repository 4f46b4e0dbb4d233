"""Names that SPSS and Stata take."""

from fieldwork.export.names import LONGEST, Names


def test_names_are_small_letters_digits_and_underscores():
    names = Names()

    assert [names.take(text) for text in ("Élan vital!", "2y+", "", "_x", "a.b-c")] == [
        "lan_vital",
        "v2y",
        "v",
        "x",
        "a_b_c",
    ]


def test_a_name_is_given_once_whatever_its_capitals():
    names = Names()

    assert [names.take("Total"), names.take("total"), names.take("TOTAL", "_t1")] == ["total", "total_2", "total_t1"]


def test_a_long_name_keeps_its_suffix():
    names = Names()
    first, second = names.take("x" * 60, "_c3_t1"), names.take("x" * 61, "_c3_t1")

    assert len(first) == len(second) == LONGEST
    assert first.endswith("x_c3_t1")
    assert second.endswith("x_2_c3_t1")


def test_words_with_a_meaning_of_their_own_are_not_names():
    names = Names()

    assert [names.take(word) for word in ("ALL", "with", "str12")] == ["all_2", "with_2", "str12_2"]

"""Ids: made by whoever needs one, and a study reference that no slip of the pen turns into another family's."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from fieldwork.base import ids

SAMPLE = 150


def test_every_single_wrong_symbol_is_noticed():
    missed = [
        (reference, wrong)
        for reference in (ids.new_reference() for _ in range(SAMPLE))
        for place, symbol in itertools.product(range(len(reference)), ids.SYMBOLS)
        if symbol != reference[place]
        and ids.read_reference(wrong := reference[:place] + symbol + reference[place + 1 :]) is not None
    ]

    assert not missed


def test_every_swap_of_two_symbols_is_noticed():
    missed = []
    for reference in (ids.new_reference() for _ in range(20 * SAMPLE)):
        for one, other in itertools.combinations(range(len(reference)), 2):
            swapped = list(reference)
            swapped[one], swapped[other] = swapped[other], swapped[one]
            if swapped != list(reference) and ids.read_reference("".join(swapped)) is not None:
                missed.append((reference, swapped))

    assert not missed


@given(typed=st.sampled_from(["{}", " {} ", "{:.3}-{}", "{:.3} {}"]), low=st.booleans())
def test_a_reference_is_read_however_it_is_typed(typed, low):
    reference = ids.new_reference()
    shown = typed.format(reference, reference[3:]) if typed.count("{") == 2 else typed.format(reference)

    assert ids.read_reference(shown.lower() if low else shown) == reference


@given(text=st.text())
def test_whatever_else_is_typed_is_no_reference(text):
    read = ids.read_reference(text)

    assert read is None or (len(read) == ids.LENGTH + 1 and ids.check_symbol(read[:-1]) == read[-1])


def test_nothing_in_a_reference_can_be_misread():
    assert not set(ids.SYMBOLS) & set("ILOUZ")
    assert len(set(ids.SYMBOLS)) == len(ids.SYMBOLS) == 31


def test_a_reference_says_nothing_about_when_it_was_made():
    made = [ids.new_reference() for _ in range(2000)]

    assert len(set(made)) > 1990
    assert made != sorted(made)
    assert {place: len({reference[place] for reference in made}) for place in range(6)} == dict.fromkeys(range(6), 31)


def test_ids_follow_each_other_in_time_and_never_repeat():
    made = [ids.new_id() for _ in range(5000)]
    moments = [each.int >> 80 for each in made]

    assert len(set(made)) == len(made)
    assert moments == sorted(moments)
    assert {(each.version, each.variant) for each in made} == {(7, "specified in RFC 4122")}


def test_what_is_not_time_in_an_id_is_chance():
    first, second = ids.new_id().int, ids.new_id().int

    assert ((first ^ second) & ((1 << 62) - 1)).bit_count() > 10

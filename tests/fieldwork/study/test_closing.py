"""What a study may declare to be seen to at the end of a visit."""

import pytest

from fieldwork.study import closing
from fieldwork.study.closing import ClosingList, Done, Item


@pytest.mark.parametrize(
    ("asked", "place", "sentence"),
    [
        (ClosingList((Item.LEAFLET, Item.LEAFLET)), "items", "stands here twice"),
        (ClosingList((Item.VOUCHER,)), "voucher_values", "Say what a voucher may be worth"),
        (ClosingList(voucher_values=(0,)), "voucher_values", "between 1 and 10000"),
        (ClosingList(currency="pounds"), "currency", "at most 5 characters"),
        (ClosingList(also={"voucher": "Another"}), "also.voucher", "no code of its own"),
        (ClosingList(also={"Pens!": "Pens"}), "also.Pens!", "no code of its own"),
        (ClosingList(also={"pens": "x" * 81}), "also.pens", "Say it in 80 characters."),
        (ClosingList(also={f"a{n}": "Pens" for n in range(13)}), "also", "At most 12 things"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_fault_is_said_at_its_place(asked, place, sentence):
    [(where, said)] = closing.faults(asked)

    assert where == f"closing_list.{place}"
    assert sentence in said


def test_a_study_that_declares_nothing_asks_nothing():
    assert ClosingList().asked == {}
    assert list(closing.faults(ClosingList())) == []


def test_what_a_study_adds_comes_after_ours_and_distress_is_never_left_for_later():
    asked = ClosingList((Item.DISTRESS,), {"pens": "The pens"})

    assert list(asked.asked) == ["distress", "pens"]
    assert Done.LATER not in closing.answers(Item.DISTRESS)
    assert Done.LATER in closing.answers("pens")

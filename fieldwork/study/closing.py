"""Closing: what the study wants seen to before a visit is over (pure)."""

import re
from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct

CODE = re.compile(r"[a-z][a-z0-9_]{0,19}")
LONGEST, MOST = 80, 12  # of what a study adds, so that the list stays one screen
DEAREST = 10_000
LONGEST_CURRENCY = 5


class Item(StrEnum):
    SIGNED_COPY = "signed_copy"
    LEAFLET = "leaflet"
    VOUCHER = "voucher"
    DISTRESS = "distress"
    NEXT_CONTACT = "next_contact"


class Done(StrEnum):
    YES = "yes"
    LATER = "later"
    NO = "no"


TITLES: dict[str, str] = {
    Item.SIGNED_COPY: "A signed copy was given",
    Item.LEAFLET: "The support leaflet was left",
    Item.VOUCHER: "The thank-you voucher",
    Item.DISTRESS: "Was anybody distressed?",
    Item.NEXT_CONTACT: "The next contact",
}
TICKED = {Done.YES: "Done", Done.LATER: "Still to do", Done.NO: "Not wanted or not needed"}
ANSWERS: dict[str, dict[Done, str]] = {
    Item.VOUCHER: {Done.YES: "Handed over", Done.LATER: "Still to do", Done.NO: "Not wanted"},
    Item.DISTRESS: {Done.YES: "Yes, it was noticed", Done.NO: "Nothing was noticed"},
    Item.NEXT_CONTACT: {Done.YES: "Agreed", Done.LATER: "Still to agree", Done.NO: "Not wanted"},
}


class ClosingList(Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked after, what else the study adds by a code and its words, and what a voucher may be worth."""

    items: tuple[Item, ...] = ()
    also: dict[str, str] = {}
    voucher_values: tuple[int, ...] = ()
    currency: str = "£"

    @property
    def asked(self) -> dict[str, str]:
        """Everything on the list, in its order, with its words."""
        return {item: TITLES[item] for item in self.items} | self.also


def answers(code: str) -> dict[Done, str]:
    """What can be said of one thing on the list."""
    return ANSWERS.get(code, TICKED)


def faults(asked: ClosingList) -> Iterator[tuple[str, str]]:
    """Everything that is wrong with a study's list: a place and a sentence."""
    for item in sorted({item for item in asked.items if asked.items.count(item) > 1}):
        yield "closing_list.items", f"“{item}” stands here twice."
    if Item.VOUCHER in asked.items and not asked.voucher_values:
        yield "closing_list.voucher_values", "Say what a voucher may be worth, like [20, 30]."
    for value in asked.voucher_values:
        if not 1 <= value <= DEAREST:
            yield "closing_list.voucher_values", f"This lies between 1 and {DEAREST}."
    if len(asked.currency) > LONGEST_CURRENCY:
        yield "closing_list.currency", f"A currency has at most {LONGEST_CURRENCY} characters, like £."
    if len(asked.also) > MOST:
        yield "closing_list.also", f"At most {MOST} things can be added: at the door nobody reads more."
    for code, words in asked.also.items():
        if code in TITLES or not CODE.fullmatch(code):
            yield f"closing_list.also.{code[:40]}", "This is no code of its own. Use up to 20 small letters and _."
        if len(words) > LONGEST:
            yield f"closing_list.also.{code[:40]}", f"Say it in {LONGEST} characters."

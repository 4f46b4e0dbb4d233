"""Keys: what is sealed opens only where it belongs, and an address we never signed is never looked up."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldwork.base import crypto
from fieldwork.base.crypto import Ring
from fieldwork.base.errors import Unreadable, WrongSetting

RING = crypto.read_ring(crypto.new_ring())
KEY = crypto.new_key()


@given(text=st.binary(max_size=200), about=st.text(st.characters(codec="utf-8")))
def test_what_is_sealed_opens_again(text, about):
    sealed = crypto.seal(KEY, text, about)

    assert crypto.unseal(KEY, sealed, about) == text
    assert len(text) < 4 or text not in sealed


@given(text=st.binary(min_size=1, max_size=50), about=st.text(), elsewhere=st.text())
def test_it_opens_nowhere_else(text, about, elsewhere):
    sealed = crypto.seal(KEY, text, "people.identity.phone:" + about)

    if elsewhere != about:
        with pytest.raises(Unreadable):
            crypto.unseal(KEY, sealed, "people.identity.phone:" + elsewhere)
    with pytest.raises(Unreadable):
        crypto.unseal(crypto.new_key(), sealed, "people.identity.phone:" + about)


@given(text=st.binary(min_size=1, max_size=20), bit=st.integers(min_value=0))
def test_no_bit_of_it_can_be_changed(text, bit):
    sealed = bytearray(crypto.seal(KEY, text, "somewhere"))
    sealed[bit // 8 % len(sealed)] ^= 1 << bit % 8

    with pytest.raises(Unreadable):
        crypto.unseal(KEY, bytes(sealed), "somewhere")


@pytest.mark.parametrize("cut", range(29))
def test_what_is_cut_off_is_unreadable(cut):
    sealed = crypto.seal(KEY, b"x", "somewhere")

    with pytest.raises(Unreadable):
        crypto.unseal(KEY, sealed[:cut], "somewhere")


def test_the_same_text_never_looks_the_same():
    sealed = [crypto.seal(KEY, b"the same", "somewhere") for _ in range(2000)]

    assert len(set(sealed)) == len({each[: crypto.NONCE] for each in sealed}) == len(sealed)


def test_a_new_key_on_the_ring_wraps_and_the_old_ones_still_open():
    old = Ring((b"\1" * 32,))
    grown = Ring((*old.keys, b"\2" * 32))
    wrapped = old.wrap(KEY, "somebody")

    again = grown.wrap(KEY, "somebody")

    assert grown.unwrap(wrapped, "somebody") == grown.unwrap(again, "somebody") == KEY
    with pytest.raises(Unreadable):
        old.unwrap(again, "somebody")
    with pytest.raises(Unreadable):
        Ring((b"\3" * 32, b"\4" * 32)).unwrap(again, "somebody")


def test_the_oldest_key_can_be_taken_off_once_nothing_is_wrapped_with_it_any_more():
    old = Ring((b"\1" * 32,))
    both = Ring((b"\1" * 32, b"\2" * 32), b"\1" * 32)
    without = Ring((b"\2" * 32,), b"\1" * 32)
    wrapped = old.wrap(KEY, "somebody")

    again = both.wrap(both.unwrap(wrapped, "somebody"), "somebody")

    assert without.unwrap(again, "somebody") == KEY
    with pytest.raises(Unreadable):
        without.unwrap(wrapped, "somebody")
    assert old.lookup("Brackenmoth") == both.lookup("Brackenmoth") == without.lookup("Brackenmoth")
    assert old.fingerprint("Brackenmoth") == without.fingerprint("Brackenmoth")


def test_the_key_of_look_ups_is_read_beside_the_ring():
    keys, own = crypto.new_ring(), crypto.new_ring()

    assert crypto.read_ring(keys, own).lookup("x") == crypto.read_ring(own).lookup("x")
    assert crypto.read_ring(keys, own).keys == crypto.read_ring(keys).keys
    for wrong in ("xyz", "00" * 31, ","):
        with pytest.raises(WrongSetting, match="FIELDWORK_LOOKUP_KEY"):
            crypto.read_ring(keys, wrong)


@pytest.mark.parametrize("setting", ["", ",", "xyz", "00" * 31, "00" * 33, "00" * 32 + ",00", " "])
def test_a_ring_that_is_no_ring_is_refused(setting):
    with pytest.raises(WrongSetting):
        crypto.read_ring(setting)


@pytest.mark.parametrize(
    "alike", [("José Núñez", "jose  nunez"), ("O'Brien", "OBRIEN"), ("Anne-Marie", "annemarie"), ("Straße", "STRASSE"),
              ("Ame\u0301lie", "Am\u00e9lie")], ids=str
)  # fmt: skip
def test_a_name_is_found_however_it_is_written(alike):
    assert RING.lookup(alike[0]) == RING.lookup(alike[1])


def test_a_hash_of_a_name_tells_nothing_without_the_ring():
    other = crypto.read_ring(crypto.new_ring())

    assert RING.lookup("Brackenmoth") != other.lookup("Brackenmoth")
    assert RING.fingerprint("Brackenmoth") != other.fingerprint("Brackenmoth")
    assert RING.lookup("Brackenmoth") != RING.fingerprint("Brackenmoth")[: crypto.LOOKUP_BYTES]


def test_an_address_is_read_back_as_its_hash_and_nothing_else():
    key, link_hash = crypto.new_link(RING, "link")

    assert crypto.read_link(RING, "link", key) == link_hash
    assert link_hash.hex() not in key
    assert len({crypto.new_link(RING, "link")[0] for _ in range(2000)}) == 2000
    assert len(base64.urlsafe_b64decode(key.partition(".")[0] + "==")) * 8 >= 128


def test_no_forged_address_gets_past_the_signature():
    key, _ = crypto.new_link(RING, "link")
    body, _, signature = key.partition(".")
    other_purpose = crypto.new_link(RING, "invitation")[0]
    other_ring = crypto.new_link(crypto.read_ring(crypto.new_ring()), "link")[0]
    changed = [
        key[:place] + letter + key[place + 1 :]
        for place in range(len(key))
        for letter in "Aa0-_."
        if letter != key[place]
    ]

    forged = [
        *changed,
        other_purpose,
        other_ring,
        body,
        signature,
        "",
        ".",
        body + ".",
        "." + signature,
        key + "=",
        key + "\0",
        key * 2,
    ]
    accepted = [each for each in forged if crypto.read_link(RING, "link", each) is not None]

    assert all(crypto.read_link(RING, "link", each) == crypto.read_link(RING, "link", key) for each in accepted)
    assert {each[: len(body) + 1] for each in accepted} <= {body + "."}
    assert len(accepted) < 4


def test_addresses_handed_out_before_a_new_key_go_on_working():
    old = Ring((b"\1" * 32,))
    key, link_hash = crypto.new_link(old, "link")

    assert crypto.read_link(Ring((*old.keys, b"\2" * 32)), "link", key) == link_hash
    assert crypto.read_link(Ring((b"\2" * 32,)), "link", key) is None

"""Passwords: kept so that a stolen database tells nobody's, read whole, and never one of the common ones."""

import re
import unicodedata

import pytest

from fieldwork.staff import passwords, rights, second_factor
from fieldwork.staff.errors import WeakPassword
from fieldwork.staff.rights import GRANTS, Right, Role

LONG = "a walk along the canal on monday "


async def test_a_password_is_kept_with_argon2id_and_a_salt_of_its_own():
    first, second = await passwords.hashed(LONG), await passwords.hashed(LONG)
    kind, memory, passes = re.match(r"\$(\w+)\$v=19\$m=(\d+),t=(\d+)", first).groups()

    assert kind == "argon2id"
    assert int(memory) >= 19456
    assert int(passes) >= 2
    assert first != second
    assert LONG not in first


@pytest.mark.parametrize(
    "other", [LONG * 3, LONG.upper(), LONG.strip(), LONG + "\0", LONG.replace("o", "0"), ""], ids=repr
)
async def test_only_the_password_itself_matches(other):
    stored = await passwords.hashed(LONG)

    assert await passwords.matches(stored, LONG)
    assert not await passwords.matches(stored, other)


@pytest.mark.parametrize("place", [72, 73, 200, 900])
async def test_every_letter_of_a_long_password_counts(place):
    long = "abcdefghij" * 100
    stored = await passwords.hashed(long)

    assert not await passwords.matches(stored, long[:place] + "_" + long[place + 1 :])
    assert await passwords.matches(stored, long)


async def test_a_letter_with_an_accent_is_one_however_the_keyboard_makes_it():
    composed, apart = (unicodedata.normalize(form, "café über alles naïf") for form in ("NFC", "NFD"))

    assert composed != apart
    assert await passwords.matches(await passwords.hashed(composed), apart)


@pytest.mark.parametrize(
    "weak", ["", "short", "elevenchars", "password1234", "Passwort2015!", "12345678901234", "x" * 1025, "letmeinplease"]
)
async def test_a_weak_password_is_refused(weak):
    with pytest.raises(WeakPassword):
        await passwords.hashed(weak)


@pytest.mark.parametrize("nothing", [None, "", "no hash at all", "$argon2id$v=19$m=19456,t=2,p=1$"])
async def test_an_account_without_a_password_has_none_that_matches(nothing):
    assert not await passwords.matches(nothing, LONG)
    assert not await passwords.matches(nothing, "the password of an account that does not exist")


async def test_an_invented_password_is_strong_enough_and_never_the_same():
    invented = {passwords.invented() for _ in range(200)}

    assert len(invented) == 200
    assert all([await passwords.hashed(each) for each in sorted(invented)[:3]])


# The second factor


SECRET = second_factor.new_secret()


@pytest.mark.parametrize("apart", range(-3, 4))
def test_a_code_is_good_for_its_half_minute_and_the_one_beside_it(apart):
    code = second_factor.pyotp.TOTP(SECRET).generate_otp(1000)

    step = second_factor.step_of(SECRET, code, machine_time=(1000 + apart) * 30.0)

    assert step == (1000 if abs(apart) <= 1 else None)


@pytest.mark.parametrize(
    "wrong", ["", "000000", "abcdef", "\uff11\uff12\uff13\uff14\uff15\uff16", "12345", "1234567", "💥", "\0"]
)
def test_what_is_no_code_is_not_accepted(wrong):
    assert second_factor.step_of(SECRET, wrong, machine_time=30_000.0) is None


def test_a_code_may_be_typed_with_spaces():
    code = second_factor.pyotp.TOTP(SECRET).generate_otp(1000)

    assert second_factor.step_of(SECRET, f" {code[:3]} {code[3:]} ", machine_time=30_000.0) == 1000


# Roles


@pytest.mark.parametrize("role", list(Role))
def test_whoever_can_reach_a_name_or_hand_out_data_proves_it_twice(role):
    weighty = {Right.OPEN_IDENTITIES, Right.IMPORT_REFERRALS, Right.MANAGE_STAFF, Right.EXPORT, Right.SEE_TRAIL}

    assert rights.needs_second_factor(role) == bool(GRANTS[role] & weighty)


def test_whoever_exports_sees_no_family_and_whoever_keeps_the_accounts_sees_no_data():
    families = GRANTS[Role.RESEARCHER]

    assert not GRANTS[Role.ANALYST] & families
    assert not GRANTS[Role.ADMINISTRATOR] & (families | {Right.EXPORT, Right.SEE_TRAIL})
    assert GRANTS[Role.SITE_CONTACT] == {Right.IMPORT_REFERRALS, Right.ANSWER_RECORDS}
    assert not GRANTS[Role.AUDITOR] & (families | {Right.EXPORT, Right.MANAGE_STAFF})

"""Passwords: hashed with argon2id, a few at a time, in a thread of their own."""

import asyncio
import secrets
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from fieldwork.staff.errors import WeakPassword

# OWASP's floor for argon2id: 19 MiB, two passes, one lane.
HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
AT_ONCE = asyncio.Semaphore(2)
SHORTEST = 12
LONGEST = 1024
COMMON = ("password", "passwort", "12345678", "qwertyui", "letmein", "fieldwork", "changeme", "iloveyou", "aaaaaaaa")


def invented() -> str:
    """Nine random bytes in a form a person can type."""
    return "-".join(secrets.token_hex(3) for _ in range(3))


async def hashed(password: str) -> str:
    text = unicodedata.normalize("NFC", password)
    if not SHORTEST <= len(text) <= LONGEST or any(text.casefold().startswith(common) for common in COMMON):
        raise WeakPassword
    async with AT_ONCE:
        return await asyncio.to_thread(HASHER.hash, text)


async def matches(stored: str | None, password: str) -> bool:
    """Takes as long for an account that isn't there as for one that is."""
    text = unicodedata.normalize("NFC", password)[:LONGEST]
    async with AT_ONCE:
        return await asyncio.to_thread(_verify, stored or nobody(), text) and bool(stored)


def _verify(stored: str, text: str) -> bool:
    try:
        return HASHER.verify(stored, text)
    except (VerificationError, InvalidHashError):
        return False


@cache
def nobody() -> str:
    return HASHER.hash("the password of an account that does not exist")

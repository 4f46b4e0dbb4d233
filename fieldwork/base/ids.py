"""Names for things: time-ordered ids made by the application, and study references that survive a typing error."""

import secrets
import time
from uuid import UUID

# No I, L, O, U, Z: nothing that can be misread on paper or spell a word easily. A prime number of symbols, so that the
# weighted sum notices every single wrong symbol and every swap of two.
SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXY"
LENGTH = 5


def new_id() -> UUID:
    """A UUID of version 7 (RFC 9562): 48 bits of milliseconds, then chance. Python 3.11 has none of its own."""
    value = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)


def check_symbol(body: str) -> str:
    return SYMBOLS[sum(weight * SYMBOLS.index(symbol) for weight, symbol in enumerate(body, start=2)) % len(SYMBOLS)]


def new_reference() -> str:
    """A study reference: random, without meaning, its last symbol checks the others."""
    body = "".join(secrets.choice(SYMBOLS) for _ in range(LENGTH))
    return body + check_symbol(body)


def read_reference(text: str) -> str | None:
    """What somebody typed, as a study reference, or None if a symbol must be wrong."""
    typed = "".join(text.upper().split()).replace("-", "")
    if len(typed) != LENGTH + 1 or any(symbol not in SYMBOLS for symbol in typed):
        return None
    return typed if check_symbol(typed[:-1]) == typed[-1] else None

"""The second factor: a code that changes every thirty seconds (RFC 6238), each accepted once."""

import re
import time

import pyotp

STEP_SECONDS = 30
ISSUER = "Fieldwork"
LENGTH = 32
_SECRET = re.compile(f"[A-Z2-7]{{{LENGTH}}}")


def new_secret() -> str:
    return pyotp.random_base32(LENGTH)


def sound(secret: str) -> str:
    """The secret a page was sent with and came back with; another one if it did not come back as it was."""
    return secret if _SECRET.fullmatch(secret) else new_secret()


def address(secret: str, email: str) -> str:
    """What an authenticator app reads from the code square."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def step_of(secret: str, code: str, *, machine_time: float | None = None) -> int | None:
    """The time step this code belongs to, now or one step to either side; None if it is wrong."""
    if not _SECRET.fullmatch(secret):
        return None
    now = int((time.time() if machine_time is None else machine_time) // STEP_SECONDS)
    typed = "".join(code.split())
    for step in (now, now - 1, now + 1):
        if pyotp.utils.strings_equal(pyotp.TOTP(secret).generate_otp(step), typed):
            return step
    return None

"""Outcome codes of contact attempts, and what a visit ends as when its attempts are added up (pure).

The codes are data (outcomes.toml, which names its sources); what is kept says by which version it was coded.
"""

from collections.abc import Sequence
from functools import cache
from importlib import resources

import msgspec
from msgspec import Struct


class Outcome(Struct, frozen=True, forbid_unknown_fields=True):
    """`ends`: nothing more is tried of itself; `closes`: the visit is over by rule; `agrees`: a time is agreed."""

    code: str
    label: str
    uk: int
    aapor: str
    tells: int
    interim: str = ""
    final: str = ""
    call_back: bool = False
    ends: bool = False
    closes: bool = False
    agrees: bool = False
    since: int = 1


class Scheme(Struct, frozen=True, forbid_unknown_fields=True):
    version: int
    outcome: tuple[Outcome, ...]


class Result(Struct, frozen=True):
    """What a visit counts as, in the UK scheme, in AAPOR's and, where it has one, in the code of its pair."""

    label: str
    uk: int
    aapor: str
    pair: str = ""


@cache
def scheme() -> Scheme:
    text = resources.files("scheduler").joinpath("outcomes.toml").read_text("utf-8")
    return msgspec.toml.decode(text, type=Scheme)


VERSION = scheme().version
OUTCOMES: dict[str, Outcome] = {outcome.code: outcome for outcome in scheme().outcome}
INCOMING = "incoming"
CHANNELS: dict[str, str] = {
    "phone": "Telephone",
    "text": "Text message",
    "email": "E-mail",
    "letter": "Letter",
    "visit": "At the door",
    INCOMING: "They contacted us",
}
# By which kept detail of a person a channel goes.
GOES_BY = {"phone": "phone", "text": "phone", "email": "email", "letter": "address", "visit": "address"}
FULL = Result("Interview", 110, "1.1")
PARTIAL = Result("Interview, in part", 210, "1.2")
NOT_TRIED = Result("Not attempted", 612, "3.11", "534")
NEVER_TRIED = Result("Not attempted yet", 612, "3.11", "034")


def result(state: str, tried: Sequence[str]) -> Result:
    """What a visit counts as after these outcomes in their order: over, the most telling; open, the last."""
    if state in ("done", "partly_done"):
        return FULL if state == "done" else PARTIAL
    over = state not in ("awaited", "booked")
    if not tried:
        return NOT_TRIED if over else NEVER_TRIED
    found = [OUTCOMES[code] for code in tried]
    says = max(found, key=lambda outcome: outcome.tells) if over else found[-1]
    return Result(says.label, says.uk, says.aapor, says.final if over else says.interim)

"""Speaking: in which language a page speaks, and which others its reader can choose."""

from collections.abc import Iterable
from typing import Any

from litestar import Request
from msgspec import Struct

from fieldwork.base import languages
from fieldwork.web.ground import Ground

COOKIE = "language"


class Speech(Struct, frozen=True):
    """`language` is that of the questions; our own words are in it where we have them."""

    language: str
    offered: tuple[str, ...]

    @property
    def spoken(self) -> str:
        return languages.spoken(self.language)


def of(request: Request[Any, Any, Any]) -> Speech:
    """Chosen once for a request; a page that knows no questionnaire goes by what its reader has chosen before."""
    known: Speech | None = getattr(request.state, "speech", None)
    return known or choose(request, [])


def choose(request: Request[Any, Any, Any], asked_in: Iterable[str], *wishes: str) -> Speech:
    """What its reader has chosen, now or before, else the first wish that can be met; staff have nothing to choose."""
    ground: Ground = request.app.state.ground
    offered = tuple(dict.fromkeys([*request.app.state.languages, *asked_in]))
    chosen = getattr(request.state, "wanted", "") or request.cookies.get(ground.cookie_name(COOKIE), "")
    request.state.speech = Speech(next(each for each in (chosen, *wishes, *offered) if each in offered), offered)
    speech: Speech = request.state.speech
    return speech

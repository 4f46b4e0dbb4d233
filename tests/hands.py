"""A clock whose hands a test may set; in a file of its own, for what starts quickly."""

from datetime import datetime

from fieldwork.base.clock import Clock


class Hands:
    """A clock whose hands a test may set; the only thing of ours that is stood in for."""

    is_virtual = True
    machine = staticmethod(Clock.machine)

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment

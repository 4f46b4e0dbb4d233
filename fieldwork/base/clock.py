"""What time it is in the study. Nothing else reads the system's clock."""

from datetime import UTC, datetime, timedelta

from msgspec import Struct

from fieldwork.base.errors import WrongSetting


class Clock(Struct, frozen=True):
    """The machine's time, or, in a demo, a test or a rehearsal, a time of our own that runs on beside it."""

    shift: timedelta = timedelta(0)
    pinned: datetime | None = None

    @property
    def is_virtual(self) -> bool:
        return self.pinned is not None or self.shift != timedelta(0)

    def now(self) -> datetime:
        return self.pinned if self.pinned is not None else self.machine() + self.shift

    @staticmethod
    def machine() -> datetime:
        """For what protects people and not data: sessions, second factors, throttles."""
        return datetime.now(UTC)


def starting_at(moment: datetime) -> Clock:
    """A clock that shows `moment` now and runs on."""
    return Clock(shift=moment - Clock.machine())


def read(setting: str) -> Clock:
    """FIELDWORK_CLOCK: empty for the machine's time, `+SECONDS` or `-SECONDS` of shift, or one ISO moment."""
    if not setting:
        return Clock()
    try:
        if setting[0] in "+-":
            return Clock(shift=timedelta(seconds=float(setting)))
        pinned = datetime.fromisoformat(setting)
    except (ValueError, OverflowError) as error:
        raise WrongSetting(f"FIELDWORK_CLOCK is neither seconds of shift nor a moment: {setting}") from error
    return Clock(pinned=pinned if pinned.tzinfo else pinned.replace(tzinfo=UTC))


def written(clock: Clock) -> str:
    """The clock as the setting another process reads."""
    if clock.pinned is not None:
        return clock.pinned.isoformat()
    return f"{clock.shift.total_seconds():+.3f}" if clock.is_virtual else ""

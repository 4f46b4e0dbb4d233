"""Hours: when somebody may be written to, on the clock of where they live."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

FROM = time(9)
# A hand-over that begins may take minutes; what leaves has left by eight.
LAST = time(19, 55)


def are_decent(moment: datetime, zone: str) -> bool:
    return FROM <= moment.astimezone(ZoneInfo(zone)).time() < LAST


def next_decent(moment: datetime, zone: str) -> datetime:
    """This moment, or nine o'clock of the same or the next morning, whatever happens to the clocks in the night."""
    if are_decent(moment, zone):
        return moment
    local = moment.astimezone(ZoneInfo(zone))
    day = local.date() if local.time() < FROM else local.date() + timedelta(days=1)
    return datetime.combine(day, FROM, ZoneInfo(zone)).astimezone(moment.tzinfo)


def day_before(moment: datetime, zone: str) -> datetime:
    """Nine o'clock of the morning before this moment's day."""
    day = moment.astimezone(ZoneInfo(zone)).date() - timedelta(days=1)
    return datetime.combine(day, FROM, ZoneInfo(zone)).astimezone(moment.tzinfo)

"""What can go wrong in the calendar."""


class SlotTaken(Exception):
    """The researcher is not free then. Choose another time or another researcher."""


class AlreadyBooked(Exception):
    """This family already has an appointment for this visit. Move that one instead."""


class AppointmentOver(Exception):
    """This appointment was already kept, moved or cancelled."""


class NoAppointment(Exception):
    """There is no such appointment."""


class UnknownOutcome(Exception):
    """This outcome code is not on the list."""


class BeyondLimit(Exception):
    """This family was tried as often as the protocol allows. Say why it was tried once more, or wait."""


class NotYetTried(Exception):
    """A try can be logged once it was made. Its time lies ahead."""

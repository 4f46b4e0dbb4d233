"""What can go wrong when we ask a family's permission."""


class NotPermitted(Exception):
    """The family has not agreed to this."""


class NothingToWithdraw(Exception):
    """There is no permission here that could be withdrawn."""


class UnknownForm(Exception):
    """There is no published consent form for this."""

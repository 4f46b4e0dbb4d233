"""What can go wrong when we ask a family's permission."""


class NotPermitted(Exception):
    """The family has not agreed to this."""


class NothingToWithdraw(Exception):
    """There is no permission here that could be withdrawn."""


class FormFrozen(Exception):
    """Families were already asked with other words under this version. Give the changed form a new version."""

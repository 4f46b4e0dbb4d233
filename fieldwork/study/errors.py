"""What can go wrong with a study's protocol."""


class ProtocolUnreadable(Exception):
    """The protocol cannot be read."""


class ProtocolFaulty(Exception):
    """The protocol has faults. Nothing was changed."""


class ProtocolContradicts(Exception):
    """This change would contradict what was already collected. Nothing was changed."""


class NoStudy(Exception):
    """No protocol has been applied yet. `fieldwork study apply` does it."""


class UnknownSite(Exception):
    """The study has no site with this code."""


class SiteNotApproved(Exception):
    """The study's approval for this site is not in force today, so no family can be taken from it."""

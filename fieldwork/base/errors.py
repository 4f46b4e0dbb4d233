"""What can go wrong on the ground: settings, keys, the database."""


class WrongSetting(Exception):
    """A setting is missing or not understood."""


class DatabaseAway(Exception):
    """The database cannot be reached. Nothing was changed. Try again in a minute."""


class UnsafeRole(Exception):
    """This program must act as its own database role, which is no superuser, skips no policy and owns no table."""


class MigrationChanged(Exception):
    """This database was made by another release whose migrations differ. A demo is loaded anew with --fresh."""


class Unreadable(Exception):
    """This cannot be decrypted: the key is gone or the text was moved."""


class NoStore(Exception):
    """This study has no place for files yet, so that none can be handed in. Nothing was saved: go on without it."""


class PortTaken(Exception):
    """Another program already listens at this address, or it is none of this machine's: name another port or host."""


class OnlyTried(Exception):
    """This was only tried. Nothing was changed."""


class NotSent(Exception):
    """The provider did not take this message."""

    def __init__(self, because: str, *, for_now: bool = False) -> None:
        super().__init__(because)
        self.because, self.for_now = because, for_now


class NotKnown(Exception):
    """The line broke while this message was handed over: nobody knows whether it left."""

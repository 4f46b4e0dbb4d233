"""What can go wrong on the ground: settings, keys, the database."""


class WrongSetting(Exception):
    """A setting is missing or not understood."""


class DatabaseAway(Exception):
    """The database cannot be reached. Nothing was changed. Try again in a minute."""


class UnsafeRole(Exception):
    """The database role may do too much: it is a superuser, skips row-level security or owns tables."""


class MigrationChanged(Exception):
    """A migration that was already applied has been changed since."""


class Unreadable(Exception):
    """This cannot be decrypted: the key is gone or the text was moved."""

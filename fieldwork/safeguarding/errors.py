"""What can go wrong where somebody is to be kept safe."""


class NoConcern(Exception):
    """There is no such concern, or it is not yours to read."""


class NotWatched(Exception):
    """Nobody is watching here: no rota with a deputy, no test message in the last week, or the worker stands still."""


class NoCodes(Exception):
    """Choose your two codes first: without them a visit can't be checked out."""


class CodesAlike(Exception):
    """Two different codes of six digits are needed: one for all is well, one for help."""


class WrongCheckoutCode(Exception):
    """This is not your code. Nothing was changed: try again, or ring whoever is on call."""


class NobodyOut(Exception):
    """You have no visit that is being watched."""


class NotATime(Exception):
    """A visit that is watched ends after it begins, and within a day."""


class BuddyIsYou(Exception):
    """A buddy is somebody else of the team who can be reached while you are out."""


class NotOnTheTeam(Exception):
    """Choose somebody of the team who works at this site."""


class WrongTestCode(Exception):
    """This is not the code of the last test message, or it is older than an hour. Ask for another one."""

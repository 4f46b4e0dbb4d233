"""What can go wrong at the door of the staff's application."""


class NotSignedIn(Exception):
    """Please sign in."""


class NotAllowed(Exception):
    """Your role does not include this."""


class SignInRefused(Exception):
    """The e-mail address, password or code is not right."""


class HandedOver(Exception):
    """This tablet is handed over: it opens one questionnaire, until the researcher's code takes it back."""


class NotACode(Exception):
    """Choose a code of six digits."""


class WrongHandoverCode(Exception):
    """This is not the code. After five wrong tries you have to sign in again."""


class CodesUsedUp(Exception):
    """That was the fifth wrong code. Sign in again: every answer is kept."""


class TooManyTries(Exception):
    """Too many tries. Wait a quarter of an hour, or sign in from a device you have used before."""


class InvitationOver(Exception):
    """This invitation can't be used. It may have been used already or be too old. Ask for a new one."""


class EmailTaken(Exception):
    """There is already an account with this e-mail address."""


class NotAnAddress(Exception):
    """Enter an e-mail address, like name@university.ac.uk."""


class LeftTheTeam(Exception):
    """Whoever has left the team can't be invited again."""


class WeakPassword(Exception):
    """Choose a password of at least 12 characters that is not one of the common ones."""


class WrongCode(Exception):
    """The code from the app is not right. Check that the phone's time is right and type the newest code."""


class NoSuchSite(Exception):
    """The study has no site with this code."""


class NoSuchAccount(Exception):
    """There is no such account."""


class WrongPassword(Exception):
    """The password is not right. Type the one you sign in with."""


class NoLease(Exception):
    """Nothing was taken along under this number."""


class EndsBeforeItBegins(Exception):
    """The last day is before the first."""


class NotForOneSite(Exception):
    """A letter of access is for one site; a background check and training hold everywhere. Choose the site, or none."""


class NoClearance(Exception):
    """There is no such check, training or letter, or it is over already."""


class NoFeed(Exception):
    """This address does not work."""

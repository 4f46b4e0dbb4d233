"""What can go wrong with a family's dossier."""


class NoCase(Exception):
    """There is no such family."""


class NoVisit(Exception):
    """This family has no visit of this wave."""


class VisitOver(Exception):
    """This visit was already held or given up, or the family is closed."""


class NobodySeen(Exception):
    """A visit is complete when somebody was seen. If nobody was, log what happened instead."""


class NotYet(Exception):
    """An interview can't be recorded before its day."""


class TooEarly(Exception):
    """This day is before the family was referred, or before the interview this one follows."""


class NoReasonNeeded(Exception):
    """This visit lies inside its window, or the reason is not one of the coded ones."""


class LinkDead(Exception):
    """This address does not work."""


class NothingDue(Exception):
    """This questionnaire is not due for this person at this wave."""

"""What can go wrong with a family's dossier."""

from datetime import date
from typing import Any


class NoCase(Exception):
    """There is no such family."""


class NoVisit(Exception):
    """This family has no visit of this wave."""


class VisitOver(Exception):
    """This visit was already held or given up, or the family is closed."""


class NobodySeen(Exception):
    """A visit is complete when somebody was seen. If nobody was, log what happened instead."""


class NothingLeft(Exception):
    """Nobody is outstanding, so there is nothing to come again for. Mark who is, or leave the day out."""


class NotYet(Exception):
    """An interview can't be recorded before its day."""


class TooEarly(Exception):
    """This day is before the family was referred, or before the interview this one follows."""


class TooLate(Exception):
    """This day is after somebody of the family was seen again."""


class SameDay(Exception):
    """This is the day that stands there already."""


class NotHeld(Exception):
    """This visit was not held, so there is no day to correct."""


class NoReasonNeeded(Exception):
    """This visit lies inside its window, or the reason is not one of the coded ones."""


class LinkDead(Exception):
    """This address does not work."""


class NothingDue(Exception):
    """This questionnaire is not due for this person at this wave."""


class NoTimes(Exception):
    """Nothing is proposed that still lies ahead. Propose a time first."""


class EmptyFile(Exception):
    """This file is empty. Open it on your device to see whether it is the right one, and choose it again."""


class FileTooLarge(Exception):
    """This file has more than 25 MB. Choose a smaller one, or make it smaller on your device."""


class WrongFile(Exception):
    """This is no kind of file that is taken in here."""


class CutOff(Exception):
    """This file is damaged or not whole. See whether it opens on your device, and send it again."""


class TooManyPoints(Exception):
    """This picture has more than 50 million points. Make it smaller on your device and send it again."""


class TooMuchInside(Exception):
    """There is more packed into this file than can be looked at. Save it as PDF and send that."""


class HoldsProgram(Exception):
    """This file holds macros or other programs. Save it without them, or as PDF, and send that."""


class NamedByPath(Exception):
    """The name of this file holds a path. Give it a plain name on your device and send it again."""


class SeveralFiles(Exception):
    """There is room for one file here. Choose the one that answers the question."""


class StrayFile(Exception):
    """A file came for a question that does not ask for one, or an answer without its file. Nothing was saved."""


class NoDocument(Exception):
    """There is no such file."""


class NothingToTake(Exception):
    """Choose visits that are booked in these days. One of those chosen is not, or none was chosen."""


class TooManyToTake(Exception):
    """These are more families than may be on one device at a time. Take fewer, and the others when these are done."""


class NoMessage(Exception):
    """There is no such message."""


class NothingToDecide(Exception):
    """Nothing can be decided about this message now: it is just leaving, or somebody has decided before you."""


class ChannelShut(Exception):
    """What we would reach this family by is marked as wrong or not to be used. Choose another way."""


class NotGivenUp(Exception):
    """This visit was not given up, so there is nothing to take up again."""


class NotToAskAgain(Exception):
    """This family was taken out by its site or withdrew. Only a new list or a new permission brings it back."""


class AskedAlready(Exception):
    """Somebody has asked already to take this visit up again. It waits for a second person."""


class NoRevival(Exception):
    """There is nothing to decide here, or it was decided already."""


class NeedsSecondPerson(Exception):
    """This family did not want to be contacted again. A second person, who did not ask for it, has to agree."""


class NobodyChosen(Exception):
    """Choose at least one family, and who looks after it from now on."""


class NotAllocated(Exception):
    """Not all of these families can be given to this researcher, so none was."""

    def __init__(self, refusals: list[Any]) -> None:
        super().__init__("; ".join(f"{each.about}: {each.sentence}" for each in refusals))
        self.refusals = refusals


class NothingToClose(Exception):
    """There is no closing list here: the visit was not held yet, or the study asks for none."""


class VoucherGiven(Exception):
    """A voucher with this number was handed over before. Look at the number on it again."""


class NothingToRead(Exception):
    """There is nothing to read or to code here yet: it opens once the interview it belongs to was held."""


class ReadingNotOpen(Exception):
    """It opens on a later day, and stands in the list of readings from then on."""

    def __init__(self, opens_on: date) -> None:
        super().__init__(f"It opens on {opens_on.day} {opens_on:%B %Y}.")


class ReadByAnother(Exception):
    """Somebody else reads this one, or you have read it before. What is yours stands in the list of readings."""


class NothingAsked(Exception):
    """The protocol asks nothing about what became of families. Its coordinator can add it."""

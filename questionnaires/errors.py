"""What can go wrong when we ask questions and read the answers."""

from typing import Any

from questionnaires.notices import Notice
from questionnaires.sentences import Sentence


class DefinitionFault(Exception):
    """This file is not a questionnaire that can be read."""

    def __init__(self, place: str, sentence: str) -> None:
        super().__init__(place, sentence)
        self.place = place
        self.sentence = sentence

    def __str__(self) -> str:
        return f"{self.place}: {self.sentence}"


class UnknownQuestionnaire(Exception):
    """There is no such questionnaire on the shelf."""


class UnknownItem(Exception):
    """The questionnaire has no such question."""


class UnknownCode(Exception):
    """This was coded with something the question does not offer."""


class NotAPair(Exception):
    """A line holds what both coders gave, the one as "first" and the other as "second"."""


class UnknownPolicy(Exception):
    """The questionnaire has no such rule for missing answers."""


class BadExpression(Exception):
    """This condition cannot be read."""


class WrongAnswer(Exception):
    """This answer does not fit the question."""

    def __init__(self, template: str, **values: Any) -> None:
        self.sentence = Sentence(template, **values)
        super().__init__(self.sentence)


class CannotScore(Exception):
    """These answers hold something that cannot be scored."""


class FaultyQuestionnaire(Exception):
    """The questionnaire has faults and can't be published."""


class VersionFrozen(Exception):
    """This version was already published with other words. Give the changed questionnaire a new version."""


class NotLicensed(Exception):
    """The study holds no licence to show this measure's questions. It can be keyed in from the owner's paper form."""


class NoAdministration(Exception):
    """There is no such questionnaire for this family."""


class AdministrationClosed(Exception):
    """This questionnaire is completed. An answer is changed with a reason, from the page of its answers."""


class AdministrationLocked(Exception):
    """This questionnaire is locked. It stays as it is until a coordinator unlocks it, with a reason."""


class AnswersSealed(Exception):
    """What was answered here is sealed: whoever answered has not said that the team may read it."""


class NotToHandOver(Exception):
    """This can't be handed over: only what a respondent is still filling in face to face can."""


class NotCompleted(Exception):
    """This questionnaire is still open: complete it first."""


class NoReasonGiven(Exception):
    """Say why: without a reason nothing is changed here."""


class NotOnPaper(Exception):
    """Only what was filled in on paper is keyed in here, and a second time once it is completed."""


class KeyedByYourself(Exception):
    """You have keyed this form in before: somebody else keys it in the second time."""


class KeyedTwice(Exception):
    """Somebody else has keyed this form in a second time meanwhile."""


class WrongSave(Exception):
    """This save can't be read. A save has the form save, item, value, base, at."""


class WrongSitting(Exception):
    """These times can't be read. A sitting has the form sitting, section, began_at, seconds, interruptions, present."""


class UnreadableTable(Exception):
    """This file can't be read as a list. Save it as CSV (UTF-8) or XLSX with the column names in its first row."""


class FaultyWording(Exception):
    """This wording file has faults. Nothing of it was loaded."""


class VersionRetired(Exception):
    """This version is retired: what was begun with it can be finished, nothing new begins with it."""


class FaultyForm(Exception):
    """This file is not a form that can be read. Nothing was taken in."""

    def __init__(self, faults: tuple[Notice, ...]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


class NotForWorkbooks(Exception):
    """This questionnaire holds a text that a workbook cannot keep."""


class NothingSetAside(Exception):
    """Nothing of this questionnaire is set aside, or the decision could not be read."""

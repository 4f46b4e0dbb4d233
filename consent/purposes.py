"""What a family is asked to allow, kept apart: a refusal of one never implies another."""

from enum import StrEnum


class Purpose(StrEnum):
    APPROACH = "approach"
    TAKE_PART = "take_part"
    RECORDING = "recording"
    CONTACT_AGAIN = "contact_again"
    CASE_FILE = "case_file"
    ASK_WORKER = "ask_worker"
    FOLLOW_RECORDS = "follow_records"
    CHILD_INTERVIEW = "child_interview"
    ASSENT = "assent"
    ARCHIVE = "archive"


SAID: dict[Purpose, str] = {
    Purpose.APPROACH: "Being approached by the team",
    Purpose.TAKE_PART: "Taking part",
    Purpose.RECORDING: "Being recorded",
    Purpose.CONTACT_AGAIN: "Being contacted again for the next interview",
    Purpose.CASE_FILE: "Letting the team read the case file",
    Purpose.ASK_WORKER: "Letting the team ask the family's social worker",
    Purpose.FOLLOW_RECORDS: "Letting the team look up later what became of the family",
    Purpose.CHILD_INTERVIEW: "A parent's permission for this child's interview",
    Purpose.ASSENT: "The child's own assent",
    Purpose.ARCHIVE: "Keeping the data for other researchers",
}


class Step(StrEnum):
    """What the team does that stands on permission."""

    BOOK = "book"
    INTERVIEW = "interview"
    INTERVIEW_CHILD = "interview_child"
    RECORD = "record"
    LINK = "link"
    REVIEW = "review"
    FOLLOW = "follow"
    CODE = "code"


class Whose(StrEnum):
    """Whose permission a step needs; the family's is there when somebody gave it and nobody is against.

    A file holds other people too: there the site has to agree as well.
    """

    RESPONDENT = "respondent"
    ANYBODY = "anybody"
    FAMILY = "family"
    FAMILY_AND_SITE = "family_and_site"


class Decision(StrEnum):
    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"

"""Words: what people of the field call the things the trail names by their tables."""

THINGS: dict[str, str] = {
    "cases.case": "Dossier of family",
    "cases.document": "File",
    "cases.link": "Link",
    "cases.message": "Message",
    "cases.part": "Part of a visit, person",
    "cases.piece": "Recording",
    "cases.reading": "What is read or coded:",
    "cases.reply": "What they asked for instead of a time,",
    "cases.revival": "Asking to take a visit up again",
    "cases.visit": "Visit",
    "cases.voucher": "Voucher",
    "consent.agreement": "What is agreed with site",
    "consent.form": "Words of a permission:",
    "consent.requirement": "Permissions needed to",
    "people.caution": "Caution about how to reach person",
    "people.channel": "Ways to reach person",
    "people.family": "Family",
    "people.identity": "Identity of",
    "people.key": "Key of person",
    "people.person": "Person",
    "people.professional": "Professional",
    "people.referral": "Referral of family",
    "people.tie": "Tie to professional",
    "questionnaires.administration": "Filled-in questionnaire",
    "questionnaires.aside": "Answers set aside of questionnaire",
    "questionnaires.licence": "Licence of",
    "questionnaires.version": "Questionnaire",
    "safeguarding.code": "Check-out codes of account",
    "safeguarding.concern": "Concern",
    "safeguarding.entry": "Words of concern",
    "safeguarding.key": "Key of the safeguarding zone",
    "safeguarding.reach": "Where a message reaches account",
    "safeguarding.rota": "Rota: account",
    "safeguarding.whereabouts": "Whereabouts of visit",
    "scheduler.absence": "Absence of researcher",
    "scheduler.appointment": "Appointment",
    "scheduler.attendee": "Whom it is for, appointment",
    "scheduler.base": "Start and way of researcher",
    "scheduler.move": "Time that was moved, appointment",
    "scheduler.wish": "Wishes of family",
    "scheduler.working_time": "Hours of researcher",
    "staff.account": "Account",
    "staff.clearance": "Clearance of account",
    "staff.feed": "Calendar address of account",
    "staff.invitation": "Invitation of account",
    "staff.lease": "Device with visits",
    "staff.site_grant": "Sites of account",
    "study.approval": "Approval of site",
    "study.asking": "Who answers",
    "study.cohort": "Cohort",
    "study.site": "Site",
    "study.study": "Protocol of",
    "study.wave": "Wave",
}
ACTS: dict[str, str] = {
    "insert": "added",
    "update": "changed",
    "delete": "removed",
    "read": "opened",
    "download": "downloaded",
}


def thing(noted: str) -> str:
    """A row as the trail notes it, with words for its table: `study.site n1` is “Site n1”."""
    table, _, which = noted.partition(" ")
    said = THINGS.get(table.replace('"', ""))
    return noted if said is None else f"{said} {which.replace('_', ' ')}".strip().rstrip(":")


def act(noted: str) -> str:
    return ACTS.get(noted, noted)

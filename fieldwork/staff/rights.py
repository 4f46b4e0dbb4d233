"""Who may do what. Routes name the right they need; roles grant rights; nothing else decides."""

from enum import StrEnum


class Right(StrEnum):
    SEE_CASES = "see cases"
    OPEN_IDENTITIES = "open identities"
    BOOK_APPOINTMENTS = "book appointments"
    LOG_ATTEMPTS = "log contact attempts"
    COMPLETE_VISITS = "complete visits"
    RECORD_PERMISSIONS = "record permissions"
    INTERVIEW = "interview"
    LOCK_INTERVIEWS = "lock interviews"
    MAKE_LINKS = "make links"
    SEE_WINDOWS = "see windows of every researcher"
    CORRECT_DAYS = "correct the days of visits"
    ALLOCATE = "allocate families"
    IMPORT_REFERRALS = "import referrals"
    ANSWER_RECORDS = "say what became of families"
    SEE_REPORTS = "see reports"
    EXPORT = "export data"
    MANAGE_STAFF = "manage staff"
    SEE_PROTOCOL = "see the protocol"
    WRITE_QUESTIONNAIRES = "write questionnaires"
    SEE_TRAIL = "see the trail"
    RAISE_CONCERNS = "raise concerns"
    DECIDE_CONCERNS = "decide on concerns"
    KEEP_ROTA = "keep the rota"
    CHECK_IN = "check in from visits"
    SEE_OPERATIONS = "see whether the jobs run"
    SEE_VOUCHERS = "see vouchers"


class Role(StrEnum):
    RESEARCHER = "researcher"
    COORDINATOR = "coordinator"
    SITE_CONTACT = "site-contact"
    ANALYST = "analyst"
    SAFEGUARDING_LEAD = "safeguarding-lead"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"
    FINANCE = "finance"


FIELD = frozenset(
    {
        Right.SEE_CASES,
        Right.OPEN_IDENTITIES,
        Right.BOOK_APPOINTMENTS,
        Right.LOG_ATTEMPTS,
        Right.COMPLETE_VISITS,
        Right.RECORD_PERMISSIONS,
        Right.INTERVIEW,
        Right.MAKE_LINKS,
        Right.RAISE_CONCERNS,
        Right.CHECK_IN,
    }
)

GRANTS: dict[Role, frozenset[Right]] = {
    Role.RESEARCHER: FIELD,
    Role.COORDINATOR: FIELD
    | {
        Right.LOCK_INTERVIEWS,
        Right.SEE_WINDOWS,
        Right.CORRECT_DAYS,
        Right.ALLOCATE,
        Right.IMPORT_REFERRALS,
        Right.ANSWER_RECORDS,
        Right.SEE_REPORTS,
        Right.SEE_PROTOCOL,
        Right.WRITE_QUESTIONNAIRES,
        Right.KEEP_ROTA,
    },
    Role.SITE_CONTACT: frozenset({Right.IMPORT_REFERRALS, Right.ANSWER_RECORDS}),
    Role.ANALYST: frozenset({Right.SEE_REPORTS, Right.EXPORT, Right.SEE_PROTOCOL}),
    Role.SAFEGUARDING_LEAD: frozenset(
        {Right.SEE_CASES, Right.OPEN_IDENTITIES, Right.RAISE_CONCERNS, Right.DECIDE_CONCERNS, Right.KEEP_ROTA}
    ),
    Role.ADMINISTRATOR: frozenset(
        {Right.MANAGE_STAFF, Right.SEE_PROTOCOL, Right.WRITE_QUESTIONNAIRES, Right.SEE_OPERATIONS}
    ),
    Role.AUDITOR: frozenset({Right.SEE_TRAIL, Right.SEE_PROTOCOL, Right.SEE_REPORTS}),
    Role.FINANCE: frozenset({Right.SEE_VOUCHERS}),
}


def needs_second_factor(role: Role) -> bool:
    """Whoever can see who a family is, hand over names, export data or make accounts proves it twice."""
    return bool(
        GRANTS[role]
        & {Right.OPEN_IDENTITIES, Right.IMPORT_REFERRALS, Right.MANAGE_STAFF, Right.EXPORT, Right.SEE_TRAIL}
    )

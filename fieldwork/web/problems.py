"""Everything that can go wrong, and how it is said over HTTP. Rooms raise; only this table knows statuses."""

from http import HTTPStatus
from typing import Any

import structlog
from asyncpg import DataError
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.response import Redirect

from consent import errors as consent
from fieldwork.base import errors as base
from fieldwork.base import languages
from fieldwork.cases import errors as cases
from fieldwork.export import errors as export
from fieldwork.people import errors as people
from fieldwork.reports import errors as reports
from fieldwork.safeguarding import errors as safeguarding
from fieldwork.staff import errors as staff
from fieldwork.study import errors as study
from fieldwork.web import errors as web
from fieldwork.web import pages, speaking
from questionnaires import errors as questionnaires
from questionnaires.sentences import Sentence
from scheduler import errors as scheduler

STATUS: dict[type[Exception], HTTPStatus] = {
    base.DatabaseAway: HTTPStatus.SERVICE_UNAVAILABLE,
    base.NoStore: HTTPStatus.SERVICE_UNAVAILABLE,
    base.Unreadable: HTTPStatus.GONE,
    cases.AskedAlready: HTTPStatus.CONFLICT,
    cases.ChannelShut: HTTPStatus.CONFLICT,
    cases.CutOff: HTTPStatus.UNPROCESSABLE_ENTITY,
    cases.EmptyFile: HTTPStatus.UNPROCESSABLE_ENTITY,
    cases.FileTooLarge: HTTPStatus.UNPROCESSABLE_ENTITY,
    cases.HoldsProgram: HTTPStatus.UNPROCESSABLE_ENTITY,
    cases.LinkDead: HTTPStatus.NOT_FOUND,
    cases.NamedByPath: HTTPStatus.UNPROCESSABLE_ENTITY,
    cases.NoCase: HTTPStatus.NOT_FOUND,
    cases.NoDocument: HTTPStatus.NOT_FOUND,
    cases.NoMessage: HTTPStatus.NOT_FOUND,
    cases.NeedsSecondPerson: HTTPStatus.FORBIDDEN,
    cases.NoRevival: HTTPStatus.CONFLICT,
    cases.NotGivenUp: HTTPStatus.CONFLICT,
    cases.NotToAskAgain: HTTPStatus.CONFLICT,
    cases.NobodyChosen: HTTPStatus.UNPROCESSABLE_ENTITY,
    cases.NotAllocated: HTTPStatus.CONFLICT,
    cases.NoReasonNeeded: HTTPStatus.CONFLICT,
    cases.NoTimes: HTTPStatus.UNPROCESSABLE_ENTITY,
    cases.NoVisit: HTTPStatus.NOT_FOUND,
    cases.NobodySeen: HTTPStatus.UNPROCESSABLE_ENTITY,
    cases.NotYet: HTTPStatus.UNPROCESSABLE_ENTITY,
    cases.NotHeld: HTTPStatus.CONFLICT,
    cases.NothingLeft: HTTPStatus.CONFLICT,
    cases.NothingToClose: HTTPStatus.CONFLICT,
    cases.NothingToDecide: HTTPStatus.CONFLICT,
    cases.NothingToTake: HTTPStatus.UNPROCESSABLE_ENTITY,
    cases.NothingDue: HTTPStatus.NOT_FOUND,
    cases.NothingToRead: HTTPStatus.CONFLICT,
    cases.NothingAsked: HTTPStatus.NOT_FOUND,
    cases.ReadingNotOpen: HTTPStatus.CONFLICT,
    cases.ReadByAnother: HTTPStatus.CONFLICT,
    cases.SameDay: HTTPStatus.UNPROCESSABLE_ENTITY,
    cases.SeveralFiles: HTTPStatus.UNPROCESSABLE_ENTITY,
    cases.StrayFile: HTTPStatus.UNPROCESSABLE_ENTITY,
    cases.TooEarly: HTTPStatus.UNPROCESSABLE_ENTITY,
    cases.TooLate: HTTPStatus.UNPROCESSABLE_ENTITY,
    cases.TooManyToTake: HTTPStatus.UNPROCESSABLE_ENTITY,
    cases.TooManyPoints: HTTPStatus.UNPROCESSABLE_ENTITY,
    cases.TooMuchInside: HTTPStatus.UNPROCESSABLE_ENTITY,
    cases.VisitOver: HTTPStatus.CONFLICT,
    cases.VoucherGiven: HTTPStatus.CONFLICT,
    cases.WrongFile: HTTPStatus.UNPROCESSABLE_ENTITY,
    consent.NotPermitted: HTTPStatus.FORBIDDEN,
    consent.NothingToWithdraw: HTTPStatus.CONFLICT,
    export.ChangedMeanwhile: HTTPStatus.CONFLICT,
    export.NoSuchFormat: HTTPStatus.UNPROCESSABLE_ENTITY,
    export.NoSuchShape: HTTPStatus.UNPROCESSABLE_ENTITY,
    export.TooLarge: HTTPStatus.UNPROCESSABLE_ENTITY,
    people.NoPerson: HTTPStatus.NOT_FOUND,
    people.FaultyList: HTTPStatus.UNPROCESSABLE_ENTITY,
    questionnaires.UnreadableTable: HTTPStatus.UNPROCESSABLE_ENTITY,
    questionnaires.DefinitionFault: HTTPStatus.UNPROCESSABLE_ENTITY,
    questionnaires.FaultyForm: HTTPStatus.UNPROCESSABLE_ENTITY,
    questionnaires.FaultyQuestionnaire: HTTPStatus.UNPROCESSABLE_ENTITY,
    questionnaires.FaultyWording: HTTPStatus.UNPROCESSABLE_ENTITY,
    questionnaires.NotForWorkbooks: HTTPStatus.CONFLICT,
    questionnaires.VersionFrozen: HTTPStatus.CONFLICT,
    questionnaires.VersionRetired: HTTPStatus.CONFLICT,
    questionnaires.AdministrationClosed: HTTPStatus.CONFLICT,
    questionnaires.AdministrationLocked: HTTPStatus.CONFLICT,
    questionnaires.AnswersSealed: HTTPStatus.FORBIDDEN,
    questionnaires.NotToHandOver: HTTPStatus.CONFLICT,
    questionnaires.CannotScore: HTTPStatus.CONFLICT,
    questionnaires.KeyedByYourself: HTTPStatus.FORBIDDEN,
    questionnaires.KeyedTwice: HTTPStatus.CONFLICT,
    questionnaires.NoAdministration: HTTPStatus.NOT_FOUND,
    questionnaires.NothingSetAside: HTTPStatus.CONFLICT,
    questionnaires.NoReasonGiven: HTTPStatus.UNPROCESSABLE_ENTITY,
    questionnaires.NotCompleted: HTTPStatus.CONFLICT,
    questionnaires.NotLicensed: HTTPStatus.FORBIDDEN,
    questionnaires.NotOnPaper: HTTPStatus.CONFLICT,
    questionnaires.NotAPair: HTTPStatus.UNPROCESSABLE_ENTITY,
    questionnaires.UnknownCode: HTTPStatus.UNPROCESSABLE_ENTITY,
    questionnaires.UnknownItem: HTTPStatus.NOT_FOUND,
    questionnaires.UnknownQuestionnaire: HTTPStatus.NOT_FOUND,
    questionnaires.WrongAnswer: HTTPStatus.UNPROCESSABLE_ENTITY,
    questionnaires.WrongSave: HTTPStatus.UNPROCESSABLE_ENTITY,
    questionnaires.WrongSitting: HTTPStatus.UNPROCESSABLE_ENTITY,
    reports.NoSuchFormat: HTTPStatus.UNPROCESSABLE_ENTITY,
    reports.NoSuchReport: HTTPStatus.NOT_FOUND,
    safeguarding.BuddyIsYou: HTTPStatus.UNPROCESSABLE_ENTITY,
    safeguarding.CodesAlike: HTTPStatus.UNPROCESSABLE_ENTITY,
    safeguarding.NoCodes: HTTPStatus.CONFLICT,
    safeguarding.NoConcern: HTTPStatus.NOT_FOUND,
    safeguarding.NobodyOut: HTTPStatus.CONFLICT,
    safeguarding.NotATime: HTTPStatus.UNPROCESSABLE_ENTITY,
    safeguarding.NotOnTheTeam: HTTPStatus.UNPROCESSABLE_ENTITY,
    safeguarding.NotWatched: HTTPStatus.CONFLICT,
    safeguarding.WrongCheckoutCode: HTTPStatus.UNPROCESSABLE_ENTITY,
    safeguarding.WrongTestCode: HTTPStatus.UNPROCESSABLE_ENTITY,
    scheduler.AlreadyBooked: HTTPStatus.CONFLICT,
    scheduler.AppointmentOver: HTTPStatus.CONFLICT,
    scheduler.BeyondLimit: HTTPStatus.UNPROCESSABLE_ENTITY,
    scheduler.NotYetTried: HTTPStatus.UNPROCESSABLE_ENTITY,
    scheduler.NoAppointment: HTTPStatus.NOT_FOUND,
    scheduler.SlotTaken: HTTPStatus.CONFLICT,
    scheduler.UnknownOutcome: HTTPStatus.UNPROCESSABLE_ENTITY,
    staff.CodesUsedUp: HTTPStatus.UNAUTHORIZED,
    staff.HandedOver: HTTPStatus.CONFLICT,
    staff.NotACode: HTTPStatus.UNPROCESSABLE_ENTITY,
    staff.WrongHandoverCode: HTTPStatus.UNPROCESSABLE_ENTITY,
    staff.EndsBeforeItBegins: HTTPStatus.UNPROCESSABLE_ENTITY,
    staff.NoClearance: HTTPStatus.NOT_FOUND,
    staff.NotForOneSite: HTTPStatus.UNPROCESSABLE_ENTITY,
    staff.EmailTaken: HTTPStatus.CONFLICT,
    staff.InvitationOver: HTTPStatus.NOT_FOUND,
    staff.LeftTheTeam: HTTPStatus.CONFLICT,
    staff.NoFeed: HTTPStatus.NOT_FOUND,
    staff.NoLease: HTTPStatus.NOT_FOUND,
    staff.NoSuchAccount: HTTPStatus.NOT_FOUND,
    staff.NoSuchSite: HTTPStatus.UNPROCESSABLE_ENTITY,
    staff.NotAllowed: HTTPStatus.FORBIDDEN,
    staff.NotAnAddress: HTTPStatus.UNPROCESSABLE_ENTITY,
    staff.NotSignedIn: HTTPStatus.UNAUTHORIZED,
    staff.SignInRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
    staff.TooManyTries: HTTPStatus.TOO_MANY_REQUESTS,
    staff.WeakPassword: HTTPStatus.UNPROCESSABLE_ENTITY,
    staff.WrongPassword: HTTPStatus.UNPROCESSABLE_ENTITY,
    staff.WrongCode: HTTPStatus.UNPROCESSABLE_ENTITY,
    study.ProtocolUnreadable: HTTPStatus.SERVICE_UNAVAILABLE,
    study.NoStudy: HTTPStatus.SERVICE_UNAVAILABLE,
    study.SiteNotApproved: HTTPStatus.FORBIDDEN,
    study.UnknownSite: HTTPStatus.NOT_FOUND,
    web.HungUp: HTTPStatus.BAD_REQUEST,
    web.NotFromHere: HTTPStatus.FORBIDDEN,
}

PLAIN: dict[int, str] = {
    404: Sentence("There is no such page."),
    405: Sentence("This page can't be asked for in this way."),
    413: Sentence(
        "This is too large to be sent. A file that is handed in may have at most 25 MB, a list or a form 5 MB."
    ),
}
UNREADABLE = Sentence("This could not be read.")
APOLOGY = Sentence(
    "Something went wrong on our side. It has been noted. Nothing was half done: try again, or tell the study's team."
)

# What can go wrong before a family: the sentences of these exist in every language of ours.
FAMILIES_MEET: tuple[type[Exception], ...] = (
    base.DatabaseAway,
    cases.LinkDead,
    staff.WrongHandoverCode,
    questionnaires.AdministrationClosed,
    questionnaires.NoAdministration,
    questionnaires.NotLicensed,
    questionnaires.UnknownItem,
    questionnaires.UnknownQuestionnaire,
    questionnaires.VersionRetired,
    questionnaires.WrongAnswer,
    questionnaires.WrongSave,
    study.ProtocolUnreadable,
    web.NotFromHere,
)

log = structlog.get_logger()


def respond(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """A page for people, problem+json for programs."""
    if isinstance(error, staff.NotSignedIn) and request.method == "GET" and not wants_json(request):
        return Redirect("/sign-in", status_code=303)
    if isinstance(error, staff.HandedOver):
        # Whatever was asked for, a save by a script like a page: back to the one questionnaire.
        return Redirect("/handed", status_code=303)
    status = STATUS[type(error)]
    return _said(request, status, sentence(error), detail(error))


def respond_dead_link(request: Request[Any, Any, Any], _: Exception) -> Response[Any]:
    """On a family's link a withdrawn permission looks like an address that never was: it tells a finder nothing."""
    return respond(request, cases.LinkDead())


def respond_hung_up(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Nobody reads this any more. The log gets the place: where it happens often, a line is poor or a form too long."""
    log.info("hung up", route=request.route_handler.handler_name)
    return _said(request, STATUS[type(error)], UNREADABLE, "")


def respond_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """What the framework refuses by itself: unknown addresses, wrong methods, bodies too large or not to be read."""
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return respond_bug(request, error)
    return _said(request, HTTPStatus(error.status_code), PLAIN.get(error.status_code, UNREADABLE), "")


def respond_bug(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """A fault of ours. The log gets its kind and place, never what somebody typed."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f"{place.tb_frame.f_code.co_filename.rsplit('/', 2)[-1]}:{place.tb_lineno}" if place else ""
    log.error("a bug", kind=type(error).__name__, where=where, route=request.route_handler.handler_name)
    return _said(request, HTTPStatus.INTERNAL_SERVER_ERROR, APOLOGY, "")


def respond_misfit(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """A number too large for any column, a character no text may hold. The log gets the place, in case it is ours."""
    log.warning("a misfit", kind=type(error).__name__, route=request.route_handler.handler_name)
    return _said(request, HTTPStatus.UNPROCESSABLE_ENTITY, UNREADABLE, "")


def sentence(error: Exception) -> str:
    return (type(error).__doc__ or "").strip()


def detail(error: Exception) -> str:
    """More than the sentence, where a room gave more: the faults of a list, the permission that is missing."""
    told = (consent.NotPermitted, people.FaultyList, questionnaires.UnreadableTable, cases.ReadingNotOpen)
    if isinstance(error, questionnaires.WrongAnswer):
        return error.sentence
    return str(error) if isinstance(error, told) and error.args else ""


def wants_json(request: Request[Any, Any, Any]) -> bool:
    return request.accept.best_match(["text/html", "application/json"]) == "application/json"


def _said(request: Request[Any, Any, Any], status: HTTPStatus, title: str, detail: str) -> Response[Any]:
    title, detail = (languages.said(each, speaking.of(request).spoken) for each in (title, detail))
    if wants_json(request):
        content = {"title": title, "status": int(status), "detail": detail}
        return Response(content, status_code=status, media_type="application/problem+json")
    # All dead addresses look alike, so none of them stands in its page: another language begins at the questions.
    known = {"title": title, "detail": detail, "layout": request.app.state.layout, "path": "/questions"}
    return pages.page(request, "problem.html", status=status, **known)


HANDLERS: dict[int | type[Exception], Any] = {
    **dict.fromkeys(STATUS, respond),
    web.HungUp: respond_hung_up,
    DataError: respond_misfit,
    HTTPException: respond_http,
    Exception: respond_bug,
}
HANDLERS_FOR_FAMILIES = HANDLERS | {consent.NotPermitted: respond_dead_link}

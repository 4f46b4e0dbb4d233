"""Two web applications, assembled: staff and families. Each room keeps its own routes; this file only lists them."""

from collections.abc import Sequence
from typing import Any

from litestar import Litestar, Router
from litestar.di import Provide
from litestar.static_files import create_static_files_router

from fieldwork.base import database, languages
from fieldwork.base.database import Acting
from fieldwork.study import declaration
from fieldwork.study.errors import NoStudy
from fieldwork.web import pages, problems, security
from fieldwork.web.families import answering, choosing
from fieldwork.web.families import entry as arrival
from fieldwork.web.ground import Ground
from fieldwork.web.staff import (
    accounts,
    asides,
    attempts,
    availability,
    booking,
    calendars,
    cautions,
    checkins,
    clearances,
    closing,
    completed,
    concerns,
    days,
    device,
    documents,
    downloads,
    entry,
    exports,
    families,
    handover,
    hearing,
    home,
    inquiries,
    interviews,
    keying,
    library,
    licences,
    links,
    messages,
    notes,
    offering,
    operations,
    permissions,
    preview,
    protocol,
    readings,
    recording,
    redating,
    referrals,
    reports,
    revivals,
    rota,
    safety,
    scans,
    sending,
    taking,
    visits,
    vouchers,
    wishes,
    withdrawals,
    worklists,
)
from questionnaires.sentences import Sentence

LARGEST_BODY = 5_000_000
MOST_PARTS = 10_000  # of one form: a long section asks a few hundred questions, each in several parts
STAFF_ROLE, FAMILIES_ROLE = "fieldwork_staff", "fieldwork_families"
STAFF_LAYOUT = "base/staff.html"
FAMILIES_LAYOUT = "base/families.html"
STAFF = (
    entry,
    home,
    worklists,
    days,
    calendars,
    families,
    visits,
    booking,
    offering,
    recording,
    closing,
    redating,
    availability,
    wishes,
    withdrawals,
    attempts,
    revivals,
    cautions,
    permissions,
    handover,
    sending,
    interviews,
    readings,
    documents,
    hearing,
    completed,
    asides,
    notes,
    keying,
    scans,
    links,
    messages,
    referrals,
    inquiries,
    reports,
    exports,
    vouchers,
    accounts,
    clearances,
    operations,
    protocol,
    library,
    licences,
    downloads,
    preview,
    device,
    taking,
    concerns,
    safety,
    checkins,
    rota,
)


def create_staff_app(ground: Ground) -> Litestar:
    handlers = [handler for room in STAFF for handler in room.routes]
    app = _create(ground, handlers, STAFF_LAYOUT, guard=security.staff_guard, connection=security.staff_connection)
    security.refuse_routes_without_needs(app, "staff")
    return app


def create_families_app(ground: Ground) -> Litestar:
    app = _create(
        ground,
        [*arrival.routes, *answering.routes, *choosing.routes],
        FAMILIES_LAYOUT,
        guard=security.families_guard,
        connection=security.families_connection,
    )
    security.refuse_routes_without_needs(app, "families")
    return app


def _create(ground: Ground, handlers: Sequence[Any], layout: str, *, guard: Any, connection: Any) -> Litestar:
    async def greet(app: Litestar) -> None:
        """The study's title and clock for the head of each page, and a last look at what the role may do."""
        ground = app.state.ground
        async with database.borrowed(ground.pool, Acting("start", ground.clock.now()), readonly=True) as conn:
            await database.refuse_unsafe_role(conn, STAFF_ROLE if layout == STAFF_LAYOUT else FAMILIES_ROLE)
            try:
                protocol = await declaration.current(conn)
                app.state.study_title = protocol.title if layout == STAFF_LAYOUT else protocol.public.title
                app.state.time_zone = protocol.time_zone
            except NoStudy:
                app.state.study_title = "No study yet"

    app = Litestar(
        route_handlers=[*handlers, static_files()],
        guards=[guard],
        dependencies={
            "conn": Provide(connection),
            "case": Provide(security.open_case),
            "viewer": Provide(security.the_viewer, sync_to_thread=False),
            "form": Provide(security.posted),
        },
        exception_handlers=problems.HANDLERS if layout == STAFF_LAYOUT else problems.HANDLERS_FOR_FAMILIES,
        before_send=[security.add_headers],
        on_startup=[greet],
        openapi_config=None,
        request_max_body_size=LARGEST_BODY,
        multipart_form_part_limit=MOST_PARTS,
        type_encoders={Sentence: str},
        debug=False,
        logging_config=None,
    )
    app.state.layout = layout
    app.state.study_title, app.state.time_zone = "", "UTC"
    settle(app, ground)
    return app


def settle(app: Litestar, ground: Ground) -> None:
    """From now on the application stands on this ground, and takes forms only from the pages it shows there."""
    for_staff = app.state.layout == STAFF_LAYOUT
    app.state.ground = ground
    app.state.origins = security.origins(ground.settings.staff_url if for_staff else ground.settings.family_url)
    app.state.languages = (languages.ENGLISH,) if for_staff else languages.OURS


def static_files() -> Router:
    return create_static_files_router(
        path=pages.static_root(),
        directories=[pages.STATIC],
        guards=[security.refuse_odd_paths],
        opt={"needs": security.ANYONE, "handed": True},
        include_in_schema=False,
    )

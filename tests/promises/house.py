"""A furnished house: two sites with the same families in them, and everybody who uses it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import asyncpg
import httpx
import pyotp
from asyncpg import Pool
from browser import Browser
from cast import Family, Hands, Member, Study, sign_in
from files import picture
from msgspec import Struct, field

from consent import withdrawals
from consent.purposes import Purpose
from consent.withdrawals import How, Said, Scope
from fieldwork.base import crypto, database, ids
from fieldwork.base.clock import Clock
from fieldwork.base.store import Store
from fieldwork.cases import (
    aboard,
    allocations,
    bookings,
    choosing,
    closings,
    documents,
    links,
    messages,
    presence,
    readings,
    recordings,
    redatings,
    replies,
    revivals,
    visits,
)
from fieldwork.cases.closings import Closing
from fieldwork.cases.contents import Content
from fieldwork.cases.documents import Handed
from fieldwork.cases.messages import Due, State
from fieldwork.cases.visits import Held, Part
from fieldwork.people import cautions, channels, identities, professionals
from fieldwork.people.cautions import Caution
from fieldwork.people.channels import Channel, Mark
from fieldwork.safeguarding import checkins, concerns, rota
from fieldwork.safeguarding.checkins import Plan, Where
from fieldwork.safeguarding.concerns import Record
from fieldwork.staff import accounts, clearances, feeds, leases
from fieldwork.staff.rights import Role
from fieldwork.study import declaration
from fieldwork.study.closing import Done, Item
from fieldwork.study.texts import Kind
from questionnaires import (
    administrations,
    asides,
    corrections,
    keyings,
    library,
    licences,
    notes,
    openings,
    shelf,
    sittings,
    wordings,
)
from questionnaires.administrations import Administration
from questionnaires.licences import Grant, Mode
from questionnaires.notes import Note
from questionnaires.openings import Opening
from questionnaires.saving import Save
from questionnaires.sittings import Sitting
from scheduler import attempts, availability, wishes
from scheduler.appointments import Place, Slot
from scheduler.attempts import Tried
from scheduler.availability import Base
from scheduler.free import Absence, Hours
from scheduler.wishes import Wished

T1 = datetime(2015, 6, 15, 14, tzinfo=UTC)
TODAY = datetime(2016, 5, 2, 9, tzinfo=UTC)
APART = {"n1": timedelta(hours=1), "y1": timedelta(hours=5)}
LINKS = {
    "parent": "pms",
    "parent who starts": "views_link",
    "parent who pauses": "future",
    "parent who ends": "goal_t2",
    "nobody": "su5",
}
# Researchers with a tablet of their own, and what it is handed over for.
TABLETS = {
    "handed": "handed",
    "handed and finished": "finished",
    "handed and given back": "handed",
    "researcher who hands over": "",
}
CODE = "482913"
WELL, HELP, TESTED = "482910", "482911", "135790"
WEIGHTY = (Purpose.TAKE_PART, Purpose.RECORDING, Purpose.CONTACT_AGAIN, Purpose.CASE_FILE)
# A session's last use is kept at most once a minute; that is no change anybody asked for.
ROW = "(to_jsonb(t) - 'seen_at')::text"

GUARDS = {
    "content-security-policy": (
        "default-src 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
        "base-uri 'none'",
    ),
    "referrer-policy": ("no-referrer",),
    "x-content-type-options": ("nosniff",),
    "x-robots-tag": ("noindex",),
    "cross-origin-opener-policy": ("same-origin",),
    "cross-origin-resource-policy": ("same-origin",),
    "permissions-policy": ("geolocation=()",),
}


class Home(Struct):
    """The families of one site, each in the state some form needs, and the ids of what belongs to the first."""

    site: str
    site_no: int
    asked: Family
    unbooked: Family
    unheld: Family
    given_up: Family
    too_late: Family
    along: Family
    proposed: Family
    revived: Family
    refused: Family
    offered: Family
    asking: Family
    followed: Family
    appointment_id: UUID
    open_id: UUID
    link_id: UUID
    document_id: UUID
    recording_id: UUID
    scan_id: UUID
    message_id: UUID
    proposal_id: UUID = field(default_factory=ids.new_id)
    time_id: UUID = field(default_factory=ids.new_id)
    forms: dict[str, UUID] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)

    def places(self) -> dict[str, str]:
        """What stands in a path of this site's family."""
        return {
            "family_id": str(self.asked.family_id),
            "administration_id": str(self.open_id),
            "appointment_id": str(self.appointment_id),
            "link_id": str(self.link_id),
            "document_id": str(self.document_id),
            "recording_id": str(self.recording_id),
            "scan_id": str(self.scan_id),
            "message_id": str(self.message_id),
            "wave": "T1",
            "section": "mastery",
        }


class House:
    """One database, furnished, and the people who use it."""

    def __init__(self, study: Study, url: str) -> None:
        self.study, self.url = study, url
        self.members: dict[Role, Member] = {}
        self.homes: dict[str, Home] = {}
        self.invitation = self.invitation_secret = self.calendar = ""
        self.lease_id = ids.new_id()
        # Concerns that were read, wait, and were told to a coordinator; visits that are late.
        self.concern_id, self.waiting_id, self.told_id, self.late_id = (ids.new_id() for _ in range(4))
        self.test_code = TESTED
        self.clearance_no = 0
        self.leaver = self.visitor = Member(0, "", Role.RESEARCHER, "")
        self._signed_in: dict[str, Browser] = {}
        self._superuser: asyncpg.Connection | None = None

    @property
    def ours(self) -> Home:
        return self.homes["n1"]

    @property
    def theirs(self) -> Home:
        return self.homes["y1"]

    def moved_to(self, pools: dict[str, Pool], url: str) -> "House":
        """The same house in a copy of its database."""
        study = Study(pools, Hands(TODAY))
        study.settings = self.study.settings
        study.url = url  # type: ignore[attr-defined]
        copy = House(study, url)
        for kept in (
            "members",
            "homes",
            "invitation",
            "invitation_secret",
            "calendar",
            "leaver",
            "visitor",
            "lease_id",
            "concern_id",
            "waiting_id",
            "told_id",
            "late_id",
            "clearance_no",
        ):
            setattr(copy, kept, getattr(self, kept))
        return copy

    async def browser(self, who: str) -> Browser:
        """Somebody at a device of their own: one of the roles, a parent with a link, or a stranger."""
        if who.startswith("stranger"):
            return self.device(who.removeprefix("stranger at "))
        if who not in self._signed_in:
            self._signed_in[who] = await self._arrive(who)
        return self._signed_in[who]

    def device(self, name: str) -> Browser:
        """A browser nobody has used yet; it looks at every answer it gets."""
        browser = self.study.browser(name)
        browser.client.event_hooks["response"].append(refuse_unguarded)
        return browser

    async def _arrive(self, who: str) -> Browser:
        if who.startswith("parent"):
            browser = self.device("families")
            page = await browser.open(f"/l/{self.ours.keys[who]}")
            page = await page.form("/l/" + self.ours.keys[who]).press()
            assert page.path.startswith(("/questions/", "/times")), page.text
            return browser
        browser = self.device("staff")
        email = f"{who.replace(' ', '.')}@fieldwork.test"
        own = await self.study.member(Role.RESEARCHER, "n1", email=email) if who in TABLETS else self.members[Role(who)]
        page = await sign_in(browser, own)
        assert page.path != "/sign-in", page.text
        if handed := TABLETS.get(who):
            form = f"/families/{self.ours.asked.family_id}/questionnaires/{self.ours.forms[handed]}/hand-over"
            shown = await browser.open(form)
            assert shown.status == 200, shown.text
            page = await shown.form("/hand-over").fill(code=CODE).press("Hand over")
            assert page.path == "/handed", page.text
        return browser

    async def superuser(self) -> asyncpg.Connection:
        """One connection that sees and may do everything, as no program of ours does."""
        if self._superuser is None:
            self._superuser = await self.connect("postgres")
        return self._superuser

    async def connect(self, role: str) -> asyncpg.Connection:
        return await database.connect(self.url.replace("fieldwork_staff:@", f"{role}:@"))

    async def close(self) -> None:
        if self._superuser is not None:
            await self._superuser.close()
        for pool in self.study.pools.values():
            pool.terminate()

    async def state(self) -> dict[str, tuple[int, str]]:
        """How many rows each table holds, and a digest of all of them: nothing that changes escapes it."""
        return await state_of(await self.superuser())


@asynccontextmanager
async def undone(conn: asyncpg.Connection) -> AsyncIterator[None]:
    """Whatever is done inside has not been done."""
    trial = conn.transaction()
    await trial.start()
    try:
        yield
    finally:
        await trial.rollback()


async def state_of(conn: asyncpg.Connection) -> dict[str, tuple[int, str]]:
    whole = " union all ".join(
        f"select '{name}', count(*), md5(coalesce(string_agg({ROW}, '|' order by {ROW}), '')) from {name} t"
        for name in await tables_of(conn)
    )
    return {name: (count, digest) for name, count, digest in await conn.fetch(whole)}


async def tables_of(conn: asyncpg.Connection) -> list[str]:
    return [found["name"] for found in await conn.fetch(TABLES)]


TABLES = """
    select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = relnamespace
    where relkind in ('r', 'p') and nspname not in ('pg_catalog', 'information_schema', 'pg_toast') order by 1
"""


async def refuse_unguarded(response: httpx.Response) -> None:
    """Every answer, whatever it says, carries what keeps other sites, caches and search engines out."""
    said = {name: response.headers.get(name, "") for name in GUARDS}
    missing = [f"{name}: {part}" for name, parts in GUARDS.items() for part in parts if part not in said[name]]
    kept = response.request.url.path.startswith("/static/") and response.status_code == 200
    if response.headers.get("cache-control") != ("public, max-age=31536000, immutable" if kept else "no-store"):
        missing.append("cache-control")
    if "unsafe" in said["content-security-policy"]:
        missing.append("a policy without unsafe-inline")
    cookies = [cookie.lower() for cookie in response.headers.get_list("set-cookie")]
    given = [cookie for cookie in cookies if "max-age=0" not in cookie]
    missing += [f"{part}: {cookie}" for cookie in given for part in ("httponly", "samesite=lax") if part not in cookie]
    assert not missing, f"{response.request.method} {response.request.url}: {response.status_code} lacks {missing}"


async def furnish(house: House) -> None:
    study = house.study
    for role in Role:
        house.members[role] = await study.member(role, "n1")
    study.at(T1)
    async with study.acting() as conn:
        await library.publish(conn, [shelf.load("life_since"), shelf.load("helpfulness")], now=T1)
    for site in ("n1", "y1"):
        house.homes[site] = await _home(study, site, house.members[Role.RESEARCHER].no)
    study.at(TODAY)
    for home in house.homes.values():
        await _second_wave(study, home, house.members[Role.RESEARCHER].no)
    house.leaver = await study.member(Role.RESEARCHER, "n1")
    house.visitor = await study.member(Role.RESEARCHER, "n1")
    async with study.acting() as conn:
        holds = [home.unbooked.family_id for home in house.homes.values() if home.site == "n1"]
        await allocations.allocate(conn, holds, house.members[Role.RESEARCHER].no)
        house.clearance_no = (await clearances.of_account(conn, house.leaver.no))[0].no
        newcomer = await accounts.add(conn, email="new@fieldwork.test", name="New", role=Role.ANALYST, sites=["n1"])
        house.invitation = await accounts.invite(conn, study.ring, newcomer, machine_now=Clock.machine())
        await _take_along(conn, house)
        await _say_when(conn, house)
        house.calendar, feed_hash = crypto.new_link(study.ring, feeds.PURPOSE)
        await feeds.make(conn, house.members[Role.RESEARCHER].no, feed_hash, now=TODAY)
        await licences.record(conn, "pms", Grant(None, "cy", Mode.PAPER, "Whoever owns the words", TODAY.date()))
        await wordings.load(conn, shelf.load("pms", "ps1978"), {"cy": {"title": "Geiriau"}})
    house.invitation_secret = pyotp.random_base32()
    await _keep_safe(house)


async def _keep_safe(house: House) -> None:
    """Concerns and visits that others watch over, at a site where somebody would be told."""
    study, home = house.study, house.ours
    lead, coordinator, researcher = (
        house.members[role].no for role in (Role.SAFEGUARDING_LEAD, Role.COORDINATOR, Role.RESEARCHER)
    )
    reached = (lead, coordinator, researcher, house.visitor.no)
    for no in reached:
        async with study.acting(actor=f"staff:{no}") as conn:
            await rota.reach_by(conn, study.ring, no, channel="sms", to="07700 900456")
            await checkins.set_codes(conn, no, well=WELL, help=HELP)
    async with study.acting() as conn:
        for duty, step, no in (
            ("concerns", "lead", lead), ("concerns", "principal", coordinator), ("visits", "on_call", coordinator),
            ("visits", "deputy", house.visitor.no),
        ):  # fmt: skip
            await rota.put(conn, home.site_no, duty, step, no)
        await conn.execute("update safeguarding.reach set confirmed_at = $1", TODAY)
    said = Record("He said so", "The child", T1, "That it will be shared", "At school", home.asked.reference)
    async with study.acting(actor=f"staff:{researcher}") as conn:
        for concern_id in (house.concern_id, house.waiting_id, house.told_id):
            await concerns.record(conn, study.ring, concern_id, home.site_no, researcher, said)
    async with study.acting(pool="worker", actor="worker:test") as conn:
        for duty in rota.DUTIES:
            await rota.beat(conn, duty, now=TODAY)
        codes = [(no, rota.kept(study.ring, no, TESTED)) for no in reached]
        await conn.executemany("update safeguarding.reach set code = $2, sent_at = $3 where account_no = $1", [
            (no, code, TODAY) for no, code in codes
        ])  # fmt: skip
    await _go_out(house, researcher, coordinator)


async def _go_out(house: House, researcher: int, coordinator: int) -> None:
    """Three visits: one that is to come, one that is late, one from which somebody asked for help in silence."""
    study, site_no, silent_id, hour = house.study, house.ours.site_no, ids.new_id(), timedelta(hours=1)
    where = Where(house.ours.asked.reference, "Somewhere")
    async with study.acting(actor=f"staff:{researcher}") as conn:
        for checkin_id, ends_at in ((silent_id, hour), (house.late_id, hour), (ids.new_id(), 3 * hour)):
            plan = Plan(TODAY - hour, TODAY + ends_at, house.visitor.no)
            await checkins.plan(conn, study.ring, checkin_id, site_no, researcher, plan, where, now=TODAY)
            if checkin_id == silent_id:
                await checkins.check_out(conn, researcher, HELP)
    async with study.acting(pool="worker", actor="worker:test") as conn:
        await conn.execute(
            """
            insert into safeguarding.alarm (checkin_id, kind, due_at, next_at)
            select checkin_id, 'overdue', ends_at, ends_at from safeguarding.checkin where checkin_id = $1
            """,
            house.late_id,
        )
        for about, subject in (("visit", silent_id), ("visit", house.late_id), ("concern", house.told_id)):
            await conn.execute(
                """
                insert into safeguarding.alert (alert_id, about, subject_id, site_no, step, account_no, arrived)
                values ($1, $2, $3, $4, 'on_call', $5, true)
                """,
                ids.new_id(),
                about,
                subject,
                site_no,
                coordinator,
            )


async def _say_when(conn: asyncpg.Connection, house: House) -> None:
    """When a researcher works and is away, and when families would rather be met."""
    no = house.members[Role.RESEARCHER].no
    await availability.keep_hours(conn, no, [Hours(2, time(9), time(17), T1.date())])
    await availability.be_away(conn, no, Absence(TODAY.date(), TODAY.date()))
    await availability.settle(conn, no, Base(None, 30))
    for home in house.homes.values():
        await wishes.keep(conn, home.asked.family_id, home.site_no, Wished(not_on=(1,)))


async def _take_along(conn: asyncpg.Connection, house: House) -> None:
    """One device has both sites' visits on board, for as long as anybody tests."""
    now, researcher = Clock.machine(), house.members[Role.RESEARCHER]
    await leases.take(
        conn, house.lease_id, researcher.no, machine_now=now, ends_at=now + timedelta(days=3), instead_of=None
    )
    homes = house.homes.values()
    wanted = {(home.along.family_id, "T1") for home in homes} | {(home.asked.family_id, "T2") for home in homes}
    days = timedelta(days=1)
    await aboard.take(conn, house.lease_id, wanted, most=4, since=TODAY - days, until=TODAY + days)


async def _home(study: Study, site: str, researcher_no: int) -> Home:
    families = [await study.family(site, children=(date(2007, 3, 2),)) for _ in range(12)]
    asked, _, unheld, _, too_late, along, proposed, revived, refused, *_, followed = families
    await _given_up(study, asked, revived, refused)
    for family in (asked, unheld, too_late, along):
        await study.everybody_allows(family)
        await study.allows(family, *WEIGHTY)
    begun = await _begin(study, asked, "pms", "ps1978", asked.parent.person_id)
    done = await _begin(study, asked, "future", "1", asked.family_id)
    async with study.acting() as conn:
        await attempts.log(conn, asked.family_id, asked.site_no, "T1", Tried("phone", "no_answer"))
        await administrations.save(conn, asked.family_id, begun, [Save(ids.new_id(), "pms1", "agree", 0, T1)])
        await administrations.save(conn, asked.family_id, done, [Save(ids.new_id(), "famscale", 4, 0, T1)])
        await professionals.tie(
            conn, study.ring, asked.family_id, asked.site_no, name="Somebody", email="somebody@fieldwork.test",
            role=professionals.Role.MANAGER, since=T1.date(), until=None,
        )  # fmt: skip
        await presence.note(conn, asked.family_id, "T1", asked.parent.person_id, here=True)
        await notes.keep(conn, asked.family_id, begun, [Note(ids.new_id(), T1, "pms1", "Looked away", ("hesitated",))])
        sitting = Sitting(ids.new_id(), "mastery", T1, 90, 1, (asked.parent.person_id,))
        await sittings.note(conn, asked.family_id, begun, [sitting], people=sitting.present)
        booked = ids.new_id()
        slot = Slot(researcher_no, T1 + APART[site], 60, Place.HOME)
        await visits.book(conn, asked.family_id, "T1", booked, person_id=asked.parent.person_id, slot=slot)
        recorded = await _record(conn, study, await administrations.find(conn, asked.family_id, begun))
        handed = await _hand_in(conn, study, await administrations.find(conn, asked.family_id, begun))
    for family in (asked, too_late, followed):
        await study.interviewed(family)
    await study.allows(followed, Purpose.FOLLOW_RECORDS)
    async with study.acting() as conn:
        right, current = T1.date() - timedelta(days=1), await declaration.current(conn)
        voucher = Closing({Item.VOUCHER: Done.YES}, voucher_number=f"V-{site}".upper(), voucher_value=20)
        await closings.keep(conn, asked.family_id, "T1", voucher, current.closing_list)
        for on in (right, T1.date()):
            await redatings.redate(conn, asked.family_id, "T1", on, why="Misread", protocol=current, today=T1.date())
    forms = {"done": done} | await _completed(study, asked)
    forms["handed"] = await _begin(study, asked, "life_since", "1", asked.family_id)
    forms["finished"] = await _begin(study, asked, "helpfulness", "1", asked.family_id)
    async with study.acting() as conn:
        scan = await _scan(conn, study, await administrations.find(conn, asked.family_id, forms["paper"]))
        message = await _write(conn, asked)
    home = Home(
        site, asked.site_no, *families, booked, begun, asked.family_id, handed, recorded, scan, message, forms=forms
    )
    async with study.acting() as conn:
        slot = Slot(researcher_no, T1 + APART[site] + timedelta(days=700), 60, Place.HOME)
        who = proposed.parent.person_id
        await bookings.propose(conn, proposed.family_id, "T1", home.proposal_id, person_id=who, slot=slot)
    return home


async def _write(conn: asyncpg.Connection, family: Family) -> UUID:
    """Two reminders, of which one could not leave, and a way that is safe."""
    who, family_id = family.parent.person_id, family.family_id
    await channels.mark(conn, family_id, family.site_no, [Channel(who, "email", Mark.SHARED)])
    days = {"T1": T1, "T2": T1 + timedelta(days=1)}
    due = [Due(family_id, family.site_no, wave, Kind.BOOK, wave, day) for wave, day in days.items()]
    await messages.put(conn, due)
    failed = await messages.claim(conn, now=T1, machine_now=T1)
    assert failed is not None
    await messages.address(conn, failed, person_id=who, channel="email", language="en")
    await messages.settle(conn, failed, State.FAILED, because="refused")
    return failed.message_id


async def _given_up(study: Study, asked: Family, revived: Family, refused: Family) -> None:
    """One was found again; one could not be found; one wants no contact, and somebody would ask it again."""
    today = T1.date()
    async with study.acting(actor="another") as conn:
        for lost in (asked, revived):
            await visits.lose(conn, lost.family_id, "T1", because="not_located")
        await revivals.ask(conn, asked.family_id, "T1", because="found_again", today=today)
        await visits.lose_open(conn, refused.family_id, because="refused", hard=True)
        await revivals.ask(conn, refused.family_id, "T1", because="family_asked", today=today)
        await cautions.note(conn, asked.family_id, asked.site_no, Caution(asked.parent.person_id, "email", "wrong"))


async def _scan(conn: asyncpg.Connection, study: Study, held: Administration) -> UUID:
    key = await identities.key_of(conn, study.ring, held.family_id, held.respondent_id)
    page = Handed(ids.new_id(), documents.SCAN, Content("image", "image/png", picture("PNG")))
    await documents.keep(conn, Store(study.settings.files), key, held, page, person_id=held.respondent_id)
    return page.document_id


async def _record(conn: asyncpg.Connection, study: Study, held: Administration) -> UUID:
    key = await identities.key_of(conn, study.ring, held.family_id, held.respondent_id)
    store, recording_id, sound = Store(study.settings.files), ids.new_id(), b"\x1a\x45\xdf\xa3webm"
    await recordings.keep(conn, store, key, held, recording_id=recording_id, number=0, sound=sound)
    return recording_id


async def _hand_in(conn: asyncpg.Connection, study: Study, held: Administration) -> UUID:
    key = await identities.key_of(conn, study.ring, held.family_id, held.respondent_id)
    handed = Handed(ids.new_id(), "pms1", Content("file", "text/plain", b"A few words"))
    await documents.keep(conn, Store(study.settings.files), key, held, handed, person_id=held.respondent_id)
    return handed.document_id


async def _completed(study: Study, family: Family) -> dict[str, UUID]:
    """One on paper that is being keyed in, one that was keyed in twice, and one that is locked."""
    paper = await _begin(study, family, "lsns6", "lsns6", family.parent.person_id, mode="paper")
    keyed = await _begin(study, family, "su5", "report-table3", family.family_id, mode="paper")
    locked = await _begin(study, family, "views_link", "1", family.family_id)
    async with study.acting() as conn:
        await administrations.save(conn, family.family_id, keyed, [Save(ids.new_id(), "su1", 1, 0, T1)])
        for each in (keyed, locked):
            await administrations.complete(conn, family.family_id, each, now=T1)
        await corrections.lock(conn, family.family_id, locked)
        await asides.keep(conn, family.family_id, keyed, [Save(ids.new_id(), "su3", "agree", 0, T1)], because="closed")
    async with study.acting(actor="another") as conn:
        await keyings.key_again(conn, family.family_id, keyed, {"su1": 2})
    return {"paper": paper, "keyed": keyed, "locked": locked}


async def _offer(study: Study, home: Home, researcher_no: int) -> None:
    """Times on pages of parents' own: one to be chosen, one they asked another for, one that was booked after all."""
    moment = study.clock.now()
    offers = ((home.asked, "T2"), (home.offered, "T1"), (home.asking, "T1"))
    for day, (family, wave) in enumerate(offers, start=7):
        time_id = home.time_id if family is home.offered else ids.new_id()
        who, reply_id = family.parent.person_id, ids.new_id()
        slot = Slot(researcher_no, moment + APART[home.site] + timedelta(days=day), 60, Place.HOME)
        key, link_hash = crypto.new_link(study.ring, links.PURPOSE)
        async with study.acting() as conn:
            await bookings.propose(conn, family.family_id, wave, time_id, person_id=who, slot=slot)
            await choosing.offer(
                conn, family.family_id, family.site_no, person_id=who, wave=wave, times=[time_id],
                link_hash=link_hash, now=moment,
            )  # fmt: skip
            words = replies.sealed(
                await identities.key_of(conn, study.ring, family.family_id, who), reply_id, "After tea"
            )
        if family is home.offered:
            home.keys["parent who chooses"] = key
            continue
        home.keys["parent who asks"] = key
        async with study.acting(pool="families", sites_of=(home.site_no,)) as conn:
            kind, liked = replies.Kind.ANOTHER, [replies.Liked.EVENINGS]
            done = await choosing.ask(conn, link_hash, reply_id, kind, liked=liked, words=words, now=moment)
            assert done is choosing.Outcome.NOTED


async def _second_wave(study: Study, home: Home, researcher_no: int) -> None:
    await _offer(study, home, researcher_no)
    asked, moment = home.asked, study.clock.now()
    async with study.acting() as conn:
        home.appointment_id = ids.new_id()
        slot = Slot(researcher_no, moment + APART[home.site], 60, Place.HOME)
        person_id, first = asked.parent.person_id, ids.new_id()
        await visits.book(conn, asked.family_id, "T2", first, person_id=person_id, slot=slot)
        await visits.book(
            conn, asked.family_id, "T2", home.appointment_id, person_id=person_id, slot=slot, instead_of=first
        )
        slot = Slot(researcher_no, moment + APART[home.site] + timedelta(hours=2), 60, Place.HOME)
        person_id = home.along.parent.person_id
        await visits.book(conn, home.along.family_id, "T1", ids.new_id(), person_id=person_id, slot=slot)
        seen = tuple(Part(person.person_id, "seen", date(2016, 4, 1)) for person in home.too_late.people)
        protocol = await declaration.current(conn)
        held, late = Held(date(2016, 4, 1), "home", seen), home.too_late.family_id
        await visits.hold(conn, late, "T2", held, protocol, today=moment.date())
        for name, questionnaire in LINKS.items():
            key, link_hash = crypto.new_link(study.ring, links.PURPOSE)
            home.link_id = await links.make(
                conn, asked.family_id, asked.site_no, person_id=asked.parent.person_id, wave="T2",
                questionnaires=[questionnaire],
                link_hash=link_hash, now=moment,
            )  # fmt: skip
            home.keys[name] = key
        await _read(conn, asked, moment)
        await conn.execute("update cases.reading set opens_on = $1 where questionnaire = 'records'", moment.date())
        who = asked.parent.person_id
        said = Said(who, who, Scope.RECORDS, None, How.TELEPHONE, moment.date())
        await withdrawals.withdraw(conn, asked.family_id, asked.site_no, said)


async def _read(conn: asyncpg.Connection, family: Family, now: datetime) -> None:
    """A file that was read twice, differently, and is before whoever decides."""
    await conn.execute("update cases.reading set twice = true where family_id = $1", family.family_id)
    readers = await conn.fetch("select id from staff.account order by no limit 3")
    for (reader,), found in zip(readers, ("yes", "no", None), strict=True):
        opening = Opening("T1", "case_file", "1", reader, "file", family.family_id, "document", now.date())
        begun = await readings.begin(conn, family.family_id, opening)
        if found:
            save = Save(ids.new_id(), "scaling", found, 0, now)
            await administrations.save(conn, family.family_id, begun.administration_id, [save])
            await readings.complete(conn, family.family_id, begun.administration_id, now=now)


async def _begin(
    study: Study, family: Family, code: str, version: str, subject_id: UUID, *, mode: str = "face_to_face"
) -> UUID:
    kind = "self" if subject_id == family.parent.person_id else "family"
    opening = Opening("T1", code, version, family.parent.person_id, kind, subject_id, mode, T1.date())
    async with study.acting() as conn:
        begun = await openings.begin(conn, family.family_id, family.site_no, opening)
    return begun.administration_id

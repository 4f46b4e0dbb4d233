"""The cast: invented people and families, made through the rooms and taking only what matters."""

import atexit
import csv
import io
from contextlib import asynccontextmanager
from copy import copy
from datetime import UTC, date, datetime
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pyotp
from asyncpg import Pool
from browser import Browser, Page
from hands import Hands
from litestar import Litestar

from consent import permissions
from consent.permissions import Answer
from consent.purposes import Decision, Purpose
from fieldwork.app import create_families_app, create_staff_app, settle
from fieldwork.base import crypto, database
from fieldwork.base.database import Acting
from fieldwork.base.settings import Settings
from fieldwork.cases import intake, visits
from fieldwork.cases.visits import Held, Part
from fieldwork.people import lists, persons
from fieldwork.people.persons import Person
from fieldwork.staff import accounts
from fieldwork.staff.rights import Role
from fieldwork.study import declaration, sites
from fieldwork.web.ground import Ground

NOW = datetime(2015, 6, 15, 9, 0, tzinfo=UTC)
PASSWORD = "a long walk on monday"
RING = crypto.read_ring(crypto.new_ring())
FILES = mkdtemp(prefix="fw-files")
atexit.register(rmtree, FILES, ignore_errors=True)
STAFF_URL, FAMILY_URL = "http://staff.test", "http://families.test"


_assembled: dict[str, Litestar] = {}


def standing_on(ground: Ground, name: str) -> Litestar:
    """An application on a ground of its own. Its routes are put together once; to do so takes a third of a second."""
    if name not in _assembled:
        _assembled[name] = (create_staff_app if name == "staff" else create_families_app)(ground)
    app = copy(_assembled[name])
    app.asgi_router = copy(app.asgi_router)
    app.asgi_router.app, app.state = app, app.state.copy()
    settle(app, ground)
    return app


class Family(msgspec.Struct):
    family_id: UUID
    site_no: int
    reference: str
    people: list[Person]

    @property
    def parent(self) -> Person:
        return self.people[0]

    @property
    def child(self) -> Person:
        return next(person for person in self.people if person.role == "child")


class Member(msgspec.Struct):
    no: int
    email: str
    role: Role
    secret: str


class Study:
    """One database with the reference protocol and nobody in it, as the real roles see it."""

    def __init__(self, pools: dict[str, Pool], clock: Hands) -> None:
        self.pools, self.clock, self.ring = pools, clock, RING
        self.settings = Settings(staff_url=STAFF_URL, family_url=FAMILY_URL, files=mkdtemp(dir=FILES))
        self.apps: dict[str, Litestar] = {}
        self._cases = 0

    def app(self, name: str) -> Litestar:
        if name not in self.apps:
            self.apps[name] = standing_on(Ground(self.settings, self.ring, self.clock, self.pools[name]), name)
        return self.apps[name]

    def at(self, moment: datetime) -> None:
        """From now on it is this moment."""
        self.clock.moment = moment

    @asynccontextmanager
    async def acting(
        self, *, role: str = "", pool: str = "staff", sites_of: tuple[int, ...] | None = None, actor: str = "test"
    ) -> Any:
        async with database.lent(self.pools[pool]) as conn:
            seen = sites_of if sites_of is not None else await database.all_sites(conn)
            async with database.transaction(conn, Acting(actor, self.clock.now(), seen, role=role)):
                yield conn

    async def member(self, role: Role, *site_codes: str, email: str = "", cleared: bool = True) -> Member:
        email = email or f"{role}{self._count()}@fieldwork.test"
        async with self.acting() as conn:
            no = await accounts.add(conn, email=email, name=f"The {role}", role=role, sites=list(site_codes) or ["*"])
            secret = await accounts.set_up(conn, self.ring, no, role=role, password=PASSWORD)
            if cleared and role in (Role.RESEARCHER, Role.COORDINATOR):
                await clear(conn, no)
        return Member(no, email, role, secret)

    def browser(self, name: str = "staff") -> Browser:
        transport = httpx.ASGITransport(self.app(name), raise_app_exceptions=False)
        origin = self.settings.staff_url if name == "staff" else self.settings.family_url
        headers = {"accept": "text/html"}
        return Browser(
            httpx.AsyncClient(transport=transport, base_url=origin, follow_redirects=True, headers=headers), origin
        )

    async def signed_in(self, role: Role, *site_codes: str) -> Browser:
        member = await self.member(role, *site_codes)
        browser = self.browser()
        page = await sign_in(browser, member)
        assert page.path != "/sign-in", page.text
        browser.member = member  # type: ignore[attr-defined]
        return browser

    async def family(
        self, site: str = "n1", children: tuple[date, ...] = (), parents: int = 1, **reached: str
    ) -> Family:
        """A family that was told and agreed, with names no real person has, reached where it is said."""
        number = f"C-{self._count()}"
        rows = [
            row(number, role="parent", first_name=f"Parent{i}", last_name=f"Invented{self._cases}", **reached)
            for i in range(parents)
        ]
        rows += [
            row(number, role="child", first_name="Child", last_name=f"Invented{self._cases}", born=born.isoformat())
            for born in children
        ]
        async with self.acting() as conn:
            place = await sites.find(conn, site)
            protocol = await declaration.current(conn)
            await intake.take(conn, self.ring, place, written(rows), protocol, today=self.clock.now().date())
            found = await conn.fetchrow(
                "select family_id, reference from people.directory order by family_id desc limit 1"
            )
            people = await persons.of_family(conn, found["family_id"])
        return Family(found["family_id"], place.no, found["reference"], people)

    async def allows(
        self, family: Family, *purposes: Purpose, person: Person | None = None, decision: Decision = Decision.GIVEN
    ) -> None:
        who = person or family.parent
        said = [Answer(who.person_id, p, decision, who.person_id, "signed", self.clock.now().date()) for p in purposes]
        async with self.acting() as conn:
            await permissions.record(conn, family.family_id, family.site_no, said)

    async def everybody_allows(self, family: Family) -> None:
        """What an interview with each of them stands on."""
        for person in family.people:
            child = person.role == "child"
            purposes = (Purpose.CHILD_INTERVIEW, Purpose.ASSENT) if child else (Purpose.TAKE_PART,)
            await self.allows(family, *purposes, person=person)

    async def interviewed(self, family: Family, on: date | None = None, wave: str = "T1") -> visits.Visit:
        """The whole family was seen at this wave."""
        day = on or self.clock.now().date()
        await self.everybody_allows(family)
        async with self.acting() as conn:
            parts = tuple(Part(person.person_id, "seen", day) for person in family.people)
            held, protocol = Held(day, "home", parts), await declaration.current(conn)
            return await visits.hold(conn, family.family_id, wave, held, protocol, today=day)

    def _count(self) -> int:
        self._cases += 1
        return self._cases


async def clear(conn: Any, account_no: int) -> None:
    """Checked, trained and let in at all of their sites, for longer than any test lasts."""
    await conn.execute(
        """
        insert into staff.clearance (account_no, kind, site_no, in_force)
        select $1::bigint, kind, null, '[2010-01-01,2040-01-01)'::daterange
        from unnest(array['background_check', 'safeguarding_training']) as kind
        union all
        select $1, 'letter_of_access', site_no, '[2010-01-01,2040-01-01)'::daterange
        from staff.site_grant where account_no = $1
        """,
        account_no,
    )


async def sign_in(browser: Browser, member: Member, *, password: str = PASSWORD, code: str | None = None) -> Page:
    page = await browser.open("/sign-in")
    shown = code if code is not None else pyotp.TOTP(member.secret).now() if member.secret else ""
    return await page.form("/sign-in").fill(email=member.email, password=password, code=shown).press("Sign in")


def row(case_number: str, **said: str) -> dict[str, str]:
    told = {
        "referred_on": "2015-03-20",
        "eligible": "yes",
        "told_on": "2015-03-25",
        "told_how": "agreeing",
        "agreed_on": "2015-04-01",
    }
    return {"case_number": case_number, **told, **said}


def written(rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, lists.COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()

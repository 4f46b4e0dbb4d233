"""Signing in: one way in, that looks the same to everybody who may not come through, and ends when it should."""

import asyncio
import re
from datetime import timedelta
from hashlib import sha256

import pyotp
import pytest
from cast import PASSWORD, Member, sign_in

from fieldwork.base import database
from fieldwork.base.clock import Clock
from fieldwork.base.database import Acting
from fieldwork.staff import accounts, sessions, throttle
from fieldwork.staff.errors import (
    InvitationOver,
    LeftTheTeam,
    NoSuchAccount,
    NotAnAddress,
    SignInRefused,
    TooManyTries,
    WeakPassword,
    WrongCode,
)
from fieldwork.staff.rights import GRANTS, Role

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
WRONG = "The e-mail address, password or code is not right."


def code_of(secret, *, steps=0):
    """What the app on the phone shows now, or some half minutes later."""
    return pyotp.TOTP(secret).generate_otp(int(Clock.machine().timestamp()) // 30 + steps)


@pytest.fixture
async def member(common):
    return await common.member(Role.COORDINATOR, "n1", "n2")


async def enter(common, member, *, machine_now=None, steps=0, code=None):
    async with common.acting() as conn:
        token, _ = await sessions.sign_in(
            conn, common.ring, email=member.email, password=PASSWORD,
            code=code or code_of(member.secret, steps=steps), machine_now=machine_now or Clock.machine(),
        )  # fmt: skip
    return token


async def sign_out(browser):
    page = await browser.open("/")
    await next(form for form in page.forms if form.action == "/sign-out").press()


async def viewer(common, token, moment):
    async with common.acting() as conn:
        return await sessions.find(conn, token, machine_now=moment)


# The way in


async def test_with_everything_right_somebody_is_who_they_are(common, member):
    token = await enter(common, member)

    seen = await viewer(common, token, Clock.machine())

    assert (seen.account_no, seen.role, seen.rights) == (member.no, Role.COORDINATOR, GRANTS[Role.COORDINATOR])
    assert len(seen.sites) == 2
    assert seen.actor == f"staff:{member.no}"


async def test_whatever_is_wrong_looks_the_same(common, member):
    newcomer = "invited@fieldwork.test"
    async with common.acting() as conn:
        await accounts.add(conn, email=newcomer, name="Not here yet", role=Role.ANALYST, sites=["n1"])
    tries = {
        "password": {"email": member.email, "password": "not the right password", "code": code_of(member.secret)},
        "address": {"email": "nobody@fieldwork.test", "password": PASSWORD, "code": code_of(member.secret)},
        "code": {"email": member.email, "password": PASSWORD, "code": "000000"},
        "no code": {"email": member.email, "password": PASSWORD, "code": ""},
        "no password yet": {"email": newcomer, "password": PASSWORD, "code": "000000"},
    }

    answers = {}
    for name, typed in tries.items():
        page = await (await common.browser().open("/sign-in")).form().fill(typed).press()
        headers = {key: value for key, value in page.response.headers.items() if key != "content-length"}
        answers[name] = (page.status, page.html.replace(typed["email"], "…"), headers)

    assert all(answer == answers["password"] for answer in answers.values())
    assert answers["password"][0] == 422
    assert WRONG in answers["password"][1]


async def test_a_code_opens_once(common, member):
    code = code_of(member.secret)
    await enter(common, member, code=code)

    with pytest.raises(SignInRefused):
        await enter(common, member, code=code)


async def test_a_code_from_before_the_last_one_is_no_longer_good(common, member):
    codes = [code_of(member.secret, steps=steps) for steps in (-1, 0, 1)]
    await enter(common, member, code=codes[-1])

    for code in codes:
        with pytest.raises(SignInRefused):
            await enter(common, member, code=code)


async def test_of_many_who_use_the_same_code_at_once_one_comes_in(common, member):
    code = code_of(member.secret)

    results = await asyncio.gather(*(enter(common, member, code=code) for _ in range(12)), return_exceptions=True)

    assert sorted(type(result).__name__ for result in results) == ["SignInRefused"] * 11 + ["str"]


async def test_another_accounts_code_is_no_code(common, member):
    other = await common.member(Role.COORDINATOR)

    with pytest.raises(SignInRefused):
        await enter(common, Member(member.no, member.email, member.role, other.secret))


async def test_a_session_is_not_in_the_database(common, member):
    token = await enter(common, member)

    async with common.acting() as conn:
        rows = await conn.fetch("select * from staff.session")
        stored = {row["token_hash"] for row in rows}
        reused = [
            await sessions.find(conn, str(stolen), machine_now=Clock.machine())
            for stolen in (*stored, *(s.hex() for s in stored))
        ]

    assert sha256(token.encode()).digest() in stored
    assert token not in str(rows)
    assert reused == [None] * len(reused)
    assert len(token) * 6 >= 128


async def test_the_session_before_is_over_when_somebody_signs_in_again(common, member):
    browser = common.browser()
    await sign_in(browser, member)
    before = browser.client.cookies["staff"]

    await sign_out(browser)
    page = await sign_in(browser, member, code=code_of(member.secret, steps=1))

    assert page.path != "/sign-in"
    assert browser.client.cookies["staff"] != before
    assert await viewer(common, before, Clock.machine()) is None


# Its end


async def test_a_session_ends_when_nothing_happens_for_half_an_hour(common, member):
    began = Clock.machine()
    token = await enter(common, member, machine_now=began)

    idle = [await viewer(common, token, began + minutes * MINUTE) is not None for minutes in (0, 29, 31)]

    assert idle == [True, True, False]


async def test_being_used_keeps_a_session_but_no_longer_than_twelve_hours(common, member):
    began = Clock.machine()
    token = await enter(common, member, machine_now=began)

    alive = []
    for minutes in range(20, 13 * 60, 20):
        alive.append(await viewer(common, token, began + minutes * MINUTE) is not None)
        async with common.acting() as conn:
            await sessions.keep(conn, token, machine_now=began + minutes * MINUTE)

    assert alive == [True] * 35 + [False] * (len(alive) - 35)
    assert await viewer(common, token, began + 12 * HOUR - MINUTE / 60) is not None
    assert await viewer(common, token, began + 12 * HOUR) is None


async def test_the_clock_of_the_study_does_not_move_a_session(common, member):
    token = await enter(common, member)
    before, study_now = Clock.machine(), common.clock.now()

    common.at(study_now + 400 * 24 * HOUR)
    browser = common.browser()
    browser.client.cookies.set("staff", token)
    page = await browser.open("/")
    common.at(study_now)

    assert page.path == "/"
    assert await viewer(common, token, before) is not None


async def test_signing_out_ends_it_at_once(common, member):
    first, second = await enter(common, member), await enter(common, member, steps=1)

    async with common.acting() as conn:
        await sessions.sign_out(conn, first)

    assert await viewer(common, first, Clock.machine()) is None
    assert await viewer(common, second, Clock.machine()) is not None


async def test_whoever_leaves_is_out_in_the_same_moment(common, member):
    tokens = [await enter(common, member), await enter(common, member, steps=1)]

    async with common.acting() as conn:
        await accounts.leave(conn, member.no, machine_now=Clock.machine())

    assert [await viewer(common, token, Clock.machine()) for token in tokens] == [None, None]
    async with common.acting() as conn:
        kept = await conn.fetchrow("select password, totp from staff.account where no = $1", member.no)
        left = await conn.fetchval("select count(*) from staff.session where account_no = $1", member.no)
        with pytest.raises(NoSuchAccount):
            await accounts.leave(conn, member.no, machine_now=Clock.machine())
    assert (tuple(kept), left) == ((None, None), 0)
    with pytest.raises(SignInRefused):
        await enter(common, member, steps=-1)


async def test_a_site_that_is_taken_away_is_gone_at_the_next_request(common, member):
    token = await enter(common, member)
    before = (await viewer(common, token, Clock.machine())).sites

    async with common.acting() as conn:
        await conn.execute("delete from staff.site_grant where account_no = $1 and site_no = $2", member.no, before[0])

    assert (await viewer(common, token, Clock.machine())).sites == before[1:]


async def test_what_is_over_is_cleared_and_what_is_not_stays(common):
    members = [await common.member(Role.ANALYST) for _ in range(2)]
    now = Clock.machine()
    old, young = (
        await enter(common, members[0], machine_now=now - 13 * HOUR),
        await enter(common, members[1], machine_now=now),
    )
    async with common.acting() as conn:
        await throttle.count(conn, common.ring, email="x", network="1", known_device="", machine_now=now - 2 * HOUR)

    async with common.acting() as conn:
        await sessions.clear(conn, machine_now=now)
        kept = {row["token_hash"] for row in await conn.fetch("select token_hash from staff.session")}
        tries = await conn.fetchval("select count(*) from staff.try where at < $1", now - HOUR)

    assert sha256(young.encode()).digest() in kept
    assert sha256(old.encode()).digest() not in kept
    assert tries == 0


# Guessing


async def guess(common, email, *, network="192.0.2", device="", machine_now=None):
    async with common.acting() as conn:
        try:
            await throttle.count(
                conn,
                common.ring,
                email=email,
                network=network,
                known_device=device,
                machine_now=machine_now or Clock.machine(),
            )
        except TooManyTries:
            return False
    return True


async def test_ten_guesses_are_looked_at_and_the_eleventh_is_not(common):
    looked_at = [await guess(common, "eleven@fieldwork.test", network=f"198.51.{n}") for n in range(12)]

    assert looked_at == [True] * 10 + [False] * 2


async def test_guesses_that_come_at_once_are_counted_one_by_one(common):
    looked_at = await asyncio.gather(
        *(guess(common, "parallel@fieldwork.test", network=f"203.0.{n}") for n in range(30))
    )

    assert sum(looked_at) == 10


async def test_after_a_quarter_of_an_hour_one_may_try_again(common):
    began = Clock.machine()
    for _ in range(10):
        await guess(common, "later@fieldwork.test", network="198.18.1", machine_now=began)

    later = [
        await guess(common, "LATER@fieldwork.test ", network="198.18.2", machine_now=began + m * MINUTE)
        for m in (14, 16)
    ]

    assert later == [False, True]


async def test_one_network_cannot_try_one_account_after_another(common):
    looked_at = [await guess(common, f"many{n}@fieldwork.test", network="198.19.1") for n in range(60)]

    assert sum(looked_at) == throttle.PER_NETWORK
    assert await guess(common, "many0@fieldwork.test", network="198.19.2")


async def test_a_strangers_guesses_lock_nobody_out_of_a_device_they_know(study):
    member = await study.member(Role.COORDINATOR)
    known, stranger = study.browser(), study.browser()
    await sign_in(known, member)
    await sign_out(known)

    for _ in range(12):
        page = (
            await (await stranger.open("/sign-in"))
            .form()
            .fill(email=member.email, password="a guess of somebody")
            .press()
        )
    refused = await sign_in(stranger, member, code=code_of(member.secret, steps=1))
    let_in = await sign_in(known, member, code=code_of(member.secret, steps=1))

    assert page.status == 429
    assert refused.status == 429
    assert let_in.path != "/sign-in"


async def test_a_device_known_to_one_account_is_no_device_of_anothers(study):
    member, other, browser = await study.member(Role.COORDINATOR), await study.member(Role.ANALYST), study.browser()
    await sign_in(browser, other)
    await sign_out(browser)

    pages = [
        await (await browser.open("/sign-in")).form().fill(email=member.email, password="a guess").press()
        for _ in range(11)
    ]
    moved = browser.client.cookies["device"][:-3] + "xyz"
    browser.client.cookies.set("device", moved)

    assert [page.status for page in pages] == [422] * 10 + [429]
    assert (
        await (await browser.open("/sign-in")).form().fill(email=member.email, password="a guess").press()
    ).status == 429


async def test_a_whole_team_behind_one_address_signs_in_however_often(study):
    members = [await study.member(Role.SITE_CONTACT) for _ in range(2)]

    for _ in range(throttle.PER_NETWORK // 2 + 1):
        for member in members:
            async with study.acting() as conn:
                await conn.execute("update staff.account set totp_step = 0 where no = $1", member.no)
            page = await sign_in(study.browser(), member)
            assert page.path != "/sign-in", page.text

    async with study.acting() as conn:
        assert await conn.fetchval("select count(*) from staff.try") == 0


async def test_a_success_wipes_out_no_guess(study):
    owner, guesser = await study.member(Role.COORDINATOR), await study.member(Role.ANALYST)
    browser = study.browser()
    for _ in range(9):
        await (await browser.open("/sign-in")).form().fill(email=owner.email, password="a guess of somebody").press()

    await sign_in(browser, guesser)
    pages = [
        await (await study.browser().open("/sign-in")).form().fill(email=owner.email, password="a guess").press()
        for _ in range(2)
    ]

    assert [page.status for page in pages] == [422, 429]


async def test_whoever_keeps_on_knocking_does_not_fill_the_trail(study):
    browser = study.browser()

    for _ in range(throttle.PER_ACCOUNT + 5):
        await (await browser.open("/sign-in")).form().fill(email="no@fieldwork.test", password="a guess").press()

    async with study.acting() as conn:
        noted = await conn.fetchval("select count(*) from trail.note where act = 'sign in refused'")
    assert noted == throttle.PER_ACCOUNT


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("192.0.2.1", "192.0.2.250", True),
        ("192.0.2.1", "192.0.3.1", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("::ffff:192.0.2.1", "192.0.2.9", True),
        ("fe80::1%eth0", "fe80::2", True),
        ("a socket", "another socket", False),
    ],
)
def test_a_network_is_one_however_its_addresses_are_written(one, other, alike):
    assert (throttle.network_of(one) == throttle.network_of(other)) == alike


async def test_no_header_makes_a_guess_somebody_elses(study):
    client = study.browser().client
    names = ("x-forwarded-for", "x-real-ip", "client-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip")

    statuses = []
    for number in range(throttle.PER_NETWORK + 2):
        claimed = dict.fromkeys(names, f"10.0.{number}.1") | {"forwarded": f"for=10.0.{number}.1"}
        typed = {"email": f"guess{number}@fieldwork.test", "password": "a guess of somebody"}
        statuses.append((await client.post("/sign-in", data=typed, headers=claimed)).status_code)

    assert statuses == [422] * throttle.PER_NETWORK + [429] * 2


# Invitations


async def invite(common, role=Role.ANALYST, machine_now=None):
    async with common.acting() as conn:
        email = f"invited{common._count()}@fieldwork.test"  # noqa: SLF001 - a number nobody has had
        no = await accounts.add(conn, email=email, name="New", role=role, sites=["n1"])
        key = await accounts.invite(conn, common.ring, no, machine_now=machine_now or Clock.machine())
    return no, email, key


async def accept(common, key, *, password=PASSWORD, secret=None, code=None, machine_now=None):
    secret = secret or pyotp.random_base32()
    async with common.acting() as conn:
        await accounts.accept(
            conn, common.ring, sha256(key.partition(".")[0].encode()).digest(), password=password, secret=secret,
            code=code if code is not None else code_of(secret), machine_now=machine_now or Clock.machine(),
        )  # fmt: skip
    return secret


async def test_an_invitation_works_once(common):
    no, email, key = await invite(common)
    secret = await accept(common, key)

    with pytest.raises(InvitationOver):
        await accept(common, key, password="another password entirely")

    assert await enter(common, Member(no, email, Role.ANALYST, secret), steps=1)


async def test_of_two_who_hold_the_same_invitation_one_gets_the_account(common):
    _, _, key = await invite(common)

    results = await asyncio.gather(*(accept(common, key) for _ in range(4)), return_exceptions=True)

    assert sorted(type(result).__name__ for result in results) == ["InvitationOver"] * 3 + ["str"]


async def test_an_invitation_is_over_after_a_week(common):
    began = Clock.machine()
    _, _, early = await invite(common, machine_now=began)
    _, _, late = await invite(common, machine_now=began)

    await accept(common, early, machine_now=began + 7 * 24 * HOUR - MINUTE)
    with pytest.raises(InvitationOver):
        await accept(common, late, machine_now=began + 7 * 24 * HOUR)


async def test_whoever_has_left_cannot_be_let_in_by_an_old_invitation(common):
    no, _, key = await invite(common)
    async with common.acting() as conn:
        await accounts.leave(conn, no, machine_now=Clock.machine())

    with pytest.raises(InvitationOver):
        await accept(common, key)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [({"password": "short"}, WeakPassword), ({"code": "000000"}, WrongCode), ({"code": ""}, WrongCode)],
    ids=str,
)
async def test_a_slip_does_not_use_up_an_invitation(common, wrong, error):
    no, email, key = await invite(common)

    with pytest.raises(error):
        await accept(common, key, **wrong)
    secret = await accept(common, key)

    assert await enter(common, Member(no, email, Role.ANALYST, secret), steps=1)


@pytest.mark.parametrize("typed", ["", "not base 32!", "💥", "AAAA1", "\0", "x" * 3000])
async def test_a_secret_that_is_none_is_refused(common, typed):
    _, _, key = await invite(common)
    page = await common.browser().open(f"/welcome/{key}")

    page = await page.form().fill(password=PASSWORD, secret=typed, code="123456").press()

    assert page.status == 422


async def test_the_code_used_to_accept_is_used_up(common):
    no, email, key = await invite(common)
    secret = pyotp.random_base32()
    code = code_of(secret)
    await accept(common, key, secret=secret, code=code)

    with pytest.raises(SignInRefused):
        await enter(common, Member(no, email, Role.ANALYST, secret), code=code)


async def test_an_invitation_is_not_in_the_database_and_opens_no_questionnaire(common):
    _, _, key = await invite(common)

    async with database.borrowed(common.pools["staff"], Acting("test", common.clock.now()), readonly=True) as conn:
        rows = await conn.fetch("select * from staff.invitation")
    page = await common.browser("families").open(f"/l/{key}")

    assert key.partition(".")[0] not in str(rows)
    assert page.status == 404


# The way back


async def invite_again(common, account_no):
    async with common.acting() as conn:
        key, account = await accounts.invite_again(conn, common.ring, account_no, machine_now=Clock.machine())
    return key, account


async def test_whoever_lost_their_phone_comes_back_by_a_new_link_and_nothing_else(common, member):
    before = await enter(common, member)
    _, _, waiting = await invite(common)

    key, account = await invite_again(common, member.no)

    assert account.email == member.email
    assert await viewer(common, before, Clock.machine()) is None
    with pytest.raises(SignInRefused):
        await enter(common, member, steps=1)
    secret = await accept(common, key, password="quite another password")
    with pytest.raises(SignInRefused):
        await enter(common, Member(member.no, member.email, member.role, secret), steps=1)
    async with common.acting() as conn:
        assert await sessions.sign_in(
            conn, common.ring, email=member.email, password="quite another password", code=code_of(secret, steps=1),
            machine_now=Clock.machine(),
        )  # fmt: skip
    assert await accept(common, waiting)


async def test_an_older_invitation_stops_working_when_a_newer_one_is_made(common):
    no, email, first = await invite(common)
    second, _ = await invite_again(common, no)
    third, _ = await invite_again(common, no)

    for over in (first, second):
        with pytest.raises(InvitationOver):
            await accept(common, over)
    secret = await accept(common, third)

    assert await enter(common, Member(no, email, Role.ANALYST, secret), steps=1)


async def test_of_accepting_and_inviting_again_at_once_the_new_link_wins(common):
    no, _, first = await invite(common)

    _, *again = await asyncio.gather(
        accept(common, first), *(invite_again(common, no) for _ in range(3)), return_exceptions=True
    )
    keys = [key for key, _ in again]
    async with common.acting() as conn:
        password = await conn.fetchval("select password from staff.account where no = $1", no)
    results = await asyncio.gather(*(accept(common, key) for key in (first, *keys)), return_exceptions=True)

    assert password is None
    assert sorted(type(result).__name__ for result in results) == ["InvitationOver"] * 3 + ["str"]


async def test_whoever_is_signing_in_while_being_invited_again_does_not_stay_in(common, member):
    held, checked = asyncio.Event(), asyncio.Event()

    async def again():
        async with common.acting() as conn:
            await accounts.invite_again(conn, common.ring, member.no, machine_now=Clock.machine())
            held.set()
            await checked.wait()

    async def let_in():
        await held.wait()
        trying = asyncio.create_task(enter(common, member))
        await asyncio.sleep(0.5)
        checked.set()
        return await trying

    _, result = await asyncio.gather(again(), let_in(), return_exceptions=True)

    assert isinstance(result, SignInRefused)


async def test_nobody_who_left_or_never_was_is_invited_again(common, member):
    async with common.acting() as conn:
        await accounts.leave(conn, member.no, machine_now=Clock.machine())

    with pytest.raises(LeftTheTeam):
        await invite_again(common, member.no)
    with pytest.raises(NoSuchAccount):
        await invite_again(common, 10**9)


async def test_an_administrator_gives_the_way_back_on_the_page_and_it_is_noted(study):
    lost, administrator = await study.signed_in(Role.COORDINATOR), await study.signed_in(Role.ADMINISTRATOR)
    no = lost.member.no

    page = await (await administrator.open("/staff")).form(f"/staff/{no}/invite").press("Invite")
    key = re.search(r"/welcome/([^<\s]+)", page.html)[1]
    welcome = await study.browser().open(f"/welcome/{key}")

    async with study.acting() as conn:
        noted = await conn.fetch(
            "select actor, act, fields from trail.note where thing = $1 order by no desc limit 3", f"staff.account {no}"
        )
    assert page.status == 200
    assert "Welcome, The coordinator" in welcome.text
    assert (await lost.open("/")).path == "/sign-in"
    assert {(each["act"], *each["fields"]) for each in noted} >= {("invite again",), ("update", "password", "totp")}
    assert {each["actor"] for each in noted[:2]} == {f"staff:{administrator.member.no}"}


async def test_a_leaver_has_no_button_and_is_refused_with_a_sentence(study):
    administrator, gone = await study.signed_in(Role.ADMINISTRATOR), await study.member(Role.ANALYST)
    form = (await administrator.open("/staff")).form(f"/staff/{gone.no}/invite")
    await (await administrator.open("/staff")).form(f"/staff/{gone.no}/leave").press()

    listed = await administrator.open("/staff")
    refused = await form.press()

    assert f"/staff/{gone.no}/invite" not in [form.action for form in listed.forms]
    assert refused.status == 409
    assert "Whoever has left the team" in refused.text


# Addresses


@pytest.mark.parametrize(
    "typed", ["notanemail", "", "a@b", "@fieldwork.test", "a b@fieldwork.test", "a@b@c.test", "a@b."]
)
async def test_what_is_no_address_makes_no_account(common, typed):
    async with common.acting() as conn:
        with pytest.raises(NotAnAddress):
            await accounts.add(conn, email=typed, name="Somebody", role=Role.ANALYST, sites=["n1"])


async def test_what_is_no_address_is_said_at_its_field(study):
    administrator = await study.signed_in(Role.ADMINISTRATOR)

    page = await (await administrator.open("/staff")).form().fill(name="A", email="a@b", role="analyst").press()

    assert page.status == 422
    assert "Enter an e-mail address, like name@university.ac.uk." in page.text

"""One rightly filled-in form for every route that changes something."""

import re
import secrets
from collections.abc import Callable
from typing import Any

import httpx
import pyotp
from browser import Browser
from cast import PASSWORD, row, written
from files import picture
from msgspec import Struct
from msgspec.structs import replace

from fieldwork.base import ids
from fieldwork.staff.rights import Role
from questionnaires import shelf, writing
from scheduler.appointments import State as Ending
from tests.promises.house import CODE, Home, House
from tests.promises.walk import Route


class Act(Struct, frozen=True):
    """A form that is filled in rightly: who sends it, from which page, and what is in it."""

    who: str
    data: Callable[[House], dict[str, Any]] = lambda _: {}
    home: str = "asked"
    places: dict[str, str] = {}
    json: Callable[[House], Any] | None = None
    files: Callable[[House], dict[str, Any]] | None = None
    sends_several: bool = True
    sound: bytes = b""
    signed_in: bool = True
    changes: bool = True


def _slot(house: House) -> dict[str, Any]:
    return {
        "researcher_no": house.members[Role.RESEARCHER].no,
        "starts_at": "2016-05-20T10:00",
        "minutes": "60",
        "place": "home",
        "interpreter": "Welsh",
    }


def _offer(house: House) -> dict[str, Any]:
    slot = _slot(house)
    return slot | {"person_id": house.ours.unbooked.parent.person_id, "at1": slot.pop("starts_at")}


def _permissions(house: House) -> dict[str, Any]:
    return {
        f"archive.{house.ours.asked.parent.person_id}": "given",
        "version.archive": "1",
        "how": "signed",
        "decided_on": "2016-05-01",
    }


def _withdrawal(scope: str) -> Callable[[House], dict[str, Any]]:
    def said(house: House) -> dict[str, Any]:
        who = str(house.ours.asked.parent.person_id)
        return {"whose": who, "said_by": who, "scope": scope, "how": "telephone", "said_on": "2016-05-01"}

    return said


def _section(_: House) -> dict[str, Any]:
    return _section_of("pms2", "agree", 0)


def _change(_: House) -> dict[str, Any]:
    return _section_of("su2", "agree", 0) | {"change:why": "Heard again on the tape"}


def _section_of(item: str, value: str, base: int) -> dict[str, Any]:
    return {"form_id": str(ids.new_id()), f"shown.{item}": "1", item: value, f"base.{item}": str(base)}


def _saves(_: House) -> list[dict[str, Any]]:
    return [{"save": str(ids.new_id()), "item": "pms3", "value": "agree", "base": 0, "at": "2016-05-02T09:00:00Z"}]


def _note(_: House) -> dict[str, Any]:
    return {"form_id": str(ids.new_id()), "words": "Looked away", "tags": ["hesitated"]}


def _scan(_: House) -> dict[str, Any]:
    return {"scan": ("scan.png", picture("PNG"), "image/png")}


def _sittings(_: House) -> list[dict[str, Any]]:
    began = {"sitting": str(ids.new_id()), "section": "mastery", "began_at": "2016-05-02T09:00:00Z"}
    return [began | {"seconds": 90, "interruptions": 1, "present": []}]


def _taking(house: House) -> dict[str, Any]:
    return {"visits": [{"family_id": str(house.ours.along.family_id), "wave": "T1"}], "password": PASSWORD}


def _records(house: House) -> dict[str, Any]:
    return {"list": ("records.csv", f"reference,rereferred\n{house.ours.followed.reference},No\n".encode())}


def _list(_: House) -> dict[str, Any]:
    people = [row(f"F-{secrets.token_hex(4)}", role="parent", first_name="Somebody", last_name="Else")]
    return {"list": ("list.csv", written(people), "text/csv")}


def _beginning(house: House) -> dict[str, Any]:
    parent, family = house.ours.asked.parent.person_id, house.ours.asked.family_id
    return {"questionnaire": "goal_t1", "respondent_id": parent, "subject_id": family, "mode": "paper"}


def _credentials(house: House) -> dict[str, Any]:
    code = pyotp.TOTP(house.visitor.secret).now()
    return {"email": house.visitor.email, "password": PASSWORD, "code": code}


def _welcome(house: House) -> dict[str, Any]:
    secret = house.invitation_secret
    return {"password": "three words for a door", "secret": secret, "code": pyotp.TOTP(secret).now()}


def _form(_: House) -> dict[str, Any]:
    handed_in = replace(shelf.load("future", "1"), code="handed_in")
    return {"file": ("handed_in.toml", writing.write(handed_in).encode(), "text/plain")}


def _closing(_: House) -> dict[str, Any]:
    said = {"item_leaflet": "yes", "item_voucher": "yes", "item_distress": "yes", "item_next_contact": "yes"}
    handed = {"voucher_number": f"G-{secrets.token_hex(4)}", "voucher_value": "20"}
    return said | handed | {"distress_done": "A pause", "next_how": "phone", "next_on": "2016-06-01"}


def _words(_: House) -> dict[str, Any]:
    return {"words": ("words.csv", b"place,topic,cy\ntitle,,Geiriau eraill\n", "text/csv")}


def _concern(_: House) -> dict[str, Any]:
    return {
        "concern_id": str(ids.new_id()),
        "words": "He said so",
        "present": "The child",
        "heard_at": "2016-05-01T10:00",
        "child_told": "That it will be shared",
        "safety": "At school",
    }


def _watch(house: House) -> dict[str, Any]:
    return {
        "checkin_id": str(ids.new_id()),
        "starts_at": "2016-05-02T12:00",
        "ends_at": "2016-05-02T13:00",
        "buffer_minutes": "30",
        "buddy_no": house.visitor.no,
        "address": "Somewhere",
        "risks": "A dog",
    }


def _licence(_: House) -> dict[str, Any]:
    return {
        "granted_by": "Whoever owns the words",
        "granted_on": "2016-05-01",
        "language": "en",
        "mode": "screen",
        "covers": "all",
    }


FAMILY = "/families/{family_id:uuid}"
ANSWERS = FAMILY + "/questionnaires/{administration_id:uuid}"
VISIT = FAMILY + "/visits/{wave:str}"
HOURS = "/hours/{account_no:int}"
VERSION = "/questionnaires/{code:str}/{version:str}"
# A route that changes something and is missing here fails a test.
ACTS: dict[tuple[str, str], Act] = {
    ("staff", "/export"): Act(Role.ANALYST, lambda _: {"format": "csv", "shape": "long"}),
    ("staff", "/families/search"): Act(Role.RESEARCHER, lambda _: {"wanted": "Parent0"}),
    ("staff", FAMILY + "/appointments/{appointment_id:uuid}/end"): Act(
        Role.RESEARCHER, lambda _: {"how": Ending.CANCELLED_BY_FAMILY}
    ),
    ("staff", FAMILY + "/appointments/{appointment_id:uuid}/confirm"): Act(Role.RESEARCHER),
    ("staff", FAMILY + "/appointments/{appointment_id:uuid}/accept"): Act(Role.RESEARCHER, home="proposed"),
    ("staff", FAMILY + "/links/{link_id:uuid}/revoke"): Act(Role.RESEARCHER),
    ("staff", FAMILY + "/channels"): Act(
        Role.RESEARCHER, lambda house: {f"email.{house.ours.asked.parent.person_id}": "unsafe"}
    ),
    ("staff", FAMILY + "/messages/{message_id:uuid}"): Act(Role.RESEARCHER, lambda _: {"decision": "again"}),
    ("staff", FAMILY + "/wishes"): Act(
        Role.RESEARCHER,
        lambda _: {"not_on": ["1", "5"], "starts": "15:30", "never_by_text": "yes", "researcher": "same"},
    ),
    ("staff", HOURS): Act(
        Role.COORDINATOR,
        lambda _: {"weekdays": ["1", "2"], "starts": "09:00", "ends": "17:00", "since": "2016-05-01"},
    ),
    ("staff", HOURS + "/away"): Act(
        Role.COORDINATOR,
        lambda _: {"first_day": "2016-06-01", "last_day": "2016-06-03", "away_from": "09:00", "away_to": "12:00"},
    ),
    ("staff", HOURS + "/start"): Act(Role.COORDINATOR, lambda _: {"travel_minutes": "45", "site_no": "1"}),
    ("staff", HOURS + "/{no:int}/drop"): Act(Role.COORDINATOR),
    ("staff", HOURS + "/away/{no:int}/drop"): Act(Role.COORDINATOR),
    ("staff", FAMILY + "/permissions"): Act(Role.RESEARCHER, _permissions),
    ("staff", FAMILY + "/withdrawals"): Act(Role.RESEARCHER, _withdrawal("future_exports")),
    ("staff", FAMILY + "/withdrawals/back"): Act(Role.RESEARCHER, _withdrawal("records")),
    ("staff", ANSWERS + "/change/{place:str}"): Act(
        Role.RESEARCHER, _change, places={"administration": "keyed", "place": "su2"}
    ),
    ("staff", ANSWERS + "/hand-over"): Act(
        "researcher who hands over", lambda _: {"code": CODE}, places={"administration": "handed"}
    ),
    ("staff", "/handed/finish"): Act("handed and finished", lambda _: {"may_read": "yes"}),
    ("staff", "/handed/give-back"): Act("handed and given back", lambda _: {"code": CODE}),
    ("staff", "/handed/language"): Act("handed", lambda _: {"language": "cy"}, changes=False),
    ("staff", "/handed/{section:str}"): Act(
        "handed", lambda _: _section_of("lifesince", "better", 0), places={"section": "lifesince-page"}
    ),
    ("staff", ANSWERS + "/keying"): Act(
        Role.RESEARCHER, lambda _: _section_of("lsns1", "2", 0), places={"administration": "paper"}
    ),
    ("staff", ANSWERS + "/keying/{place:str}"): Act(
        Role.RESEARCHER,
        lambda _: {"form_id": str(ids.new_id()), "base.su1": 1, "then": "second"},
        places={"administration": "keyed"},
    ),
    ("staff", ANSWERS + "/aside"): Act(
        Role.COORDINATOR, lambda _: {"decision": "take"}, places={"administration": "keyed"}
    ),
    ("staff", ANSWERS + "/lock"): Act(Role.COORDINATOR, places={"administration": "keyed"}),
    ("staff", ANSWERS + "/unlock"): Act(
        Role.COORDINATOR, lambda _: {"reason": "A wrong child"}, places={"administration": "locked"}
    ),
    ("staff", ANSWERS + "/complete"): Act(Role.RESEARCHER, places={"administration": "done"}),
    ("staff", ANSWERS + "/notes/{place:str}"): Act(Role.RESEARCHER, _note, places={"place": "pms2"}),
    ("staff", ANSWERS + "/recordings/{recording_id:uuid}/{number:int}"): Act(
        Role.RESEARCHER, sound=b"\x1a\x45\xdf\xa3webm"
    ),
    ("staff", ANSWERS + "/scan"): Act(
        Role.RESEARCHER, lambda _: {"form_id": str(ids.new_id())}, places={"administration": "paper"}, files=_scan
    ),
    ("staff", ANSWERS + "/saves"): Act(Role.RESEARCHER, json=_saves),
    ("staff", ANSWERS + "/sittings"): Act(Role.RESEARCHER, json=_sittings),
    ("staff", ANSWERS + "/{section:str}"): Act(Role.RESEARCHER, _section),
    ("staff", FAMILY + "/professionals"): Act(
        Role.RESEARCHER,
        lambda _: {"name": "A Worker", "email": "w@fieldwork.test", "role": "social_worker", "since": "2015-01-05"},
    ),
    ("staff", FAMILY + "/researcher"): Act(
        Role.COORDINATOR, lambda house: {"researcher_no": house.members[Role.RESEARCHER].no}
    ),
    ("staff", FAMILY + "/cautions"): Act(
        Role.RESEARCHER,
        lambda house: {"person_id": house.ours.asked.parent.person_id, "field": "phone", "why": "wrong"},
    ),
    ("staff", VISIT + "/again"): Act(Role.RESEARCHER, lambda _: {"why_again": "mistake"}, home="revived"),
    ("staff", FAMILY + "/again/{no:int}"): Act(
        Role.COORDINATOR, lambda _: {"decision": "agree"}, home="refused", places={"no": "2"}
    ),
    ("staff", VISIT + "/attempts"): Act(Role.RESEARCHER, lambda _: {"channel": "phone", "outcome": "no_answer"}),
    ("staff", VISIT + "/book"): Act(Role.RESEARCHER, _slot, home="unbooked"),
    ("staff", VISIT + "/closing"): Act(Role.RESEARCHER, _closing, home="too_late"),
    ("staff", VISIT + "/day"): Act(
        Role.COORDINATOR, lambda _: {"on": "2015-06-12", "why": "Read off the wrong page"}, home="too_late"
    ),
    ("staff", VISIT + "/held"): Act(
        Role.RESEARCHER,
        lambda house: (
            {"on": "2016-05-01", "mode": "home"}
            | {f"part_{person.person_id}": "seen" for person in house.ours.unheld.people}
        ),
        home="unheld",
    ),
    ("staff", VISIT + "/here"): Act(
        Role.RESEARCHER, lambda house: {"person_id": house.ours.asked.parent.person_id, "here": "yes"}
    ),
    ("staff", VISIT + "/link"): Act(
        Role.RESEARCHER, lambda house: {"person_id": house.ours.asked.parent.person_id, "questionnaire": "goal_t1"}
    ),
    ("staff", VISIT + "/link/send"): Act(
        Role.RESEARCHER, lambda house: {"person_id": house.ours.asked.parent.person_id, "questionnaire": "goal_t1"}
    ),
    ("staff", VISIT + "/times"): Act(Role.RESEARCHER, _offer, home="unbooked"),
    ("staff", VISIT + "/replies/answered"): Act(Role.RESEARCHER, home="asking"),
    ("staff", VISIT + "/lost"): Act(Role.RESEARCHER, lambda _: {"why_lost": "no_contact"}, home="given_up"),
    ("staff", VISIT + "/questionnaires"): Act(Role.RESEARCHER, _beginning),
    ("staff", VISIT + "/reason"): Act(
        Role.RESEARCHER, lambda _: {"why_outside": "abroad"}, home="too_late", places={"wave": "T2"}
    ),
    ("staff", FAMILY + "/concern"): Act(Role.RESEARCHER, _concern),
    ("staff", "/concerns/{concern_id:uuid}"): Act(
        Role.SAFEGUARDING_LEAD,
        lambda _: {"kind": "referred", "words": "Because", "made_to": "The duty team", "made_at": "2016-05-01T11:00"},
    ),
    ("staff", "/concerns/{concern_id:uuid}/acknowledge"): Act(Role.SAFEGUARDING_LEAD),
    ("staff", VISIT + "/watch"): Act(Role.RESEARCHER, _watch),
    ("staff", "/safety/told"): Act(Role.COORDINATOR, lambda house: {"subjects": [str(house.told_id)]}),
    ("staff", "/safety/whereabouts"): Act(Role.COORDINATOR),
    ("staff", "/safety/alarms"): Act(Role.COORDINATOR, lambda house: {"subjects": [str(house.late_id)]}),
    ("staff", "/safety/reach"): Act(Role.RESEARCHER, lambda _: {"channel": "sms", "to": "07700 900123"}),
    ("staff", "/safety/arrived"): Act(Role.RESEARCHER, lambda house: {"test_code": house.test_code}),
    ("staff", "/safety/codes"): Act(Role.RESEARCHER, lambda _: {"well": "482910", "help": "482911"}),
    ("staff", "/safety/check-in"): Act(Role.RESEARCHER),
    ("staff", "/safety/check-out"): Act(Role.RESEARCHER, lambda _: {"act": "extend", "code": "482910"}),
    ("staff", "/rota"): Act(
        Role.COORDINATOR,
        lambda house: {"site": "n1", "place": "visits.deputy", "account_no": house.visitor.no},
    ),
    ("staff", "/my-calendar"): Act(Role.RESEARCHER),
    ("staff", "/my-calendar/end"): Act(Role.RESEARCHER),
    ("staff", "/my-day"): Act(Role.RESEARCHER, lambda _: {"on": "2016-05-02"}),
    ("staff", "/vouchers"): Act(Role.FINANCE),
    ("staff", "/referrals"): Act(Role.SITE_CONTACT, lambda _: {"site": "n1", "act": "take"}, files=_list),
    ("staff", "/records"): Act(Role.SITE_CONTACT, files=_records),
    ("staff", "/sign-in"): Act("stranger at staff", _credentials, signed_in=False),
    ("staff", "/sign-out"): Act(Role.AUDITOR),
    ("staff", "/take-along"): Act(Role.RESEARCHER, json=_taking, sends_several=False),
    ("staff", "/take-along/{lease_id:uuid}/take-back"): Act(Role.RESEARCHER),
    ("staff", "/device/leases/{lease_id:uuid}/wiped"): Act("stranger at staff", signed_in=False),
    ("staff", "/staff"): Act(
        Role.ADMINISTRATOR,
        lambda _: {"email": "newer@fieldwork.test", "name": "Newer", "role": "auditor", "sites": ["n1"]},
    ),
    ("staff", "/staff/{account_no:int}/clearances"): Act(
        Role.ADMINISTRATOR,
        lambda _: {"kind": "letter_of_access", "site": "n1", "since": "2016-05-01", "until": "2017-04-30"},
    ),
    ("staff", "/staff/{account_no:int}/clearances/{no:int}/end"): Act(Role.ADMINISTRATOR),
    ("staff", "/to-call"): Act(
        Role.COORDINATOR,
        lambda house: {
            "act": "give",
            "researcher_no": house.members[Role.RESEARCHER].no,
            "family": [str(house.ours.unheld.family_id), str(house.ours.along.family_id)],
        },
    ),
    ("staff", "/handing-over"): Act(
        Role.COORDINATOR,
        lambda house: {"from_no": house.members[Role.RESEARCHER].no, "to_no": house.members[Role.COORDINATOR].no},
    ),
    ("staff", "/questionnaires"): Act(Role.COORDINATOR, files=_form),
    ("staff", VERSION): Act(Role.COORDINATOR, lambda _: {"act": "publish"}, places={"version": "ps1978-1sa"}),
    ("staff", VERSION + "/files"): Act(Role.COORDINATOR, lambda _: {"file": "wording", "languages": ["en"]}),
    ("staff", VERSION + "/licences"): Act(Role.COORDINATOR, _licence),
    ("staff", VERSION + "/licences/{no:int}/end"): Act(Role.COORDINATOR),
    ("staff", VERSION + "/try"): Act(
        Role.COORDINATOR,
        lambda _: {"form_id": str(ids.new_id()), "then": "see", "shown.pms1": "1", "pms1": "agree"},
        changes=False,
    ),
    ("staff", VERSION + "/wordings"): Act(Role.COORDINATOR, files=_words),
    ("staff", "/staff/{account_no:int}/invite"): Act(Role.ADMINISTRATOR),
    ("staff", "/staff/{account_no:int}/leave"): Act(Role.ADMINISTRATOR),
    ("staff", "/welcome/{key:str}"): Act("stranger at staff", _welcome, signed_in=False),
    ("families", "/l/{key:str}"): Act("stranger at families", signed_in=False),
    ("families", "/questions/{name:str}"): Act(
        "parent", lambda _: {"form_id": str(ids.new_id()), "shown.pms1": "1", "pms1": "agree", "base.pms1": "0"}
    ),
    ("families", "/language"): Act(
        "stranger at families", lambda _: {"language": "cy", "back": "/paused"}, signed_in=False, changes=False
    ),
    ("families", "/times"): Act(
        "parent who chooses", lambda house: {"form_id": str(ids.new_id()), "time": str(house.ours.time_id)}
    ),
    ("families", "/times/another"): Act(
        "parent who asks", lambda _: {"form_id": str(ids.new_id()), "liked": ["evenings"], "words": "After tea"}
    ),
    ("families", "/pause"): Act("parent who pauses", changes=False),
    ("families", "/end"): Act("parent who ends"),
}


def filled(route: Route, house: House, home: Home | None = None, **instead: str) -> str:
    """A route's path with the ids of a family, as somebody would have it in the address bar."""
    home = home or house.ours
    act = ACTS.get((route.app, route.path))
    ends = {"/keying": "paper", "/hand-over": "handed"}
    looked_at = "keyed" if "/change/" in route.path else ends.get(f"/{route.path.rpartition('/')[2]}", "")
    form = act.places.get("administration", "") if act else looked_at
    known = home.places() | ({"administration_id": str(home.forms[form])} if form else {})
    known |= {
        "lease_id": str(house.lease_id),
        "concern_id": str(house.waiting_id if route.path.endswith("/acknowledge") else house.concern_id),
        "place": "pms2" if "/notes/" in route.path else "su1",
        "account_no": str(house.leaver.no),
        "number": str(1 + secrets.randbelow(9_000)),
        "file_path": "fieldwork.css",
    }
    parent = str(home.asked.parent.person_id)
    known |= {"code": "pms", "version": "ps1978", "no": "1", "questionnaire": "pms"}
    known |= {"respondent_id": parent, "subject_id": parent}
    if "/clearances/" in route.path:
        known["no"] = str(house.clearance_no)
    known["key"] = home.keys["parent who starts"] if route.app == "families" else house.invitation
    if route.path.startswith("/calendar/"):
        known["key"] = house.calendar
    known |= {"standing": "failed", "message_id": str(home.message_id)}
    known["name"] = "pms1" if route.app == "families" else "closing"
    if route.path.startswith("/hours"):
        known["account_no"] = str(house.members[Role.RESEARCHER].no)
    if route.path.endswith("/accept"):
        known["appointment_id"] = str(home.proposal_id)
    if act is not None and route.method == "POST":
        known["family_id"] = str(getattr(home, act.home).family_id)
        known |= {name: value for name, value in act.places.items() if name != "administration"}
    return re.sub(r"\{(\w+):\w+\}", lambda found: (known | instead)[found[1]], route.path)


async def send(
    browser: Browser, house: House, route: Route, *, csrf: str = "", headers: dict[str, str] | None = None,
    path: str = "",
) -> httpx.Response:  # fmt: skip
    """The form of a route, rightly filled in; what the browser says of itself can be made to say something else."""
    act = ACTS[route.app, route.path]
    said = {"origin": browser.origin, "sec-fetch-site": "same-origin"} | (headers or {})
    where = path or filled(route, house)
    if act.json is not None:
        return await browser.client.post(
            where, json=act.json(house), headers=said | {"x-csrf": csrf}, follow_redirects=False
        )
    if act.sound:
        said |= {"x-csrf": csrf, "content-type": "audio/webm"}
        return await browser.client.post(where, content=act.sound, headers=said, follow_redirects=False)
    data = {name: value if isinstance(value, list) else str(value) for name, value in act.data(house).items()}
    files = act.files(house) if act.files else None
    return await browser.client.post(
        where, data=data | {"csrf": csrf}, files=files, headers=said, follow_redirects=False
    )

"""Types of an XLSForm: the many spellings of what a row asks for, and what is not taken over (pure)."""

import re

from msgspec import Struct

LIST_COMMANDS = {
    **dict.fromkeys(("select_one", "select one", "select1", "select one from", "add select one prompt using"), "one"),
    **dict.fromkeys(("select_multiple", "select all that apply", "select all that apply from"), "multiple"),
    "add select multiple prompt using": "multiple",
    **dict.fromkeys(("select_one_from_file", "select one from file"), "one"),
    **dict.fromkeys(("select_multiple_from_file", "select multiple from file"), "multiple"),
    "select_one_external": "external",
    "rank": "rank",
}
PARTS = {"group": "group", "lgroup": "repeat", "repeat": "repeat", "looped group": "repeat", "loop": "loop"}
KINDS = {
    **dict.fromkeys(("text", "string", "q string", "add text prompt", "phone number"), "text"),
    **dict.fromkeys(("integer", "int", "q int", "add integer prompt", "percentage"), "integer"),
    **{f"number of days in last {span}": "integer" for span in ("month", "six months", "year")},
    **dict.fromkeys(("decimal", "q decimal", "add decimal prompt"), "decimal"),
    **dict.fromkeys(("date", "q date", "add date prompt"), "date"),
    "time": "time",
    **dict.fromkeys(("dateTime", "datetime", "date time", "q date time", "q dateTime"), "datetime"),
    **dict.fromkeys(("add date time prompt", "add dateTime prompt"), "datetime"),
    **dict.fromkeys(("note", "q note", "add note prompt"), "note"),
    **dict.fromkeys(("calculate", "q calculate", "add calculate prompt"), "calculate"),
    **dict.fromkeys(("acknowledge", "q acknowledge", "add acknowledge prompt", "trigger"), "acknowledge"),
    **dict.fromkeys(("image", "photo", "q picture", "q image", "add image prompt", "add photo prompt"), "image"),
    **dict.fromkeys(("audio", "q audio", "add audio prompt"), "audio"),
    **dict.fromkeys(("video", "q video", "add video prompt"), "video"),
    **dict.fromkeys(("file", "add file prompt"), "file"),
    "hidden": "hidden",
    "range": "range",
    **dict.fromkeys(("barcode", "q barcode", "add barcode prompt"), "barcode"),
    **dict.fromkeys(("today", "get today"), "today"),
    **dict.fromkeys(("geopoint", "q geopoint", "geotrace", "q geotrace", "geoshape", "q geoshape"), "place"),
    **dict.fromkeys(("location", "q location", "gps", "add location prompt"), "place"),
    **dict.fromkeys(("start-geopoint", "background-geopoint"), "unseen place"),
    "background-audio": "unseen recording",
    "audit": "audit",
    **{f"{before}{moment}": "moment" for before in ("", "get ") for moment in ("start time", "end time")},
    **dict.fromkeys(("start", "end"), "moment"),
    **{f"{before}{name}": "device" for before in ("", "get ") for name in ("device id", "sim id", "subscriber id")},
    **{f"{before}{name}": "device" for before in ("", "uri:") for name in ("deviceid", "simserial", "subscriberid")},
    "imei": "device",
    **{f"{before}{name}": "person" for before in ("", "uri:") for name in ("username", "email", "phonenumber")},
    "get phone number": "person",
    **dict.fromkeys(("xml-external", "csv-external"), "external file"),
    "osm": "map",
}
LEFT_OUT = {
    "place": "Places are not asked for here; this question was left out.",
    "unseen place": "Nobody is located here; this row was left out.",
    "unseen recording": "Nobody is recorded unseen here; this row was left out.",
    "audit": "How a form is filled in is not watched here; this row was left out.",
    "moment": "When answers were given is kept with each of them; this row was left out.",
    "device": "Devices are not identified here; this row was left out.",
    "person": "Who answers is known to the study and never part of the answers; this row was left out.",
    "external file": "Files beside the form are not looked into; this row was left out.",
    "map": "Maps are not drawn here; this question was left out.",
}
UNSEEN = {"calculate", "hidden", "today", "unseen place", "unseen recording", "audit", "moment", "device", "person"}
BOUNDS = {
    "percentage": (0, 100),
    "number of days in last month": (0, 31),
    "number of days in last six months": (0, 183),
    "number of days in last year": (0, 365),
}
TAKES = {
    "text": {"rows"},
    "range": {"start", "end", "step", "tick_interval", "placeholder", "tick_labelset"},
    **{key: {"app", "max-pixels"} for key in ("image", "photo", "add image prompt", "add photo prompt")},
    **{key: {"quality"} for key in ("audio", "add audio prompt", "background-audio")},
    "geopoint": {"allow-mock-accuracy", "reference-geometry", "capture-accuracy", "warning-accuracy"},
    **{key: {"allow-mock-accuracy", "reference-geometry", "incremental"} for key in ("geotrace", "geoshape")},
    "audit": {
        *("identify-user", "location-max-age", "location-min-interval", "location-priority", "track-changes"),
        "track-changes-reasons",
    },
}
_BEGIN = re.compile(rf"begin[\s_](?P<part>{'|'.join(PARTS)})(?: (?:over )?(?P<list>\S+))?")
_END = re.compile(rf"end[\s_](?P<part>{'|'.join(PARTS)})")
_LIST = re.compile(
    rf"(?P<command>{'|'.join(LIST_COMMANDS)}) (?P<list>\S+)(?P<other> (?:or specify other|or_other|or other))?"
)
_FILE = re.compile(r"[^.]+\.(csv|xml|geojson)")


class Asked(Struct, frozen=True):
    """What a row asks for: `kind` in the words of this module, and the list to choose from."""

    kind: str
    list_name: str = ""
    or_other: bool = False
    from_file: bool = False


def begun(text: str) -> Asked | None:
    found = _BEGIN.fullmatch(text)
    return Asked(PARTS[found["part"]], found["list"] or "") if found else None


def ended(text: str) -> str | None:
    found = _END.fullmatch(text)
    return PARTS[found["part"]] if found else None


def asked(text: str) -> Asked | None:
    """A question's kind, or None where nobody knows such a type."""
    found = _LIST.fullmatch(text)
    if found:
        kind = LIST_COMMANDS[found["command"]]
        return Asked(kind, found["list"], bool(found["other"]), found["command"].endswith("file"))
    if text.startswith("osm "):
        return Asked("map")
    return Asked(KINDS[text]) if text in KINDS else None


def is_file(list_name: str) -> bool:
    return bool(_FILE.fullmatch(list_name))

"""Every type of question, in every spelling, and what is left out of a form."""

from tests.questionnaires.corpus.tables import LETTERS, asks, form

TAKEN = (
    *("text", "string", "q string", "add text prompt", "phone number"),
    *("integer", "int", "q int", "add integer prompt", "percentage", "number of days in last month"),
    *("number of days in last six months", "number of days in last year"),
    *("decimal", "q decimal", "add decimal prompt", "date", "q date", "add date prompt", "time"),
    *("dateTime", "datetime", "date time", "q date time", "q dateTime", "add date time prompt", "add dateTime prompt"),
    *("note", "q note", "add note prompt", "acknowledge", "q acknowledge", "trigger", "add acknowledge prompt"),
    *("image", "photo", "q picture", "q image", "add image prompt", "add photo prompt"),
    *("audio", "q audio", "add audio prompt", "video", "q video", "add video prompt", "file", "add file prompt"),
    *("range", "hidden"),
)
CHANGED = ("barcode", "q barcode", "add barcode prompt", "today", "get today")
LEFT_OUT = (
    *("geopoint", "geotrace", "geoshape", "q geopoint", "q geotrace", "q geoshape", "location", "gps", "q location"),
    *("add location prompt", "start-geopoint", "background-audio", "start", "end", "start time", "end time"),
    *("get start time", "get end time", "deviceid", "device id", "get device id", "imei", "simserial", "sim id"),
    *("get sim id", "subscriberid", "subscriber id", "get subscriber id", "username", "email", "phonenumber"),
    *("uri:deviceid", "uri:simserial", "uri:subscriberid", "uri:username", "uri:email", "uri:phonenumber"),
    *("get phone number", "xml-external", "csv-external", "osm", "osm letters"),
)
ONE = ("select_one", "select one", "select1", "select one from", "add select one prompt using")
SEVERAL = (
    *("select_multiple", "select all that apply", "select all that apply from"),
    "add select multiple prompt using",
)
OTHERWISE = ("or_other", "or other", "or specify other")
PLACES = b"name,label,region\nx,Here,north\ny,There,south\n"

FORMS = (
    *(asks(f"type {kind}", kind) for kind in TAKEN),
    *(asks(f"type {kind}, changed", kind, notices=[2]) for kind in CHANGED),
    *(asks(f"type {kind}, left out", kind, notices=[2]) for kind in LEFT_OUT),
    *(asks(f"type {kind}", f"{kind} letters", choices=LETTERS) for kind in (*ONE, *SEVERAL, "rank")),
    *(asks(f"type select_one {end}", f"select_one letters {end}", choices=LETTERS) for end in OTHERWISE),
    asks("type select_multiple or_other", "select_multiple letters or_other", choices=LETTERS),
    asks("choices in a file", "select_one_from_file places.csv", files={"places.csv": PLACES}),
    asks("several choices in a file", "select_multiple_from_file places.csv", files={"places.csv": PLACES}),
    asks("choices in a file, spelled out", "select one from file places.csv", files={"places.csv": PLACES}),
    asks("choices in a file of another kind of type", "select_one places.csv", files={"places.csv": PLACES}),
    asks("choices in a file nobody handed in", "select_one_from_file places.csv", notices=[2]),
    asks("choices on a map", "select_one_from_file places.geojson", notices=[2]),
    form("calculate", "type | name | label | calculation\ncalculate | c |  | 1 + 1"),
    form("q calculate", "type | name | label | calculation\nq calculate | c |  | 1 + 1"),
    form("calculate by a default", "type | name | label | default\ncalculate | c |  | today()"),
    form("note without a name", "type | name | label\nnote |  | Read this."),
    form("audit", "type | name | label\naudit |  | \ntext | q | Question", notices=[2]),
    form(
        "audit with everything",
        """
type  | name  | label | parameters
audit | audit |       | location-priority=balanced location-min-interval=60 location-max-age=120 track-changes=true
text  | q     | Q     |
""",
        notices=[2],
    ),
    form(
        "background-geopoint",
        """
type                | name | label | trigger
text                | a    | A     |
background-geopoint | g    |       | ${a}
""",
        notices=[3],
    ),
    form(
        "choices out of a repeat",
        """
type            | name     | label
begin repeat    | children | Children
text            | called   | What is the child called?
end repeat      |          |
select_one ${called} | eldest | Who is the eldest?
""",
        notices=[5],
    ),
    form(
        "choices on the sheet external_choices",
        """
type                       | name  | label  | choice_filter
text                       | state | State  |
select_one_external cities | city  | City   | state=${state}
""",
        external_choices="""
list_name | name | label | state
cities    | x    | X     | n
cities    | y    | Y     | s
""",
    ),
    form(
        "form_title as a type",
        "type | name | label\nform_title | A title | \nform_id | an_id | \ntext | q | Question",
    ),
)

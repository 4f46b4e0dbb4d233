"""Forms nobody can read, each with the row a sentence must name."""

from tests.questionnaires.corpus.tables import LETTERS, asks, column, form

TYPES = (
    *("stars", "Text", "Integer", "select_one", "select one", "rank", "Select_One letters", "geo", "begin", "include"),
    *("select_two letters", "text text", "q select1", "begin thing", "Begin Group"),
)
NAMES = ("a b", "1a", "-a", ".a", "a?", "a/b", "meta", "<img>", "=cmd", "{{7*7}}")
REFERENCES = ("${nosuch} = 1", "${ a } = 1", "${a", "${a b} = 1", "${1} = 1")
COLUMNS = (
    "relevant",
    "constraint",
    "calculation",
    "required",
    "default",
    "choice_filter",
    "hint",
    "notes",
    "appearance",
)
PARAMETERS = {
    "text": ("rows=x", "rows", "randomize=true"),
    "range": (
        "step=0",
        "start=0 end=10 step=20",
        "start=x",
        "begin=1",
        "end=inf",
        "tick_interval=0",
        "tick_interval=99",
    ),
    "image": ("max-pixels=x", "quality=low"),
    "audio": ("quality=loud", "max-pixels=3"),
    "select_one letters": ("randomize=maybe", "seed=3", "randomize=true seed=x", "start=1"),
    "geotrace": ("incremental=false", "nonsense=1"),
    "range ": ("tick_labelset=nosuch",),
}
AUDITS = (
    *("foo=1", "track-changes=maybe", "identify-user=maybe", "track-changes-reasons=always"),
    *("location-priority=balanced", "location-priority=balanced location-min-interval=x location-max-age=3"),
)
SAME_HEADERS = ("relevant | relevance", "read_only | readonly", "required | bind::required", "hint | hint")
TABLE = """
type               | name | label | appearance | choice_filter
begin group        | t    | T     | table-list |
select_one letters | one  | One   |            | {filter}
select_one {other} | two  | Two   |            |
end group          |      |       |            |
"""
MORE = f"{LETTERS}numbers | x | X"

FORMS = (
    *(asks(f"unknown type {kind}", kind, choices=LETTERS, fault=2) for kind in TYPES),
    *(form(f"bad name {name}", f"type | name | label\ntext | {name} | Question", fault=2) for name in NAMES),
    *(
        column(
            f"dangling reference in {header}", header, "${nosuch}", kind="select_one letters", choices=LETTERS, fault=2
        )
        for header in COLUMNS
    ),
    *(column(f"bad reference {text}", "relevant", text, before="text | a | A | \n", fault=3) for text in REFERENCES),
    *(
        column(f"parameters {given} of {kind}", "parameters", given, kind=kind.strip(), choices=LETTERS, fault=2)
        for kind, several in PARAMETERS.items()
        for given in several
    ),
    *(
        form(
            f"audit with {given}",
            f"type | name | label | parameters\naudit |  |  | {given}\ntext | q | Q | ",
            fault=2,
        )
        for given in AUDITS
    ),
    *(
        form(f"two headers {headers}", f"type | name | label | {headers}\ntext | q | Q | 1 | 1", fault=1)
        for headers in SAME_HEADERS
    ),
    form("no type column", "name | label\nq | Question", fault=1),
    form("no type", "type | name | label\n | q | Question", fault=2),
    form("no name", "type | name | label\ntext |  | Question", fault=2),
    form("a group without a name", "type | name | label\nbegin group |  | G\ntext | q | Q\nend group |  | ", fault=2),
    form("no label", "type | name | label\ntext | q | ", fault=2),
    form("no label of a choice question", "type | name | label\nselect_one letters | q | ", choices=LETTERS, fault=2),
    form("a note without words", "type | name | label\nnote | q | ", fault=2),
    form("guidance and no label", "type | name | label | guidance_hint\ntext | q |  | Look", fault=2),
    column("a large picture alone", "big-image", "a.png", fault=2),
    column("an unknown medium", "media::smell", "a.png", fault=1),
    form("twice the same name", "type | name | label\ntext | q | Q\ntext | q | Q again", fault=3),
    form(
        "twice the same name in a group",
        "type | name | label\nbegin group | g | G\ntext | q | Q\ntext | q | Q\nend group |  | ",
        fault=4,
    ),
    form(
        "two repeats of one name",
        """
type         | name | label
begin group  | g    | G
begin repeat | r    | R
text         | a    | A
end repeat   |      |
end group    |      |
begin repeat | r    | R
text         | b    | B
end repeat   |      |
""",
        fault=7,
    ),
    form(
        "a repeat called like the form",
        "type | name | label\nbegin repeat | data | R\ntext | q | Q\nend repeat |  | ",
        fault=2,
    ),
    form("a group never ended", "type | name | label\nbegin group | g | G\ntext | q | Q", fault=2),
    form("a repeat never ended", "type | name | label\ntext | p | P\nbegin repeat | g | G\ntext | q | Q", fault=3),
    form("an end too many", "type | name | label\ntext | q | Q\nend group |  | ", fault=3),
    form(
        "ended as something else", "type | name | label\nbegin group | g | G\ntext | q | Q\nend repeat |  | ", fault=4
    ),
    form("a loop over nothing", "type | name | label\nbegin loop | l | L\ntext | q | Q\nend loop |  | ", fault=2),
    form(
        "a loop over an unknown list",
        "type | name | label\nbegin loop over nosuch | l | L\ntext | q | Q\nend loop |  | ",
        choices=LETTERS,
        fault=2,
    ),
    form(
        "a name two rows have",
        """
type        | name | label | relevant
text        | a    | A     |
begin group | g    | G     |
text        | a    | A     |
end group   |      |       |
text        | c    | C     | ${a} = 1
""",
        fault=6,
    ),
    asks("an unknown list", "select_one nosuch", choices=LETTERS, fault=2),
    asks("no choices at all", "select_one letters", fault=2),
    asks("an unknown list of files", "select_one_from_file places.txt", fault=2),
    asks("an unknown external list", "select_one_external nosuch", fault=2),
    asks("a file without an ending", "select_one_from_file places", choices=LETTERS, fault=2),
    asks(
        "a choice without a name",
        "select_one letters",
        choices="list_name | name | label\nletters |  | A",
        fault=("choices", 2),
    ),
    asks(
        "an unused choice without a name",
        "text",
        choices="list_name | name | label\nletters |  | A",
        fault=("choices", 2),
    ),
    asks("choices without a column for names", "text", choices="list_name | label\nletters | A", fault=("choices", 1)),
    asks("a choice twice", "select_one letters", choices=f"{LETTERS}letters | a | Again", fault=("choices", 4)),
    asks(
        "a reference in a choice",
        "select_one letters",
        choices=f"{LETTERS}letters | c | ${{nosuch}}",
        fault=("choices", 4),
    ),
    asks("a space in one of several", "select_multiple letters", choices=LETTERS.replace("| a ", "| a a"), fault=2),
    column(
        "or_other with a filter",
        "choice_filter",
        "name = 'a'",
        kind="select_one letters or_other",
        choices=LETTERS,
        fault=2,
    ),
    form(
        "or_other beside a question of that name",
        "type | name | label\nselect_one letters or_other | q | Q\ntext | q_other | Other",
        choices=LETTERS,
        fault=3,
    ),
    form("a table of two lists", TABLE.format(filter="", other="numbers"), choices=MORE, fault=4),
    form("a filter in a table", TABLE.format(filter="name = 'a'", other="letters"), choices=LETTERS, fault=3),
    form("nothing to calculate", "type | name | label | calculation\ncalculate | c |  | ", fault=2),
    form("a default is no calculation", "type | name | label | default\ncalculate | c |  | 3", fault=2),
    column("a trigger that is no reference", "trigger | calculation", "a | 1", before="text | a | A |  | \n", fault=3),
    column("a trigger that names nothing", "trigger | calculation", "${z} | 1", before="text | a | A |  | \n", fault=3),
    column(
        "triggers without a comma", "trigger | calculation", "${a} ${a} | 1", before="text | a | A |  | \n", fault=3
    ),
    form(
        "a trigger nobody sees",
        "type | name | label | trigger | calculation\ncalculate | a |  |  | 1\ntext | b | B | ${a} | 1",
        fault=3,
    ),
    form("an audit of another name", "type | name | label\naudit | mine | \ntext | q | Q", fault=2),
    form("a place nothing sets off", "type | name | label\ntext | q | Q\nbackground-geopoint | g | ", fault=3),
    asks("a setting that names nothing", "text", settings="instance_name\n${nosuch}", fault=("settings", 2)),
    asks("a form with a bad name", "text", settings="name\na b", fault=("settings", 2)),
    column("saved to nothing", "save_to", "kind", fault=2),
    asks("an entity without a label", "text", entities="list_name\ntrees", fault=("entities", 2)),
    asks(
        "an entity that names nothing", "text", entities="list_name | label\ntrees | ${nosuch}", fault=("entities", 2)
    ),
)

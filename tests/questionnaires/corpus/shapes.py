"""Groups, repeats, tables, choices, settings and the sheets beside them."""

from tests.questionnaires.corpus.tables import LETTERS, asks, form

BEGUN = ("begin group", "begin_group", "begin repeat", "begin_repeat", "begin lgroup", "begin looped group")
SETTINGS = {
    "form_title": "A title",
    "set_form_title": "A title",
    "form_id": "an_id",
    "set_form_id": "an_id",
    "id_string": "an_id",
    "version": "2016031401",
    "default_language": "English (en)",
    "name": "household",
    "allow_choice_duplicates": "yes",
    "clean_text_values": "no",
    "Form Title": "A title",
}
PASSED_OVER = {
    "instance_name": "concat('a', ${q})",
    "style": "pages",
    "public_key": "MIIBI",
    "submission_url": "somewhere",
    "auto_send": "true",
    "auto_delete": "true",
    "namespaces": 'esri="somewhere"',
    "sms_keyword": "a",
    "theme": "x",
}
TABLE = """
type               | name | label      | appearance | {extra}
begin group        | t    | Some rows  | table-list |
select_one letters | one  | First row  |            | {one}
select_one letters | two  | Second row |            | {two}
end group          |      |            |            |
"""
NESTED = """
type         | name     | label    | relevant        | repeat_count
integer      | how_many | How many |                 |
begin group  | outer    | Outer    | ${how_many} > 0 |
text         | a        | A        |                 |
begin group  | inner    | Inner    |                 |
text         | b        | B        | ${a} != ''      |
begin repeat | children | Children |                 | ${how_many}
text         | called   | Called   |                 |
end repeat   |          |          |                 |
end group    |          |          |                 |
end group    |          |          |                 |
"""
TWICE = """
list_name | name | label | region
towns     | x    | X     | north
towns     | x    | X too | south
"""
FILTERED = """
type             | name   | label  | choice_filter
select_one areas | area   | Area   |
select_one towns | town   | Town   | area = ${area}
"""
AREAS = """
list_name | name | label | area
areas     | n    | North |
areas     | s    | South |
towns     | x    | X     | n
towns     | y    | Y     | s
"""


def table(name, extra="hint", one="", two="", **more):
    return form(name, TABLE.format(extra=extra, one=one, two=two), choices=LETTERS, **more)


def inside(name, begin, rows="text | q | Question", **more):
    end = begin.replace("begin", "end").partition(" over")[0]
    return form(name, f"type | name | label\n{begin} | part | A part\n{rows}\n{end} |  | ", **more)


FORMS = (
    *(inside(f"inside {begin}", begin) for begin in BEGUN),
    *(asks(f"setting {key}", "text", settings=f"{key}\n{value}") for key, value in SETTINGS.items()),
    *(
        asks(f"setting {key}, passed over", "text", settings=f"{key}\n{value}", notices=[("settings", 2)])
        for key, value in PASSED_OVER.items()
    ),
    form("groups inside groups", NESTED),
    form("a sheet alone", "type | name | label\ntext | q | Question"),
    form("nothing asked", "type | name | label"),
    inside("a group of groups", "begin group", "begin group | g | G\ntext | q | Q\nend group |  | "),
    inside("nothing in a group", "begin group", "begin group | g | G\nend group |  | ", notices=[3]),
    inside(
        "nothing left in a group", "begin group", "begin group | g | G\ngps | q | Q\nend group |  | ", notices=[3, 4]
    ),
    inside(
        "a repeat in a repeat",
        "begin repeat",
        "begin repeat | r | R\ntext | q | Q\nend repeat |  | \ntext | p | P",
        notices=[3],
    ),
    inside("a loop", "begin loop over letters", choices=LETTERS, notices=[2]),
    form(
        "a repeat counted by a number",
        "type | name | label | repeat_count\nbegin repeat | r | R | 3\ntext | q | Q | \nend repeat |  |  | ",
    ),
    table("a table"),
    table("a table all of which is required", "required", "yes", "yes"),
    table("a table with a hint in a row", "hint", "Look here"),
    table("a table part of which is required", "required", "yes", ""),
    form(
        "a table of several",
        TABLE.format(extra="hint", one="", two="").replace("select_one", "select_multiple"),
        choices=LETTERS,
    ),
    form(
        "a table with a note",
        TABLE.format(extra="hint", one="", two="").replace("end group", "note | n | Note |  | \nend group"),
        choices=LETTERS,
    ),
    form("filtered choices", FILTERED, choices=AREAS),
    asks(
        "the same choice twice, as allowed", "select_one towns", choices=TWICE, settings="allow_choice_duplicates\nyes"
    ),
    asks("choices with a space in their name", "select_one letters", choices=LETTERS.replace("| a ", "| a a")),
    asks(
        "choices without a label", "select_one letters", choices=LETTERS.replace("| A", "|"), notices=[("choices", 2)]
    ),
    asks("a choice of no list", "select_one letters", choices=f"{LETTERS}          | c | C", notices=[("choices", 4)]),
    asks(
        "choices with numbers for names",
        "select_one letters",
        choices=LETTERS.replace("| a", "| 0").replace("| b", "| 1"),
    ),
    asks(
        "choices with pictures",
        "select_one letters",
        choices="list_name | name | label | media::image\nletters | a | A | a.png",
    ),
    asks(
        "choices under a header with a space",
        "select_one letters",
        choices="list_name | name | label | a b\nletters | a | A | x",
        notices=[("choices", 1)],
    ),
    asks("choices nobody uses", "text", choices=LETTERS),
    asks("a sheet of somebody's own", "text", diary="a | b\nc | d"),
    asks(
        "an entity",
        "text",
        entities="list_name | label\ntrees | concat('a', ${q})",
        notices=[("entities", 2)],
    ),
    form(
        "saved to an entity",
        "type | name | label | save_to\ntext | q | Question | kind",
        entities="dataset | label\ntrees | ${q}",
        notices=[2, ("entities", 2)],
    ),
    form(
        "what looks at something left out",
        """
type     | name  | label            | relevant      | hint
geopoint | where | Where            |               |
text     | a     | A                | ${where} = '' |
text     | b     | You are at ${where} |             |
""",
        notices=[2, 3, 4],
    ),
    form(
        "functions only other programs have",
        """
type      | name | label | calculation                | relevant
text      | a    | A     |                            | pulldata('x', 'y', 'z', 1) = 2
calculate | b    |       | instance('l')/root/item    |
calculate | c    |       | random()                   |
""",
        notices=[2, 3, 4],
    ),
)

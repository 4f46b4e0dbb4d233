"""Texts that would do harm where somebody took them for code; they stay what they are."""

from tests.questionnaires.corpus.tables import form

TEXTS = (
    "__proto__",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-1",
    "@SUM(1)",
    "<img onerror=…>",
    "{{7*7}}",
    "${{7*7}}",
    "'; drop--",
)
SAFE = tuple(text for text in TEXTS if "${" not in text and "|" not in text)

FORMS = (
    *(form(f"label {text}", f"type | name | label\ntext | q | {text}") for text in SAFE),
    *(
        form(
            f"choice {text}",
            "type | name | label\nselect_one letters | q | Question",
            choices=f"list_name | name | label\nletters | {text.replace(' ', '')} | {text}",
        )
        for text in SAFE
    ),
    form("name __proto__", "type | name | label\ntext | __proto__ | Question", notices=[2]),
    form("name constructor", "type | name | label\ntext | constructor | Question"),
    form("names with dots", "type | name | label\ntext | a.b-c | Question", notices=[2]),
    form("names beyond ASCII", "type | name | label\ntext | größe | Question", notices=[2]),
    form("a name with a colon", "type | name | label\ntext | a:b | Question", notices=[2]),
    form("a name beyond all lengths", f"type | name | label\ntext | {'long_' * 12} | Question", notices=[2]),
    form(
        "names two rows share",
        "type | name | label\ntext | a | A\nbegin group | g | G\ntext | a | A\nend group |  | ",
        notices=[4],
    ),
    form("names apart by capitals", "type | name | label\ntext | age | A\ntext | AGE | A", notices=[3]),
    form("a name kept by programs", "type | name | label\ntext | today | A\ntext | wave | A", notices=[2, 3]),
    form("a reference that is none", "type | name | label\ntext | q | ${{7*7}}", fault=2),
    form("a reference into a prototype", "type | name | label\ntext | q | ${__proto__}", fault=2),
)

"""Every column, in every spelling, with its languages, appearances and parameters."""

from tests.questionnaires.corpus.tables import LETTERS, asks, column, form

CONDITIONED = {
    "relevant": ("relevant", "relevance", "Relevant", "RELEVANT", "bind::relevant", "bind:relevant"),
    "constraint": ("constraint", "bind::constraint"),
    "constraint_message": ("constraint_message", "constraining_message", "Constraint Message"),
    "calculation": ("calculation", "calculate", "bind::calculate"),
    "required": ("required", "Required", "bind::required"),
    "required_message": ("required_message", "requiredMsg", "bind::jr:requiredMsg"),
    "read_only": ("read_only", "readonly", "Read Only", "bind::readonly"),
    "hint": ("hint", "Hint", "hint::English (en)", "hint:English (en)", "hint :: English (en)"),
    "guidance_hint": ("guidance_hint", "guidance hint", "guidance_hint::English (en)"),
    "default": ("default",),
    "appearance": ("appearance", "body::appearance", "control::appearance"),
    "image": ("image", "media::image", "media:image", "image::English (en)", "media::image::English (en)"),
    "audio": ("audio", "media::audio"),
    "video": ("video", "media::video"),
}
CELLS = {
    **dict.fromkeys(("relevant", "constraint", "calculation"), "1 = 1"),
    **dict.fromkeys(("required", "read_only"), "yes"),
    **dict.fromkeys(("constraint_message", "required_message", "hint", "guidance_hint"), "Some words"),
    "default": "x",
    "appearance": "multiline",
    "image": "a.png",
    "audio": "a.mp3",
    "video": "a.mp4",
}
PASSED_OVER = {
    "autoplay": "audio",
    "body::autoplay": "audio",
    "rows": "3",
    "body::rows": "3",
    "notes to self": "soon",
    "body::accuracyThreshold": "5",
    "bind::type": "string",
    "instance::odk:tag": "x",
    "sms_field": "a",
}
APPEARANCES = {
    "text": ("multiline", "numbers", "masked", "thousands-sep"),
    "integer": ("counter", "thousands-sep", "bearing"),
    "date": ("month-year", "year", "no-calendar", "ethiopian"),
    "range": ("rating", "picker", "vertical", "no-ticks"),
    "image": ("annotate", "draw", "signature", "new"),
    "select_one letters": (
        *("minimal", "quick", "quickcompact", "likert", "columns-2", "columns", "columns-pack", "label"),
        *("list-nolabel", "list", "autocomplete", "minimal autocomplete", "no-buttons"),
    ),
    "select_multiple letters": ("minimal", "columns-3"),
}
PARAMETERS = {
    "range": ("start=0 end=10 step=1", "start=0;end=1;step=0.1", "start = 1, end = 5", "start=-5 end=5"),
    "select_one letters": ("randomize=false",),
    "integer": ("anything=goes",),
}
UNHEARD = {
    "range": ("start=10 end=0", "tick_interval=2 start=0 end=10", "placeholder=5 start=0 end=10"),
    "select_one letters": ("randomize=true", "randomize=true seed=42"),
    "text": ("rows=5",),
    "image": ("max-pixels=1000", "app=org.example.draw"),
    "audio": ("quality=low",),
}
LANGUAGES = """
type               | name | label::English (en) | label::Cymraeg (cy) | hint::English (en) | hint::Cymraeg (cy)
select_one letters | q    | Which letter?       | Pa lythyren?        | One only           | Un yn unig
"""
LANGUAGES_OF_CHOICES = """
list_name | name | label::English (en) | label::Cymraeg (cy)
letters   | a    | A                   | A-cy
letters   | b    | B                   | B-cy
"""
HEADERS_OF_CHOICES = ("list_name", "list name", "List Name", "LIST_NAME")


def lettered(kind):
    return LETTERS if "letters" in kind else None


FORMS = (
    *(column(f"column {header}", header, CELLS[meant]) for meant, headers in CONDITIONED.items() for header in headers),
    *(column(f"column {header}, passed over", header, cell) for header, cell in PASSED_OVER.items()),
    *(
        column(f"appearance {look} of {kind}", "appearance", look, kind=kind, choices=lettered(kind))
        for kind, looks in APPEARANCES.items()
        for look in looks
    ),
    *(
        column(f"parameters {given} of {kind}", "parameters", given, kind=kind, choices=lettered(kind))
        for kind, several in PARAMETERS.items()
        for given in several
    ),
    *(
        column(f"parameters {given} of {kind}", "parameters", given, kind=kind, choices=lettered(kind), notices=[2])
        for kind, several in UNHEARD.items()
        for given in several
    ),
    *(
        asks(f"choices under {header}", "select_one letters", choices=LETTERS.replace("list_name", header))
        for header in HEADERS_OF_CHOICES
    ),
    asks(
        "choices under value and caption",
        "select_one letters",
        choices=LETTERS.replace("| name", "| value").replace("label", "caption"),
    ),
    form("tag, caption and command", "command | tag | caption\ntext | q | Question"),
    form("names under value", "type | value | label\ntext | q | Question"),
    form("capitals and spaces", " Type | NAME |  Label :: English (en)\ntext | q | Question"),
    form("two languages", LANGUAGES, choices=LANGUAGES_OF_CHOICES),
    form(
        "two languages and a default",
        LANGUAGES,
        choices=LANGUAGES_OF_CHOICES,
        settings="default_language\nCymraeg (cy)",
    ),
    form("a language and none", "type | name | label | label::French (fr)\ntext | q | Question | Une question"),
    form("a language without code", "type | name | label::Klingon\ntext | q | nuq"),
    column("big-image beside an image", "media::image | media::big-image", "a.png | b.png"),
    form("an image for a label", "type | name | label | image\ntext | q |  | a.png", notices=[2]),
    form("a hint for a label", "type | name | label | hint\ntext | q |  | Say it", notices=[2]),
    form("hidden by a calculation", "type | name | label | calculation\ntext | q |  | 1 + 1"),
    form("a row for its reader", "type | name | label | note\n |  |  | Ask Ada\ntext | q | Question | ", notices=[2]),
    form(
        "a row switched off",
        "type | name | label | disabled\nnonsense | q | Question | yes\ntext | q | Question | no",
        notices=[2],
    ),
    form("empty rows between", "type | name | label\n |  | \n |  | \ntext | q | Question"),
    column("required by a condition", "required", "${a} = 1", before="integer | a | A | \n"),
    column("read-only by a condition", "read_only", "${a} = 1", before="integer | a | A | \n", notices=[3]),
    column("a default that is worked out", "default", "${a} + 1", before="integer | a | A | \n"),
    column("a default that is a picture", "default", "a.png", kind="image", notices=[2]),
    column("a default from the last time", "default", "${last-saved#q}", notices=[2]),
    column("quotes of a word processor", "relevant", "${a} = \u2018x\u2019", before="text | a | A | \n"),
    column("triggered by one", "trigger | calculation", "${a} | 1 + 1", before="text | a | A |  | \n"),
    column(
        "triggered by two",
        "trigger | calculation",
        "${a}, ${b} | 1 + 1",
        before="text | a | A |  | \ntext | b | B |  | \n",
    ),
)

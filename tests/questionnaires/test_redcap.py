"""REDCap's dictionaries: every form becomes a questionnaire, and what cannot be said here is named."""

import csv
import io

import pytest

from questionnaires import checks, definitions, reading, redcap, writing
from questionnaires.errors import BadExpression, FaultyForm
from questionnaires.redcap import logic as redcap_logic

NAMES = (
    *("field_name", "form_name", "section_header", "field_type", "field_label", "select_choices_or_calculations"),
    *("field_note", "text_validation_type_or_show_slider_number", "text_validation_min", "text_validation_max"),
    *("identifier", "branching_logic", "required_field", "custom_alignment", "question_number"),
    *("matrix_group_name", "matrix_ranking", "field_annotation"),
)
SHOWN = tuple(redcap.COLUMNS.values())
RECORD = {"field_name": "record_id", "field_type": "text", "field_label": "Record"}
LETTERS = "1, A | 2, B, or so"


def dictionary(*rows, heads=NAMES):
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(heads)
    for row in (RECORD, *rows):
        writer.writerow([({"form_name": "home", "field_label": "Label"} | row).get(name, "") for name in NAMES])
    return file.getvalue().encode()


def field(kind="text", name="q", **more):
    return {"field_name": name, "field_type": kind} | more


def read(*rows):
    return redcap.read(dictionary(*rows))[0]


def item(*rows):
    return list(read(*rows).questionnaire.items.values())[-1]


def sentences(*rows):
    return [f"{notice.row} {notice.column}: {notice.sentence}" for notice in read(*rows).notices]


@pytest.mark.parametrize("heads", [NAMES, [head.title() for head in SHOWN], [f" {head} " for head in SHOWN]])
def test_both_ways_of_naming_the_columns_are_read(heads):
    (found,) = redcap.read(dictionary(field(field_label="How?"), heads=heads))

    assert found.questionnaire.items["q"].label == "How?"


@pytest.mark.parametrize(
    ("row", "kind", "says"),
    [
        (field(), definitions.TextAnswer, {"label": "Label"}),
        (field("notes"), definitions.TextAnswer, {"appearance": "multiline"}),
        (field("calc", select_choices_or_calculations="1+1"), definitions.Calculate, {"calculation": "1 + 1"}),
        (field("file"), definitions.Upload, {"kind": "file"}),
        (field("descriptive"), definitions.Note, {"label": "Label"}),
        (field("slider"), definitions.Range, {"start": 0, "end": 100, "step": 1}),
        (field("slider", text_validation_min="1", text_validation_max="7"), definitions.Range, {"start": 1, "end": 7}),
        (field(field_note="Look"), definitions.TextAnswer, {"hint": "Look"}),
        (field(required_field="y"), definitions.TextAnswer, {"required": True}),
        (field(field_annotation="@READONLY"), definitions.TextAnswer, {"read_only": True}),
        (field(field_annotation="@DEFAULT='x'"), definitions.TextAnswer, {"default": "x"}),
    ],
)
def test_a_field_becomes_a_question(row, kind, says):
    found = item(row)

    assert isinstance(found, kind)
    assert {key: getattr(found, key) for key in says} == says


@pytest.mark.parametrize(
    ("validation", "kind"),
    [
        *((name, definitions.Integer) for name in ("integer", "int")),
        *((name, definitions.Decimal) for name in ("number", "number_2dp", "number_1dp_comma_decimal")),
        *((f"date_{order}", definitions.Date) for order in ("dmy", "mdy", "ymd")),
        *((f"datetime_{order}", definitions.DateTime) for order in ("dmy", "mdy", "ymd", "seconds_ymd")),
        ("time", definitions.Time),
        *((name, definitions.TextAnswer) for name in ("email", "phone", "zipcode", "postalcode_uk")),
    ],
)
def test_what_a_text_is_checked_for_decides_its_kind(validation, kind):
    row = field(text_validation_type_or_show_slider_number=validation)

    assert isinstance(item(row), kind)
    assert any("Texts are not checked" in said for said in sentences(row)) == (kind is definitions.TextAnswer)


def test_bounds_are_those_of_the_kind():
    numbers = {"text_validation_min": "1", "text_validation_max": "9"}
    whole = item(field(text_validation_type_or_show_slider_number="integer", **numbers))
    days = {"text_validation_min": "2016-01-01", "text_validation_max": "today"}
    day = item(field(text_validation_type_or_show_slider_number="date_dmy", **days))

    assert (whole.minimum, whole.maximum) == (1, 9)
    assert day.constraint == ". >= '2016-01-01' and . <= today()"


@pytest.mark.parametrize(
    ("kind", "made"),
    [("radio", definitions.SelectOne), ("dropdown", definitions.SelectOne), ("checkbox", definitions.SelectMultiple)],
)
def test_choices_keep_their_codes_and_commas(kind, made):
    found = item(field(kind, select_choices_or_calculations=LETTERS))

    assert isinstance(found, made)
    assert [(each.name, each.label, each.value) for each in found.choices] == [("1", "A", 1), ("2", "B, or so", 2)]


def test_codes_that_are_no_numbers_or_mean_something_else():
    words = item(field("radio", select_choices_or_calculations="a, A | b2, B"))
    taken = field("radio", select_choices_or_calculations="1, A | -9, Unknown")

    assert [each.value for each in words.choices] == [None, None]
    assert [each.value for each in item(taken).choices] == [None, None]
    assert any("-9 means 'Not asked' here" in said for said in sentences(taken))


@pytest.mark.parametrize(("kind", "labels"), [("yesno", ["Yes", "No"]), ("truefalse", ["True", "False"])])
def test_yes_is_one_and_no_is_nothing(kind, labels):
    assert [(each.label, each.value) for each in item(field(kind)).choices] == list(zip(labels, (1, 0), strict=True))


def test_section_headers_begin_sections():
    found = read(field(name="a"), field(name="b", section_header="At home"), field(name="c"))

    assert [(each.title, [item.name for item in each.items]) for each in found.questionnaire.sections] == [
        ("", ["a"]),
        ("At home", ["b", "c"]),
    ]


def test_a_matrix_group_is_a_matrix_unless_its_rows_differ():
    rows = [
        field("radio", name, select_choices_or_calculations=LETTERS, matrix_group_name="table", matrix_ranking=ranked)
        for name, ranked in (("one", ""), ("two", "y"))
    ]
    apart = [rows[0], rows[1] | {"branching_logic": "[one] = '1'"}]

    assert isinstance(read(*rows).questionnaire.sections[0].items[0], definitions.Matrix)
    assert any("ranking was left out" in said for said in sentences(*rows))
    assert [type(each).__name__ for each in read(*apart).questionnaire.sections[0].items] == ["SelectOne", "SelectOne"]


def test_each_form_is_a_questionnaire_of_its_own():
    found = redcap.read(dictionary(field(name="a"), field(name="b", form_name="at_work")))

    assert [(each.questionnaire.code, each.questionnaire.title) for each in found] == [
        ("home", "Home"),
        ("at_work", "At work"),
    ]
    assert [list(each.questionnaire.items) for each in found] == [["a"], ["b"]]
    assert all(checks.faults(each.questionnaire) == () for each in found)
    assert all(reading.read(writing.write(each.questionnaire)) == each.questionnaire for each in found)


def test_what_is_left_out_or_changed_is_said():
    said = sentences(
        field(name="a", identifier="y"),
        field("sql", "b", select_choices_or_calculations="select 1"),
        field(name="c", branching_logic="[visit_1][a] = '1'"),
        field("calc", "d", select_choices_or_calculations="stdev([a], 2)"),
        field(name="e", field_annotation="@HIDDEN-SURVEY @TODAY"),
        field("slider", "f", select_choices_or_calculations="low | high"),
        field(name="g", field_label="<p>Tell <b>us</b></p>"),
        field(name="h" * 40),
    )

    assert [each.split(":")[0] for each in said if "It is read as" not in each] == [
        *("2 field_name", "4 field_type", "10 field_name", "3 identifier", "5 branching_logic"),
        *("6 select_choices_or_calculations", "7 field_annotation", "7 field_annotation"),
        *("8 select_choices_or_calculations", "9 field_label"),
    ]


@pytest.mark.parametrize("text", ["__proto__", "=cmd|' /C calc'!A0", "<img onerror=…>", "{{7*7}}", "-1+1", "@SUM(1)"])
def test_words_that_look_like_code_stay_words(text):
    choices = f"1, {text.replace('|', '')} | 2, B"
    found = item(field("radio", field_label=text, select_choices_or_calculations=choices))

    assert found.label == text
    assert found.choices[0].label == text.replace("|", "")


def test_words_quote_the_fields_that_are_here():
    assert (
        item(field(name="a"), field(name="b", field_label="Is it [a] or [b_else]?")).label == "Is it ${a} or [b_else]?"
    )


@pytest.mark.parametrize(
    ("rows", "place"),
    [
        ([field("stars")], (3, "field_type")),
        ([field(name="A b")], (3, "field_name")),
        ([field(), field()], (4, "field_name")),
        ([field(form_name="")], (3, "form_name")),
        ([field(form_name="../etc")], (3, "form_name")),
        ([field("radio")], (3, "select_choices_or_calculations")),
    ],
)
def test_a_faulty_dictionary_is_refused_with_its_row(rows, place):
    with pytest.raises(FaultyForm) as refused:
        redcap.read(dictionary(*rows))

    assert place in {(fault.row, fault.column) for fault in refused.value.faults}


def test_a_table_of_something_else_is_refused():
    with pytest.raises(FaultyForm, match="There is no column 'field type'"):
        redcap.read(b"field_name,form_name,field_label\na,b,c\n")


FIELDS = {
    "a": ("a", definitions.SelectOne(name="a", choices=())),
    "b": ("b", definitions.SelectMultiple(name="b", choices=())),
    "n": ("num", definitions.Integer(name="num")),
    "d": ("d", definitions.Date(name="d")),
}


@pytest.mark.parametrize(
    ("logic", "said"),
    [
        ("[a] = '1' and [b(2)] = '1'", "${a} = '1' and selected(${b}, '2')"),
        ("[a]<>'1' OR [b(-9)]=0", "not(${a} = '1') or not(selected(${b}, '-9'))"),
        ("[b(1)] <> '1'", "not(selected(${b}, '1'))"),
        ('[n] != ""', """not(${num} = "")"""),
        ("[a] > '2' and ([n] <= 5)", "number(${a}) > 2 and (${num} <= 5)"),
        ("([n] + 1) * 2 / 3 - .5", "(${num} + 1) * 2 div 3 - 0.5"),
        ("[n]^2", "pow(${num}, 2)"),
        ("sum([n], 2) > -3", "sum(${num}, 2) > -3"),
        ("round([n] / 3, 1)", "round(${num} div 3, 1)"),
        ("if([a] = '1', min([n], 2), max(3, [n]))", "if(${a} = '1', min(${num}, 2), max(3, ${num}))"),
        ("mean([n], 4)", "(sum(${num}, 4) div count(${num}, 4))"),
        ("sum([b(1)], [b(2)])", "sum(if(selected(${b}, '1'), 1, 0), if(selected(${b}, '2'), 1, 0))"),
        ("datediff([d], 'today', 'd')", "abs(number(today()) - number(${d}))"),
        ("datediff([d], 'today', 'y', 'ymd', true)", "(number(today()) - number(${d})) div 365.2425"),
        ("rounddown(datediff([d], 'today', 'y'))", "int(abs(number(today()) - number(${d})) div 365.2425)"),
        ("isblankormissingcode([n])", "${num} = ''"),
    ],
)
def test_logic_is_said_in_our_language(logic, said):
    assert redcap_logic.translate(logic, FIELDS) == said


@pytest.mark.parametrize(
    "logic",
    [
        *("[visit_1][a] = '1'", "[a][current-instance] = '1'", "[nobody] = '1'", "[a", "[a] = ", "stdev([n])"),
        *("datediff([d], 'today', 'h')", "datediff([n], 3, 'd')", "[b(1)] > 2", "[a] = '1' and", "roundup([n])", "()"),
        *("[n]" * 1000, "(" * 51 + "1" + ")" * 51, "-" * 3000 + "1", "-" * 1900 + "1", "[n]^" * 490 + "1"),
    ],
)
def test_logic_that_cannot_be_said_is_refused(logic):
    with pytest.raises(BadExpression):
        redcap_logic.translate(logic, FIELDS)

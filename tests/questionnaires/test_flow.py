"""What applies to a respondent now, what is open, and which answers break a rule."""

from datetime import date

from questionnaires import definitions, flow, shelf

HOUSEHOLD = definitions.read("""
code = "household"
version = "1"
title = "Household"
respondent = "parent"
about = "family"
licence = { status = "own" }

[[sections]]
name = "home"

[[sections.items]]
type = "calculate"
name = "eldest"
calculation = "max(${age})"

[[sections.items]]
type = "select_multiple"
name = "adults"
topic = "Adults"
required = true
choices = [{ name = "mother", label = "Mother" }, { name = "aunt", label = "Aunt" }]

[[sections.items]]
type = "select_one"
name = "main"
topic = "Main carer"
choice_filter = "selected(${adults}, .)"
choices = [{ name = "mother", label = "Mother" }, { name = "aunt", label = "Aunt" }]

[[sections.items]]
type = "repeat"
name = "children"
topic = "Children"

[[sections.items.items]]
type = "integer"
name = "age"
topic = "Age"
constraint = ". < 18"
constraint_message = { en = "Only children.", cy = "Plant yn unig." }

[[sections.items.items]]
type = "text"
name = "school"
topic = "School"
relevant = "${age} >= 5"

[[sections]]
name = "teenagers"
relevant = "${eldest} >= 13"

[[sections.items]]
type = "group"
name = "evening"
relevant = "selected(${adults}, 'mother')"
items = [{ type = "text", name = "out", topic = "Going out" }, { type = "note", name = "thanks", topic = "Thanks" }]

[[sections.items]]
type = "integer"
name = "out_twice"
topic = "Twice"
relevant = "${out} = 'yes'"
""")


def test_at_first_everything_without_a_condition_is_open():
    standing = flow.standing(HOUSEHOLD, {})

    assert standing.relevant == {"home", "eldest", "adults", "main", "children"}
    assert standing.unanswered == ("adults", "main")
    assert standing.required_unanswered == ("adults",)
    assert standing.values == {}


def test_a_refusal_is_an_answer():
    standing = flow.standing(HOUSEHOLD, {"adults": {"missing": "refused"}})

    assert standing.required_unanswered == ()
    assert standing.unanswered == ("main",)


def test_a_row_sees_its_own_answers_and_a_calculation_sees_all_rows():
    answers = {"children[1].age": 4, "children[2].age": 14, "adults": ["mother"]}

    standing = flow.standing(HOUSEHOLD, answers)

    assert "children[1].school" not in standing.relevant
    assert "children[2].school" in standing.relevant
    assert standing.values["eldest"] == 14
    assert {"teenagers", "evening", "out", "thanks"} <= standing.relevant
    assert standing.unanswered == ("main", "children[2].school", "out")


def test_an_empty_row_does_not_borrow_from_its_neighbour():
    standing = flow.standing(HOUSEHOLD, {"children": [{"age": 9}, {}]})

    assert "children[2].school" not in standing.relevant


def test_answers_that_no_longer_apply_are_not_counted():
    answers = {"adults": ["mother"], "children[1].age": 14, "out": "yes", "out_twice": 3}

    then = flow.standing(HOUSEHOLD, answers)
    now = flow.standing(HOUSEHOLD, answers | {"children[1].age": 3})

    assert then.values["out_twice"] == 3
    assert {"out", "out_twice"}.isdisjoint(now.values)
    assert {"out", "out_twice", "teenagers"}.isdisjoint(now.relevant)


def test_a_broken_rule_is_told_in_the_respondents_language():
    answers = {"children[1].age": 40, "adults": ["aunt"], "main": "mother"}

    standing = flow.standing(HOUSEHOLD, answers, language="cy")

    assert standing.broken == {"children[1].age": "Plant yn unig.", "main": flow.NO_LONGER_OFFERED}


def test_choices_are_left_out_by_their_filter():
    names = [choice.name for choice in flow.offered(HOUSEHOLD.question("main"), {"adults": ["aunt"]})]

    assert names == ["aunt"]


def test_a_day_that_has_not_come_breaks_the_rule():
    views = shelf.load("views_link")
    answers = {"meetings_count": 2, "last_meeting": "2016-03-15"}

    assert flow.standing(views, answers, today=date(2016, 3, 15)).broken == {}
    assert flow.standing(views, answers, today=date(2016, 3, 14)).broken == {
        "last_meeting": "This day has not come yet."
    }


def test_conditions_that_look_forwards_settle():
    chain = "".join(
        f'[[sections.items]]\ntype = "integer"\nname = "q{n}"\ntopic = "Q"\nrelevant = "${{q{n + 1}}} = 1"\n'
        for n in range(40)
    )
    text = (
        'code = "x"\nversion = "1"\ntitle = "X"\nrespondent = "parent"\nabout = "self"\nlicence = { status = "own" }\n'
    )
    last = '[[sections.items]]\ntype = "integer"\nname = "q40"\ntopic = "Q"\n'
    questionnaire = definitions.read(f'{text}[[sections]]\nname = "s"\n{chain}{last}')

    standing = flow.standing(questionnaire, dict.fromkeys((f"q{n}" for n in range(40)), 1))

    assert standing.relevant == {"s", "q40"}

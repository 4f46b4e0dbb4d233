"""Errors: whatever can go wrong has a sentence for the person it happens to, and a status where it reaches the web."""

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest

from fieldwork.web import problems

ROOT = Path(__file__).parents[2]
PACKAGES = ("consent", "questionnaires", "scheduler", "fieldwork")
WORKER = "only the worker, which keeps it with the message"
COMMAND_LINE = "only the command line, which says the sentence itself"
START = "only a start, which it prevents"
# Errors that no page can meet, each with the reason. A new one needs a status or a place here.
NEVER_ON_THE_WEB = {
    "fieldwork.base.errors.WrongSetting": START,
    "fieldwork.base.errors.UnsafeRole": START,
    "fieldwork.base.errors.MigrationChanged": COMMAND_LINE,
    "fieldwork.base.errors.PortTaken": START,
    "fieldwork.base.errors.OnlyTried": COMMAND_LINE,
    "fieldwork.base.errors.NotSent": WORKER,
    "fieldwork.base.errors.NotKnown": WORKER,
    "fieldwork.web.errors.RouteWithoutNeeds": START,
    "fieldwork.study.errors.ProtocolFaulty": COMMAND_LINE,
    "fieldwork.study.errors.ProtocolContradicts": COMMAND_LINE,
    "fieldwork.export.errors.NotAFolder": COMMAND_LINE,
    "questionnaires.errors.UnknownPolicy": COMMAND_LINE,
    "questionnaires.errors.BadExpression": COMMAND_LINE,
    "consent.errors.FormFrozen": COMMAND_LINE,
}


def modules():
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("errors.py"))]


def errors():
    found = []
    for path in modules():
        module = import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
        found += [
            each for each in vars(module).values() if isinstance(each, type) and each.__module__ == module.__name__
        ]
    return sorted(found, key=name_of)


def name_of(error):
    return f"{error.__module__}.{error.__qualname__}"


@pytest.mark.parametrize("error", errors(), ids=name_of)
def test_an_error_is_a_sentence_somebody_can_read(error):
    sentence = (error.__doc__ or "").strip()

    assert issubclass(error, Exception)
    assert sentence[:1].isupper() or sentence.startswith("`")
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert not re.search(r"[{}<>%$]|TODO|Error\b|Exception|None|null", sentence)


@pytest.mark.parametrize("error", errors(), ids=name_of)
def test_an_error_has_a_status_or_never_reaches_the_web(error):
    has_status = error in problems.STATUS

    assert has_status != (name_of(error) in NEVER_ON_THE_WEB)


def test_no_status_is_kept_for_an_error_that_is_gone():
    known = set(errors())

    assert set(problems.STATUS) <= known
    assert set(NEVER_ON_THE_WEB) <= {name_of(error) for error in known}
    assert all(400 <= status < 600 and status != 500 for status in problems.STATUS.values())


def test_errors_are_made_nowhere_else():
    elsewhere = [
        (str(path.relative_to(ROOT)), node.name)
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        if path.name != "errors.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef)
        and any(ast.unparse(base).endswith(("Exception", "Error")) for base in node.bases)
    ]

    assert not elsewhere


def test_every_error_happens_somewhere():
    raised = set()
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Raise) and node.exc is not None:
                    raised.add(ast.unparse(node.exc).partition("(")[0].rpartition(".")[2])

    never = [name_of(error) for error in errors() if error.__name__ not in raised]

    assert not never

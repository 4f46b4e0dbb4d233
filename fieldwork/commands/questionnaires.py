"""Commands about questionnaires: what is on the shelf, faults of a file, scores and conditions."""

import sys
from pathlib import Path
from typing import Any

import click
import msgspec

from fieldwork.commands import doors
from questionnaires import checks, definitions, expressions, scoring, shelf
from questionnaires.definitions import Questionnaire
from questionnaires.errors import FaultyQuestionnaire


@click.group()
def questionnaire() -> None:
    """Questionnaires: list, check, score, evaluate."""


@questionnaire.command("list")
def list_shelf() -> None:
    """Everything on the shelf."""
    doors.say(
        [
            {
                "code": each.code,
                "version": each.version,
                "title": definitions.said(each.title),
                "licence": each.licence.status,
            }
            for each in shelf.shelf()
        ]
    )


@questionnaire.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def check(file: Path) -> None:
    """Name every fault of a questionnaire, with its place and how to mend it."""
    faults = checks.faults(definitions.read(file.read_text()))
    if faults:
        raise FaultyQuestionnaire("\n".join(f"{fault.place}: {fault.sentence} {fault.mend}" for fault in faults))
    doors.say({"faults": 0})


@questionnaire.command()
@click.argument("code")
@click.option("--version", help="Needed where a measure has more than one.")
@click.option("--policy", default="default", show_default=True, help="The rule for missing answers.")
def score(code: str, version: str | None, policy: str) -> None:
    """Score one record a line: {item: value} in, {"scores": …} or {"reject": […]} out."""
    measure = shelf.load(code, version)
    for line in sys.stdin:
        if line.strip():
            doors.say(_scored(measure, line, policy))


def _scored(measure: Questionnaire, line: str, policy: str) -> dict[str, Any]:
    try:
        record = msgspec.json.decode(line)
    except msgspec.DecodeError:
        record = None
    if not isinstance(record, dict):
        return {"reject": [{"item": None, "code": "not_json"}]}
    refused = scoring.refusals(measure, record)
    return {"reject": refused} if refused else {"scores": scoring.score(measure, record, policy=policy)}


@questionnaire.command()
@click.argument("expression")
def evaluate(expression: str) -> None:
    """The value of a condition, given the answers as one JSON object on standard input."""
    try:
        answers = msgspec.json.decode(sys.stdin.read() or "{}", type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise click.UsageError("The answers on standard input must be one JSON object.") from error
    doors.say({"value": expressions.evaluate(expressions.parse(expression), answers)})

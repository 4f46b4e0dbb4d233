"""Commands about questionnaires: the shelf, forms from elsewhere, faults of a file, scores and conditions."""

import sys
from pathlib import Path
from typing import Any

import click
import msgspec

from fieldwork.commands import doors
from fieldwork.export import paper
from fieldwork.export.paper import Sheet
from questionnaires import (
    agreement,
    checks,
    definitions,
    expressions,
    library,
    names,
    reading,
    redcap,
    scoring,
    shelf,
    writing,
    xlsform,
)
from questionnaires.agreement import Weighting
from questionnaires.definitions import Questionnaire, SelectOne
from questionnaires.errors import FaultyQuestionnaire, NotAPair, UnknownCode, UnknownItem
from questionnaires.imported import Imported
from questionnaires.licences import Mode

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def questionnaire() -> None:
    """Questionnaires: list, import, export, print, check, score, agreement, evaluate."""


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
@click.argument("file", type=FILE)
def check(file: Path) -> None:
    """Name every fault of a questionnaire, an XLSForm or a REDCap dictionary, with its place and how to mend it."""
    found = _read(file, ())
    _tell(found)
    faults = [
        f"{each.questionnaire.code}, {fault.place}: {fault.sentence} {fault.mend}"
        if len(found) > 1
        else f"{fault.place}: {fault.sentence} {fault.mend}"
        for each in found
        for fault in checks.faults(each.questionnaire)
    ]
    if faults:
        raise FaultyQuestionnaire("\n".join(faults))
    doors.say({"faults": 0})


@questionnaire.command("import")
@click.argument("file", type=FILE)
@click.option("-o", "--out", type=click.Path(path_type=Path), help="A file or, for several forms, a folder.")
@click.option("--choices", type=FILE, multiple=True, help="A CSV file an XLSForm takes its choices from.")
def import_form(file: Path, out: Path | None, choices: tuple[Path, ...]) -> None:
    """Turn an XLSForm or a REDCap dictionary into TOML; what was left out or changed is said on standard error."""
    found = _read(file, choices)
    if len(found) > 1 and (out is None or out.suffix == ".toml"):
        raise click.UsageError(f"This dictionary holds {len(found)} forms. Name a folder for them with -o.")
    _tell(found)
    if out is None:
        sys.stdout.write(writing.write(found[0].questionnaire))
        return
    for each in found:
        called = each.questionnaire.code if len(found) > 1 else file.stem
        _keep(each.questionnaire, out / f"{called}.toml" if len(found) > 1 or out.is_dir() else out)


@questionnaire.command()
@click.argument("code")
@click.option("--version", help="Needed where a measure has more than one.")
@click.option("-o", "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The workbook.")
def export(code: str, version: str | None, out: Path) -> None:
    """Write a questionnaire as an XLSForm, without the words that were loaded for it."""
    workbook = xlsform.write(_known(code, version, None))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(workbook)


@questionnaire.command("print")
@click.argument("code")
@click.option("--version", help="Needed where a measure has more than one.")
@click.option("--language", default="", help="One of the questionnaire's languages.")
@click.option("--reference", default="", help="The study reference of the family the sheet is for.")
@click.option("--wave", default="")
@click.option("-o", "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The PDF.")
def print_sheet(code: str, version: str | None, language: str, reference: str, wave: str, out: Path) -> None:
    """A sheet to fill in by hand; where the words are somebody else's, the cover of their own form."""
    sheet = paper.printed(_known(code, version, Mode.PAPER), Sheet(reference, wave), language=language)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(sheet)


def _known(code: str, version: str | None, mode: Mode | None) -> Questionnaire:
    """A questionnaire of the study, in the words that may leave in this way; without a database, one of the shelf."""
    if not doors.told().database_url:
        return shelf.load(code, version)

    async def find() -> Questionnaire | None:
        async with doors.acting(readonly=True) as (conn, who):
            held = [each for each in await library.every(conn) if each.code == code and version in (None, each.version)]
            if len(held) != 1:
                return None
            definition = await library.definition(conn, held[0].hash)
            if mode is None:
                return definition
            [worded] = await library.spoken(conn, [definition], mode, on=who.now.date())
            return worded

    found: Questionnaire | None = doors.run(find())
    return found or shelf.load(code, version)


def _read(file: Path, choices: tuple[Path, ...]) -> tuple[Imported, ...]:
    """What a file asks, whichever of the three ways it is written in."""
    if file.suffix.lower() == ".csv":
        return redcap.read(file.read_bytes())
    if file.suffix.lower() == ".toml":
        return (Imported(reading.read(file.read_text("utf-8"))),)
    beside = {each.name: each.read_bytes() for each in choices}
    return (xlsform.read(file.read_bytes(), name=names.Names().free(file.stem), files=beside),)


def _tell(found: tuple[Imported, ...]) -> None:
    for each in found:
        for notice in each.notices:
            click.echo(str(notice), err=True)


def _keep(questionnaire: Questionnaire, out: Path) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(writing.write(questionnaire), encoding="utf-8")


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


class Coded(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What each of two coders gave the same thing."""

    first: str
    second: str


@questionnaire.command("agreement")
@click.argument("code")
@click.argument("item")
@click.option("--version", help="Needed where a measure has more than one.")
@click.option(
    "--weighting",
    type=click.Choice([each.value for each in Weighting]),
    default=Weighting.NONE.value,
    show_default=True,
    help="What a near miss between grades counts; grades are in the order of their values.",
)
@click.option("--leave-out", multiple=True, metavar="CHOICE", help="A choice that is no grade, as “other”.")
def agree(code: str, item: str, version: str | None, weighting: str, leave_out: tuple[str, ...]) -> None:
    """How far two coders agree: {"first": …, "second": …} a line in, Cohen's kappa with its interval out."""
    asked = shelf.load(code, version).items.get(item)
    if not isinstance(asked, SelectOne):
        raise UnknownItem(f"{code}: {item} is no question with one choice")
    offered = [choice.name for choice in sorted(asked.choices, key=lambda choice: choice.value or 0)]
    coded = [_coded(number, line, offered) for number, line in enumerate(sys.stdin, 1) if line.strip()]
    pairs = [pair for pair in coded if not {*pair} & {*leave_out}]
    grades = [name for name in offered if name not in leave_out]
    found = agreement.cohen(pairs, grades, Weighting(weighting))
    doors.say({**msgspec.structs.asdict(found), "left_out": len(coded) - len(pairs)})


def _coded(number: int, line: str, offered: list[str]) -> tuple[str, str]:
    try:
        given = msgspec.json.decode(line, type=Coded)
    except msgspec.DecodeError as error:
        raise NotAPair(f"line {number}") from error
    for code in (given.first, given.second):
        if code not in offered:
            raise UnknownCode(f"line {number}: {code}")
    return given.first, given.second


@questionnaire.command()
@click.argument("expression")
def evaluate(expression: str) -> None:
    """The value of a condition, given the answers as one JSON object on standard input."""
    try:
        answers = msgspec.json.decode(sys.stdin.read() or "{}", type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise click.UsageError("The answers on standard input must be one JSON object.") from error
    doors.say({"value": expressions.evaluate(expressions.parse(expression), answers)})

"""XLSForms: questionnaires as the workbooks researchers already have, read and written (pure)."""

from collections.abc import Mapping
from typing import Any

from questionnaires import checks, workbooks
from questionnaires.definitions import About, Licence, Questionnaire, Respondent
from questionnaires.errors import FaultyForm, UnreadableTable
from questionnaires.imported import Imported
from questionnaires.names import Names
from questionnaires.notices import Findings, Notice
from questionnaires.xlsform import choosing, extras, grid, names, outline, rules
from questionnaires.xlsform.choosing import Lists
from questionnaires.xlsform.grid import MEDIA, OWN, Line, Sheet
from questionnaires.xlsform.outline import YES, Outline
from questionnaires.xlsform.questions import Reader
from questionnaires.xlsform.writing import Writer

COLUMNS = {
    "survey": (grid.SURVEY, grid.SURVEY_COLUMNS),
    "choices": (grid.CHOICES, grid.CHOICE_COLUMNS),
    "external_choices": (grid.CHOICES, grid.CHOICE_COLUMNS),
    "settings": (grid.SETTINGS, grid.SETTING_COLUMNS),
    "entities": ({"dataset": "list_name"}, {"list_name", "label", "entity_id", "create_if", "update_if", "repeat"}),
}
UNNAMED: dict[str, Any] = {"respondent": Respondent.PARENT, "about": About.FAMILY}
IGNORED = {
    "public_key": "Answers go nowhere but into the study's own database; this was left out.",
    "submission_url": "Answers go nowhere but into the study's own database; this was left out.",
    "auto_send": "Answers go nowhere but into the study's own database; this was left out.",
    "auto_delete": "Answers go nowhere but into the study's own database; this was left out.",
    "instance_name": "Administrations are not named by their answers; this was left out.",
    "style": "Pages look as those of this program do; this was left out.",
}


def read(content: bytes, *, name: str = "", files: Mapping[str, bytes] | None = None) -> Imported:
    """An XLSForm as a questionnaire; `files` are those its lists are kept in, by their names."""
    findings = Findings()
    sheets = _sheets(content, findings)
    settings = sheets["settings"].lines[0] if sheets["settings"].lines else Line("settings", 2, {})
    form = outline.outline(sheets["survey"], findings, root=settings.get("name") or "data")
    _check(form, sheets, settings)
    _stop(findings)
    given = {each: content for each, content in (files or {}).items() if each.lower().endswith(".csv")}
    questionnaire = _build(form, sheets, settings, choosing.files(given, findings), name)
    _stop(findings)
    return Imported(questionnaire, tuple(dict.fromkeys(findings.notices)))


def write(questionnaire: Questionnaire) -> bytes:
    """The questionnaire as a workbook; what XLSForm has no word for stands in columns and sheets of our own."""
    return workbooks.write(Writer(questionnaire).sheets())


def _sheets(content: bytes, findings: Findings) -> dict[str, Sheet]:
    if content[:2] != b"PK":
        raise UnreadableTable("An XLSForm is read as a workbook (.xlsx).")
    tables = {name.lower(): table for name, table in workbooks.sheets(content).items()}
    if "survey" not in tables and len(tables) == 1:
        tables = {"survey": next(iter(tables.values()))}
    if "survey" not in tables:
        raise FaultyForm((Notice("survey", 1, "", "There is no sheet `survey`."),))
    own = {*extras.SHEETS, "policies", "prompts"}
    sheets = {name: Sheet(name) for name in COLUMNS}
    for name in tables.keys() & (COLUMNS.keys() | own):
        aliases, known = COLUMNS.get(name, ({}, {header for header in map(str, (tables[name] or [[]])[0]) if header}))
        known = known if name in COLUMNS else {header.partition("::")[0] for header in known}
        sheets[name] = grid.read(name, tables[name], aliases, known, findings)
    return sheets


def _check(form: Outline, sheets: Mapping[str, Sheet], settings: Line) -> None:
    twice = settings.get("allow_choice_duplicates") in YES
    choices = choosing.grouped(sheets["choices"])
    external = choosing.grouped(sheets["external_choices"])
    rules.check_choices(sheets["choices"], form.findings, twice=twice)
    rules.check(form, choices, external)
    root = settings.get("name")
    if root and not outline.NAME.fullmatch(root):
        form.fault(settings, "name", f"{root[:60]!r} cannot be the name of a form.")
    looked_at = {
        "survey": (sheets["survey"], lambda column: column not in {"type", "name", "trigger"}),
        "choices": (sheets["choices"], lambda column: column in {"label", *MEDIA}),
        "settings": (Sheet("settings", sheets["settings"].lines[:1]), lambda _: True),
        "entities": (sheets["entities"], lambda column: column not in {"list_name", "repeat"}),
    }
    rules.check_references(form, looked_at)
    _check_entities(form, sheets)


def _check_entities(form: Outline, sheets: Mapping[str, Sheet]) -> None:
    for line in sheets["survey"].lines:
        if line.has("save_to") and not sheets["entities"].lines:
            form.fault(line, "save_to", "Nothing can be saved to an entity: there is no sheet `entities`.")
    for line in sheets["entities"].lines:
        if not line.get("list_name"):
            form.fault(line, "list_name", "This entity has no list.")
        if not line.get("label") and not (line.get("entity_id") and not line.get("create_if")):
            form.fault(line, "label", "A new entity needs a label.")


def _build(
    form: Outline, sheets: Mapping[str, Sheet], settings: Line, files: dict[str, list[Line]], name: str
) -> Questionnaire:
    default, languages = _languages(form, sheets, settings)
    rows = names.settle(form, set(files))
    choices = sheets["choices"]
    choosing.odd_columns(choices, form.findings)
    lists = Lists(
        rows,
        default,
        choosing.grouped(choices),
        choosing.grouped(sheets["external_choices"]),
        files,
        numbered=any(column == grid.OWN_VALUE for column, _ in choices.columns),
    )
    reader = Reader(form, rows, lists, default, extras.prompts(sheets, default))
    sections = tuple(reader.sections())
    _say_columns(form, sheets, settings)
    code = _code(form, settings, name)
    title = settings.cells.get(("form_title", "")) or form.settings.get("form_title") or code
    given = {
        "code": code,
        "version": settings.cells.get(("version", ""), "1"),
        # XLSForm knows one title, which is shown in every language.
        "title": title if len(languages) == 1 else dict.fromkeys(languages, title),
        "languages": languages,
        "default_language": default,
        "sections": sections,
    }
    return Questionnaire(**given | _said(form, sheets, settings, default))


def _code(form: Outline, settings: Line, name: str) -> str:
    given = settings.get("form_id") or settings.get("id_string") or form.settings.get("form_id") or name or "form"
    code = given if checks.CODE.fullmatch(given) else Names().free(given)
    if code != given:
        form.notice(settings, "form_id", f"{given[:60]!r} is called {code!r} here.")
    return code


def _said(form: Outline, sheets: Mapping[str, Sheet], settings: Line, default: str) -> dict[str, Any]:
    """What our own columns and sheets say; without them a form is a parent's, about the family, in your own words."""
    said = extras.said(settings, form.findings, default)
    if not {"respondent", "about", "licence"} <= set(said):
        sentence = "It is read as your own words, asked of a parent about the family. Change this where it is not so."
        form.findings.notices.append(Notice("settings", 2, "", sentence))
        said = UNNAMED | {"licence": Licence(status="own", wording="own")} | said
    for name, kind in extras.SHEETS.items():
        if name in sheets:
            said[name] = extras.read(sheets[name], kind, form.findings, default)
    if "policies" in sheets:
        said["policies"] = extras.policies(sheets["policies"], form.findings)
    return said


def _languages(form: Outline, sheets: Mapping[str, Sheet], settings: Line) -> tuple[str, tuple[str, ...]]:
    """The default language and all there are; words in no language are in the default one."""
    named = [code for name in ("survey", "choices") for code in map(grid.code, sheets[name].languages())]
    default = grid.code(settings.get("default_language"))
    plain = any(column == ("label", "") for column in sheets["survey"].columns)
    if not default:
        default = "en" if plain or not named else named[0]
        if plain and named and "en" not in named:
            sentence = "The default language is not named; words in no language are read as English."
            form.notice(settings, "default_language", sentence)
    return default, tuple(dict.fromkeys([default, *named]))


def _say_columns(form: Outline, sheets: Mapping[str, Sheet], settings: Line) -> None:
    """One sentence for every column and setting that was passed over."""
    for column, _ in sheets["survey"].columns:
        if column not in grid.SURVEY_COLUMNS and not column.startswith(f"{OWN}::"):
            form.findings.notices.append(Notice("survey", 1, column, "This column was left out."))
    for line in sheets["survey"].lines:
        for column in ("save_to", "autoplay", "rows", "no_app_error_string"):
            if line.has(column):
                form.notice(line, column, "There is nothing like this here; it was left out.")
    for line in sheets["entities"].lines:
        form.notice(line, "", "Entities are not kept here; this row was left out.")
    for column, _ in settings.cells:
        if column not in grid.SETTING_COLUMNS and not column.startswith(f"{OWN}::"):
            sentence = IGNORED.get(column, "There is no such setting here; it was left out.")
            form.notice(settings, column, sentence)


def _stop(findings: Findings) -> None:
    if findings.faults:
        raise FaultyForm(tuple(dict.fromkeys(findings.faults)))

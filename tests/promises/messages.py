"""Our own words, gathered from where they stand: templates, sentences in Python, errors a family can meet."""

from pathlib import Path

from babel.messages import extract

from fieldwork.web import handing, problems

ROOT = Path(__file__).parents[2]
TEMPLATES = dict.fromkeys(("trimmed", "newstyle_gettext", "trim_blocks", "lstrip_blocks"), "true") | {"silent": "false"}
MARKS = {"Sentence": None, "WrongAnswer": None}


def used() -> dict[tuple[str, ...], list[str]]:
    """Every message, with its plural where it has one, and where it is used."""
    found: dict[tuple[str, ...], list[str]] = {}
    drawn = extract.extract_from_dir(
        ROOT / "fieldwork/web/templates", [("**.html", "jinja2")], options_map={"**.html": TEMPLATES}
    )
    said = [
        (f"{package}/{file}", *rest)
        for package in ("fieldwork", "questionnaires")
        for file, *rest in extract.extract_from_dir(ROOT / package, [("**.py", "python")], keywords=MARKS)
    ]
    for file, line, message, *_ in [*drawn, *said]:
        found.setdefault(message if isinstance(message, tuple) else (message,), []).append(f"{file}:{line}")
    for error in (*problems.FAMILIES_MEET, *handing.REFUSED):
        found.setdefault(((error.__doc__ or "").strip(),), []).append(error.__qualname__)
    return found

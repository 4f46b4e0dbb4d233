"""Rules an XLSForm has to keep: lists, labels, parameters and references (pure)."""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from questionnaires.notices import Findings, Notice
from questionnaires.xlsform import types
from questionnaires.xlsform.grid import MEDIA, Line, Sheet
from questionnaires.xlsform.outline import NAME, Node, Outline

REFERENCE = re.compile(r"\$\{([^}]+)\}|\$\{[^}]*$")
INNER = re.compile(rf"(?:last-saved#)?({NAME.pattern})")
_PAIRS = re.compile(r"[\s,;]*(?:([^\s=,;]+)\s*=\s*([^\s=,;]+)[\s,;]*)*")
_PAIR = re.compile(r"([^\s=,;]+)\s*=\s*([^\s=,;]+)")
_DYNAMIC = re.compile(r"\$\{|\w\(|[^-]\s[-+*]\s|\bdiv\b|\bmod\b")
_SELECT = {"randomize", "seed"}
Lists = Mapping[str, list[Line]]


def check(form: Outline, lists: Lists, external: Lists) -> None:
    for node in form.root.walk():
        _check_list(form, node, lists, external)
        _check_words(form, node)
        _check_parameters(form, node, lists)
        _check_calculation(form, node)
    for part in [form.root, *(node for node in form.root.walk() if node.is_part)]:
        _check_table(form, part)
    _check_triggers(form)


def check_references(form: Outline, sheets: Mapping[str, tuple[Sheet, Callable[[str], bool]]]) -> None:
    """Every `${name}` in the columns that are looked at must name one row, and only one."""
    names = Counter(node.raw for node in form.root.walk()) + Counter(["instanceID"])
    for sheet, looked_at in sheets.values():
        for line in sheet.lines:
            for (column, _), text in line.cells.items():
                if looked_at(column):
                    for sentence in _wrong_references(text, names):
                        form.fault(line, column, sentence)


def references(text: str) -> Iterator[str | None]:
    """The names in `${…}`; None for one that cannot be read."""
    for found in REFERENCE.finditer(text):
        inner = INNER.fullmatch(found[1] or "")
        yield inner[1] if inner else None


def parameters(line: Line) -> dict[str, str] | None:
    """`start=0 end=10` by name; None where they cannot be read."""
    text = line.get("parameters")
    if not _PAIRS.fullmatch(text):
        return None
    return {
        key.lower(): value if key.lower() in {"label", "value"} else value.lower() for key, value in _PAIR.findall(text)
    }


def dynamic(default: str) -> bool:
    return bool(_DYNAMIC.search(default))


def check_choices(choices: Sheet, findings: Findings, *, twice: bool) -> None:
    if choices.lines and not any(column == "name" for column, _ in choices.columns):
        findings.faults.append(Notice(choices.name, 1, "name", "There is no column `name`."))
        return
    seen: set[tuple[str, str]] = set()
    for line in choices.lines:
        if not line.get("list_name"):
            continue
        if not line.get("name"):
            findings.faults.append(Notice(choices.name, line.number, "name", "This choice has no name."))
        key = (line.get("list_name"), line.get("name"))
        if key in seen and key[1] and not twice:
            sentence = f"The choice {key[1][:60]!r} is in its list twice."
            findings.faults.append(Notice(choices.name, line.number, "name", sentence))
        seen.add(key)


def _wrong_references(text: str, names: Counter[str]) -> Iterator[str]:
    for name in references(text):
        if name is None:
            yield "A reference is written ${name}, without spaces, and closed."
        elif not names[name]:
            yield f"There is no row called {name[:60]!r}."
        elif names[name] > 1:
            yield f"{name!r} does not say which row is meant: {names[name]} have this name."


def _check_list(form: Outline, node: Node, lists: Lists, external: Lists) -> None:
    kind, name = node.asked.kind, node.asked.list_name
    if kind == "external":
        if name not in external:
            form.fault(node.line, "type", f"There is no list {name[:60]!r} on the sheet external_choices.")
        return
    if not name or (node.is_part and kind != "loop"):
        return
    if node.asked.from_file and not types.is_file(name):
        form.fault(node.line, "type", f"{name[:60]!r} is no file of the kinds .csv, .xml or .geojson.")
    elif name not in lists and not (kind != "loop" and (types.is_file(name) or any(references(name)))):
        form.fault(node.line, "type", f"There is no list {name[:60]!r} on the sheet choices.")
    if kind == "multiple" and any(" " in line.get("name") for line in lists.get(name, [])):
        form.fault(node.line, "type", f"A choice of the list {name!r} has a space in its name.")
    if node.asked.or_other and node.line.get("choice_filter"):
        form.fault(node.line, "choice_filter", "Choices with `or_other` cannot be filtered.")
    if node.asked.or_other and name not in lists:
        form.fault(node.line, "type", "Only a list of the sheet choices can end with `or_other`.")


def _check_words(form: Outline, node: Node) -> None:
    if node.is_part or node.asked.kind in types.UNSEEN | {"unknown", "external file"}:
        return
    line = node.line
    computed = line.get("calculation") or line.get("trigger")
    if not line.has("label", "hint", *MEDIA) and not (computed and not line.has("guidance_hint")):
        form.fault(line, "label", "This question has neither label nor hint.")
    if line.has("big-image") and not line.has("image"):
        form.fault(line, "big-image", "A large picture needs a small one beside it.")


def _check_calculation(form: Outline, node: Node) -> None:
    line = node.line
    if line.get("type") == "calculate" and not (line.get("calculation") or dynamic(line.get("default"))):
        form.fault(line, "calculation", "There is nothing to calculate.")
    if line.get("type") == "background-geopoint" and not line.get("trigger"):
        form.fault(line, "trigger", "Nothing sets off where this place is taken.")
    if line.get("type") == "background-geopoint" and line.get("calculation"):
        form.fault(line, "calculation", "A place that is taken unseen cannot be calculated.")


def _check_table(form: Outline, part: Node) -> None:
    if "table-list" not in part.line.get("appearance").split():
        return
    rows = [node for node in part.children if node.asked.list_name and not node.is_part]
    for node in rows:
        if node.asked.list_name != rows[0].asked.list_name:
            form.fault(node.line, "type", "The questions of a table must share one list.")
    if rows and rows[0].line.get("choice_filter"):
        form.fault(rows[0].line, "choice_filter", "The choices of a table cannot be filtered.")


def _check_triggers(form: Outline) -> None:
    questions = {node.raw: node for node in form.root.walk() if not node.is_part}
    for node in form.root.walk():
        text = node.line.get("trigger")
        for part in text.split(",") if text and not node.is_part else []:
            named = list(references(part))
            if len(named) != 1 or named[0] is None:
                form.fault(node.line, "trigger", "A trigger is written ${name}; several are parted by commas.")
            elif named[0] not in questions:
                form.fault(node.line, "trigger", f"There is no question {named[0][:60]!r} to be set off by.")
            elif _is_computed(questions[named[0]]):
                form.fault(node.line, "trigger", f"{named[0]!r} is never seen, so it can set nothing off.")


def _is_computed(node: Node) -> bool:
    computed = node.line.get("calculation") or node.line.get("trigger")
    return node.line.get("type") == "calculate" or bool(computed and not node.line.has("label", "hint"))


def _check_parameters(form: Outline, node: Node, lists: Lists) -> None:
    line = node.line
    given = parameters(line)
    if given is None:
        form.fault(line, "parameters", "Parameters are written key=value, with a space between two of them.")
        return
    known = _SELECT | ({"label", "value"} if node.asked.from_file else set())
    if not (node.asked.list_name and not node.is_part):
        known = types.TAKES.get(line.get("type"), set(given))
    for key in sorted(set(given) - known):
        form.fault(line, "parameters", f"There is no parameter {key[:40]!r} for this type.")
    for sentence in _wrong_values(line.get("type"), given, bool(node.asked.list_name)):
        form.fault(line, "parameters", sentence)
    if node.asked.kind == "range":
        for sentence in _wrong_range(given, line.get("appearance"), lists):
            form.fault(line, "parameters", sentence)


def _wrong_values(kind: str, given: dict[str, str], chooses: bool) -> Iterator[str]:
    whole = {"text": "rows"}.get(kind) or ("max-pixels" if "max-pixels" in types.TAKES.get(kind, ()) else "")
    if whole in given and not re.fullmatch(r"[+-]?\d+", given[whole]):
        yield f"The parameter {whole} must be a whole number."
    if chooses and given.get("randomize", "true") not in {"true", "false"}:
        yield "The parameter randomize must be true or false."
    if chooses and "seed" in given and "randomize" not in given:
        yield "A seed means something only with randomize=true."
    if chooses and "seed" in given and not any(references(given["seed"])) and number(given["seed"]) is None:
        yield "A seed must be a number or ${name}."
    qualities = {"voice-only", "low", "normal"} | ({"external"} if kind != "background-audio" else set())
    if "quality" in types.TAKES.get(kind, ()) and given.get("quality", "low") not in qualities:
        yield "There is no such quality of recording."
    if kind in {"geotrace", "geoshape"} and given.get("incremental", "true") != "true":
        yield "The parameter incremental can only be true."
    if kind == "audit":
        yield from _wrong_audit(given)


def _wrong_audit(given: dict[str, str]) -> Iterator[str]:
    for key in ("track-changes", "identify-user"):
        if given.get(key, "true") not in {"true", "false"}:
            yield f"The parameter {key} must be true or false."
    if given.get("track-changes-reasons", "on-form-edit") != "on-form-edit":
        yield "The parameter track-changes-reasons can only be on-form-edit."
    located = [given.get(f"location-{key}") for key in ("priority", "min-interval", "max-age")]
    if any(located) and not all(located):
        yield "Location needs location-priority, location-min-interval and location-max-age."
    elif all(located) and not all((interval or "").isdigit() for interval in located[1:]):
        yield "The intervals of location must be whole numbers."


def number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _wrong_range(given: dict[str, str], appearance: str, lists: Lists) -> Iterator[str]:
    wanted = {"start": "1", "end": "10", "step": "1"} | given
    numbers = {key: number(value) for key, value in wanted.items() if key != "tick_labelset"}
    for key, value in numbers.items():
        if value is None:
            yield f"The parameter {key} must be a number."
    start, end = numbers["start"], numbers["end"]
    ticks = {"tick_interval", "placeholder", "tick_labelset"} & set(given)
    if ticks and appearance and not ("vertical" in appearance or "no-ticks" in appearance):
        yield "Ticks and placeholders do not go with this appearance."
    if given.get("tick_labelset") and given["tick_labelset"] not in lists:
        yield f"There is no list {given['tick_labelset'][:60]!r} on the sheet choices."
    if start is None or end is None:
        return
    for key in ("step", "tick_interval"):
        value = numbers.get(key)
        if value == 0:
            yield f"The parameter {key} must not be 0."
        elif value is not None and value > abs(end - start):
            yield f"The parameter {key} is larger than the range."

"""Schemas: each is written only from the room of its name, whoever may read it."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("consent", "questionnaires", "scheduler", "fieldwork")
WRITES = re.compile(
    r"\b(?:insert\s+into|update|delete\s+from|truncate(?:\s+table)?|merge\s+into|copy)\s+(?:only\s+)?"
    r"([a-z_]+|\{\w+\})\.(\w+|\{[^}]+\})",
    re.IGNORECASE,
)
UNNAMED = re.compile(r"\b(?:insert\s+into|delete\s+from)\s+(?:only\s+)?(?!\w+\.)[\w{\"]+", re.IGNORECASE)
# A function of the owner that writes is called from anywhere: it is the table's own guard. Signing in and handing out notes.
OWN = {
    "fieldwork/base": {"trail", "public"},  # which migrations this database has seen is kept where no room is
    "fieldwork/web": set(),
    "fieldwork/commands": set(),
    "fieldwork/reports": set(),
    "fieldwork/export": set(),
}
# Filled in bulk and by no room, on purpose and on a database of its own: the table of a benchmark, not of a study.
SIMULATED = {"fieldwork/rehearsal/simulate.py"}


def rooms():
    """Each file and the schemas it may write: those of its room."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).parts
            room = "/".join(parts[:2]) if package == "fieldwork" and len(parts) > 2 else parts[0]
            yield path, OWN.get(room, {room.rsplit("/", 1)[-1]} if room != "fieldwork" else set())


def statements(path):
    """Every text in a file that is not a docstring; of a text with places to fill in, its constant parts."""
    tree = ast.parse(path.read_text())
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{x}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.value


def test_a_schema_is_written_only_from_the_room_of_its_name():
    found, strangers = set(), []

    for path, own in rooms():
        for text in statements(path):
            written = {schema for schema, _ in WRITES.findall(text)}
            found |= written
            if written - own and str(path.relative_to(ROOT)) not in SIMULATED:
                strangers.append((str(path.relative_to(ROOT)), sorted(written - own)))

    assert not strangers
    assert found >= {"consent", "questionnaires", "scheduler", "people", "cases", "staff", "study", "trail"}


def test_every_write_names_its_schema():
    unnamed = [
        (str(path.relative_to(ROOT)), found[0])
        for path, _ in rooms()
        for text in statements(path)
        if (found := [match for match in UNNAMED.findall(text) if not match.lower().startswith("copy")])
    ]

    assert not unnamed


def test_no_room_begins_or_commits():
    doors = ("fieldwork/web", "fieldwork/base", "fieldwork/commands", "fieldwork/worker.py", "fieldwork/app.py", "fieldwork/rehearsal")
    begun = re.compile(r"\.transaction\(|\b(begin|commit|rollback|savepoint)\b\s*;?\s*$|set_config|set local", re.IGNORECASE)

    strangers = [
        (str(path.relative_to(ROOT)), line.strip())
        for path, _ in rooms()
        if not str(path.relative_to(ROOT)).startswith(doors)
        for line in path.read_text().splitlines()
        if begun.search(line) and "execute" in line + " .transaction(" and "(" in line and not line.lstrip().startswith(("#", '"'))
        and re.search(r"\.transaction\(|execute\(.*\b(begin|commit|rollback|savepoint|set local)\b", line)
    ]

    assert not strangers


def test_nobody_reads_the_machines_clock_but_the_clock():
    clocks = re.compile(r"\b(datetime\.now|datetime\.utcnow|date\.today|time\.time|time\.time_ns)\(|\b(now|current_date)\(\)|\bcurrent_date\b")
    # Ids are ordered by the machine's time; a second factor is the machine's time.
    allowed = {"fieldwork/base/clock.py", "fieldwork/base/ids.py", "fieldwork/staff/second_factor.py"}

    strangers = [
        (str(path.relative_to(ROOT)), text.strip()[:80])
        for path, _ in rooms()
        if str(path.relative_to(ROOT)) not in allowed
        for text in calls(path)
        if clocks.search(text)
    ]

    assert not strangers


def calls(path):
    """What a file calls, and what its statements say."""
    tree = ast.parse(path.read_text())
    yield from (ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func).startswith(("datetime", "date", "time")))
    yield from (text for text in statements(path) if re.match(r"\s*(select|insert|update|delete|with)\b", text))

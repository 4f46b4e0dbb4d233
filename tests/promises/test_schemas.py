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
# A form's rows may begin a group or a repeat; nothing else is begun.
BEGINS = re.compile(
    r"\s*(begin(?![\s\[_]*(?:group|repeat|\{|\\s|$))|commit|rollback|savepoint|set\s+(local|session)?|start\s+transaction)\b",
    re.IGNORECASE,
)
# What a connection would keep when its transaction is over: it goes back to its pool as it is.
OUTLIVES = re.compile(
    r"^\s*set\s+(?!local\b)\w+(\s+to\b|\s*=|\s+role\b)|\bset_config\s*\([^;]*\bfalse\b|\bpg_(try_)?advisory_lock"
    r"|^\s*(un)?listen\s|\bcreate\s+(local\s+|global\s+)?temp|\bwith\s+hold\b|^\s*(prepare|discard)\s+\w",
    re.IGNORECASE,
)
# Whoever migrates and the worker's clock have connections of their own; a rehearsal puts back what it set.
ALONE = {"fieldwork/base/schema.py", "scheduler/jobs.py", "fieldwork/rehearsal/replay.py"}
MACHINE = re.compile(r"(datetime\.)*(datetime|date|time)\.(now|utcnow|today|time|time_ns|monotonic)\(")
NOW = re.compile(r"\b(now|clock_timestamp|statement_timestamp)\(\)|\bcurrent_(date|time|timestamp)\b", re.IGNORECASE)
# Ids are ordered by the machine's time, a second factor is the machine's time; no study data are reckoned with either.
MIGRATIONS = sorted((ROOT / "fieldwork/base/migrations").glob("*.sql"))
CLOCKS = {"fieldwork/base/clock.py", "fieldwork/base/ids.py", "fieldwork/staff/second_factor.py"}
OWN = {
    "fieldwork/base": {"trail", "public"},  # which migrations this database has seen is kept where no room is
    "fieldwork/web": set(),
    "fieldwork/commands": set(),
    "fieldwork/reports": set(),
    "fieldwork/export": set(),
}


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
            if written - own:
                strangers.append((shown(path), sorted(written - own)))

    assert not strangers
    assert found >= {
        "consent",
        "questionnaires",
        "scheduler",
        "people",
        "cases",
        "staff",
        "study",
        "trail",
        "safeguarding",
    }


def test_every_write_names_its_schema():
    unnamed = [
        (shown(path), found[0]) for path, _ in rooms() for text in statements(path) if (found := UNNAMED.findall(text))
    ]

    assert not unnamed


def test_no_room_begins_or_commits():
    doors = ("fieldwork/web", "fieldwork/base", "fieldwork/commands", "fieldwork/worker.py", "fieldwork/rehearsal")
    inside = [path for path, _ in rooms() if not shown(path).startswith(doors)]

    begun = [
        (shown(path), call)
        for path in inside
        for call in calls(path)
        if call.partition("(")[0].endswith(".transaction")
    ]
    begun += [(shown(path), text) for path in inside for text in statements(path) if BEGINS.match(text)]

    assert not begun


def test_nothing_that_is_asked_outlives_its_transaction():
    texts = [(shown(path), text) for path, _ in rooms() for text in statements(path)]
    texts += [(path.name, text) for path in MIGRATIONS for text in path.read_text().split(";")]

    left = {place for place, text in texts if OUTLIVES.search(text)}
    called = {shown(path) for path, _ in rooms() for call in calls(path) if ".add_listener(" in call}

    assert left == ALONE
    assert not called


def test_nobody_reads_the_machines_clock_but_the_clock():
    others = [path for path, _ in rooms() if shown(path) not in CLOCKS]

    read = [(shown(path), call) for path in others for call in calls(path) if MACHINE.match(call)]
    read += [(shown(path), text) for path in others for text in statements(path) if NOW.search(text)]

    assert not read


def shown(path):
    return str(path.relative_to(ROOT))


def calls(path):
    return [ast.unparse(node) for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]

#!/usr/bin/env python3
"""Two commands on a machine with Python and pip: `run.py demo` and `run.py test`. Standard library only."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
HOUSE = HERE.parent
VENV = HOUSE / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "installed"
OLDEST = (3, 11)
ROOM = 4 * 2**30
# One more than there are cores, as tests also wait. Each goes to whoever is free; those of one rehearsal stay together.
AT_ONCE = ["-n", "3", "--dist", "loadgroup"]
CHECKS = (
    ("format", ["ruff", "format", "--check", "."]),
    ("lint", ["ruff", "check", "."]),
    ("templates", ["djlint", "--lint", "--quiet", "fieldwork/web/templates"]),
    ("types", ["mypy"]),
    ("import contracts", ["lint-imports"]),
)


def main(arguments: list[str]) -> int:
    if sys.version_info < OLDEST:
        sys.exit(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}.")
    command, *further = arguments or ["demo"]
    install("requirements-dev.lock" if command == "test" else "requirements.lock")
    return test(further) if command == "test" else run([PYTHON, "-m", "fieldwork", command, *further])


def install(lock: str) -> None:
    """The locked libraries, each checked by its hash, into a folder of the project's own; done once for each lock."""
    wanted = hashlib.sha256((HERE / lock).read_bytes() + sys.version.encode()).hexdigest()
    if STAMP.exists() and wanted in STAMP.read_text().split():
        return
    print(f"Installing the libraries of {lock} into .venv …", file=sys.stderr)
    if not PYTHON.exists():
        make_environment()
    pip = [
        PYTHON,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--only-binary",
        ":all:",
        "--require-hashes",
    ]
    if run([*pip, "-r", HERE / "requirements-uv.lock"]) == 0:
        uv = [
            PYTHON,
            "-m",
            "uv",
            "pip",
            "install",
            "--quiet",
            "--python",
            PYTHON,
            "--only-binary",
            ":all:",
            "--require-hashes",
        ]
        installed = run([*uv, "-r", HERE / lock])
    else:
        installed = run([*pip, "-r", HERE / lock])
    if installed != 0:
        sys.exit("The libraries could not be installed. Is a package index reachable? Nothing else was changed.")
    before = STAMP.read_text().split() if STAMP.exists() else []
    STAMP.write_text("\n".join([*before, wanted]))


def make_environment() -> None:
    try:
        import venv  # noqa: PLC0415 - Debian ships Python without it

        venv.EnvBuilder(with_pip=True).create(VENV)
    except (ImportError, subprocess.CalledProcessError, SystemExit):
        shutil.rmtree(VENV, ignore_errors=True)
        sys.exit("Python's venv module is missing. On Debian or Ubuntu: sudo apt install python3-venv")


def test(further: list[str]) -> int:
    """Lint, types, import contracts, then the tests; with arguments of its own, only the tests they name."""
    if not further:
        for name, check in CHECKS:
            print(f"— {name}", file=sys.stderr)
            if run([PYTHON.parent / check[0], *check[1:]]) != 0:
                return 1
    print("— tests", file=sys.stderr)
    return run([PYTHON, "-m", "pytest", "-q", *(further or AT_ONCE)], TMPDIR=scratch())


def scratch() -> str:
    """Where the tests keep their databases: in memory where the machine offers room for it, for there are hundreds."""
    memory = Path("/dev/shm")  # noqa: S108 - each test makes a folder of its own in it, as it would in any other
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > ROOM
    return str(memory) if roomy and "TMPDIR" not in os.environ else tempfile.gettempdir()


def run(command: list[object], **environment: str) -> int:
    """The command's own exit status. On Ctrl-C the command, which hears it too, is left the time to end well."""
    with subprocess.Popen([str(part) for part in command], cwd=HOUSE, env=os.environ | environment) as running:
        while True:
            try:
                return running.wait()
            except KeyboardInterrupt:
                continue


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The judge's environment: pyxform, locked and apart from ours, because it pins libraries we use too."""

import hashlib
import json
import subprocess
import sys
import venv
from pathlib import Path

HOUSE = Path(__file__).resolve().parents[3]
LOCK = HOUSE / "deploy" / "requirements-pyxform.lock"
ORACLE = Path(__file__).with_name("oracle.py")
PIP = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:", "--require-hashes")


def environment():
    """Its Python, made once for each lock; None where the registry cannot be reached."""
    wanted = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()[:16]
    room = HOUSE / ".venv" / f"pyxform-{wanted}"
    python = room / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    stamp = room / "installed"
    if stamp.exists():
        return python
    venv.EnvBuilder(with_pip=True, clear=True).create(room)
    if subprocess.run([python, *PIP, "-r", LOCK], check=False).returncode != 0:
        return None
    stamp.touch()
    return python


def verdicts(python, folder):
    """What pyxform says of every workbook in a folder, in one process: "" where it takes the form."""
    told = subprocess.run([python, ORACLE, folder], check=True, capture_output=True, text=True)
    return json.loads(told.stdout)


if __name__ == "__main__":
    sys.exit(0 if environment() else "The environment for pyxform could not be made.")

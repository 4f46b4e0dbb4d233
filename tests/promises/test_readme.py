"""README: the map of the house names every folder there is."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("consent", "questionnaires", "scheduler", "fieldwork")


def folders():
    """What is inside templates/ and static/ goes by the areas of the screens and needs no map."""
    found = {
        path.parent.relative_to(ROOT) for package in PACKAGES for path in (ROOT / package).rglob("*") if path.is_file()
    }
    mapped = [path for path in found if not {"templates", "static"} & set(path.parts[:-1])]
    return sorted(str(path) for path in mapped if path.name != "__pycache__")


@pytest.mark.parametrize("folder", folders())
def test_the_map_names_every_folder(folder):
    text = (ROOT / "README.md").read_text()

    assert re.search(rf"(?<![\w-]){re.escape(folder.rpartition('/')[2])}/", text), f"README.md does not name {folder}/"

"""The judge, run in an environment of its own: which of the workbooks in a folder pyxform takes, as JSON by name."""

import json
import sys
from pathlib import Path

from pyxform.xls2xform import convert


def verdict(path):
    try:
        convert(path.read_bytes(), file_type=".xlsx")
    except Exception as error:  # noqa: BLE001 - whatever it stumbles over, it did not take the form
        return f"{type(error).__name__}: {error}"
    return ""


sys.stdout.write(json.dumps({path.name: verdict(path) for path in sorted(Path(sys.argv[1]).glob("*.xlsx"))}))

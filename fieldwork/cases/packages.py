"""Packages: documents that are archives of parts; nothing of them is unpacked but a few lines (pure)."""

import re
import zlib
from io import BytesIO
from zipfile import BadZipFile, ZipFile

from fieldwork.cases.errors import CutOff, HoldsProgram, TooMuchInside

ENDINGS = {
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
}
_MAIN = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx"}
BROKEN = (BadZipFile, NotImplementedError, OSError, ValueError, EOFError, zlib.error)
MOST_PARTS = 5_000
MOST_INSIDE = 250_000_000
FEW_LINES = 200_000
PROGRAM = re.compile(r"vbaproject|activex|oleobject|macrosheets|(^|/)(basic|scripts)/|\.(exe|dll|js|vbs|bat|jar)$")
STRAYING = re.compile(r"^[/\\]|\\|(^|/)\.\.(/|$)|^[A-Za-z]:|\x00")


def media_type(data: bytes) -> str:
    """Which of the four it is, or nothing; a package that holds more than words and figures is refused."""
    if data.count(b"PK\x01\x02") > MOST_PARTS:
        raise TooMuchInside
    try:
        with ZipFile(BytesIO(data)) as package:
            parts = package.infolist()
            names = [part.filename for part in parts]
            if sum(part.file_size for part in parts) > MOST_INSIDE:
                raise TooMuchInside
            if any(STRAYING.search(part.orig_filename) for part in parts) or any(p.flag_bits & 1 for p in parts):
                return ""
            kinds = _first_lines(package, names, "mimetype"), _first_lines(package, names, "[Content_Types].xml")
    except BROKEN as error:
        raise CutOff from error
    if any(PROGRAM.search(name.lower()) for name in names) or "macroenabled" in kinds[1].lower():
        raise HoldsProgram
    if kinds[0] in ENDINGS and "content.xml" in names:
        return kinds[0]
    ending = next((ending for main, ending in _MAIN.items() if kinds[1] and main in names), "")
    return next((kind for kind, each in ENDINGS.items() if each == ending), "")


def opens(data: bytes) -> bool:
    """Whether something else could also be opened as an archive."""
    try:
        with ZipFile(BytesIO(data)):
            return True
    except BROKEN:
        return False


def _first_lines(package: ZipFile, names: list[str], name: str) -> str:
    if name not in names:
        return ""
    with package.open(name) as part:
        return part.read(FEW_LINES).decode("utf-8", "replace")

"""Files: what people hand in, and what they should not, made anew for each test."""

import io
import struct
import zipfile
import zlib
from pathlib import Path

from cast import Study
from PIL import Image

CAMERA, COMMENT = "Cameraquill", "Commentquill"
WIDE, HIGH = 40, 20


def picture(kind: str = "JPEG", *, width: int = WIDE, height: int = HIGH) -> bytes:
    """A photograph that lies on its side, with the place where it was taken, the camera and a comment."""
    told = Image.Exif()
    told[0x0112] = 6
    told[0x010F] = CAMERA
    place = told.get_ifd(0x8825)
    place[1], place[2] = "N", (51.0, 30.0, 0.0)
    return drawn(kind, width, height, exif=told, comment=COMMENT.encode())


def drawn(kind: str, width: int, height: int, **more: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, kind, **more)
    return out.getvalue()


def bomb() -> bytes:
    """A few kilobytes that would be drawn as a picture of 50,000 by 50,000 points."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 0, 0, 0, 0)
    lines = zlib.compress(bytes(50_001) * 100)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")


def box(name: bytes, inside: bytes = b"") -> bytes:
    return struct.pack(">I", 8 + len(inside)) + name + inside


def recorded(handler: bytes, brand: bytes = b"isom", size: int = 100) -> bytes:
    """The boxes of an MP4 with one track."""
    track = box(b"moov", box(b"trak", box(b"hdlr", bytes(8) + handler + bytes(12))))
    return box(b"ftyp", brand + bytes(4)) + box(b"mdat", bytes(size)) + track


def wave(size: int) -> bytes:
    return b"RIFF" + struct.pack("<I", size + 4) + b"WAVE" + bytes(size)


def package(parts: dict[str, str]) -> bytes:
    """The same bytes whenever it is made."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in parts.items():
            made.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def swollen(megabytes: int) -> bytes:
    """A small document of Word's with a picture in it that would be this large."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in WORDS.items():
            made.writestr(name, text)
        with made.open("word/media/a.bmp", "w") as large:
            for _ in range(megabytes):
                large.write(bytes(1_000_000))
    return out.getvalue()


def kept(study: Study) -> list[str]:
    """What stands in the folder of a study's files."""
    return sorted(path.name for path in Path(study.settings.files).iterdir())


WORDS = {"[Content_Types].xml": "<Types/>", "word/document.xml": "<w:document/>"}
FIGURES = {"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<workbook/>"}
OPEN_TEXT = {"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<office/>"}
PDF = b"%PDF-1.7\n1 0 obj << >> endobj\ntrailer << >>\n%%EOF\n"
MP3 = b"ID3\x04\x00\x00\x00\x00\x00\x00" + b"\xff\xfb\x90\x00" + bytes(400)
OGG = b"OggS\x00\x02" + bytes(100)
SCRIPTED = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'

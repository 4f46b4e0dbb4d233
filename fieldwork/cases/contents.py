"""Contents: what a file is, by what is in it and by nothing else, and what of it is kept (pure)."""

import re

from msgspec import Struct

from fieldwork.cases import packages, pictures
from fieldwork.cases.errors import CutOff, EmptyFile, FileTooLarge, WrongFile
from questionnaires.sentences import Sentence

LARGEST = 25_000_000
ENDINGS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/gif": "gif",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/ogg": "ogg",
    "audio/webm": "weba",
    "audio/wav": "wav",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/webm": "webm",
    "application/pdf": "pdf",
    "text/plain": "txt",
    **packages.ENDINGS,
}
TAKEN = {
    "image": Sentence("This is no picture that can be taken in. Send it as JPEG, PNG, WebP or GIF."),
    "audio": Sentence("This is no sound that can be taken in. Send it as MP3, M4A, OGG, WebM or WAV."),
    "video": Sentence("This is no film that can be taken in. Send it as MP4, MOV or WebM."),
    "file": Sentence(
        "This kind of file is not taken in. Send a PDF, a plain text, or a document or table without macros."
    ),
}
CODED = re.compile(rb"hdlr.{8}(vide|soun)", re.DOTALL)
HEAD = 65_536
UNFIT = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")
MARKUP = re.compile(r"\A\s*(<|#!)|<\s*/?\s*(script|html|svg|iframe|object)\b|<!doctype", re.IGNORECASE)


class Content(Struct, frozen=True):
    """What is kept of a file: its kind is a picture's, a sound's, a film's or any other's."""

    kind: str
    media_type: str
    data: bytes


def read(data: bytes, wanted: str) -> Content:
    """What is in a file, if it is what a question wants; one that wants any file takes every kind that is known."""
    if not data:
        raise EmptyFile
    if len(data) > LARGEST:
        raise FileTooLarge
    media_type = _media_type(data)
    kind = media_type.partition("/")[0]
    kind = kind if kind in ("image", "audio", "video") else "file"
    if not media_type or wanted not in (kind, "file"):
        raise WrongFile(TAKEN[wanted])
    return Content(kind, media_type, pictures.cleaned(data) if kind == "image" else data)


def _media_type(data: bytes) -> str:
    """Nothing where it is no kind that is taken in, or two kinds at once."""
    found = pictures.media_type(data)
    if found:
        return found
    if data.startswith(b"PK\x03\x04"):
        return packages.media_type(data)
    found = _sound_or_film(data) or _words(data)
    return "" if packages.opens(data) else found


def _sound_or_film(data: bytes) -> str:
    if data.startswith(b"RIFF") and data[8:12] == b"WAVE":
        if int.from_bytes(data[4:8], "little") + 8 > len(data):
            raise CutOff
        return "audio/wav"
    if data.startswith(b"OggS"):
        return "audio/ogg"
    if data.startswith(b"\x1a\x45\xdf\xa3") and b"webm" in data[:64]:
        return "video/webm" if re.search(rb"V_(VP8|VP9|AV1)", data[:HEAD]) else "audio/webm"
    if data[4:8] == b"ftyp":
        return _boxed(data)
    is_frame = data[0] == 0xFF and len(data) > 2 and data[1] & 0xE6 == 0xE2 and data[2] < 0xF0  # noqa: PLR2004 - MPEG, layer III
    return "audio/mpeg" if data.startswith(b"ID3") or is_frame else ""


def _boxed(data: bytes) -> str:
    """MP4 and MOV are boxes one after another; what they hold stands in the tracks' handlers."""
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4])
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16])
        at = len(data) if size == 0 else at + max(size, 8)
    if data[8:12] in (b"heic", b"heix", b"mif1", b"avif"):
        return ""
    tracks = set(CODED.findall(data))
    if at > len(data) or not tracks:
        raise CutOff
    if b"vide" not in tracks:
        return "audio/mp4"
    return "video/quicktime" if data[8:12] == b"qt  " else "video/mp4"


def _words(data: bytes) -> str:
    if data.startswith(b"%PDF-"):
        if b"%%EOF" not in data[-1024:]:
            raise CutOff
        return "application/pdf"
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return ""
    return "" if UNFIT.search(text) or MARKUP.search(text) else "text/plain"

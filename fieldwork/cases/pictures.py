"""Pictures: drawn anew, so that nothing stays in them but what is to be seen (pure)."""

from io import BytesIO

from PIL import Image, ImageOps

from fieldwork.cases.errors import CutOff, TooManyPoints

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
MOST_POINTS = 50_000_000
LONGEST_SIDE = 20_000
PLAIN = ("L", "RGB", "RGBA")
# Its own limit would only warn; ours is looked at before anything is decoded.
Image.MAX_IMAGE_PIXELS = None


def media_type(data: bytes) -> str:
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "image/webp"
    return "image/gif" if data.startswith((b"GIF87a", b"GIF89a")) else ""


def cleaned(data: bytes) -> bytes:
    """The picture the right way up, without place, camera, comments or anything hung on to it; of several the first."""
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as picture:
            _refuse_huge(picture)
            upright = ImageOps.exif_transpose(picture)
    except TooManyPoints:
        raise
    except Exception as error:  # a decoder stumbles in more ways than it says, and each means the same to who sent it
        raise CutOff from error
    if upright.mode not in PLAIN:
        upright = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    upright.info = {}
    out = BytesIO()
    upright.save(out, media_type(data).removeprefix("image/").upper(), quality=90)
    return out.getvalue()


def _refuse_huge(picture: Image.Image) -> None:
    if picture.width * picture.height > MOST_POINTS or max(picture.size) > LONGEST_SIDE:
        raise TooManyPoints

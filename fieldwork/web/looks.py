"""Looks: how a question asks to be shown, in the words a page knows."""

import re
from collections.abc import Iterator

from fieldwork.base import languages
from questionnaires import definitions, values
from questionnaires.definitions import Media, Question, said
from questionnaires.sentences import Sentence

KINDS: dict[type, str] = {
    definitions.Integer: "number",
    definitions.Decimal: "number",
    definitions.Range: "range",
    definitions.TextAnswer: "text",
    definitions.SelectOne: "one",
    definitions.SelectMultiple: "several",
    definitions.Rank: "rank",
    definitions.Date: "date",
    definitions.Time: "time",
    definitions.DateTime: "datetime",
    definitions.Upload: "file",
    definitions.Acknowledge: "acknowledge",
    definitions.Note: "note",
}
MOST_STEPS = 21
MEANT = frozenset({"multiline", "minimal", "likert", "columns", "rating", "month-year", "year", "numbers"})
_COLUMNS = re.compile(r"columns-([2-5])")
_PICTURES = re.compile(r"pictures-(?:faces|thumbs|circles)")
# What a browser offers to choose from; what a file is says only what is in it.
ACCEPTED = {
    "image": "image/jpeg,image/png,image/webp,image/gif",
    "audio": "audio/*,.m4a,.mp3,.ogg,.wav,.weba,.webm",
    "video": "video/mp4,video/quicktime,video/webm",
    "file": "",
}
FILES = (
    ("image", Sentence("picture “%(file)s”")),
    ("audio", Sentence("sound “%(file)s”")),
    ("video", Sentence("film “%(file)s”")),
)


def kind(item: Question) -> str:
    """A range of many steps is typed: nobody finds one circle among a hundred."""
    found = KINDS[type(item)]
    if isinstance(item, definitions.Range) and (item.end - item.start) / item.step >= MOST_STEPS:
        return "number"
    return found


def look(item: Question) -> tuple[str, ...]:
    wanted = item.appearance.replace("columns-pack", "columns").replace("quick", "").split()
    found = [word for word in wanted if word in MEANT or _COLUMNS.fullmatch(word) or _PICTURES.fullmatch(word)]
    if isinstance(item, definitions.Integer):
        found.append("numeric")
    return tuple(found)


def steps(item: definitions.Range) -> Iterator[str]:
    """Counted, not added up: tenths added up miss the end."""
    for number in range(int((item.end - item.start) / item.step + 1e-9) + 1):
        yield values.text(round(item.start + number * item.step, 10)) or ""


def shortened(day: str, look: tuple[str, ...]) -> str:
    """A month or a year is kept as its first day."""
    return day[:7] if "month-year" in look else day[:4] if "year" in look else day


def extent(item: definitions.Range) -> str:
    start, end, step = (values.text(float(each)) for each in (item.start, item.end, item.step))
    if step == "1":
        return Sentence("From %(start)s to %(end)s.", start=start, end=end)
    return Sentence("From %(start)s to %(end)s, in steps of %(step)s.", start=start, end=end, step=step)


def media(shown: Media | None, language: str, ours: str) -> str:
    """The files that belong to words, by name: what is in them is not kept here."""
    if shown is None:
        return ""
    named = [(word, file) for key, word in FILES if (file := said(getattr(shown, key), language))]
    files = ", ".join(languages.said(Sentence(word, file=file), ours) for word, file in named)
    return languages.said(Sentence("Not kept here: %(files)s.", files=files), ours) if files else ""

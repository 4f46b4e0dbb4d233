"""Texts: what families are written. Neutral, so that whoever else reads them learns nothing about anybody (pure)."""

import re
from collections.abc import Iterator
from enum import StrEnum
from string import Formatter

from msgspec import Struct


class Kind(StrEnum):
    INVITATION = "invitation"
    BOOK = "book"
    APPOINTMENT = "appointment"
    TIMES = "times"


class Text(Struct, frozen=True, forbid_unknown_fields=True):
    kind: Kind
    subject: str
    text: str
    language: str = "en"


class Messages(Struct, frozen=True, forbid_unknown_fields=True):
    """A study's own texts in place of ours, and what else may stand in none of them: places, names, the subject."""

    texts: tuple[Text, ...] = ()
    forbidden: tuple[str, ...] = ()


SAID: dict[Kind, str] = {
    Kind.INVITATION: "Invitation to answer on their own page",
    Kind.BOOK: "Reminder to find a time",
    Kind.APPOINTMENT: "Reminder of tomorrow's appointment",
    Kind.TIMES: "Times to choose from on their own page",
}
ALWAYS = {"title", "asked_by", "telephone"}
NEEDED: dict[Kind, set[str]] = {
    Kind.INVITATION: {"link", "until"},
    Kind.BOOK: {"telephone"},
    Kind.APPOINTMENT: {"day", "time"},
    Kind.TIMES: {"link", "until"},
}
LONGEST_SUBJECT, LONGEST_TEXT = 70, 400  # what three text messages hold, with an address in it

# Whole words, or stems where a * stands. Somebody else in the house may read what is written here.
_FORBIDDEN = """
    social work*, social care, social service*, council*, local authorit*, children's service*,
    child protection, protection plan*, safeguard*, in need, case file*, caseworker*, referral*,
    referred, neglect*, abus*, violen*, domestic, harm, harmed, harmful, injur*, victim*, perpetrator*,
    unsafe, danger*, police, court, courts, custody, foster*, adopt*, care order*, removed, probation,
    prison*, mental health, drug*, alcohol*, addict*, depress*, suicid*, therap*, counsel*, disab*,
    parenting, family support, early help, intervention*, vulnerab*, assessment*, at risk,
    practice framework, benefits, debt*, concern*, worker, workers, your child*, gwaith cymdeithasol,
    gofal cymdeithasol, gweithiwr*, cyngor, awdurdod lleol, amddiffyn plant, diogelu, esgeul*, cam-drin,
    cam-drin domestig, trais, llys, heddlu, niwed, cyffur*, eich plentyn
"""
FORBIDDEN = tuple(" ".join(_FORBIDDEN.split()).split(", "))

OURS: tuple[Text, ...] = (
    Text(
        Kind.INVITATION,
        "{title}",
        "Hello from {asked_by}. Here is your own page of the {title}: {link} You can answer in your own time until "
        "{until}, and stop whenever you like. Questions? Ring {telephone}.",
    ),
    Text(
        Kind.BOOK,
        "{title}",
        "Hello from {asked_by}. It is time for our next conversation for the {title}. Please ring {telephone} to find "
        "a time that suits you. Taking part is up to you.",
    ),
    Text(
        Kind.APPOINTMENT,
        "{title}",
        "Hello from {asked_by}. We have agreed to talk on {day} at {time}. If that no longer suits you, please ring "
        "{telephone}.",
    ),
    Text(
        Kind.INVITATION,
        "{title}",
        "Helo gan {asked_by}. Dyma eich tudalen eich hun ar gyfer {title}: {link} Gallwch ateb yn eich amser eich hun "
        "tan {until}, a stopio pryd bynnag y mynnwch. Cwestiynau? Ffoniwch {telephone}.",
        "cy",
    ),
    Text(
        Kind.BOOK,
        "{title}",
        "Helo gan {asked_by}. Mae'n bryd cael ein sgwrs nesaf ar gyfer {title}. Ffoniwch {telephone} i ddod o hyd i "
        "amser sy'n eich siwtio. Chi sy'n dewis cymryd rhan.",
        "cy",
    ),
    Text(
        Kind.APPOINTMENT,
        "{title}",
        "Helo gan {asked_by}. Rydym wedi cytuno i siarad ar {day} am {time}. Os nad yw hynny'n eich siwtio mwyach, "
        "ffoniwch {telephone}.",
        "cy",
    ),
    Text(
        Kind.TIMES,
        "{title}",
        "Hello from {asked_by}. When shall we talk for the {title}? Choose a time here, or ask for another: {link} "
        "Open until {until}. Or ring {telephone}. Taking part is up to you.",
    ),
    Text(
        Kind.TIMES,
        "{title}",
        "Helo gan {asked_by}. Pryd gawn ni siarad ar gyfer {title}? Dewiswch amser yma, neu gofynnwch am un arall: "
        "{link} Ar agor tan {until}. Neu ffoniwch {telephone}. Chi sy'n dewis cymryd rhan.",
        "cy",
    ),
)


def every(messages: Messages) -> list[Text]:
    """Each kind in each language, the study's own before ours."""
    found = {(text.kind, text.language): text for text in (*OURS, *messages.texts)}
    return [found[key] for key in sorted(found)]


def find(messages: Messages, kind: Kind, language: str) -> Text:
    """The text in somebody's language, or in English."""
    known = {text.language: text for text in every(messages) if text.kind is kind}
    return known.get(language) or known["en"]


def given_away(text: str, more: tuple[str, ...] = ()) -> list[str]:
    """The words in a text that would tell a stranger what the study is about."""
    return [word for word in (*FORBIDDEN, *more) if _pattern(word).search(_plain(text))]


def _pattern(word: str) -> re.Pattern[str]:
    plain = _plain(word)
    return re.compile(rf"(?<!\w){re.escape(plain.removesuffix('*'))}" + ("" if plain.endswith("*") else r"(?!\w)"))


def _plain(text: str) -> str:
    return " ".join(text.replace("\u2019", "'").casefold().split())


def faults(messages: Messages, public: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Everything that is wrong with a study's texts, with what it says of itself put in: a place and a sentence."""
    for number, text in enumerate(messages.texts, start=1):
        for sentence in _faults(text, messages, public):
            yield f"messages.texts.{number}", sentence
    keys = [(text.kind, text.language) for text in messages.texts]
    for kind, language in sorted({key for key in keys if keys.count(key) > 1}):
        yield "messages.texts", f"{SAID[kind]} ({language}) stands here twice. Keep one of them."
    for name, said in public.items():
        for word in given_away(said, messages.forbidden):
            yield f"public.{name}", f"“{word}” tells whoever sees a message what the study is about. Say it without."


def _faults(text: Text, messages: Messages, public: dict[str, str]) -> Iterator[str]:
    may = ALWAYS | NEEDED[text.kind]
    try:
        named = _fields(text.subject) | _fields(text.text)
    except ValueError:
        yield "A bracket { or } stands alone. Write {telephone}, or leave it out."
        return
    for name in sorted(named - may):
        known = ", ".join(f"{{{each}}}" for each in sorted(may))
        yield f"{{{name[:40]}}} is nothing that can be put in here. Use {known}."
    for name in sorted(NEEDED[text.kind] - _fields(text.text)):
        yield f"Say where {{{name}}} stands: without it nobody knows what to do."
    if _fields(text.subject) - ALWAYS:
        yield "A subject stands on a locked screen: only {title}, {asked_by} and {telephone} can be in it."
    if "\n" in text.subject or len(text.subject) > LONGEST_SUBJECT:
        yield f"A subject is one line of at most {LONGEST_SUBJECT} characters."
    if len(text.text) > LONGEST_TEXT:
        yield f"A text has at most {LONGEST_TEXT} characters, so that it fits a telephone."
    if not named - may:
        said = " ".join(filled(each, public) for each in (text.subject, text.text))
        for word in given_away(said, messages.forbidden):
            yield f"“{word}” tells whoever sees a message what the study is about. Say it without."


def _fields(text: str) -> set[str]:
    """What is put into a text; nothing but plain names, so that no text reaches into what it is given."""
    found = set()
    for _, name, spec, conversion in Formatter().parse(text):
        if name is not None:
            found.add(name if not (spec or conversion) else f"{name}!")
    return found


def filled(text: str, known: dict[str, str]) -> str:
    """A text with what is known put in; what is not known yet stands as its name."""
    return re.sub(r"\{(\w+)\}", lambda found: known.get(found[1], found[0]), text).replace("{{", "{").replace("}}", "}")

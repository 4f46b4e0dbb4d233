"""Languages: our own words in each language that has them, and days and moments as they are written there."""

from datetime import date, datetime
from functools import cache
from importlib.resources import files
from io import BytesIO

from babel import Locale, UnknownLocaleError, dates, support
from babel.messages import mofile, pofile

from questionnaires.sentences import Sentence

ENGLISH = "en"  # what the catalogues translate from
CATALOGUES = files("fieldwork").joinpath("languages")
OURS = (ENGLISH, *sorted(each.name.removesuffix(".po") for each in CATALOGUES.iterdir() if each.name.endswith(".po")))


@cache
def translations(language: str) -> support.NullTranslations:
    """The catalogue of a language, read once; a language that has none is spoken to in English."""
    if language == ENGLISH or language not in OURS:
        return support.NullTranslations()
    compiled = BytesIO()
    read = pofile.read_po(BytesIO(CATALOGUES.joinpath(f"{language}.po").read_bytes()), locale=language)
    mofile.write_mo(compiled, read)
    compiled.seek(0)
    return support.Translations(compiled)


def spoken(language: str) -> str:
    """The language our own words are in on a page that speaks this one."""
    return language if language in OURS else ENGLISH


def said(sentence: str, language: str, asked_in: str = "") -> str:
    """One of our sentences in a language, with choices named as they were asked; what is not ours stays as it is."""
    gettext = translations(language).gettext
    if isinstance(sentence, Sentence):
        return str(sentence.spoken(gettext, asked_in or language))
    return str(gettext(sentence)) if sentence else ""


def day(on: date, language: str) -> str:
    return dates.format_date(on, "d MMM y", locale=spoken(language))


def weekday(on: date, language: str) -> str:
    """A day as one says it of the next weeks."""
    return dates.format_date(on, "EEEE d MMMM", locale=spoken(language))


def moment(at: datetime, language: str) -> str:
    """A moment on the clock it carries, down to the minute and with the clock's name."""
    return f"{dates.format_datetime(at, 'EEEE d MMMM y, HH:mm', locale=spoken(language))} {at:%Z}".strip()


@cache
def name(language: str) -> str:
    """What a language calls itself."""
    locale = _locale(language)
    called = locale.get_display_name(locale) if locale else ""
    return called[:1].upper() + called[1:] if called else language


@cache
def direction(language: str) -> str:
    """Which way a language is written."""
    locale = _locale(language)
    return locale.text_direction if locale else "ltr"


def _locale(language: str) -> Locale | None:
    try:
        return Locale.parse(language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return None

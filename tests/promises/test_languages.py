"""Languages: whatever of ours a family reads is there in each of our languages, and nothing of it only in English."""

import re
from html.parser import HTMLParser
from io import BytesIO

import pytest
from babel import support
from babel.messages import pofile
from babel.messages.catalog import Catalog

from fieldwork.base import languages
from fieldwork.web import pages
from tests.fieldwork.web.sheets import ask, sheet
from tests.fieldwork.web.test_phone import phone
from tests.promises.messages import used

CATALOGUES = [language for language in languages.OURS if language != languages.ENGLISH]
PLACE = re.compile(r"%\((\w+)\)[a-z]")
OTHERS = {"Everyday life study", "English", "xx", "0808 157 0123"}
OURS, HALF = re.compile(r"⟦[^⟦⟧\n]*⟧"), re.compile(r"⟦[^⟧]*$|^[^⟦]*⟧")
THEIRS = re.compile(r"«.*?»|[\d\s.,:;…/()“”↑↓\u2013]+")
ITEMS = """
{ type = "note", name = "hello", label = "«Hello»" },
{ type = "integer", name = "age", label = "«Age»", hint = "«In years»", maximum = 9, missing = ["refused"] },
{ type = "text", name = "called", label = "«Called»", constraint = "string-length(.) > 3" },
{ type = "range", name = "far", label = "«Far»", start = 0, end = 100, step = 5, media = { audio = "«far»" } },
{ type = "select_one", name = "city", label = "«City»", choices = [{ name = "a", label = "«York»" }] },
{ type = "rank", name = "order", label = "«Order»", choices = [
  { name = "a", label = "«A»" }, { name = "b", label = "«B»" } ] },
{ type = "repeat", name = "children", label = "«Child»", maximum = 3, items = [
  { type = "text", name = "name", label = "«Name»" } ] },
{ type = "acknowledge", name = "seen", label = "«Seen»" },
{ type = "file", name = "photo", label = "«Photo»" },
"""


def catalogue(language: str) -> Catalog:
    return pofile.read_po(BytesIO((languages.CATALOGUES / f"{language}.po").read_bytes()), locale=language)


def listed(text: object) -> tuple[str, ...]:
    return tuple(text) if isinstance(text, list | tuple) else (str(text),)


def faults(held: Catalog, wanted: dict[tuple[str, ...], list[str]]) -> list[str]:
    """What a catalogue lacks, holds in vain or says with other places for values than the English."""
    found = []
    known = {listed(message.id): message for message in held if message.id}
    for message, places in wanted.items():
        told = known.pop(message, None)
        where = f"“{message[0]}” ({', '.join(places)})"
        if told is None or not all(listed(told.string)):
            found.append(f"missing: {where}")
        elif told.fuzzy:
            found.append(f"fuzzy: {where}")
        elif any(sorted(PLACE.findall(each)) != sorted(PLACE.findall(message[-1])) for each in listed(told.string)):
            found.append(f"other places: {where}")
        elif any(mark in each for each in listed(told.string) for mark in '<>"'):
            found.append(f"markup: {where}")
    found += [f"obsolete: “{message[0]}”" for message in [*known, *map(listed, held.obsolete)]]
    return found


@pytest.mark.parametrize("language", CATALOGUES)
def test_every_message_is_translated(language):
    assert not faults(catalogue(language), used())


def test_a_catalogue_that_is_not_whole_is_noticed():
    wanted = {("Back",): ["a.html:1"], ("%(n)s left",): ["a.html:2"], ("Go on",): ["a.html:3"], ("Yes",): ["b.py:4"]}
    held = Catalog(locale="cy")
    held.add("%(n)s left", "%(m)s ar ôl")
    held.add("Go on", "Ymlaen", flags=["fuzzy"])
    held.add("Yes", '<b class="x">Ie</b>')
    held.add("Gone", "Wedi mynd")

    assert faults(held, wanted) == [
        "missing: “Back” (a.html:1)",
        "other places: “%(n)s left” (a.html:2)",
        "fuzzy: “Go on” (a.html:3)",
        "markup: “Yes” (b.py:4)",
        "obsolete: “Gone”",
    ]


class Odd(support.NullTranslations):
    """A language in which every message of ours says that it is one."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, singular: str, plural: str, num: int) -> str:
        return f"⟦{singular if num == 1 else plural}⟧"

    ugettext, ungettext = gettext, ngettext


class Read(HTMLParser):
    """What a page says: its texts, and the attributes that are read out."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.around: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.around = [*self.around, tag] if tag in ("script", "style") else self.around
        read = ("aria-label", "alt", "title", "placeholder")
        self.texts += [said for name, said in attrs if said and (name in read or name.startswith("data-i18n"))]

    def handle_endtag(self, tag):
        self.around = [each for each in self.around if each != tag]

    def handle_data(self, data):
        self.texts += [] if self.around else [data]


def bare(html: str) -> list[str]:
    """What is neither a message of ours nor of the study or its questionnaire, as somebody would read it."""
    whole = "\n".join(text for text in Read(html).texts if text.strip() not in OTHERS)
    for _ in range(2):  # a message may stand in another; a title shows only the first sentence of one
        whole = OURS.sub("", whole)
    return [left for line in whole.splitlines() if (left := THEIRS.sub("", HALF.sub("", line)))]


@pytest.fixture
def odd(monkeypatch):
    """The pages as they would be in a language of which only we would know."""
    real = languages.translations
    monkeypatch.setattr(languages, "OURS", ("en", "xx"))
    monkeypatch.setattr(languages, "translations", lambda language: Odd() if language == "xx" else real(language))
    monkeypatch.setattr(languages, "day", lambda _, language: f"⟦day in {language}⟧")
    monkeypatch.setattr(languages, "weekday", lambda _, language: f"⟦weekday in {language}⟧")
    monkeypatch.setattr(languages, "moment", lambda _, language: f"⟦moment in {language}⟧")
    yield
    pages.environment.cache_clear()


WRONG = {"age": "many", "called": "Jo", "order": ["a"], "far": "7", "children[1].name": "Tam"}


async def answered(browser, page):
    """Every page of a questionnaire to its end, each of them once with an answer that is not taken."""
    seen = [page]
    while page.path != "/end":
        on = "Go on" if page.path.endswith("/children") else "Continue⟧"
        form = page.form(page.path)
        wrong = await form.fill({name: text for name, text in WRONG.items() if name in form.names}).press(on)
        seen += [page, wrong]
        page = await (await browser.open(page.path)).form(page.path).press(on)
    return [*seen, page]


@pytest.mark.parametrize("layout", ["free", "as_published"])
async def test_no_page_of_a_family_says_anything_only_in_english(house, odd, layout):
    asked = await ask(
        house.study, sheet(ITEMS, f'layout = "{layout}"\n').replace('"sheet"', f'"{layout}"'), mode="link"
    )
    browser = await phone(house.study, asked)
    browser.client.cookies.set("language", "xx")
    browser.client.headers["accept-language"] = "en"

    seen = await answered(browser, await browser.open("/questions"))
    seen.append(await browser.send("post", seen[0].path, data={"csrf": "guessed"}))
    seen.append(await seen[-2].form("/end").press())
    browser.client.cookies.set("language", "xx")
    for path in (f"/l/{house.ours.keys['parent who starts']}", f"/l/{asked.key}", "/", "/nowhere", "/paused"):
        seen.append(await browser.open(path))
        browser.client.cookies.set("language", "xx")

    assert {page.status for page in seen} == {200, 403, 404, 422}
    assert {page.path: left for page in seen if (left := bare(page.html))} == {}
    assert all('<html lang="xx"' in page.html for page in seen)


async def test_no_page_of_times_says_anything_only_in_english(own_house, odd):
    keys, browser = own_house.ours.keys, own_house.device("families")
    browser.client.cookies.set("language", "xx")
    start = await browser.open(f"/l/{keys['parent who chooses']}")
    times = await start.form().press()
    nothing = await times.form("/times").press("Continue⟧")
    gone = await times.form("/times").fill(time=str(own_house.theirs.time_id)).press("Continue⟧")
    asking = await times.form("/times").fill(time="another").press("Continue⟧")
    silent = await asking.form("/another").press("Send")
    agreed = await times.form("/times").fill(time=str(own_house.ours.time_id)).press("Continue⟧")
    later = await browser.open(f"/l/{keys['parent who chooses']}")
    noted = await browser.open("/times/noted")

    seen = [start, times, nothing, gone, asking, silent, agreed, later, noted]

    assert [page.status for page in seen] == [200, 200, 422, 409, 200, 422, 200, 200, 200]
    assert {page.path: left for page in seen if (left := bare(page.html))} == {}
    assert all('<html lang="xx"' in page.html for page in seen)

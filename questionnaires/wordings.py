"""Wordings: the words of a questionnaire in each language, loaded from a file beside it."""

import csv
import hashlib
import io
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import msgspec
from asyncpg import Connection
from msgspec import Struct

from questionnaires import definitions, reading, workbooks
from questionnaires.definitions import Questionnaire, said
from questionnaires.errors import FaultyWording

Texts = Mapping[str, str]  # a place, and its words
SPOKEN = ("title", "description", "text", "label", "hint", "guidance", "required_message", "constraint_message")
SILENT = {"calculate", "group", "matrix", "hidden"}  # of these nobody reads a label, unless they have one
LONGEST = 5_000
# What a question says; titles, prompts for the researcher and choices are part of how it is built.
ASKED = ("text", "label", "hint", "guidance", "required_message", "constraint_message")
_LANGUAGE = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,34}")


class Place(Struct, frozen=True):
    """Where words stand, what they are about, and what is said there so far, by language."""

    path: str
    topic: str
    words: dict[str, str]
    needed: bool


def places(definition: Questionnaire) -> list[Place]:
    """Every place that can hold words, in the order somebody meets it."""
    return list(_places(msgspec.to_builtins(definition), "", definition.default_language))


def _places(part: dict[str, Any], path: str, default: str, *, is_asked: bool = False) -> Iterator[Place]:
    topic = said(part.get("topic", "")) or said(part.get("label", "")) or part.get("name", "")
    for key in SPOKEN:
        needed = key == "label" and is_asked and part.get("type") not in SILENT
        if part.get(key) or needed:
            yield Place(f"{path}{key}", str(topic), _by_language(part.get(key, ""), default), needed or key == "title")
    for at, prompt in enumerate(part.get("prompts", ()), start=1):
        yield Place(f"{path}prompt.{at}", str(topic), _by_language(prompt, default), needed=True)
    for kind in ("sections", "items", "choices"):
        for inner in part.get(kind, ()):
            yield from _places(inner, _inner(path, kind, inner), default, is_asked=kind != "sections")


def _inner(path: str, kind: str, part: dict[str, Any]) -> str:
    """A choice may be named like a question: it stands apart."""
    return f"{path}{'choice.' if kind == 'choices' else ''}{part['name']}."


def _by_language(text: definitions.Text, default: str) -> dict[str, str]:
    return dict(text) if isinstance(text, dict) else {default: text} if text else {}


def is_language(text: str) -> bool:
    return bool(_LANGUAGE.fullmatch(text))


def missing(definition: Questionnaire, texts: Texts, language: str) -> list[str]:
    """The places a respondent would find empty in this language."""
    return [p.path for p in places(definition) if p.needed and not (texts.get(p.path) or p.words.get(language))]


def template(definition: Questionnaire, loaded: Mapping[str, Texts], languages: list[str]) -> bytes:
    """A file to fill in: a row for each place, a column for each language, side by side."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["place", "topic", *languages])
    for place in places(definition):
        words = [loaded.get(each, {}).get(place.path) or place.words.get(each, "") for each in languages]
        writer.writerow([place.path, place.topic, *map(_harmless, words)])
    return text.getvalue().encode("utf-8-sig")


def read(definition: Questionnaire, content: bytes) -> dict[str, dict[str, str]]:
    """The words of a file by language and place; every place it names must be one of the questionnaire's."""
    known = {place.path for place in places(definition)}
    rows = [[str(cell).strip() for cell in row] for row in workbooks.rows(content)]
    head = rows[0] if rows else []
    if head[:2] != ["place", "topic"] or not all(head[2:]) or len(set(head)) < len(head) or len(head) < 3:  # noqa: PLR2004
        raise FaultyWording("Row 1: the columns are place, topic, and one for each language, like en or cy.")
    odd = [f"Row 1: “{each[:40]}” is no language." for each in head[2:] if not is_language(each)]
    if odd:
        raise FaultyWording("\n".join(odd))
    faults, found = [], {language: dict[str, str]() for language in head[2:]}
    for number, row in enumerate(rows[1:], start=2):
        if not any(row):
            continue
        if row[0] not in known:
            faults.append(f"Row {number}, place: the questionnaire has no place “{row[0][:60]}”.")
        for language, words in zip(head[2:], row[2:], strict=False):
            if len(words) > LONGEST or "\0" in words:
                faults.append(f"Row {number}, {language}: this is too long, or holds a character that can't be kept.")
            if words:
                found[language][row[0]] = words.removeprefix("'") if words[1:2] in FORMULA else words
    if faults:
        raise FaultyWording("\n".join(faults))
    return found


FORMULA = tuple("=+-@")


def _harmless(words: str) -> str:
    """A spreadsheet must not take words for a formula."""
    return f"'{words}" if words.startswith(FORMULA) else words


def spoken(definition: Questionnaire, loaded: Mapping[str, Texts]) -> Questionnaire:
    """The questionnaire with the words that were loaded for it."""
    if not loaded:
        return definition
    table: dict[str, Any] = msgspec.to_builtins(definition)
    _speak(table, "", loaded, definition.default_language)
    table["languages"] = list(dict.fromkeys([*definition.languages, *loaded]))
    table["licence"] = table["licence"] | {"wording": "loaded"}
    return reading.convert(table)


def _speak(part: dict[str, Any], path: str, loaded: Mapping[str, Texts], default: str) -> None:
    for key in SPOKEN:
        words = {language: texts[path + key] for language, texts in loaded.items() if path + key in texts}
        if words:
            part[key] = _by_language(part.get(key, ""), default) | words
    prompts = part.get("prompts", ())
    if prompts:
        part["prompts"] = [
            _by_language(prompt, default)
            | {lang: texts[f"{path}prompt.{at}"] for lang, texts in loaded.items() if f"{path}prompt.{at}" in texts}
            for at, prompt in enumerate(prompts, start=1)
        ]
    for kind in ("sections", "items", "choices"):
        for inner in part.get(kind, ()):
            _speak(inner, _inner(path, kind, inner), loaded, default)


def hushed(definition: Questionnaire, languages: Collection[str]) -> Questionnaire:
    """Somebody else's questionnaire where only words in these languages may leave; topics, choices and rules stay."""
    table: dict[str, Any] = msgspec.to_builtins(definition)
    for section in table["sections"]:
        _hush(section, languages, definition.default_language)
    if definition.default_language not in languages:
        table["licence"] = table["licence"] | {"wording": "topics"}
    return reading.convert(table)


def _hush(part: dict[str, Any], languages: Collection[str], default: str) -> None:
    for key in ASKED:
        words = {each: text for each, text in _by_language(part.get(key, ""), default).items() if each in languages}
        if key in part:
            part[key] = words or ""
    for inner in part.get("items", ()):
        _hush(inner, languages, default)


async def load(conn: Connection, definition: Questionnaire, texts: Mapping[str, Texts]) -> None:
    """Keep words beside a version; what was loaded before is kept too, and the latest counts."""
    await conn.executemany(
        "insert into questionnaires.wording (code, version, language, texts, hash) values ($1, $2, $3, $4, $5)",
        [
            (definition.code, definition.version, language, dict(words), _hash(words))
            for language, words in texts.items()
            if words
        ],
    )


async def withdraw(conn: Connection, code: str, version: str) -> None:
    """From now on there are no words beside a version; those that were loaded are sealed, and stay where they are."""
    await conn.execute(
        """
        insert into questionnaires.wording (code, version, language, texts, hash)
        select distinct code, version, language, '{}'::jsonb, $3 from questionnaires.wording
        where code = $1 and version = $2
        """,
        code,
        version,
        _hash({}),
    )


def _hash(words: Texts) -> str:
    return hashlib.sha256(msgspec.json.encode(words, order="deterministic")).hexdigest()


async def of(conn: Connection, code: str, version: str) -> dict[str, dict[str, str]]:
    """The words in force, by language and place."""
    rows = await conn.fetch(
        """
        select distinct on (language) language, texts from questionnaires.wording
        where code = $1 and version = $2 order by language, no desc
        """,
        code,
        version,
    )
    return {row["language"]: row["texts"] for row in rows if row["texts"]}


async def languages(conn: Connection) -> dict[tuple[str, str], list[str]]:
    """In which languages words were loaded, by code and version."""
    rows = await conn.fetch(
        """
        select code, version, array_agg(language order by language) as loaded
        from (select distinct on (code, version, language) code, version, language, texts
          from questionnaires.wording order by code, version, language, no desc) as latest
        where texts <> '{}' group by code, version
        """
    )
    return {(row["code"], row["version"]): row["loaded"] for row in rows}

"""Opened: a questionnaire in front of somebody, with what was answered so far and what was said before."""

from collections import ChainMap
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from asyncpg import Connection
from msgspec import Struct

from fieldwork.base import languages
from questionnaires import administrations, answers, flow, library, piping
from questionnaires.administrations import Administration
from questionnaires.definitions import Questionnaire, Repeat, Text, said
from questionnaires.flow import Standing
from questionnaires.licences import Mode

NO_ROWS: Mapping[str, int] = {}


class Opened(Struct, frozen=True):
    """`now` is on the family's clock, as conditions mean it; `language` is that of the questions, `spoken` our own."""

    held: Administration
    definition: Questionnaire
    earlier: Mapping[str, Any]
    language: str
    now: datetime
    spoken: str = languages.ENGLISH

    @property
    def labels(self) -> piping.Labels:
        return piping.Labels(self.definition, self.language)

    def for_reader(self, language: str) -> "Opened":
        """The same for somebody who reads this language, as far as there are words in it."""
        asked = language if language in self.definition.languages else self.definition.default_language
        return msgspec.structs.replace(self, language=asked, spoken=languages.spoken(language))

    def ours(self, sentence: str) -> str:
        """Words of ours beside the questions; the questions' own stay as they are."""
        return languages.said(sentence, self.spoken, self.language)

    def seen(self, standing: Standing) -> ChainMap[str, Any]:
        """What conditions and words can name."""
        return ChainMap(standing.values, dict(self.earlier))

    def said(self, text: Text, standing: Standing) -> str:
        return piping.said(said(text, self.language), self.seen(standing), self.labels)

    def standing(self, rows: Mapping[str, int] = NO_ROWS) -> Standing:
        """Where the answers lead; `rows` are those a page has opened, filled in or not."""
        known = given(self.held)
        for name, number in rows.items():
            repeat = self.definition.question(name)
            if isinstance(repeat, Repeat):
                known.setdefault(f"{name}[{number}].{next(iter(repeat.questions))}", None)
        held, now, language = self.held, self.now, self.language
        return flow.standing(
            self.definition, known, today=held.held_on, now=now, language=language, earlier=self.earlier
        )


async def find(conn: Connection, held: Administration, *, now: datetime) -> Opened:
    """In the words that were loaded for it and may be shown in this way today; without any, in our topics."""
    definition = await library.definition(conn, held.hash)
    mode = administrations.WAYS_OUT.get(held.mode, Mode.SCREEN)
    [shown] = await library.spoken(conn, [definition], mode, on=now.date())
    earlier = await administrations.earlier(conn, held, definition)
    return Opened(held, shown, earlier, shown.default_language, now)


def given(held: Administration) -> dict[str, Any]:
    """What is answered: a row whose answers were all taken back is no row any more."""
    return {place: value for place, value in held.answers.items() if value is not None}


def stored_rows(item: Repeat, held: Administration) -> int:
    places = [answers.path(place) for place in given(held) if "[" in place]
    return max((place.row or 0 for place in places if place.name == item.name), default=0)

"""Questionnaires for the pages that ask, one of them with every kind of question, put before somebody."""

from pathlib import Path
from typing import Any
from uuid import UUID

from browser import Browser
from cast import Family, Study
from msgspec import Struct

from consent.purposes import Purpose
from fieldwork.base import crypto
from fieldwork.cases import links
from fieldwork.web import security
from fieldwork.web.ground import Ground
from questionnaires import administrations, library, openings, reading
from questionnaires.administrations import Administration
from questionnaires.definitions import Questionnaire
from questionnaires.openings import Opening

HEAD = """
code = "sheet"
version = "1"
title = "A sheet"
respondent = "parent"
about = "family"
[licence]
status = "own"
wording = "own"
"""
EVERY = Path(__file__).with_name("every.toml").read_text("utf-8")


class Asked(Struct):
    """A questionnaire in front of somebody."""

    study: Study
    family: Family
    administration_id: UUID
    key: str = ""

    @property
    def path(self) -> str:
        return f"/families/{self.family.family_id}/questionnaires/{self.administration_id}"

    async def held(self) -> Administration:
        async with self.study.acting() as conn:
            return await administrations.find(conn, self.family.family_id, self.administration_id)

    async def answers(self) -> dict[str, Any]:
        return {place: value for place, value in (await self.held()).answers.items() if value is not None}


def sheet(items: str, more: str = "") -> str:
    """A questionnaire of one section."""
    return f'{more}{HEAD}\n[[sections]]\nname = "first"\nitems = [{items}]\n'


async def ask(study: Study, text: str, *, mode: str = "face_to_face") -> Asked:
    [asked] = await ask_all(study, [reading.read(text)], mode=mode)
    return asked


async def ask_all(study: Study, asking: list[Questionnaire], *, mode: str = "face_to_face") -> list[Asked]:
    """Several questionnaires in front of the same parent."""
    async with study.acting() as conn:
        await library.publish(conn, asking, now=study.clock.now())
    return await put_before(study, asking, mode=mode)


async def put_before(study: Study, asking: list[Questionnaire], *, mode: str = "face_to_face") -> list[Asked]:
    """Published questionnaires, before a family of its own."""
    family = await study.family()
    await study.allows(family, Purpose.TAKE_PART, Purpose.CONTACT_AGAIN)
    async with study.acting() as conn:
        return [await _begun(conn, study, family, each, mode) for each in asking]


async def _begun(conn: Any, study: Study, family: Family, definition: Questionnaire, mode: str) -> Asked:
    opening = _opening(definition, family, mode, study)
    begun = await openings.begin(conn, family.family_id, family.site_no, opening)
    key = await _link(conn, study, family, definition) if mode == "link" else ""
    return Asked(study, family, begun.administration_id, key)


async def phone(study: Study, asked: Asked) -> Browser:
    """A phone on which the link was opened."""
    browser = study.browser("families")
    ground = Ground(study.settings, study.ring, study.clock, study.pools["families"])
    cookie = security.session_cookie(ground, "family", asked.key)
    browser.client.cookies.set(cookie["key"], cookie["value"])
    return browser


def _opening(definition: Questionnaire, family: Family, mode: str, study: Study) -> Opening:
    return Opening(
        wave="T1",
        questionnaire=definition.code,
        version=definition.version,
        respondent_id=family.parent.person_id,
        subject_kind="family",
        subject_id=family.family_id,
        mode=mode,
        held_on=study.clock.now().date(),
        at=study.clock.now(),
    )


async def _link(conn: Any, study: Study, family: Family, definition: Questionnaire) -> str:
    key, link_hash = crypto.new_link(study.ring, links.PURPOSE)
    await links.make(
        conn, family.family_id, family.site_no, person_id=family.parent.person_id, wave="T1",
        questionnaires=[definition.code], link_hash=link_hash, now=study.clock.now(),
    )  # fmt: skip
    return key

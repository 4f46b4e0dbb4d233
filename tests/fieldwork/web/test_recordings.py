"""Recordings: pieces come once, only while the respondent allows it, lie sealed, and leave as one file with a note."""

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import files
import pytest
from browser import Browser
from cast import Study

from consent.permissions import Decision
from consent.purposes import Purpose
from fieldwork.cases import recordings
from fieldwork.cases.recordings import Recording
from fieldwork.staff.rights import Role
from questionnaires import administrations
from tests.fieldwork.web.sheets import Asked, ask, sheet

ITEMS = '{ type = "text", name = "why", label = "Why is that?" }'
HEAD, CANARY = b"\x1a\x45\xdf\xa3....webm....OpusHead", b"a-canary-in-the-sound"


@pytest.fixture
async def asked(study: Study) -> Asked:
    made = await ask(study, sheet(ITEMS))
    await study.allows(made.family, Purpose.RECORDING)
    return made


async def sent(browser: Browser, asked: Asked, recording_id: UUID, number: int, sound: bytes) -> dict[str, Any]:
    page = await browser.open("/families")
    answer = await browser.client.post(
        f"{asked.path}/recordings/{recording_id}/{number}",
        content=sound,
        headers={
            "content-type": "audio/webm",
            "x-csrf": dict(page.form().fields)["csrf"],
            "origin": browser.origin,
            "accept": "application/json",
        },
    )
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def came(study: Study, asked: Asked) -> list[Recording]:
    async with study.acting() as conn:
        return await recordings.of_administration(conn, asked.family.family_id, asked.administration_id)


async def test_pieces_come_once_in_any_order_and_leave_as_one_file_that_is_noted(study: Study, asked: Asked):
    researcher, recording_id = await study.signed_in(Role.RESEARCHER), uuid4()

    said = [await sent(researcher, asked, recording_id, number, sound) for number, sound in [(1, CANARY), (1, CANARY)]]
    [gap] = await came(study, asked)
    said.append(await sent(researcher, asked, recording_id, 0, HEAD))
    async with study.acting() as conn:
        family_id, administration_id = asked.family.family_id, asked.administration_id
        await administrations.complete(conn, family_id, administration_id, now=study.clock.now())
    page = await researcher.open(asked.path)
    answer = await researcher.client.get(f"/families/{family_id}/recordings/{recording_id}")

    assert [each["state"] for each in said] == ["stored"] * 3
    assert (gap.pieces, gap.missing) == (1, 1)
    assert [(each.pieces, each.missing) for each in await came(study, asked)] == [(2, 0)]
    assert "Recordings About 1 minute" in page.text
    assert answer.content == HEAD + CANARY
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-security-policy"].endswith("sandbox")
    async with study.acting() as conn:
        [note] = await conn.fetch("select thing from trail.event where thing like 'cases.piece%'")
    assert note["thing"] == f"cases.piece {recording_id}"
    assert not [name for name in files.kept(study) if CANARY in Path(study.settings.files, name).read_bytes()]  # noqa: ASYNC240 - a small folder


async def test_without_permission_nothing_is_offered_and_nothing_is_taken(study: Study, asked: Asked):
    researcher, recording_id = await study.signed_in(Role.RESEARCHER), uuid4()
    before = await researcher.open(asked.path)
    await sent(researcher, asked, recording_id, 0, HEAD)
    await study.allows(asked.family, Purpose.RECORDING, decision=Decision.WITHDRAWN)

    after = await researcher.open(asked.path)
    may = (await researcher.client.get(f"{asked.path}/recordings/now")).json()
    late = await sent(researcher, asked, recording_id, 1, CANARY)

    assert "data-recorder" in before.html
    assert "data-recorder" not in after.html
    assert (may["may"], late["state"]) == (False, "withdrawn")
    assert "withdrawn" in late["sentence"]
    assert [each.pieces for each in await came(study, asked)] == [1]


async def test_what_is_no_sound_is_refused_with_a_sentence(study: Study, asked: Asked):
    researcher = await study.signed_in(Role.RESEARCHER)

    said = [await sent(researcher, asked, uuid4(), 0, sound) for sound in (b"", b"<html>", b"%PDF-")]

    assert [each["state"] for each in said] == ["refused"] * 3
    assert all(each["sentence"] for each in said)
    assert await came(study, asked) == []


async def test_only_the_page_of_an_interview_may_use_the_microphone(study: Study, asked: Asked):
    researcher = await study.signed_in(Role.RESEARCHER)

    said = {path: await researcher.client.get(path) for path in (asked.path, "/families", "/without-a-line")}

    allowed = {path: "microphone=(self)" in answer.headers["permissions-policy"] for path, answer in said.items()}
    assert allowed == {asked.path: True, "/families": False, "/without-a-line": True}
    assert all("camera=()" in answer.headers["permissions-policy"] for answer in said.values())

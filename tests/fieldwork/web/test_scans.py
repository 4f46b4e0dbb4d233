"""Scans: the paper lies beside what was keyed in from it, and only pictures drawn anew stand in a page."""

import files
import pytest
from cast import Study

from fieldwork.cases import documents
from fieldwork.staff.rights import Role
from tests.fieldwork.web.sheets import Asked, ask, sheet

ITEMS = '{ type = "integer", name = "many", label = "How many?" }'


@pytest.fixture
async def asked(study: Study) -> Asked:
    return await ask(study, sheet(ITEMS), mode="paper")


async def test_a_scan_is_handed_in_from_the_keying_and_looked_at_beside_the_differences(study: Study, asked: Asked):
    first, second = await study.signed_in(Role.RESEARCHER), await study.signed_in(Role.RESEARCHER)

    page = await (await first.open(f"{asked.path}/keying")).follow("Look at the scan")
    page = await page.form("/scan").attach("scan", files.picture(), "scan.jpg").press("Hand it in")
    await (await first.open(f"{asked.path}/keying")).form("/keying").fill(many="3").press("Save and complete")
    again = await second.open(f"{asked.path}/keying")
    compared = await again.form("/keying").fill(many="4").press("Keep and compare")
    async with study.acting() as conn:
        [scan] = await documents.scans(conn, asked.family.family_id, asked.administration_id)
    picture = await second.client.get(f"/families/{asked.family.family_id}/scans/{scan.document_id}")

    assert "Look at the scan" in again.text
    for each in (page, compared):
        assert f'src="/families/{asked.family.family_id}/scans/{scan.document_id}"' in each.html
    assert (picture.headers["content-type"], picture.headers["x-content-type-options"]) == ("image/jpeg", "nosniff")
    assert picture.headers["content-security-policy"].endswith("sandbox")
    assert files.CAMERA.encode() not in picture.content
    async with study.acting() as conn:
        notes = await conn.fetchval("select count(*) from trail.event where thing like 'cases.document%'")
    assert notes == 1


async def test_a_pdf_leaves_as_a_file_and_what_is_neither_is_refused(study: Study, asked: Asked):
    researcher = await study.signed_in(Role.RESEARCHER)
    refused = [
        await (await researcher.open(f"{asked.path}/scan")).form("/scan").attach("scan", *came).press("Hand it in")
        for came in [(b"just words", "a.txt"), (b"\xff\xd8\xffbroken", "a.jpg")]
    ]
    page = await researcher.open(f"{asked.path}/scan")
    done = await page.form("/scan").attach("scan", b"%PDF-1.7\n%%EOF", "a.pdf").press("Hand it in")
    async with study.acting() as conn:
        [scan] = await documents.scans(conn, asked.family.family_id, asked.administration_id)
    family = f"/families/{asked.family.family_id}"
    inline = await researcher.client.get(f"{family}/scans/{scan.document_id}")
    file = await researcher.client.get(f"{family}/documents/{scan.document_id}")

    assert [each.status for each in refused] == [422, 422]
    assert "<img" not in done.html
    assert inline.status_code == 404
    assert file.headers["content-disposition"].startswith("attachment")

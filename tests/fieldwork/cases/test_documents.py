"""Documents: what is handed in is what it says inside, loses what nobody should learn, and goes with its key."""

import io
import resource
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import files
import pytest
from cast import Study
from PIL import Image

from fieldwork.base import crypto, database, ids
from fieldwork.base.database import Acting
from fieldwork.base.errors import NoStore, Unreadable
from fieldwork.base.store import Store
from fieldwork.cases import contents, documents
from fieldwork.cases.contents import Content
from fieldwork.cases.documents import Handed
from fieldwork.cases.errors import (
    CutOff,
    EmptyFile,
    FileTooLarge,
    HoldsProgram,
    NoDocument,
    TooManyPoints,
    TooMuchInside,
    WrongFile,
)
from fieldwork.people import identities
from tests.fieldwork.web.sheets import ask, sheet

PHOTO = '{ type = "file", name = "photo", label = "A photograph", kind = "image" }'
WORDS = Content("file", "text/plain", b"Drawnbyhand")


# What is in a file


@pytest.mark.parametrize(
    ("data", "wanted", "media_type"),
    [
        (files.picture(), "image", "image/jpeg"),
        (files.picture("PNG"), "image", "image/png"),
        (files.picture("WEBP"), "file", "image/webp"),
        (files.picture("GIF"), "image", "image/gif"),
        (files.MP3, "audio", "audio/mpeg"),
        (files.MP3[10:], "audio", "audio/mpeg"),
        (files.OGG, "audio", "audio/ogg"),
        (files.wave(1000), "audio", "audio/wav"),
        (files.recorded(b"soun", b"M4A "), "audio", "audio/mp4"),
        (files.recorded(b"vide"), "video", "video/mp4"),
        (files.recorded(b"vide", b"qt  "), "video", "video/quicktime"),
        (b"\x1a\x45\xdf\xa3\x42\x82\x84webm" + b"V_VP9", "video", "video/webm"),
        (b"\x1a\x45\xdf\xa3\x42\x82\x84webm" + b"A_OPUS", "audio", "audio/webm"),
        (files.PDF, "file", "application/pdf"),
        ("Zoë, 7 < 8\r\n".encode(), "file", "text/plain"),
        (files.package(files.OPEN_TEXT), "file", "application/vnd.oasis.opendocument.text"),
    ],
    ids=lambda each: "file" if isinstance(each, bytes) else None,
)
def test_a_file_is_known_by_what_is_in_it(data, wanted, media_type):
    read = contents.read(data, wanted)

    assert read.media_type == media_type
    assert read.kind == (media_type.partition("/")[0] if wanted != "file" or "image" in media_type else "file")
    assert contents.ENDINGS[media_type]


@pytest.mark.parametrize(("parts", "ending"), [(files.WORDS, "docx"), (files.FIGURES, "xlsx")])
def test_documents_of_offices_are_told_apart(parts, ending):
    read = contents.read(files.package(parts), "file")

    assert contents.ENDINGS[read.media_type] == ending
    assert read.data == files.package(parts)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_keeps_what_is_to_be_seen_and_nothing_else(kind):
    posted = files.picture(kind)

    kept = contents.read(posted, "image").data

    with Image.open(io.BytesIO(kept)) as shown:
        assert shown.size == (files.HIGH, files.WIDE)  # the right way up
        assert not shown.getexif()
        assert not {"comment", "exif", "xmp", "icc_profile"} & set(shown.info)
    assert files.CAMERA.encode() in posted
    assert files.CAMERA.encode() not in kept
    assert files.COMMENT.encode() not in kept


def test_what_hangs_on_to_a_picture_is_left_behind():
    posted = files.picture() + files.SCRIPTED + files.package(files.WORDS)

    kept = contents.read(posted, "image").data

    assert b"script" not in kept
    assert b"PK\x03\x04" not in kept


@pytest.mark.parametrize(
    ("data", "wanted", "refused"),
    [
        (b"", "file", EmptyFile),
        (bytes(contents.LARGEST + 1), "audio", FileTooLarge),
        (files.SCRIPTED, "image", WrongFile),
        (files.SCRIPTED, "file", WrongFile),
        (b"<!DOCTYPE html><p>hello", "file", WrongFile),
        (b"Hello <script>alert(1)</script>", "file", WrongFile),
        (b"#!/bin/sh\nrm -r /", "file", WrongFile),
        (b"MZ\x90\x00" + bytes(200), "file", WrongFile),
        (b"\x7fELF" + bytes(200), "file", WrongFile),
        (b"a\x00b", "file", WrongFile),
        (files.picture(), "audio", WrongFile),
        (files.PDF, "image", WrongFile),
        (files.recorded(b"vide"), "audio", WrongFile),
        (files.recorded(b"vide", b"heic"), "image", WrongFile),
        (files.PDF + files.package(files.WORDS), "file", WrongFile),
        (files.bomb(), "image", TooManyPoints),
        (files.picture()[:-200], "image", CutOff),
        (files.picture("PNG")[:60], "image", CutOff),
        (files.PDF[:-10], "file", CutOff),
        (files.wave(1000)[:500], "audio", CutOff),
        (files.recorded(b"vide")[:80], "video", CutOff),
        (files.package(files.WORDS)[:100], "file", CutOff),
        (files.package({"a.txt": "words"}), "file", WrongFile),
        (files.package({**files.WORDS, "../../etc/passwd": ""}), "file", WrongFile),
        (files.package({**files.WORDS, "word/vbaProject.bin": ""}), "file", HoldsProgram),
        (files.package({**files.WORDS, "[Content_Types].xml": "word.macroEnabled.main+xml"}), "file", HoldsProgram),
        (files.package({**files.OPEN_TEXT, "Basic/Standard/script-lb.xml": ""}), "file", HoldsProgram),
    ],
    ids=lambda each: "file" if isinstance(each, bytes) else None,
)  # fmt: skip
def test_what_should_not_be_taken_in_is_refused_with_its_reason(data, wanted, refused):
    with pytest.raises(refused) as told:
        contents.read(data, wanted)

    assert str(told.value) or told.value.__doc__


def test_a_bomb_is_refused_before_it_is_drawn():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    with pytest.raises(TooManyPoints):
        contents.read(files.bomb(), "image")

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kilobytes


def test_a_package_that_swells_is_refused_and_not_unpacked():
    swelling = files.swollen(260)

    with pytest.raises(TooMuchInside):
        contents.read(swelling, "file")

    assert len(swelling) < 1_000_000


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_file_cut_off_anywhere_breaks_nothing(kind):
    whole = files.picture(kind)

    for end in range(1, len(whole), 7):
        try:
            contents.read(whole[:end], "image")
        except (CutOff, WrongFile):
            continue

    assert contents.read(whole, "image").data


# Where it is kept


def test_what_is_put_into_the_store_is_whole_and_for_its_owner_only(tmp_path: Path):
    store, name = Store(str(tmp_path)), ids.new_id()

    store.put(name, b"a cipher")

    [path] = tmp_path.iterdir()
    assert (path.name, path.read_bytes(), path.stat().st_mode & 0o777) == (str(name), b"a cipher", 0o600)
    assert store.get(name) == b"a cipher"
    store.remove(name)
    with pytest.raises(Unreadable):
        store.get(name)


def test_without_a_folder_nothing_is_taken_in():
    with pytest.raises(NoStore):
        Store("").put(uuid4(), b"a cipher")


async def kept(study):
    asked = await ask(study, sheet(PHOTO))
    held, store = await asked.held(), Store(study.settings.files)
    handed = Handed(ids.new_id(), "photo", WORDS)
    async with study.acting() as conn:
        key = await identities.key_of(conn, study.ring, held.family_id, held.respondent_id)
        await documents.keep(conn, store, key, held, handed, person_id=held.respondent_id)
    return held, store, key, handed


async def test_only_a_ciphertext_is_kept_and_it_opens_only_where_it_belongs(study: Study):
    held, store, key, handed = await kept(study)

    cipher = store.get(handed.document_id)
    async with study.acting() as conn:
        found = await documents.find(conn, held.family_id, handed.document_id)
        opened = await documents.open_one(conn, store, key, found)

    assert opened == WORDS.data
    assert WORDS.data not in cipher
    other = ids.new_id()
    store.put(other, cipher)
    with pytest.raises(Unreadable):
        crypto.unseal(key, store.get(other), f"cases.document.content:{other}")


async def test_destroying_a_persons_key_makes_what_they_handed_in_unreadable(study: Study):
    held, store, _, handed = await kept(study)

    async with study.acting() as conn:
        await identities.destroy(conn, [held.family_id])

    async with study.acting() as conn:
        assert await documents.find(conn, held.family_id, handed.document_id)
        with pytest.raises(Unreadable):
            await identities.key_of(conn, study.ring, held.family_id, held.respondent_id)
    assert WORDS.data not in store.get(handed.document_id)


async def test_a_link_gives_the_key_of_its_own_person_and_no_other(study: Study):
    held, _, key, _ = await kept(study)
    other, _, _, _ = await kept(study)
    acting = Acting("test", study.clock.now(), (held.site_id,), family_id=held.family_id, person_id=held.respondent_id)

    async with database.borrowed(study.pools["families"], acting) as conn:
        own = await identities.own_key(conn, study.ring, held.family_id, held.respondent_id)
        with pytest.raises(Unreadable):
            await identities.own_key(conn, study.ring, other.family_id, other.respondent_id)
        with pytest.raises(Unreadable):
            await identities.own_key(conn, study.ring, held.family_id, held.family_id)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with database.borrowed(study.pools["families"], acting) as conn:
            await identities.key_of(conn, study.ring, held.family_id, held.respondent_id)

    assert own == key


def half_written(study, content):
    Path(study.settings.files, f"{ids.new_id()}.part").write_bytes(content)


async def test_what_never_became_a_document_is_swept_after_a_day(study: Study):
    held, store, _, handed = await kept(study)
    orphan = ids.new_id()
    store.put(orphan, b"left over")
    half_written(study, b"half")
    machine = datetime.now(UTC)

    async with study.acting(pool="worker") as conn:
        early = await documents.sweep(conn, store, before=machine - timedelta(days=1))
        late = await documents.sweep(conn, store, before=machine + timedelta(minutes=1))

    assert (early, late) == (0, 2)
    assert files.kept(study) == [str(handed.document_id)]
    async with study.acting() as conn:
        with pytest.raises(NoDocument):
            await documents.find(conn, held.family_id, orphan)


def not_ours(study):
    Path(study.settings.files, "a note of somebody's").write_text("not ours")


async def test_whoever_does_not_see_every_site_sweeps_nothing(study: Study):
    _, store, _, handed = await kept(study)
    not_ours(study)

    async with study.acting(pool="worker", sites_of=()) as conn:
        swept = await documents.sweep(conn, store, before=datetime.now(UTC) + timedelta(minutes=1))

    assert swept == 0
    assert str(handed.document_id) in files.kept(study)

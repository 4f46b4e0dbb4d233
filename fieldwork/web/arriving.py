"""Arriving: what was begun on a device without a line begins here once it comes, or finds a place to be set aside."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from asyncpg import Connection
from msgspec import Meta, Struct

from consent.errors import NotPermitted
from fieldwork.cases import due
from fieldwork.cases.cases import Case
from fieldwork.people import persons
from fieldwork.study import declaration
from questionnaires import openings
from questionnaires.errors import NotLicensed, WrongSave
from questionnaires.openings import Opening

LONGEST = timedelta(days=30)  # a device's clock may say anything


class Begun(Struct, frozen=True):
    """Who began to answer what about whom, and how many seconds ago by the device's own clock."""

    wave: str
    questionnaire: str
    version: str
    respondent_id: UUID
    subject_kind: str
    subject_id: UUID
    ago: Annotated[int, Meta(ge=0)] = 0

    def opening(self, now: datetime) -> Opening:
        at = now - min(timedelta(seconds=min(self.ago, LONGEST.total_seconds())), LONGEST)
        return Opening(
            wave=self.wave,
            questionnaire=self.questionnaire,
            version=self.version,
            respondent_id=self.respondent_id,
            subject_kind=self.subject_kind,
            subject_id=self.subject_id,
            mode="face_to_face",
            held_on=at.date(),
            at=at,
        )


async def place(
    conn: Connection, case: Case, administration_id: UUID, begun: Begun, *, reader: UUID, now: datetime
) -> tuple[UUID, str | None]:
    """Where its answers belong, and why they can only be set aside there, if they can."""
    opening = begun.opening(now)
    people = await persons.of_family(conn, case.family_id)
    known = {person.person_id for person in people}
    if opening.id_in(case.family_id) != administration_id or begun.respondent_id not in known:
        raise WrongSave
    protocol = await declaration.current(conn)
    expected = due.at(protocol, begun.wave, people, reader=reader, on=opening.held_on)
    if not any(_is_this(each, begun) for each in expected):
        return await openings.keep_place(conn, case.family_id, case.site_id, opening), "not_due"
    try:
        held = await openings.begin(conn, case.family_id, case.site_id, opening, packed=True)
    except (NotPermitted, NotLicensed) as error:
        because = "permission" if isinstance(error, NotPermitted) else "not_due"
        return await openings.keep_place(conn, case.family_id, case.site_id, opening), because
    return held.administration_id, None


def _is_this(each: due.Due, begun: Begun) -> bool:
    """A version that was packed before another took its place is still what was asked."""
    return (each.questionnaire, each.respondent_id, each.subject_kind, each.subject_id) == (
        begun.questionnaire,
        begun.respondent_id,
        begun.subject_kind,
        begun.subject_id,
    )

"""Asides: answers that came too late or without permission, kept apart until a person decides."""

from uuid import UUID

from asyncpg import Connection
from msgspec import Struct, convert

from questionnaires.errors import NothingSetAside
from questionnaires.saving import Receipt, Save

SENTENCES = {
    "permission": "The permission for this was withdrawn. What was answered is set aside; a coordinator decides.",
    "not_due": "This is not asked of them any more. What was answered is set aside; a coordinator decides.",
    "closed": "This was completed before the answer came. It is set aside; a coordinator decides.",
}


class Aside(Struct, frozen=True):
    """How many answers of a questionnaire wait and why. What they say is nobody's to read before it is decided."""

    administration_id: UUID
    title: str
    because: str
    answers: int


async def keep(
    conn: Connection, family_id: UUID, administration_id: UUID, saves: list[Save], *, because: str
) -> list[Receipt]:
    """Each once, however often it is sent; none that was stored before its questionnaire was closed."""
    known = await conn.fetch(
        """
        select save_id from questionnaires.answer
        where family_id = $1 and administration_id = $2 and save_id = any($3)
        """,
        family_id,
        administration_id,
        [save.save for save in saves],
    )
    stored = {row["save_id"] for row in known}
    await conn.executemany(
        """
        insert into questionnaires.aside
          (family_id, administration_id, save_id, site_id, item, value, base, device_at, because)
        select family_id, administration_id, $3, site_id, $4, $5::jsonb, $6, $7,
          case when state = 'void' then coalesce((select min(because) from questionnaires.aside
            where family_id = $1 and administration_id = $2), $8) else $8 end
        from questionnaires.administration where family_id = $1 and administration_id = $2
        on conflict do nothing
        """,
        [
            (family_id, administration_id, save.save, save.item, save.value, save.base, save.at, because)
            for save in saves
            if save.save not in stored
        ],
    )
    return [
        Receipt(save.save, 0, "already") if save.save in stored else Receipt(save.save, 0, "aside", SENTENCES[because])
        for save in saves
    ]


async def to_decide(conn: Connection, family_id: UUID) -> list[Aside]:
    rows = await conn.fetch(
        """
        select administration_id, title, because, count(*) as answers
        from questionnaires.aside
        join questionnaires.administration a using (family_id, administration_id)
        join questionnaires.version v on v.code = questionnaire and v.version = a.version
        where family_id = $1 and decision is null
        group by administration_id, title, because order by title, because
        """,
        family_id,
    )
    return [convert(dict(row), Aside) for row in rows]


async def discard(conn: Connection, family_id: UUID, administration_id: UUID) -> None:
    """Nobody may have it: what was answered is erased."""
    done = await conn.execute(
        """
        update questionnaires.aside set decision = 'discarded', value = null
        where family_id = $1 and administration_id = $2 and decision is null
        """,
        family_id,
        administration_id,
    )
    if done == "UPDATE 0":
        raise NothingSetAside


async def take(conn: Connection, family_id: UUID, administration_id: UUID) -> list[Save]:
    """What is to be taken in after all, in the order it was answered; whoever takes it saves it under today's rules."""
    rows = await conn.fetch(
        """
        update questionnaires.aside set decision = 'taken_in'
        where family_id = $1 and administration_id = $2 and decision is null
        returning save_id as save, item, value, base, device_at as at
        """,
        family_id,
        administration_id,
    )
    if not rows:
        raise NothingSetAside
    return sorted((convert(dict(row), Save) for row in rows), key=lambda save: (save.at is None, save.at))

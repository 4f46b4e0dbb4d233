"""Cautions: a telephone number that is wrong, an address that must not be used."""

from uuid import UUID

from asyncpg import Connection, ForeignKeyViolationError
from msgspec import Struct, convert

from fieldwork.people.errors import NoPerson

FIELDS = {"phone": "Telephone", "email": "E-mail", "address": "Address"}
WHY = {"wrong": "Wrong", "do_not_use": "Do not use"}


class Caution(Struct, frozen=True):
    person_id: UUID
    field: str
    why: str


async def note(conn: Connection, family_id: UUID, site_id: int, caution: Caution) -> None:
    """From now on nobody is reached by this; saying it again in another way replaces what was said."""
    try:
        await conn.execute(
            """
            insert into people.caution (family_id, person_id, field, site_id, why) values ($1, $2, $3, $4, $5)
            on conflict (family_id, person_id, field) do update set why = excluded.why, since = excluded.since
            """,
            family_id,
            caution.person_id,
            caution.field,
            site_id,
            caution.why,
        )
    except ForeignKeyViolationError as error:
        raise NoPerson from error


async def lift(conn: Connection, family_id: UUID, person_id: UUID, field: str) -> None:
    """It may be used again."""
    await conn.execute(
        "delete from people.caution where family_id = $1 and person_id = $2 and field = $3", family_id, person_id, field
    )


async def of_family(conn: Connection, family_id: UUID) -> list[Caution]:
    rows = await conn.fetch(
        "select person_id, field, why from people.caution where family_id = $1 order by person_id, field", family_id
    )
    return [convert(dict(row), Caution) for row in rows]


async def shut(conn: Connection, family_id: UUID) -> set[str]:
    """By what no grown-up of this family can be reached any more: all that was kept of it bears a caution."""
    rows = await conn.fetch(
        """
        select i.field
        from people.identity i
        join people.person p on p.family_id = i.family_id and p.person_id = i.person_id and p.role = 'parent'
        left join people.caution c on c.family_id = i.family_id and c.person_id = i.person_id and c.field = i.field
        where i.family_id = $1 and i.field in ('phone', 'email', 'address')
        group by i.field having count(*) = count(c.field)
        """,
        family_id,
    )
    return {row["field"] for row in rows}

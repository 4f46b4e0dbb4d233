"""Forms: the words a family is asked with. A published form never changes; a decision names its version."""

from datetime import datetime
from hashlib import sha256

from asyncpg import Connection
from msgspec import Struct, convert

from consent.errors import FormFrozen
from consent.purposes import Purpose


class Form(Struct, frozen=True, forbid_unknown_fields=True):
    purpose: Purpose
    version: int
    text: str
    language: str = "en"

    @property
    def hash(self) -> str:
        return sha256(self.text.encode()).hexdigest()


async def publish(conn: Connection, forms: list[Form], *, now: datetime) -> None:
    """New versions join the old ones; other words under a version that stands are refused."""
    held = {(form.purpose, form.version, form.language): form for form in await every(conn)}
    fresh = [form for form in forms if (form.purpose, form.version, form.language) not in held]
    for form in forms:
        before = held.get((form.purpose, form.version, form.language), form)
        if before.hash != form.hash:
            raise FormFrozen(f"{form.purpose} {form.version}")
    await conn.executemany(
        """
        insert into consent.form (purpose, version, language, text, hash, published_at) values ($1, $2, $3, $4, $5, $6)
        """,
        [(form.purpose, form.version, form.language, form.text, form.hash, now) for form in fresh],
    )


async def every(conn: Connection) -> list[Form]:
    rows = await conn.fetch(
        "select purpose, version, text, language from consent.form order by purpose, version, language"
    )
    return [convert(dict(row), Form) for row in rows]


async def latest(conn: Connection) -> dict[Purpose, Form]:
    """The words each purpose is asked with now."""
    return {form.purpose: form for form in await every(conn)}

"""What an application stands on: its settings, its keys, its clock and its pool."""

from asyncpg import Pool
from msgspec import Struct

from fieldwork.base.clock import Clock
from fieldwork.base.crypto import Ring
from fieldwork.base.settings import Settings
from fieldwork.base.store import Store


class Ground(Struct, frozen=True):
    settings: Settings
    ring: Ring
    clock: Clock
    pool: Pool

    def cookie_name(self, application: str) -> str:
        return f"__Host-{application}" if self.is_secure else application

    @property
    def store(self) -> Store:
        return Store(self.settings.files)

    @property
    def is_secure(self) -> bool:
        """Whether people come over https; only then can a cookie be bound to its host."""
        return self.settings.staff_url.startswith("https://") and self.settings.family_url.startswith("https://")

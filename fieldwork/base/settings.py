"""What a process is told from outside: FIELDWORK_… names in its environment, and nothing else."""

import os
from collections.abc import Mapping
from ipaddress import ip_network

from msgspec import Struct

from fieldwork.base import post
from fieldwork.base.errors import WrongSetting
from fieldwork.base.post import Office
from fieldwork.base.store import Store

PREFIX = "FIELDWORK_"


class Settings(Struct, frozen=True):
    database_url: str = ""
    read_database_url: str = ""
    keys: str = ""
    lookup_key: str = ""
    clock: str = ""
    staff_url: str = "http://127.0.0.1:8000"
    family_url: str = "http://127.0.0.1:8001"
    trusted_proxy: str = ""
    files: str = ""
    smtp_url: str = ""
    mail_from: str = ""
    sms_gateway: str = ""

    def database(self) -> str:
        if not self.database_url:
            raise WrongSetting("FIELDWORK_DATABASE_URL is not set. It names the database and the role to act as.")
        return self.database_url

    def proxies(self) -> str:
        """Who may say for whom it asks. A typing error must not silently trust nobody, or everybody."""
        named = [each.strip() for each in self.trusted_proxy.split(",") if each.strip()]
        try:
            return ",".join(str(ip_network(each)) for each in named)
        except ValueError as error:
            raise WrongSetting(f"FIELDWORK_TRUSTED_PROXY names no address or network: {error}.") from error

    def store(self) -> Store:
        """Where files are kept. Without a folder none can be handed in; one that can't be written is a fault."""
        if self.files and not os.access(self.files, os.R_OK | os.W_OK | os.X_OK):
            raise WrongSetting(f"FIELDWORK_FILES names no folder this program can write to: {self.files}.")
        return Store(self.files)

    def office(self) -> Office:
        """How messages leave; only the worker needs to know. Without a provider nothing does, and what is due waits."""
        return post.read(self.smtp_url, self.mail_from, self.sms_gateway)

    def as_environment(self) -> dict[str, str]:
        """The variables another process needs to act on the same study."""
        named = {PREFIX + field.upper(): getattr(self, field) for field in self.__struct_fields__}
        return {name: value for name, value in named.items() if value}


def read(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings in an environment; an unknown name is refused, so that a typing error is not a silent default."""
    told = {name.removeprefix(PREFIX).lower(): value for name, value in environment.items() if name.startswith(PREFIX)}
    for name in told:
        if name not in Settings.__struct_fields__:
            known = ", ".join(PREFIX + field.upper() for field in Settings.__struct_fields__)
            raise WrongSetting(f"{PREFIX}{name.upper()} is no setting of Fieldwork. The settings are {known}.")
    return Settings(**told)

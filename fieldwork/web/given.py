"""Given: what a route may ask for and the application hands it: the connection, the form, the case, who is asking."""

from typing import Any

from asyncpg import Connection
from litestar.di import NamedDependency

from fieldwork.cases.cases import Case
from fieldwork.staff.sessions import Viewer

Conn = NamedDependency[Connection]
Form = NamedDependency[Any]
OpenCase = NamedDependency[Case]
Who = NamedDependency[Viewer]

"""PostgreSQL in a cluster: databases and roles as SQL, and a cluster that comes back from its backup."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from fairseat_common.testing.service_database import CREATE_DATABASE, CREATE_ROLE
from fairseat_deploy.rendering import documents
from fairseat_deploy.tree import DEPLOY
from fairseat_local.environment import WITH_DATABASE

FILE = DEPLOY / "components" / "postgres" / "databases.sql"
HEAD = """\
-- Written by `fairseat-deploy postgres write`; not by hand. For psql, as an administrator; may be run again and again.
-- Passwords come from the environment: AUTH_RUNTIME, AUTH_OWNER, ... What a role may do there, the migrations say.
"""
BACKUPS = "backups"
SERVER_NAME = re.compile(r"^(?P<name>.+)-(?P<number>\d+)$")


class PostgresError(ValueError):
    """It cannot be done so; the message is a sentence for people."""


def databases_sql() -> str:
    """The text of databases.sql: what `ensure_service_databases` does on one machine, by the same statements."""
    return HEAD + "".join(f"\n{part}" for name in WITH_DATABASE for part in _service(name))


def _service(name: str) -> Iterable[str]:
    database = f"fairseat_{name}"
    owner = f"{database}_owner"
    yield _role(database, f"{name.upper()}_RUNTIME")
    yield _role(owner, f"{name.upper()}_OWNER")
    # Whoever is no superuser may give a database only to a role that they are in.
    yield _if("NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)", f"GRANT {owner} TO CURRENT_USER")
    missing = f"NOT EXISTS (SELECT FROM pg_database WHERE datname = '{database}')"
    yield _if(missing, CREATE_DATABASE.format(database=database, owner=owner))


def _role(role: str, password: str) -> str:
    missing = f"NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}')"
    return (
        f"\\getenv password {password}\n"
        f"{_if(missing, CREATE_ROLE.format(role=role))}"
        f"ALTER ROLE {role} PASSWORD :'password';\n"
    )


def _if(condition: str, statement: str) -> str:
    return f"SELECT $${statement}$$ WHERE {condition} \\gexec\n"


def recovery(overlay: str, at: datetime | None = None) -> tuple[dict[str, Any], str]:
    """The overlay's Cluster as one that begins with what its backup has, up to `at` or to the end; and the name under
    which it archives from now on, since what is in the bucket is never written over.

    Raises PostgresError for an overlay without such a cluster.
    """
    found = next((each for each in documents(overlay) if each["kind"] == "Cluster"), None)
    if found is None:
        raise PostgresError(f"{overlay} has no PostgreSQL cluster with backups")
    cluster = copy.deepcopy(found)
    (plugin,) = cluster["spec"]["plugins"]
    before = dict(plugin["parameters"])
    matched = SERVER_NAME.match(before["serverName"])
    assert matched, "the component numbers it"
    plugin["parameters"]["serverName"] = f"{matched['name']}-{int(matched['number']) + 1}"
    target = {"recoveryTarget": {"targetTime": at.isoformat(sep=" ")}} if at else {}
    cluster["spec"]["bootstrap"] = {"recovery": {"source": BACKUPS, **target}}
    cluster["spec"]["externalClusters"] = [{"name": BACKUPS, "plugin": {"name": plugin["name"], "parameters": before}}]
    return cluster, plugin["parameters"]["serverName"]

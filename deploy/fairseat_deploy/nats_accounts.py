"""Who may say and hear what at the broker: written from the contracts and the consumers that services declare.

One account has all of Fairseat's subjects and streams; in it each service has a user that may do exactly what its code
does. Passwords are names of environment variables, which the server reads when it starts.
"""

from __future__ import annotations

import hashlib
import importlib
import string
from collections.abc import Iterable
from dataclasses import dataclass

from fairseat_common.bus.streams import inbox_of
from fairseat_common.contracts import registry, stream_of
from fairseat_common.contracts.publishers import streams_of, subjects_of
from fairseat_deploy.tree import DEPLOY
from fairseat_local.operations.consumers import Declared, declared
from fairseat_local.routes import SERVICES

FILE = DEPLOY / "components" / "nats" / "accounts.conf"
API = "$JS.API"
ACCOUNT = "fairseat"
OPERATOR = "operator"
"""The user of the tools: looks at streams and consumers, empties and fills them."""
SYSTEM = "system"
"""The user of the servers' own account, for `nats server report` and the like; it sees no event."""
USERS = (*SERVICES, OPERATOR, SYSTEM)
HEAD = """\
# Written by `fairseat-deploy nats write` from the contracts and the consumers that services declare; not by hand.
# Each service may publish its own subjects, keep its own streams, fetch and acknowledge by its own consumers, and hear
# the answers to its own questions. Everything else is refused.
"""


@dataclass(frozen=True, slots=True)
class Permissions:
    """The subjects that a user may publish to, and those that it may subscribe to."""

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]


def password_variable(user: str) -> str:
    """The environment variable of the server with a user's password."""
    return f"NATS_{user.upper()}_PASSWORD"


def account_hash(account: str) -> str:
    """What servers call an account in subjects: eight characters of a digest of its name."""
    letters = string.digits + string.ascii_uppercase + string.ascii_lowercase
    return "".join(letters[byte % len(letters)] for byte in hashlib.sha256(account.encode()).digest()[:8])


def permissions() -> dict[str, Permissions]:
    """What each user of Fairseat's account may do, by name."""
    consumers = declared()
    found = {
        service: Permissions(
            publish=tuple(_publishing(service, [each for each in consumers if each.service == service])),
            subscribe=(*_listening(service), f"{inbox_of(service)}.>"),
        )
        for service in SERVICES
    }
    found[OPERATOR] = Permissions((*registry(), f"{API}.>"), (f"{inbox_of(OPERATOR)}.>",))
    return found


def _publishing(service: str, consumers: Iterable[Declared]) -> Iterable[str]:
    yield from subjects_of(service)
    for stream in streams_of(service):
        yield from (f"{API}.STREAM.{verb}.{stream}" for verb in ("CREATE", "INFO", "UPDATE"))
    for each in consumers:
        stream = stream_of(each.subject)
        # The last part binds the name to its one subject: the server compares it with what is asked for.
        yield f"{API}.CONSUMER.CREATE.{stream}.{each.durable}.{each.subject}"
        yield f"{API}.CONSUMER.INFO.{stream}.{each.durable}"
        yield f"{API}.CONSUMER.MSG.NEXT.{stream}.{each.durable}"
        yield f"$JS.ACK.{stream}.{each.durable}.>"
        # From 2.16 on with the domain (none) and the account before it. Wildcards in their place would be read, in the
        # older way, as the streams and consumers of others.
        yield f"$JS.ACK._.{account_hash(ACCOUNT)}.{stream}.{each.durable}.>"


def _listening(service: str) -> tuple[str, ...]:
    """What a service hears without a consumer, as its module `live` says: only web, for open pages."""
    try:
        module = importlib.import_module(f"{service}.live")
    except ModuleNotFoundError as error:
        if error.name != f"{service}.live":
            raise
        return ()
    subjects: tuple[str, ...] = module.SUBJECTS
    return subjects


def accounts() -> str:
    """The text of accounts.conf."""
    users = "\n".join(_user(name, allowed) for name, allowed in permissions().items())
    return f"""{HEAD}
system_account: SYS

accounts {{
  SYS {{
    users: [
      {{ user: {SYSTEM}, password: ${password_variable(SYSTEM)} }}
    ]
  }}
  {ACCOUNT} {{
    jetstream: enabled
    users: [
{users}
    ]
  }}
}}
"""


def _user(name: str, allowed: Permissions) -> str:
    return f"""\
      {{
        user: {name}
        password: ${password_variable(name)}
        permissions: {{
          publish: {_only(allowed.publish)}
          subscribe: {_only(allowed.subscribe)}
        }}
      }}"""


def _only(subjects: Iterable[str]) -> str:
    """Nothing but these. An empty list of what is allowed would be taken for everything, so that is said by `deny`."""
    lines = "\n".join(f'            "{subject}"' for subject in subjects)
    return f"{{ allow: [\n{lines}\n          ] }}" if lines else '{ deny: ">" }'

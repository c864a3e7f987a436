"""Makes somebody an operator by hand: `python -m auth.main_operator ada@example.com`, where the service itself runs.

Operators give roles to others on a page; somebody has to be the first. The account exists and its address is verified
before. Nobody is signed in here, so whoever may run programs inside of the service's container may do this, and nobody
else: there is no route for it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence

import asyncpg

from auth import actions_bans
from fairseat_common.contracts.refusals import Refusal
from fairseat_common.database import Database
from fairseat_common.environment import Reader, SettingsError

EXIT_SETTINGS = 2


async def appoint(database_url: str, email: str, another: bool) -> str:
    """What was done, as a sentence. Raises Refusal, OSError and what asyncpg does."""
    database = Database(database_url, application="fairseat-auth-operator", size_max=1)
    await database.open()
    try:
        async with database.transaction() as tx:
            account = await actions_bans.appoint(tx, email, another)
    finally:
        await database.close()
    return f"{account.email} is an operator (account {account.id}), at once after signing in again."


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line; 1 if it was refused and 2 if the settings are wrong, with one line that says why."""
    parser = argparse.ArgumentParser(prog="auth.main_operator", description=__doc__)
    parser.add_argument("email")
    parser.add_argument("--another", action="store_true", help="although there are operators already")
    options = parser.parse_args(arguments)
    try:
        reader = Reader(os.environ)
        url = reader.secret("DATABASE_URL")
        reader.check()
        done = asyncio.run(appoint(url, options.email, options.another))
    except SettingsError as problem:
        sys.stderr.write(f"{problem}\n")
        return EXIT_SETTINGS
    except Refusal as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    except (OSError, TimeoutError, asyncpg.PostgresError) as problem:
        sys.stderr.write(f"the database cannot be asked: {problem}\n")
        return 1
    sys.stdout.write(f"{done}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

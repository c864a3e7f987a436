"""What a route can ask for by name, with the types that say so to the framework."""

from __future__ import annotations

from typing import TypeAlias

from litestar.di import NamedDependency

from fairseat_common.database import Database
from fairseat_common.web.auth import SignedIn

CurrentUser: TypeAlias = NamedDependency[SignedIn]
"""``user``: whoever is signed in; 401 otherwise."""
Visitor: TypeAlias = NamedDependency[SignedIn | None]
"""``visitor``: whoever is signed in, or None."""
OwnDatabase: TypeAlias = NamedDependency[Database]
"""``database``: the service's own."""
ExpectedVersion: TypeAlias = NamedDependency[int]
"""``if_match``: the version that the edit is based on; 428 without."""

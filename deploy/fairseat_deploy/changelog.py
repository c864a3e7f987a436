"""What a release says that is new: its section of CHANGELOG.md."""

from __future__ import annotations

import re

from fairseat_deploy.releases import ReleaseError

HEADING = re.compile(r"^## +v?(?P<version>\S+).*$", re.MULTILINE)


def section(text: str, tag: str) -> str:
    """The section of a tag (`v0.2.0` is the heading `## 0.2.0`), without its heading. ReleaseError without one."""
    wanted = tag.removeprefix("v")
    headings = list(HEADING.finditer(text))
    for heading, following in zip(headings, [*headings[1:], None], strict=True):
        if heading["version"] == wanted:
            said = text[heading.end() : following.start() if following else len(text)].strip()
            if said:
                return f"{said}\n"
    known = ", ".join(heading["version"] for heading in headings)
    raise ReleaseError(f"CHANGELOG.md says nothing about {wanted}; it has sections for {known}")

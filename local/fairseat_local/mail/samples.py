"""Every letter with sample facts, as the notifications service writes it.

The service's code runs in a process of its own, once per language, when somebody looks: the catcher knows nothing
of it.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass

from fairseat_common.languages import DEFAULT

WRITE_MAX_S = 60.0
WRITER = "fairseat_local.mail.letters"


@dataclass(frozen=True)
class Sample:
    """One letter; `script` says what its names are like."""

    kind: str
    case: str
    script: str
    subject: str
    html: str
    text: str


class Samples:
    """The letters, written at the first call for each language."""

    def __init__(self) -> None:
        self._found: dict[str, list[Sample]] = {}
        self._writing = asyncio.Lock()

    async def all(self, language: str = DEFAULT) -> list[Sample]:
        """All letters in one of LANGUAGES; raises RuntimeError with what the writer said if it failed."""
        async with self._writing:
            if language not in self._found:
                self._found[language] = [Sample(**row) for row in json.loads(await _written(language))]
            return self._found[language]


async def _written(language: str) -> bytes:
    writer = await asyncio.create_subprocess_exec(
        sys.executable, "-m", WRITER, language, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(WRITE_MAX_S):
            said, complaint = await writer.communicate()
    except TimeoutError:
        writer.kill()
        await writer.wait()
        raise
    if writer.returncode:
        raise RuntimeError(complaint.decode(errors="replace")[-2000:])
    return said

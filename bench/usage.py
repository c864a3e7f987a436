"""What processes use, read from /proc: memory, processor time, connections (Linux only)."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
MIB = 1024 * 1024
ESTABLISHED = "01"
PARENT, CPU_FIRST, CPU_LAST = 1, 11, 14
"""Of /proc/PID/stat, counted from behind the name of the program, which may hold spaces: the state is 0."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident memory in MiB: now, and the most that there ever was."""

    now: float
    most: float


def memory(pid: int) -> Memory:
    """What one process has in memory, shared pages included, as a limit in a cluster counts them."""
    lines = dict(line.split(":", 1) for line in (PROC / str(pid) / "status").read_text().splitlines())
    now, most = (int(lines[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))
    return Memory(now, most)


def memory_shared(pids: Iterable[int]) -> float:
    """MiB of several processes that share pages, each page counted once."""
    kib = 0
    for pid in pids:
        with suppress(OSError):  # it has just ended
            rollup = (PROC / str(pid) / "smaps_rollup").read_text()
            kib += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return kib / 1024


def cpu_s(pids: Iterable[int]) -> float:
    """Processor seconds of processes, and of their children that have ended."""
    ticks = 0
    for pid in pids:
        with suppress(OSError):
            ticks += sum(int(each) for each in _stat(pid)[CPU_FIRST : CPU_LAST + 1])
    return ticks / TICKS_PER_S


def family(pid: int) -> list[int]:
    """A process and all below it."""
    parents = {}
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                parents[int(folder.name)] = int(_stat(int(folder.name))[PARENT])
    found = [pid]
    for each in found:
        found += [child for child, parent in parents.items() if parent == each]
    return found


def connections(pid: int, port: int) -> int:
    """How many connections a process has to a port of this machine."""
    own = set()
    for link in (PROC / str(pid) / "fd").iterdir():
        with suppress(OSError):
            own.add(os.readlink(link))
    found = 0
    for line in (PROC / str(pid) / "net/tcp").read_text().splitlines()[1:]:
        _, _local, remote, state, *rest = line.split()
        if state == ESTABLISHED and int(remote.rpartition(":")[2], 16) == port:
            found += f"socket:[{rest[5]}]" in own
    return found


def _stat(pid: int) -> list[str]:
    return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()

"""Runs a program that ends with the process that started it.

`python bound_exec.py PARENT_PID SIGNAL UID:GID PROGRAM [ARGUMENT ...]` drops to the given account (`-` keeps the
present one), asks the kernel to send SIGNAL when the starting thread dies (Linux; elsewhere leftovers are found
by their pid files), and becomes PROGRAM. It is run by path and imports the standard library only, so it costs a
few milliseconds and needs no work between fork and exec in a process that has threads.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def drop_privileges(account: str) -> None:
    """Become `UID:GID` with no other groups; must happen before the death signal is set, which it would clear."""
    uid, gid = (int(part) for part in account.split(":"))
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def bind_to_parent(parent: int, death_signal: int) -> None:
    """Ask for `death_signal` at the parent's death, and leave at once if it is dead already."""
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, death_signal)
    if os.getppid() != parent:
        sys.exit("the starting process is gone")


def main() -> None:
    """Read the arguments, bind, and exec."""
    parent, death_signal, account, program, *arguments = sys.argv[1:]
    if account != "-":
        drop_privileges(account)
    bind_to_parent(int(parent), int(death_signal))
    os.execv(program, [program, *arguments])  # noqa: S606  (no shell is wanted)


if __name__ == "__main__":
    main()

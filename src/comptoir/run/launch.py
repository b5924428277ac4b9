"""Becomes another program that ends when its parent does. Run as a file, with nothing but the standard library:

    python -I -S launch.py SIGNAL PARENT ACCOUNT program argument...

SIGNAL is what the kernel sends when the parent is gone, PARENT the parent's process id, ACCOUNT "uid:gid" or "-".
A launcher and not `preexec_fn`: code between fork and exec is unsafe once the parent has threads.
"""

from __future__ import annotations

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Change the account, tie our life to the parent's, and become the program."""
    signal_number, parent, account, *program = sys.argv[1:]
    if account != "-":
        user, group = (int(part) for part in account.split(":"))
        os.setgroups([])
        os.setgid(group)
        os.setuid(user)
    if sys.platform == "linux":
        # After the change of account: the kernel forgets the wish at setuid.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal_number))
    if os.getppid() != int(parent):
        sys.exit(0)  # the parent died before the wish was made
    try:
        os.execv(program[0], program)  # noqa: S606 - becoming the program is the point
    except OSError as error:
        sys.exit(f"{program[0]} cannot be started: {error.strerror}.")


if __name__ == "__main__":
    main()

"""Becomes another program that ends with the process which started it.

Started by file, isolated, as a small process of its own: `tether.py PARENT SIGNAL OWNER PROGRAM...`
where SIGNAL is sent by the kernel once PARENT is gone and OWNER is `uid:gid` or `-`. The kernel
forgets the wish when a process changes its user, so that comes first. Only Linux offers this.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, number, owner, *program = sys.argv[1:]
    if owner != "-":
        uid, gid = (int(part) for part in owner.split(":"))
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != int(parent):
        sys.exit(1)  # The parent went before the kernel knew of the wish.
    os.execvp(program[0], program)  # noqa: S606 -- no shell is wanted


if __name__ == "__main__":
    main()

"""Becomes another program that ends when its parent does.

    python tether.py PARENT_PID SIGNAL UID:GID|- PROGRAM [ARGUMENT…]

Linux sends SIGNAL to a process whose parent thread has died, once the process asked for it with
prctl(PR_SET_PDEATHSIG) (prctl(2)). The request survives exec but not a change of user, so the order here is:
drop privileges, ask, check that the parent is still there (it may have died before we asked), exec. A program
of its own does this, because running Python code between fork and exec of a threaded process may deadlock.
Where there is no prctl the pid files of `process.py` are all there is: the next start ends what was left.

Standard library only: it runs with `-I -S`, before any package can be found.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    parent_pid, death_signal, account, *command = sys.argv[1:]
    # A launcher may have blocked or ignored what its servers are to be stopped by; both are inherited.
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    if account != "-":
        user_id, group_id = (int(part) for part in account.split(":"))
        os.setgroups([])
        os.setgid(group_id)
        os.setuid(user_id)
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != int(parent_pid):
        sys.exit("the parent is gone")
    os.execv(command[0], command)


if __name__ == "__main__":
    main()

"""A shell with one job: ``python _jobs.py COMMAND…`` runs it, and takes over when it is stopped.

It says so, with how the terminal's driver is set then, and continues the job after a line.
"""

import os
import signal
import sys
import termios


def main() -> int:
    """Run the job to its end; return its exit code."""
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # it takes the terminal back from the background
    before = termios.tcgetattr(0)
    job = os.fork()
    if job == 0:
        os.setpgid(0, 0)
        os.tcsetpgrp(0, os.getpgrp())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        os.execv(sys.argv[1], sys.argv[1:])
    while True:
        _, status = os.waitpid(job, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            return os.waitstatus_to_exitcode(status)
        os.tcsetpgrp(0, os.getpgrp())
        as_before = termios.tcgetattr(0) == before
        termios.tcsetattr(0, termios.TCSANOW, before)
        print(f"\r\nstopped, {'as before' if as_before else 'changed'}", flush=True)
        sys.stdin.readline()
        os.tcsetpgrp(0, job)
        os.killpg(job, signal.SIGCONT)


if __name__ == "__main__":
    sys.exit(main())

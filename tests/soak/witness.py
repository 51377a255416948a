# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""When the machine itself stood still: a process on each processor that only sleeps, above every
other thread, and writes down when it was woken late. A virtual machine that its host did not run
looks like a fault of whoever had to send a packet then."""
import os
import pathlib
import subprocess
import sys
import time

SLEEP = 0.005
LATE = 0.020            # seconds; below, every ring bridges it


class Witness:
    """One process per processor, ended with the desktop."""

    def __init__(self, desktop):
        self.paths = []
        for cpu in sorted(os.sched_getaffinity(0)):
            path = pathlib.Path(desktop.base) / f"witness-{cpu}"
            path.touch()
            self.paths.append(path)
            with path.open("ab") as file:
                desktop.started.append(subprocess.Popen([sys.executable, __file__, str(cpu)],
                                                        stdin=subprocess.DEVNULL, stdout=file))

    def standstills(self, begin, end):
        """[(when it was over, by CLOCK_REALTIME, how long)] in s, that touch this time; of all processors"""
        lines = (line.split() for path in self.paths for line in path.read_text().split("\n")[:-1])
        times = sorted((float(over), float(late)) for over, late in lines)
        return [(over, late) for over, late in times if over > begin and over - late < end]


def watch(cpu):
    os.sched_setaffinity(0, {cpu})
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(os.sched_get_priority_max(os.SCHED_FIFO)))
    except PermissionError:
        # it could not tell a busy processor from one that stood still
        sys.exit("witness: no real-time priority here: nothing is excused by a standstill")
    due = time.monotonic() + SLEEP
    while True:
        time.sleep(max(0.0, due - time.monotonic()))
        late = time.monotonic() - due
        if late >= LATE:
            print(f"{time.time():.4f} {late:.4f}", flush=True)
        due = time.monotonic() + SLEEP


if __name__ == "__main__":
    watch(int(sys.argv[1]))

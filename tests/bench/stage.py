# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""What the measurements of sound have in common: a desktop with one simulated camera."""
import contextlib
import csv
import json
import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "integration"))
os.environ.setdefault("ONVIF_BUILD", str(HERE.parent.parent / "build"))

from cameras import Camera  # noqa: E402
from desktop import BUILD, Desktop  # noqa: E402
from tap import wait_for  # noqa: E402,F401

PLAYER = BUILD / "tests" / "bench" / "bench-player"


class Stage:
    """.desktop, .camera, .sink (as pactl shows it)"""

    def __init__(self, desktop, camera, sink):
        self.desktop = desktop
        self.camera = camera
        self.sink = sink
        self.target = sink["name"]

    def player(self, path, channels=2, log=None):
        return self.desktop.start([PLAYER, self.target, path, channels] + ([log] if log else []))

    def play(self, path, channels=2, log=None, timeout=240):
        if self.player(path, channels, log).wait(timeout) != 0:
            raise AssertionError("bench-player failed: " + self.desktop.log("players"))

    def quantum(self, samples):
        """The graph's, at 48 kHz; 0: as the graph chooses."""
        self.desktop.run(["pw-metadata", "-n", "settings", "0", "clock.force-quantum", samples])

    def idle(self, timeout=10):
        self.camera.wait_stat("teardowns", 1, timeout)

    def packets(self):
        """What arrived: dicts of session, arrival (s), timestamp, bytes, first (sample in heard)."""
        rows, first = [], 0
        with open(self.camera.out / "packets.csv", encoding="ascii") as file:
            for row in csv.DictReader(file):
                if None in row.values():
                    break       # still being written
                size = int(row["bytes"])
                rows.append({"session": row["session"], "arrival": float(row["arrival"]),
                             "timestamp": int(row["timestamp"]), "bytes": size, "first": first})
                first += size
        return rows


@contextlib.contextmanager
def stage(extra="", options=(), name="Bench Camera"):
    """extra: SPA-JSON of the camera's entry; options: of the simulator."""
    with Desktop() as desktop:
        camera = Camera(desktop, name, options=options)
        desktop.settings("onvif.cameras = [ { rtsp.uri = %s onvif.name = %s %s } ]\n"
                         % (json.dumps(camera.uri), json.dumps(name), extra))
        desktop.start_onvif(debug="2")
        yield Stage(desktop, camera, desktop.wait_sink(name))


def pipewire_version(desktop):
    for line in desktop.run(["pw-cli", "--version"]).stdout.split("\n"):
        if "Linked with libpipewire" in line:
            return line.split()[-1]
    return "unknown"


def alone(module):
    """Runs one measurement without the rest of the bench: prints its rows, the JSON at the end."""
    def option(name):
        return sys.argv[sys.argv.index(name) + 1] if name in sys.argv else None

    options = {"plots": option("--plots"), "keep": option("--keep"),
               "cases": [a for a in sys.argv[1:] if a.isalnum()]}
    rows = module["run"](None, options)
    failed = 0
    for row in rows:
        limit = f"  (limit {row['limit']})" if row.get("limit") is not None else ""
        good = "" if row.get("ok", True) else "  MISSED"
        failed += bool(good)
        print(f"{row['what']:<62} {row['value']:>9} {row['unit']}{limit}{good}")
    if option("--json"):
        pathlib.Path(option("--json")).write_text(json.dumps(rows, indent=1) + "\n")
    sys.exit(1 if failed else 0)

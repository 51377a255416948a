# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""What the measurements of sound have in common: a desktop with one simulated camera."""
import argparse
import contextlib
import csv
import json
import os
import pathlib
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "integration"))
os.environ.setdefault("ONVIF_BUILD", str(HERE.parent.parent / "build"))

from cameras import Camera  # noqa: E402
from desktop import BUILD, Desktop  # noqa: E402
from rig import SOURCE, SUBJECTS, BenchDesktop  # noqa: E402
from tap import wait_for  # noqa: E402

PLAYER = BUILD / "tests" / "bench" / "bench-player"


class Stage:
    """.desktop, .camera, .target (the sink's name), .peer (whose session never ends)"""

    def __init__(self, desktop, camera, target, peer=False):
        self.desktop = desktop
        self.camera = camera
        self.target = target
        self.peer = peer

    def player(self, path, channels=2, log=None):
        return self.desktop.start([PLAYER, self.target, path, channels] + ([log] if log else []))

    def play(self, path, channels=2, log=None, timeout=240):
        if self.player(path, channels, log).wait(timeout) != 0:
            raise AssertionError("bench-player failed: " + self.desktop.log("players"))

    def quantum(self, samples):
        """The graph's, at 48 kHz; 0: as the graph chooses."""
        self.desktop.run(["pw-metadata", "-n", "settings", "0", "clock.force-quantum", samples])

    def idle(self, timeout=10):
        """All that was played was heard."""
        if self.peer:
            time.sleep(1.5)
            return
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
        yield Stage(desktop, camera, desktop.wait_sink(name)["name"])


@contextlib.contextmanager
def gstreamer_stage(options=()):
    """The same with GStreamer's client, which takes what a null sink plays."""
    client = SUBJECTS["gstreamer"]()
    with BenchDesktop() as desktop:
        wait_for(lambda: SOURCE in desktop.nodes(), 10, "the sink that is listened to")
        camera = Camera(desktop, "Bench Camera", options=options)
        client.start(desktop, OneCamera(camera.uri), 1)
        try:
            camera.wait_stat("rtp_packets", 50, 20)
            yield Stage(desktop, camera, SOURCE, peer=True)
        finally:
            # it hangs at its end
            client.process.kill()


def peers_too(measure, name):
    """Results of somebody else, who may be missing or fail: that is no reason to have none of ours."""
    try:
        return measure()
    except (AssertionError, OSError) as error:
        return [{"figure": name, "what": name, "unit": "", "subject": "gstreamer", "cameras": 1, "value": None,
                 "failed": str(error)}]


class OneCamera:
    """As rig.Farm, for a subject."""

    def __init__(self, address):
        self.address = address

    def uri(self, index):
        return self.address


def alone(module):
    """Runs one measurement without the rest of the bench: prints its rows, writes JSON."""
    parser = argparse.ArgumentParser(description=module["__doc__"].split("\n")[0])
    parser.add_argument("cases", nargs="*", help="only these of its parts")
    parser.add_argument("--plots", help="draw into this directory")
    parser.add_argument("--keep", help="leave what was heard in this directory")
    parser.add_argument("--json")
    parser.add_argument("--peers", action="store_true", help="GStreamer's client, too")
    parser.add_argument("--quick", action="store_true")
    options = vars(parser.parse_args())
    rows = module["run"](None, options)
    for row in rows:
        if row["value"] is None:
            print(f"{row['subject']:<10} {row['what']:<52}    failed: {row['failed']}")
            continue
        limit = f"  (limit {row['limit']})" if row.get("limit") is not None else ""
        good = "" if row.get("limit") is None or row.get("ok", row["value"] <= row["limit"]) else "  NOT MET"
        print(f"{row['subject']:<10} {row['what']:<52} {row['value']:>9} {row['unit']}{limit}{good}")
    if options["json"]:
        pathlib.Path(options["json"]).write_text(json.dumps(rows, indent=1) + "\n")

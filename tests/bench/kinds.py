# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""One stream to cameras of other kinds than the farm that the rest is measured with: the
simulator that the tests use, and GStreamer's RTSP server. When they read a packet is no matter
of who sent it: the pace is judged in cost.py alone."""
import pathlib
import time

import numpy

import cost
import rig
from cameras import Camera, GstCamera

NAME = "kinds"

FIGURES = ("cpu", "packets", "interval-p50", "interval-p99", "interval-max", "lost", "jumps")
LIMITS = [{"figure": f"{kind}-{limit['figure']}", **{k: v for k, v in limit.items() if k != "figure"}}
          for kind in ("simulator", "gst-server") for limit in (
              {"figure": "cpu", "of": "gstreamer", "at_most": 0.5},
              {"figure": "lost", "at_most": 0}, {"figure": "jumps", "at_most": 0})]


class OneCamera:
    """As rig.Farm."""
    kind = title = ""

    def __init__(self, base):
        self.base, self.started = pathlib.Path(base), []
        self.camera = self.make()

    def uri(self, index):
        return self.camera.uri

    def records(self, begin=0, end=None, kind=None):
        rows = numpy.array([(int(float(at) * 1e9), 0, rig.PACKET, 0, int(seq), int(size), int(timestamp), 0)
                            for at, seq, timestamp, size in self.packets()], rig.RECORD)
        return rows[(rows["ns"] >= begin) & (rows["ns"] < (end or 2**63))]

    def stop(self):
        for item in self.started:
            item.stop()


class Simulator(OneCamera):
    kind, title = "simulator", "the tests' simulator"

    def make(self):
        return Camera(self, "Simulator")

    def packets(self):
        lines = (self.base / "simulator" / "packets.csv").read_text().splitlines()[1:-1]
        fields = [line.split(",") for line in lines]
        return [(f[1], f[2], f[3], f[7]) for f in fields]


class GstServer(OneCamera):
    kind, title = "gst-server", "GStreamer's RTSP server"

    def make(self):
        return GstCamera(self)

    def packets(self):
        fields = [line.split() for line in self.camera.log().splitlines()[:-1] if line[:1] != "#"]
        return [tuple(f) for f in fields if len(f) == 4]


def measure(subject, cameras, options):
    with rig.Scene(subject, 1, cameras) as scene:
        scene.start()
        if scene.fan:
            scene.fan.nodes(1, 30)
            scene.fan.link()
        rig.wait_playing(scene.farm, 1, 30)
        time.sleep(options.settle)
        values, _ = cost.streaming_values(scene, options, 0.0)
    return [{"figure": f"{cameras.kind}-{f}", "what": f"{cost.FIGURES[f][0]}, {cameras.title}", "unit": cost.FIGURES[f][1],
             "subject": subject.name, "cameras": 1, "value": values[f]} for f in FIGURES]


def run(bench, options):
    kinds = [Simulator]
    if pathlib.Path(rig.program("gst-camera", "integration")).exists():
        kinds.append(GstServer)
    else:
        bench.say("built without GStreamer's RTSP server, left out")
    results = []
    for cameras in kinds:
        for subject in bench.subjects():
            if subject.name in ("ours", "gstreamer"):
                bench.say(f"{NAME}: {subject.title} to {cameras.title}")
                results += measure(subject, cameras, options)
    return results

# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""How long it takes from the link that a player gets to sound at the camera: with no session
(cold), and while one lingers (warm)."""
import time

import numpy

import rig
from tap import wait_for

NAME = "first"
QUICK = True

PREROLL_MS = 250.0
TRIES = 8

FIGURES = {
    "cold-play": "link to the PLAY reply, cold",
    "cold-packet": "link to the first packet, cold",
    "cold-sound": "link to the first sound, cold",
    "cold-after": "PLAY reply and pre-roll to the first sound",
    "warm-sound": "link to the first sound, warm",
}

LIMITS = [{"figure": "cold-after", "at_most": 50}]


def first(rows, kind, after, sound=False):
    """When, or None."""
    rows = rows[(rows["kind"] == kind) & (rows["ns"] > after)]
    if sound:
        rows = rows[rows["flags"] & rig.SOUND > 0]
    return int(rows["ns"].min()) if len(rows) else None


def heard(scene, after):
    """When the first sound came."""
    return wait_for(lambda: first(scene.farm.records(after), rig.PACKET, after, True), 15, "sound after the link")


def cold(scene):
    wait_for(lambda: scene.farm.counts()["connections"] == 0, 15, "the end of the last session")
    begin = scene.fan.link()
    sound = heard(scene, begin)
    rows = scene.farm.records(begin)
    play, packet = first(rows, rig.PLAYING, begin), first(rows, rig.PACKET, begin)
    return {"cold-play": (play - begin) / 1e6, "cold-packet": (packet - begin) / 1e6,
            "cold-sound": (sound - begin) / 1e6, "cold-after": (sound - play) / 1e6 - PREROLL_MS}


def warm(scene):
    """The session lingers, silent, until the next player comes."""
    scene.fan.unlink()
    time.sleep(1.5)
    rows = scene.farm.records(time.monotonic_ns() - 200_000_000, kind=rig.PACKET)
    if not len(rows) or (rows["flags"] & rig.SOUND).any():
        raise AssertionError("no silence while the session lingers")
    begin = scene.fan.link()
    value = (heard(scene, begin) - begin) / 1e6
    scene.fan.unlink()
    return {"warm-sound": value}


def run(bench, options):
    values = {figure: [] for figure in FIGURES}
    with rig.Scene(rig.Ours(), 1) as scene:
        scene.start()
        scene.fan.nodes(1, 20)
        time.sleep(1)
        for _ in range(1 if options.quick else TRIES):
            for figure, value in {**cold(scene), **warm(scene)}.items():
                values[figure].append(value)
    results = []
    for figure, several in values.items():
        results.append({"figure": figure, "what": f"{FIGURES[figure]}, median", "unit": "ms", "subject": "ours",
                        "cameras": 1, "value": float(numpy.median(several)), "all": several})
        results.append({"figure": figure + "-max", "what": f"{FIGURES[figure]}, longest", "unit": "ms",
                        "subject": "ours", "cameras": 1, "value": max(several)})
    return results

# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""What N cameras cost, idle and streaming, and how even the packets are."""
import contextlib
import time

import numpy

import rig

NAME = "cost"
QUICK = True

GAP_MS = 60.0

FIGURES = {
    "cpu": ("CPU per camera", "s/min"),
    "cpu-by-tick": ("CPU per camera, by the kernel's ticks", "s/min"),
    "cpu-daemon": ("CPU of the daemon per camera", "s/min"),
    "rss": ("resident memory", "MB"),
    "pss": ("memory, shared pages by share", "MB"),
    "threads": ("threads", ""),
    "wakeups": ("wake-ups while streaming", "1/s"),
    "wakeup-price": ("CPU per wake-up", "us"),
    "wakeups-idle": ("wake-ups while idle", "1/s"),
    "sessions-idle": ("connections while idle", ""),
    "first-node": ("start to first output", "ms"),
    "all-nodes": ("start to all outputs", "ms"),
    "packets": ("packets per camera", "1/s"),
    "interval-p50": ("packet interval, median", "ms"),
    "interval-p99": ("packet interval, 99 %", "ms"),
    "interval-max": ("packet interval, longest", "ms"),
    "gaps": ("intervals above 60 ms", ""),
    "lost": ("sequence numbers missing", ""),
    "jumps": ("jumps in timestamps", ""),
    "late": ("packets read late by the judge itself", "%"),
}

LIMITS = [
    {"figure": "cpu", "cameras": 32, "of": "gstreamer", "at_most": 0.1},
    {"figure": "cpu", "cameras": 32, "of": "rtp-sink-q10", "at_most": 1.3},
    {"figure": "cpu", "cameras": 32, "of": "rtp-sink", "at_most": 1.0, "stretch": True},
    {"figure": "cpu", "cameras": 1, "of": "gstreamer", "at_most": 0.5},
    {"figure": "rss", "cameras": 32, "at_most": 50},
    {"figure": "rss-further", "at_most": 1.2},
    {"figure": "wakeups-idle", "cameras": 32, "at_most": 1},
    {"figure": "sessions-idle", "at_most": 0},
    {"figure": "interval-p99", "loaded": False, "at_most": rig.PTIME_MS + 2},
    {"figure": "interval-max", "loaded": True, "at_most": GAP_MS},
    {"figure": "gaps", "cameras": 128, "at_most": 0},
    {"figure": "lost", "at_most": 0},
    {"figure": "jumps", "at_most": 0},
]


def steps(values, bits):
    """Differences of counters that wrap."""
    return numpy.diff(values.astype(numpy.int64)) % 2**bits


def pace(rows, count):
    """(intervals in ms over all cameras, missing sequence numbers, jumps of timestamps)"""
    intervals, lost, jumps = [], 0, 0
    for camera in range(count):
        own = rows[rows["camera"] == camera]
        if len(own) < 2:
            raise AssertionError(f"camera {camera + 1} got {len(own)} packets")
        intervals.append(numpy.diff(own["ns"].astype(numpy.int64)) / 1e6)
        missing = steps(own["seq"], 16) - 1
        lost += int(missing.sum())
        # the samples of a packet, of as many bytes as the clock says
        per_packet = numpy.median(steps(own["timestamp"], 32))
        jumps += int((steps(own["timestamp"], 32) != per_packet * (missing + 1)).sum())
    return numpy.concatenate(intervals), lost, jumps


def packet_values(rows, count, seconds):
    intervals, lost, jumps = pace(rows, count)
    return {
        "packets": len(rows) / count / seconds,
        "interval-p50": float(numpy.percentile(intervals, 50)),
        "interval-p99": float(numpy.percentile(intervals, 99)),
        "interval-max": float(intervals.max()),
        "gaps": int((intervals > GAP_MS).sum()),
        "lost": lost,
        "jumps": jumps,
        "late": 100 * float((rows["flags"] & rig.TOGETHER > 0).mean()),
    }, intervals


def watch(pid, seconds):
    before = rig.Usage(pid)
    time.sleep(seconds)
    return rig.Usage(pid).since(before)


def idle_values(scene, begin, options):
    """Outputs there, nothing played."""
    nodes = scene.fan.nodes(scene.count, 20 + scene.count)
    values = {"first-node": (nodes[0][1] - begin) / 1e6, "all-nodes": (nodes[-1][1] - begin) / 1e6}
    time.sleep(options.idle_settle)
    used = watch(scene.pid, options.idle_seconds)
    values["wakeups-idle"] = used["wakeups"] / used["seconds"]
    if scene.subject.log == "onvif":
        values["sessions-idle"] = scene.farm.counts()["connections"]
    return values


def streaming_values(scene, options, alone):
    before = {p: rig.Usage(p) for p in (scene.pid, scene.daemon) if p}
    begin = time.monotonic_ns()
    time.sleep(options.seconds)
    end = time.monotonic_ns()
    scene.alive()
    used = {p: rig.Usage(p).since(b) for p, b in before.items()}
    own = used[scene.pid]
    rss, pss = rig.memory(scene.pid)
    values = {"cpu": own["cpu"] / own["seconds"] * 60 / scene.count, "rss": rss, "pss": pss, "threads": own["threads"],
              "wakeups": own["wakeups"] / own["seconds"], "wakeup-price": own["cpu"] / max(1, own["wakeups"]) * 1e6,
              "cpu-by-tick": own["by_tick"] / own["seconds"] * 60 / scene.count}
    if scene.daemon:
        daemon = used[scene.daemon]
        values["cpu-daemon"] = (daemon["cpu"] / daemon["seconds"] - alone) * 60 / scene.count
    rows = scene.farm.records(begin, end, rig.PACKET)
    packets, intervals = packet_values(rows, scene.count, (end - begin) / 1e9)
    return {**values, **packets}, intervals


def histogram(intervals):
    counts, edges = numpy.histogram(numpy.clip(intervals, 0, 99.9), bins=200, range=(0, 100))
    return {"edges": [float(e) for e in edges], "counts": [int(c) for c in counts]}


def daemon_alone(options):
    """CPU per second of a daemon in which the tone plays to nobody."""
    with rig.Scene(rig.Ours(), 0) as scene:
        time.sleep(options.settle)
        used = watch(scene.daemon, options.idle_seconds)
        return used["cpu"] / used["seconds"]


def measure(subject, count, loaded, alone, options):
    values = {}
    with rig.Scene(subject, count) as scene:
        begin = scene.start()
        if scene.fan and not loaded:
            values.update(idle_values(scene, begin, options))
        elif scene.fan:
            scene.fan.nodes(count, 60 + count)
        with rig.Load() if loaded else contextlib.nullcontext():
            if scene.fan:
                scene.fan.link()
            rig.wait_playing(scene.farm, count, 30 + count)
            time.sleep(options.settle)
            streaming, intervals = streaming_values(scene, options, alone)
    values.update(streaming)
    results = [{"figure": figure, "what": FIGURES[figure][0], "unit": FIGURES[figure][1], "subject": subject.name,
                "cameras": count, "loaded": loaded, "value": value} for figure, value in values.items()]
    next(r for r in results if r["figure"] == "interval-p99")["histogram"] = histogram(intervals)
    return results


def further(results):
    """Memory per further camera, between the fewest and the most."""
    rows = []
    for subject in dict.fromkeys(r["subject"] for r in results):
        points = sorted((r["cameras"], r["value"]) for r in results
                        if r["subject"] == subject and r["figure"] == "rss" and not r["loaded"])
        if len(points) > 1:
            (few, low), (many, high) = points[0], points[-1]
            rows.append({"figure": "rss-further", "what": f"memory per further camera, {few} to {many}", "unit": "MB",
                         "subject": subject, "cameras": many, "loaded": False, "value": (high - low) / (many - few)})
    return rows


def run(bench, options):
    results, alone = [], daemon_alone(options)
    for count in options.cameras:
        for subject in bench.subjects():
            for loaded in bench.loads():
                bench.say(f"{NAME}: {subject.title}, {count} cameras{', every core busy' if loaded else ''}")
                try:
                    results += measure(type(subject)(), count, loaded, alone, options)
                except AssertionError as error:
                    bench.say(f"  failed: {error}")
                    results.append({"figure": "cpu", "what": FIGURES["cpu"][0], "unit": "s/min", "subject": subject.name,
                                    "cameras": count, "loaded": loaded, "value": None, "failed": str(error)})
    return results + further(results)

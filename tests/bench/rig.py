# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""What measurements stand on: a desktop with a tone that never ends, cameras that keep a record
of each packet, the subjects that play to them, and what their processes cost."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time

import numpy

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "integration"))
from desktop import BUILD, Desktop  # noqa: E402
from tap import wait_for  # noqa: E402

HOSTS = 250
SOURCE = "bench"
PTIME_MS = 20.0

# of camera-farm.c
RECORD = numpy.dtype([("ns", "<u8"), ("camera", "<u2"), ("kind", "u1"), ("flags", "u1"), ("seq", "<u2"),
                      ("len", "<u2"), ("timestamp", "<u4"), ("offset", "<u4")])
PACKET, CONNECTED, PLAYING, TEARDOWN, CLOSED, DESCRIBED = range(6)
SOUND, TOGETHER, MARKER = 1, 2, 4

BENCH_SINK = """
context.objects = [
    { factory = adapter
        args = {
            factory.name = support.null-audio-sink
            node.name = %s
            media.class = Audio/Sink
            priority.session = 1000
            audio.position = [ FL FR ]
        }
    }
]
""" % SOURCE


def program(name, folder="bench"):
    return str(BUILD / "tests" / folder / name)


def camera_address(index):
    return f"127.1.{index // HOSTS}.{index % HOSTS + 1}"


class BenchDesktop(Desktop):
    """With a sink whose monitor is what everybody plays."""

    def write_configuration(self):
        super().write_configuration()
        self.write("pipewire/pipewire.conf.d/50-bench.conf", BENCH_SINK)


# -- processes -------------------------------------------------------------------------------


class Talker:
    """A program that is given commands and answers in lines."""

    def __init__(self, args, env=None):
        self.lines, self.changed = [], threading.Condition()
        self.process = subprocess.Popen(args, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        for line in self.process.stdout:
            with self.changed:
                self.lines.append(line.split())
                self.changed.notify_all()

    def say(self, text):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def wait(self, found, timeout, text):
        """Until found(lines) is true; returns that."""
        end = time.monotonic() + timeout
        with self.changed:
            while not (value := found(self.lines)):
                left = end - time.monotonic()
                if left <= 0 or not self.changed.wait(left):
                    raise AssertionError(f"not within {timeout} s: {text}")
            return value

    def ask(self, text, first, timeout=10):
        """The line beginning with the word that answers."""
        with self.changed:
            known = len(self.lines)
        self.say(text)
        return self.wait(lambda lines: next((l for l in lines[known:] if l[0] == first), None), timeout,
                         f"answer to {text}")

    def stop(self):
        self.process.stdin.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Farm(Talker):
    """camera-farm.c: as many cameras as somebody dials."""

    def __init__(self, base, payloads=False):
        self.records_path = pathlib.Path(base) / "records"
        self.payloads_path = pathlib.Path(base) / "payloads"
        super().__init__([program("camera-farm"), str(self.records_path),
                          str(self.payloads_path) if payloads else "-"])
        self.port = int(self.wait(lambda lines: lines and lines[0], 10, "the cameras")[1])

    def uri(self, index):
        return f"rtsp://{camera_address(index)}:{self.port}/live"

    def counts(self):
        return json.loads(" ".join(self.ask("flush", '{"connections":')))

    def records(self, begin=0, end=None, kind=None):
        """Those between two times of time.monotonic_ns()."""
        self.counts()
        rows = numpy.fromfile(self.records_path, RECORD)
        rows = rows[(rows["ns"] >= begin) & (rows["ns"] < (end or 2**63))]
        return rows if kind is None else rows[rows["kind"] == kind]

    def payload(self, rows):
        """The bytes of these packets, in order."""
        data = self.payloads_path.read_bytes()
        return b"".join(data[r["offset"]:r["offset"] + r["len"]] for r in rows)



class Fan(Talker):
    """fan-out.c: the links."""

    def __init__(self, desktop, prefix):
        super().__init__([program("fan-out"), SOURCE, prefix], desktop.env)

    def nodes(self, count, timeout):
        """[(name, ns)] of the first count nodes that came."""
        def found(lines):
            nodes = [(l[1], int(l[2])) for l in lines if l[0] == "node"]
            return nodes[:count] if len(nodes) >= count else None
        return self.wait(found, timeout, f"{count} outputs")

    def link(self):
        """All; returns when that was asked for."""
        line = self.ask("link", "linked")
        if int(line[1]) == 0:
            raise AssertionError("nothing to link")
        return int(line[2])

    def unlink(self):
        return int(self.ask("unlink", "unlinked")[2])


def wait_playing(cameras, count, timeout):
    """Until each of so many cameras gets packets."""
    def all_heard():
        rows = cameras.records(time.monotonic_ns() - 1_000_000_000, kind=PACKET)
        return len(set(rows["camera"])) >= count
    wait_for(all_heard, timeout, f"packets to {count} cameras", step=0.3)


class Usage:
    """What a process has used so far: what threads that ended had used is lost."""

    def __init__(self, pid):
        self.ns = time.monotonic_ns()
        self.cpu, self.switches = {}, {}
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            try:
                self.cpu[task.name] = int((task / "schedstat").read_text().split()[0])
                self.switches[task.name] = next(int(line.split()[1]) for line in (task / "status").read_text().splitlines()
                                                if line.startswith("voluntary_ctxt_switches"))
            except FileNotFoundError:
                pass
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        self.ticks = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def since(self, before):
        """{seconds, cpu (s), wakeups, threads, by_tick (s, as the kernel bills it)}"""
        return {
            "seconds": (self.ns - before.ns) / 1e9,
            "cpu": sum(v - before.cpu.get(k, 0) for k, v in self.cpu.items()) / 1e9,
            "wakeups": sum(v - before.switches.get(k, 0) for k, v in self.switches.items()),
            "threads": len(self.cpu),
            "by_tick": self.ticks - before.ticks,
        }


def memory(pid):
    """(RSS, PSS) in MB of 10^6 bytes."""
    rss = pss = 0
    for line in open(f"/proc/{pid}/smaps_rollup"):
        if line.startswith("Rss:"):
            rss = int(line.split()[1])
        elif line.startswith("Pss:"):
            pss = int(line.split()[1])
    return rss * 1024 / 1e6, pss * 1024 / 1e6


class Load:
    """A busy process per core."""

    def __init__(self):
        self.processes = []

    def __enter__(self):
        for _ in range(os.cpu_count() or 1):
            self.processes.append(subprocess.Popen([sys.executable, "-c", "while True: pass"]))
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.kill()
            process.wait()


# -- subjects --------------------------------------------------------------------------------


class Subject:
    """Somebody who plays to cameras. start() may return before anything is there."""
    name = ""
    title = ""
    prefix = None		# of the nodes that are linked to; None: it links itself, at once
    needs_desktop = True
    asked_for = False		# measured only where it is named
    process = None

    @property
    def log(self):
        return "onvif" if self.name.startswith("ours") else self.name

    @staticmethod
    def available():
        return True

    def start(self, desktop, farm, count):
        raise NotImplementedError


class Ours(Subject):
    name, title, prefix = "ours", "pipewire-onvif", "onvif_output."

    def __init__(self, extra=""):
        self.extra = extra

    def start(self, desktop, farm, count):
        entries = "\n".join(f'{{ rtsp.uri = "{farm.uri(i)}" onvif.name = "Camera {i + 1}" {self.extra} }}'
                            for i in range(count))
        desktop.settings("onvif.properties = { onvif.max-cameras = 256 }\n"
                         f"onvif.cameras = [\n{entries}\n]\n")
        self.process = desktop.start_onvif(debug="2")


class OursByUdp(Ours):
    name, title, asked_for = "ours-udp", "pipewire-onvif, UDP", True

    def __init__(self):
        super().__init__("rtsp.transport = udp")


class RtpSink(Subject):
    """PipeWire's own: L16 by UDP."""
    name, title, prefix = "rtp-sink", "module-rtp-sink, mono", "bench_rtp."
    audio = "audio.channels = 1 audio.position = [ MONO ]"
    props = ""

    def module(self, farm, index):
        return f"""{{ name = libpipewire-module-rtp-sink args = {{
            sap.ip = "127.0.0.1" destination.ip = "{camera_address(index)}" destination.port = {farm.port}
            sess.name = "Bench {index}" audio.format = "S16BE" audio.rate = 8000 {self.audio}
            stream.props = {{ node.name = "bench_rtp.{index}" media.class = "Audio/Sink" {self.props} }} }} }}"""

    def start(self, desktop, farm, count):
        base = (BUILD / "conf" / "pipewire-onvif.conf").read_text()
        head = base[:base.index("    { name = libpipewire-module-onvif")]
        path = desktop.write("pipewire/bench-rtp.conf",
                             head + "\n".join(self.module(farm, i) for i in range(count)) + "\n]\n")
        self.process = desktop.spawn(self.name, ["pipewire", "-c", str(path)], {"PIPEWIRE_DEBUG": "2"})


class RtpSinkFine(RtpSink):
    """With the resampler that we use, and in stereo, as we do."""
    name, title = "rtp-sink-q10", "module-rtp-sink, stereo, quality 10"
    audio = "audio.channels = 2 audio.position = [ FL FR ]"
    props = "resample.quality = 10"


class Gstreamer(Subject):
    name, title = "gstreamer", "rtspsrc backchannel=onvif"
    caps = "audio/x-raw,rate=48000"	# so that it resamples as finely as we do

    @staticmethod
    def available():
        return os.path.exists(program("gst-client")) and subprocess.run(
            ["gst-inspect-1.0", "pipewiresrc"], stdout=subprocess.DEVNULL, check=False).returncode == 0

    def start(self, desktop, farm, count):
        self.process = desktop.spawn(self.name, [program("gst-client"), SOURCE, self.caps,
                                                 *(farm.uri(i) for i in range(count))],
                                     {"GST_DEBUG": "1", "PIPEWIRE_DEBUG": "1"})


class GstreamerCoarse(Gstreamer):
    """PipeWire resamples, at the quality that takes 6 dB at 3.4 kHz."""
    name, title = "gstreamer-q4", "rtspsrc backchannel=onvif, resampled by PipeWire"
    caps = "audio/x-raw"


class Floor(Subject):
    """A timer and a loop that sends."""
    name, title, needs_desktop = "floor", "timer and send()", False

    def start(self, desktop, farm, count):
        self.process = subprocess.Popen([program("floor"), str(farm.port), str(count)])


SUBJECTS = {s.name: s for s in (Ours, OursByUdp, Gstreamer, GstreamerCoarse, RtpSink, RtpSinkFine, Floor)}


class Scene:
    """One subject, its cameras, and a desktop with a tone; all of it ends with it."""

    def __init__(self, subject, count, cameras=Farm):
        """cameras: makes them, given a directory"""
        self.subject, self.count = subject, count
        self.desktop = self.farm = self.fan = self.player = None
        self.folder = tempfile.TemporaryDirectory(prefix="onvif-bench-")
        try:
            self.farm = cameras(self.folder.name)
            if subject.needs_desktop:
                self.open_desktop()
        except BaseException:
            self.close()
            raise

    def open_desktop(self):
        self.desktop = BenchDesktop(pulse=False)
        wait_for(lambda: SOURCE in self.desktop.nodes(), 10, "the sink that is listened to")
        self.start_player()
        if self.subject.prefix:
            self.fan = Fan(self.desktop, self.subject.prefix)

    def start_player(self):
        # a session manager that does not know the sink yet must not send the tone elsewhere later
        wait_for(lambda: SOURCE + ":playback_FL" in self.desktop.run(["pw-link", "-i"]).stdout, 10, "the sink's ports")
        self.player = self.desktop.start([program("tone-player", "integration"), SOURCE, "1004", "20000", "0"])	# some hours
        wait_for(lambda: f"-> {SOURCE}:playback" in self.desktop.run(["pw-link", "-l"]).stdout, 10, "the tone in the sink")

    @property
    def daemon(self):
        return self.desktop.daemons["pipewire"].pid if self.desktop else None

    @property
    def pid(self):
        return self.subject.process.pid

    def start(self):
        """Starts the subject; returns when, in ns."""
        begin = time.monotonic_ns()
        self.subject.start(self.desktop, self.farm, self.count)
        return begin

    def alive(self):
        if self.subject.process.poll() is not None:
            log = self.desktop.log(self.subject.log)[-1000:] if self.desktop else ""
            raise AssertionError(f"{self.subject.title} ended with {self.subject.process.returncode} {log}")

    def close(self):
        if self.fan:
            self.fan.stop()
        if self.subject.process and not self.subject.needs_desktop:
            self.subject.process.kill()
            self.subject.process.wait()
        try:
            if self.desktop:
                # what hangs at its end is not what is measured
                if self.subject.name.startswith("gstreamer") and self.subject.process:
                    self.subject.process.kill()
                self.desktop.close()
        finally:
            if self.farm:
                self.farm.stop()
            self.folder.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind and self.desktop:
            for name in (self.subject.log, "pipewire"):
                print(f"--- {name}\n{self.desktop.log(name)[-1500:]}", file=sys.stderr)
        self.close()
        return False


class Rig:
    """What a measurement is given."""

    def __init__(self, options):
        self.options = options

    def subjects(self):
        names = SUBJECTS if self.options.peers else ["ours"]
        asked = self.options.subjects or [n for n in names if not SUBJECTS[n].asked_for]
        wanted = [n for n in SUBJECTS if n in asked and (n in names or n.startswith("ours"))]
        for name in wanted:
            if not SUBJECTS[name].available():
                self.say(f"not installed, left out: {SUBJECTS[name].title}")
        return [SUBJECTS[n]() for n in wanted if SUBJECTS[n].available()]

    def loads(self):
        """Once without, once with every core busy, where that was asked for."""
        return [False, True] if self.options.loaded else [False]

    @staticmethod
    def say(text):
        print(text, file=sys.stderr, flush=True)

#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""The part of tools/demo that follows the build."""
import argparse
import csv
import math
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "integration"))
import audio  # noqa: E402
from cameras import Camera  # noqa: E402
from desktop import SOURCE, Desktop  # noqa: E402
from tap import wait_for  # noqa: E402

SENTENCE = "Hello. There is a parcel for you at the front door."
SHOWN = ("State:", "Name:", "Description:", "Mute:", "Volume:", "onvif.state ", "onvif.error ",
         "onvif.address ", "onvif.manufacturer ", "onvif.model ")


class Private(Desktop):
    """A headless desktop of its own."""

    def start_daemons(self):
        try:
            super().start_daemons()
        except BaseException:
            self.close()
            raise


class Session(Desktop):
    """The PipeWire that runs already: only the product and the cameras are started."""

    def __init__(self, base, live):
        self.live = live
        self.links = {}
        super().__init__(base)

    def environment(self):
        ours = super().environment()
        env = dict(os.environ)
        for key in ("PIPEWIRE_MODULE_DIR", "SPA_PLUGIN_DIR"):
            env[key] = ours[key]
        return env

    def start_daemons(self):
        if self.run(["pactl", "info"], check=False).returncode != 0:
            sys.exit("demo: no sound server answers pactl. Try: tools/demo --private")

    def link_settings(self):
        """What the installed service would read, around the base file of this source."""
        home = pathlib.Path(os.environ.get("XDG_CONFIG_HOME") or pathlib.Path.home() / ".config")
        target = self.base / "config" / "pipewire" / "pipewire-onvif.conf.d"
        target.mkdir()
        for level, top in enumerate((SOURCE / "conf", pathlib.Path("/etc/pipewire"), home / "pipewire")):
            for path in sorted(top.glob("pipewire-onvif.conf.d/*.conf")):
                link = target / f"{level}-{path.name}"
                link.symlink_to(path)
                self.links[str(link)] = str(path)

    def start_onvif(self, debug="2,mod.onvif*:3", env=None):
        config = self.base / "config" / "pipewire"
        if self.live:
            self.link_settings()
        else:
            # our own settings and state only, whatever the user has
            env = {"PIPEWIRE_CONFIG_DIR": str(config), "XDG_CONFIG_HOME": str(self.base / "config"),
                   "XDG_STATE_HOME": str(self.base / "state")}
        return self.spawn("onvif", ["pipewire", "-c", str(config / "pipewire-onvif.conf")],
                          {"PIPEWIRE_DEBUG": debug, **(env or {})})


def session_runs():
    runtime = os.environ.get("PIPEWIRE_RUNTIME_DIR") or os.environ.get("XDG_RUNTIME_DIR")
    return bool(runtime) and (pathlib.Path(runtime) / "pipewire-0").exists()


def head(text):
    print(f"\n\033[1m{text}\033[0m" if sys.stdout.isatty() else f"\n== {text}", flush=True)


def say(text=""):
    print(f"  {text}".rstrip(), flush=True)


def show_sinks(desktop):
    """As pactl shows them, the long lists of properties and formats left out."""
    head("pactl list sinks   (shortened)")
    for line in desktop.run(["env", "LC_ALL=C.UTF-8", "pactl", "list", "sinks"]).stdout.splitlines():
        text = line.strip()
        if text.startswith("Sink #"):
            say(text)
        elif text.startswith(SHOWN) and not text.endswith('= ""'):
            say("    " + text)
    head("pactl get-default-sink")
    say(desktop.default_sink())


def log_lines(desktop):
    """The module's log without times and places in the source."""
    text = desktop.log()
    for link, path in getattr(desktop, "links", {}).items():
        text = text.replace(link, path)
    text = re.sub(r"\x1b\[[0-9;]*m", "", text)
    return [re.sub(r"^\[(.)\]\[[^]]*\]\s+\S+\s+\|\s+\[[^]]*\]\s+", r"\1  ", line)
            for line in text.splitlines()]


class Sentence:
    """Spoken by espeak-ng."""

    def __init__(self, desktop):
        self.path = desktop.base / "sentence.wav"
        subprocess.run(["espeak-ng", "-v", "en", "-s", "150", "-w", str(self.path), SENTENCE], check=True)
        self.rate = int.from_bytes(self.path.read_bytes()[24:28], "little")
        samples = audio.read_wav(self.path)
        begin = audio.first_sound(samples)
        self.quiet = begin / self.rate
        self.sound = samples[begin:audio.last_sound(samples) + 1]

    def play(self, desktop, sink):
        """With an ordinary player. Returns the time at which its first sound was due."""
        head(f"paplay --device={sink['name']} sentence.wav")
        say(f'"{SENTENCE}"')
        begin = time.monotonic()
        desktop.run(["paplay", f"--device={sink['name']}", self.path])
        return begin + self.quiet


def first_loud_packet(camera):
    """Arrival (CLOCK_MONOTONIC) of the first packet that is not silence."""
    with open(camera.out / "packets.csv", newline="") as file:
        for row in csv.DictReader(file):
            loud = next(float(v) for k, v in row.items() if k.startswith("rms"))
            when = next(float(v) for k, v in row.items() if k.startswith(("arrival", "time")))
            if loud > 0.003 * (32768 if loud > 1 else 1):
                return when
    return None


def show_wave(samples, rate, width=72, rows=4):
    """Loudness over time."""
    blocks = " ▁▂▃▄▅▆▇█"
    step = -(-len(samples) // width)
    peaks = [max(abs(s) for s in samples[i:i + step]) for i in range(0, len(samples), step)]
    top = max(peaks) or 1
    for row in reversed(range(rows)):
        say("  " + "".join(blocks[max(0, min(8, math.ceil((p / top * rows - row) * 8)))] for p in peaks))
    end = f"{len(samples) / rate:.2f} s"
    say("  0" + end.rjust(len(peaks) - 1))


def show_heard(camera, sentence, due):
    samples = camera.heard()
    begin, end = audio.first_sound(samples), audio.last_sound(samples)
    if begin is None:
        raise AssertionError(f"{camera.name} heard nothing")
    sound = samples[begin:end + 1]
    head("What was played")
    show_wave(sentence.sound, sentence.rate)
    head(f"What {camera.name} heard")
    show_wave(sound, audio.RATE)
    say()
    say(f"Duration   {len(sound) / audio.RATE:.2f} s (played: {len(sentence.sound) / sentence.rate:.2f} s)")
    if len(sound) / audio.RATE < len(sentence.sound) / sentence.rate - 0.05:
        say("           the delay of the beginning was taken back in the pauses between words")
    say(f"Level      {audio.rms_db(sound):.1f} dBFS (played: {audio.rms_db(sentence.sound):.1f} dBFS)")
    arrival = first_loud_packet(camera)
    if arrival:
        say(f"Delay      {(arrival - due) * 1000:.0f} ms from play to first sound: the player starts, the session")
        say("           is opened, the camera's amplifier gets 250 ms of silence to wake up")
    stats = camera.stats()
    violations = stats["violations"]
    say(f"Session    {stats['sessions_opened']} opened, {stats['teardowns']} closed, "
        f"{stats['rtp_packets']} RTP packets, violations of the standards: {len(violations) or 'none'}")
    for text in violations[:10]:
        say(f"           {text}")
    say(f"Recording  {camera.out / 'heard.wav'}")
    return not violations


def settle(desktop, cameras):
    """A new output shows 0 % until it is known whether a volume was remembered, on some
    versions until something plays."""
    try:
        wait_for(lambda: all(v["value_percent"] != "0%" for c in cameras
                             for v in desktop.sink_named(c.name)["volume"].values()), 3, "a volume")
    except AssertionError:
        pass


def simulated(desktop, out):
    sentence = Sentence(desktop)
    cameras = []
    for name, address, model in (("Front Door Camera", "127.0.0.2", "SIM-DOOR"),
                                 ("Yard Camera", "127.0.0.3", "SIM-YARD")):
        cameras.append(Camera(desktop, name, out=out / name.replace(" ", "-").lower(), options=[
            "--interface", "lo", "--discovery", "--address", address, "--model", model]))
        say(f"{name}: a simulated camera at {address}")
    desktop.settings('onvif.properties = { onvif.interfaces = "lo" onvif.probe.interval = 5 }\n')
    begin = time.monotonic()
    desktop.start_onvif()
    for camera in cameras:
        desktop.wait_sink(camera.name, 20)
    say(f"Both were found and are outputs {time.monotonic() - begin:.1f} s after pipewire-onvif was started")
    settle(desktop, cameras)
    show_sinks(desktop)
    due = sentence.play(desktop, desktop.sink_named(cameras[0].name))
    say("... until the camera's speaker is given back, 3 s after the last sound")
    wait_for(lambda: cameras[0].stats()["teardowns"] >= 1, 10, "the session closed")
    return show_heard(cameras[0], sentence, due)


def camera_sinks(desktop):
    return {s["description"]: s for s in desktop.sinks().values() if s["name"].startswith("onvif_output.")}


def live(desktop, wanted):
    if camera_sinks(desktop):
        say("pipewire-onvif runs already: its outputs are used")
    else:
        desktop.start_onvif()
        head("Looking for cameras (10 s)")
        time.sleep(10)
        for line in log_lines(desktop):
            say(line)
    found = camera_sinks(desktop)
    if not found:
        head("No camera with a loudspeaker that can be used as it is")
        say("What is known about cameras stands above; if nothing does, none answered. See")
        say('"When it does not work" in README.md. Without a camera: tools/demo --private')
        return False
    show_sinks(desktop)
    name = wanted or (next(iter(found)) if len(found) == 1 else None)
    if name not in found:
        head("No such camera" if wanted else "Which camera is to speak?")
        for other in found:
            say(f'tools/demo --live --camera "{other}"')
        return not wanted
    Sentence(desktop).play(desktop, found[name])
    sink = desktop.sink_named(name) or found[name]
    state = sink["properties"].get("onvif.state")
    say(f"onvif.state = {state}   {sink['properties'].get('onvif.error', '')}")
    return state not in ("error", "offline", "busy")


def arguments():
    parser = argparse.ArgumentParser(prog="tools/demo")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--private", action="store_true")
    where.add_argument("--session", action="store_true")
    where.add_argument("--live", action="store_true")
    parser.add_argument("--camera", metavar="NAME")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--no-install", action="store_true")
    return parser.parse_args()


def show(desktop, args, out):
    """Returns the exit status."""
    try:
        return 0 if (live(desktop, args.camera) if args.live else simulated(desktop, out)) else 1
    except KeyboardInterrupt:
        head("Interrupted")
        return 130
    except (AssertionError, OSError, subprocess.SubprocessError) as error:
        head(f"That went wrong: {error}")
        for line in log_lines(desktop)[-40:]:
            say(line)
        return 1


def main():
    args = arguments()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    private = args.private or not (args.live or args.session or session_runs())
    out = pathlib.Path(tempfile.mkdtemp(prefix="onvif-demo-"))
    base = out / "desktop"
    base.mkdir()
    head("Starting " + ("a private, headless PipeWire with WirePlumber and pipewire-pulse" if private
                        else "beside the PipeWire that runs"))
    status = 1
    desktop = None
    try:
        desktop = Private(base) if private else Session(base, args.live)
        desktop.keep = False
        say(desktop.run(["pactl", "info"]).stdout.split("Server Name: ")[-1].split("\n")[0])
        status = show(desktop, args, out)
    finally:
        if args.keep:
            shutil.copytree(base, out / "kept", ignore=shutil.ignore_patterns("runtime"), symlinks=True)
            say(f"Logs       {out / 'kept'}")
        try:
            if desktop:
                desktop.close()
        except AssertionError as error:
            if status == 0:
                head(f"That went wrong: {error}")
                status = 1
        shutil.rmtree(base, ignore_errors=True)
        if not any(out.iterdir()):
            out.rmdir()
    sys.exit(status)


main()

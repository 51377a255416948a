#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""The part of tools/demo that follows the build."""
import argparse
import csv
import os
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "integration"))
import audio  # noqa: E402
from cameras import Camera  # noqa: E402
from desktop import BUILD, Desktop  # noqa: E402
from tap import wait_for  # noqa: E402

SENTENCE = "Hello. There is a parcel for you at the front door."


class Session(Desktop):
    """The PipeWire that runs already: only the product and the cameras are started."""

    def __init__(self, live):
        self.live = live
        super().__init__(tempfile.mkdtemp(prefix="onvif-demo-"))

    def environment(self):
        ours = super().environment()
        env = dict(os.environ)
        for key in ("PIPEWIRE_MODULE_DIR", "SPA_PLUGIN_DIR"):
            env[key] = ours[key]
        return env

    def start_daemons(self):
        if self.run(["pactl", "info"], check=False).returncode != 0:
            sys.exit("No sound server answers pactl. Try: tools/demo --private")

    def start_onvif(self, debug="2", env=None):
        config = self.base / "config" / "pipewire"
        if not self.live:
            # our own settings and state only, whatever the user has
            env = {"PIPEWIRE_CONFIG_DIR": str(config), "XDG_STATE_HOME": str(self.base / "state")}
        return self.spawn("onvif", ["pipewire", "-c", str(config / "pipewire-onvif.conf")],
                          {"PIPEWIRE_DEBUG": debug, **(env or {})})


def session_runs():
    runtime = os.environ.get("PIPEWIRE_RUNTIME_DIR") or os.environ.get("XDG_RUNTIME_DIR")
    return bool(runtime) and (pathlib.Path(runtime) / "pipewire-0").exists()


def head(text):
    print(f"\n\033[1m{text}\033[0m" if sys.stdout.isatty() else f"\n== {text}", flush=True)


def show_sinks(desktop):
    head("pactl list sinks")
    for sink in desktop.sinks().values():
        props = sink["properties"]
        volume = "/".join(v["value_percent"] for v in sink["volume"].values())
        print(f"  {sink['name']}")
        print(f"      Description: {sink['description']}")
        print(f"      State: {sink['state']}   Volume: {volume}   Mute: {'yes' if sink['mute'] else 'no'}")
        if "onvif.state" in props:
            print(f"      onvif.state = {props['onvif.state']}   onvif.address = "
                  f"{props.get('onvif.address', '')}   onvif.model = {props.get('onvif.model', '')}")
            if props.get("onvif.error"):
                print(f"      onvif.error = {props['onvif.error']}")
    print(f"  Default output: {desktop.default_sink()}")


def speak(desktop, sink):
    """Plays the sentence with an ordinary player; returns the time at which its first sound
    left the player's hands, and the file."""
    wav = desktop.base / "sentence.wav"
    subprocess.run(["espeak-ng", "-v", "en", "-s", "150", "-w", str(wav), SENTENCE], check=True)
    with open(wav, "rb") as file:
        rate = int.from_bytes(file.read(28)[24:28], "little")
    quiet = (audio.first_sound(audio.read_wav(wav), 0.01) or 0) / rate
    head(f"paplay --device={sink['name']} sentence.wav")
    print(f'  "{SENTENCE}"', flush=True)
    begin = time.monotonic()
    desktop.run(["paplay", f"--device={sink['name']}", wav])
    return begin + quiet, wav


def first_loud_packet(camera):
    """Arrival (CLOCK_MONOTONIC) of the first packet that is not silence."""
    with open(camera.out / "packets.csv", newline="") as file:
        for row in csv.DictReader(file):
            loud = next(float(v) for k, v in row.items() if k.startswith("rms"))
            when = next(float(v) for k, v in row.items() if k.startswith(("arrival", "time")))
            if loud > 0.003 * (32768 if loud > 1 else 1):
                return when
    return None


def picture(samples, width=72, rows=7):
    """The waveform, mirrored at its axis."""
    step = max(1, len(samples) // width)
    peaks = [max(abs(s) for s in samples[i:i + step]) for i in range(0, len(samples) - step, step)]
    top = max(peaks, default=0) or 1
    lines = []
    for row in range(rows, 0, -1):
        lines.append("".join("█" if p / top * rows >= row - 0.5 else " " for p in peaks))
    return lines + lines[::-1]


def show_heard(camera, started):
    samples = camera.heard()
    begin, end = audio.first_sound(samples), audio.last_sound(samples)
    if begin is None:
        raise AssertionError(f"{camera.name} heard nothing")
    part = samples[begin:end + 1]
    arrival = first_loud_packet(camera)
    head(f"What {camera.name} heard")
    print(f"  Duration: {len(part) / audio.RATE:.2f} s of sound in {len(samples) / audio.RATE:.2f} s")
    print(f"  Level:    {audio.rms_db(part):.1f} dBFS (peak {20 * __import__('math').log10(max(map(abs, part))):.1f} dBFS)")
    if arrival:
        print(f"  Delay:    {(arrival - started) * 1000:.0f} ms from play to first sound "
              f"(the session was opened, 250 ms of pre-roll included)")
    print(f"  WAV:      {camera.out / 'heard.wav'}")
    for line in picture(part):
        print("  " + line)
    stats = camera.stats()
    print(f"  RTP packets: {stats['rtp_packets']}   sessions: {stats['sessions_opened']}, "
          f"closed with TEARDOWN: {stats['teardowns']}")
    violations = stats["violations"]
    print(f"  Protocol violations: {len(violations) or 'none'}")
    for text in violations[:10]:
        print(f"    {text}")
    return not violations


def simulated(desktop):
    cameras = []
    for name, address, model in (("Front Door Camera", "127.0.0.2", "SIM-DOOR"),
                                 ("Yard Camera", "127.0.0.3", "SIM-YARD")):
        cameras.append(Camera(desktop, name, options=[
            "--interface", "lo", "--discovery", "--address", address, "--model", model]))
        print(f"  {name} at {address}")
    desktop.settings('onvif.properties = { onvif.interfaces = "lo" onvif.probe.interval = 5 }\n')
    desktop.start_onvif()
    begin = time.monotonic()
    for camera in cameras:
        desktop.wait_sink(camera.name, 20)
    print(f"  both are outputs {time.monotonic() - begin:.1f} s after the service started")
    show_sinks(desktop)
    sink = desktop.sink_named(cameras[0].name)
    started, _ = speak(desktop, sink)
    wait_for(lambda: cameras[0].stats()["teardowns"] >= 1, 10, "the session closed after the linger")
    return show_heard(cameras[0], started)


def live(desktop, wanted):
    desktop.start_onvif()
    head("Looking for cameras (10 s) ...")
    time.sleep(10)
    show_sinks(desktop)
    found = {s["description"]: s for s in desktop.sinks().values()
             if s["name"].startswith("onvif_output.")}
    for line in desktop.log().splitlines():
        print("  " + line)
    if not found:
        print("No camera with a speaker that can be used as it is. The lines above say why.")
        return False
    name = wanted or (next(iter(found)) if len(found) == 1 else None)
    if name not in found:
        print("Choose one: tools/demo --live --camera " + " | ".join(f'"{n}"' for n in found))
        return wanted is None
    speak(desktop, found[name])
    time.sleep(1)
    show_sinks(desktop)
    return True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--private", action="store_true")
    parser.add_argument("--session", action="store_true")
    parser.add_argument("--live", action="store_true")
    parser.add_argument("--camera")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--no-install", action="store_true")
    args = parser.parse_args()
    private = args.private or not (args.live or args.session or session_runs())
    head("Starting " + ("a private, headless PipeWire" if private else "beside the running PipeWire")
         + (", real network" if args.live else " and two simulated cameras"))
    base = tempfile.mkdtemp(prefix="onvif-demo-")
    with (Desktop(base) if private else Session(args.live)) as desktop:
        if private:
            version = desktop.run(["pipewire", "--version"]).stdout.split("\n")[1]
            print(f"  {version.strip()}")
        good = live(desktop, args.camera) if args.live else simulated(desktop)
    sys.exit(0 if good else 1)


assert BUILD
main()

# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""The cameras that tests play to: our simulator, and GStreamer's RTSP server."""
import json
import os
import pathlib
import select
import socket
import subprocess
import time

from tap import wait_for

HERE = pathlib.Path(__file__).resolve().parent
SIM = HERE.parent / "sim" / "onvif-camera"


def read_line(process, timeout):
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        ready, _, _ = select.select([process.stdout], [], [], 0.2)
        if ready:
            return process.stdout.readline()
        if process.poll() is not None:
            break
    raise AssertionError(f"no answer from {process.args[0]}")


class Camera:
    """One tests/sim camera; options as its command line has them. wait: until it is ready; a
    test that starts many calls wait_ready() of each when all have begun."""

    def __init__(self, desktop, name, out=None, options=(), env=None, prefix=(), wait=True):
        self.name = name
        self.out = pathlib.Path(out or desktop.base / name.replace(" ", "-").lower())
        self.out.mkdir(exist_ok=True)
        self.control_path = str(self.out / "control")
        self.process = subprocess.Popen(
            [*prefix, str(SIM), "--name", name, "--out", str(self.out), "--control",
             self.control_path, "--http-port", "0", "--rtsp-port", "0", *options],
            stdout=subprocess.PIPE, stderr=open(self.out / "stderr", "a"), text=True, env=env)
        desktop.started.append(self)
        self.ready = None
        if wait:
            self.wait_ready(10)

    def wait_ready(self, timeout):
        self.ready = json.loads(read_line(self.process, timeout))

    @property
    def uri(self):
        return self.ready["rtsp_uri"]

    def command(self, text):
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(5)
            sock.connect(self.control_path)
            sock.sendall(text.encode() + b"\n")
            reply = b""
            while not reply.endswith(b"\n"):
                more = sock.recv(65536)
                if not more:
                    break
                reply += more
        return json.loads(reply)

    def stats(self):
        return self.command("stats")

    def violations(self):
        return self.stats()["violations"]

    def heard(self):
        from audio import read_wav
        path = self.out / "heard.wav"
        return read_wav(path) if path.exists() else []

    def wait_stat(self, key, minimum, timeout):
        return wait_for(lambda: self.stats()[key] >= minimum, timeout, f"{self.name}: {key} {minimum}")

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class GstCamera:
    """GStreamer's ONVIF backchannel server (gst-camera.c)."""

    def __init__(self, desktop, name="gst", options=()):
        self.pcm = desktop.base / f"{name}.pcm"
        self.packets = desktop.base / f"{name}.packets"
        program = os.environ["ONVIF_BUILD"] + "/tests/integration/gst-camera"
        self.process = subprocess.Popen(
            ["timeout", "-k", "1", "300", program, "0", str(self.pcm), str(self.packets), *options],
            stdout=subprocess.PIPE, stderr=open(desktop.base / f"{name}.log", "a"), text=True)
        desktop.started.append(self)
        self.uri = read_line(self.process, 20).split()[1]

    def log(self):
        return self.packets.read_text() if self.packets.exists() else ""

    def heard(self):
        from audio import read_pcm
        return read_pcm(self.pcm)

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait()

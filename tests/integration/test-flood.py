#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""Ten thousand forged announcements a second while sound plays to a real camera."""
import os
import re
import socket
import subprocess
import threading
import time

import audio
from cameras import Camera
from desktop import BUILD, Desktop, sanitizer_runtime
from tap import check, listening_test, main, note, wait_for

RATE, SECONDS, INTERVAL = 10000, 10, 5
MAX_CAMERAS = 128
STRANGER_PORT = 8099    # flood.c's devices say that they answer there
DISCOVERY = (f'onvif.properties = {{ onvif.interfaces = "lo" onvif.probe.interval = {INTERVAL} '
             f'onvif.max-cameras = {MAX_CAMERAS} }}\n')
UUID = "urn:uuid:2d5f0005-0c5e-4b0e-9a3b-00408c1122ab"


def memory_kb(process, field):
    for line in open(f"/proc/{process.pid}/status"):
        if line.startswith(field + ":"):
            return int(line.split()[1])
    return 0


def cpu_seconds(process):
    fields = open(f"/proc/{process.pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wakeups(process):
    """How often its main thread went to sleep or was made to."""
    text = open(f"/proc/{process.pid}/task/{process.pid}/status").read()
    return sum(int(n) for n in re.findall(r"ctxt_switches:\s+(\d+)", text))


class Tarpit:
    """Every address of this machine, at one port: takes connections, answers nothing."""

    def __init__(self):
        self.sock = socket.socket()
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.sock.bind(("0.0.0.0", STRANGER_PORT))
        self.sock.listen(1024)
        self.open, self.total, self.most = [], 0, 0
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.sock.accept()
            except OSError:
                return
            connection.setblocking(False)
            self.open = [c for c in self.open if not self.ended(c)] + [connection]
            self.total += 1
            self.most = max(self.most, len(self.open))

    @staticmethod
    def ended(connection):
        try:
            while connection.recv(65536):
                pass
        except BlockingIOError:
            return False
        except OSError:
            pass
        connection.close()
        return True

    def stop(self):
        self.sock.close()
        for connection in self.open:
            connection.close()


def camera_at(desktop, name, address, *extra):
    return Camera(desktop, name, options=["--interface", "lo", "--discovery", "--address", address,
                                          *extra])


def ours(desktop):
    return sorted(n for n in desktop.sinks() if n.startswith("onvif_output."))


@listening_test
def a_flood_while_sound_plays():
    with Desktop() as desktop:
        tarpit = Tarpit()
        desktop.started.append(tarpit)
        camera = camera_at(desktop, "Real Camera", "127.0.0.2", "--uuid", UUID)
        desktop.settings(DISCOVERY)
        onvif = desktop.start_onvif()
        sink = desktop.wait_sink("Real Camera", 10)
        wav = audio.tone_wav(desktop.base / "tone.wav", 1004, SECONDS + 6, channels=1, rate=8000)
        player = desktop.start(["paplay", "--device", sink["name"], wav])
        wait_for(lambda: camera.stats()["rtp_packets"] > 100, 15, "sound before the flood")
        before, cpu, turns = memory_kb(onvif, "VmRSS"), cpu_seconds(onvif), wakeups(onvif)
        log = len(desktop.log())
        flood = subprocess.Popen([BUILD / "tests/integration/flood", str(RATE), str(SECONDS), UUID],
                                 stdout=subprocess.PIPE, text=True)
        desktop.started.append(flood)
        time.sleep(SECONDS - 0.5)
        cpu, turns = cpu_seconds(onvif) - cpu, wakeups(onvif) - turns
        note(f"flood: {flood.communicate()[0]}")
        after, peak = memory_kb(onvif, "VmRSS"), memory_kb(onvif, "VmHWM")
        note(f"CPU {cpu / (SECONDS - 0.5) * 100:.1f} %, {turns / (SECONDS - 0.5):.0f} turns/s of the main loop, "
             f"memory {before} -> {after} kB (most ever {peak})")
        note(f"{tarpit.total} connections to strangers, {tarpit.most} at a time; log {len(desktop.log()) - log} bytes")
        check(ours(desktop) == [sink["name"]], ours(desktop))
        begin = time.monotonic()
        camera_at(desktop, "Second Camera", "127.0.0.3")
        desktop.wait_sink("Second Camera", 60)
        note(f"second camera {time.monotonic() - begin:.1f} s")
        player.wait(20)
        camera.wait_stat("teardowns", 1, 8)
        session = camera.stats()["sessions"][-1]
        wrong, text = audio.judge_tone(audio.tone_part(camera.heard()), 1004, -6.02)
        note(f"longest gap between packets {session['max_gap_s'] * 1000:.0f} ms; {text}")
        check(not wrong, wrong)


main()

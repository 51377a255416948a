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
from wire import Pace

RATE, SECONDS, INTERVAL = 10000, 10, 5
MAX_CAMERAS = 24
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
        # (close() alone leaves it to the thread that waits in accept())
        self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()
        for connection in self.open:
            connection.close()


def camera_at(desktop, name, address, *extra):
    return Camera(desktop, name, options=["--interface", "lo", "--discovery", "--address", address,
                                          *extra])


def ours(desktop):
    return sorted(n for n in desktop.sinks() if n.startswith("onvif_output."))


def flooded(desktop, process):
    """What a flood costs: CPU in %, turns of the main loop a second, memory before and after in kB."""
    before, cpu, turns = memory_kb(process, "VmRSS"), cpu_seconds(process), wakeups(process)
    flood = subprocess.Popen([BUILD / "tests/integration/flood", str(RATE), str(SECONDS), UUID, "127.0.0.2"],
                             stdout=subprocess.PIPE, text=True)
    desktop.started.append(flood)
    time.sleep(SECONDS - 0.5)
    cpu, turns = cpu_seconds(process) - cpu, wakeups(process) - turns
    said = flood.communicate()[0].strip()
    note(f"flood: {said}")
    sent, probes = int(said.split()[0]), int(said.split(", ")[1].split()[0])
    check(sent > 0.95 * RATE * SECONDS and probes > 0, f"no flood: {said}")
    return cpu / (SECONDS - 0.5) * 100, turns / (SECONDS - 0.5), before, memory_kb(process, "VmHWM")


def judge(desktop, tarpit, cost, log):
    cpu, turns, before, after = cost
    found, gone = log.count("found at"), log.count("makes room")
    warnings = [line for line in log.splitlines() if line.startswith("[W]")]
    note(f"CPU {cpu:.1f} %, {turns:.0f} turns/s of the main loop, memory {before} -> {after} kB")
    note(f"{tarpit.total} connections to strangers, {tarpit.most} at a time; {found} cameras taken in, {gone} of "
         f"them out again; {len(log)} bytes of log")
    for line in warnings:
        note(line)
    check(turns < 1000, f"{turns:.0f} turns/s")
    check(sanitizer_runtime() or after - before < 4096, f"{after - before} kB more")
    check(found - gone <= MAX_CAMERAS, f"{found - gone} cameras are known")
    check(tarpit.most <= 16 and tarpit.total <= 32 + 8 * (SECONDS + 1), "strangers dialled too fast")
    check(len(log) < 32768, f"{len(log)} bytes of log")
    check(len(warnings) <= 3 and any("were not looked at" in line for line in warnings), "the flood is said, once")
    check(not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e]", log), "control characters in the log")


@listening_test
def a_flood_while_sound_plays():
    with Desktop() as desktop:
        tarpit = Tarpit()
        desktop.started.append(tarpit)
        pace = Pace(desktop, "127.0.0.2")
        camera = camera_at(desktop, "Real Camera", "127.0.0.2", "--uuid", UUID)
        desktop.settings(DISCOVERY)
        onvif = desktop.start_onvif()
        sink = desktop.wait_sink("Real Camera", 10)
        wav = audio.tone_wav(desktop.base / "tone.wav", 1004, SECONDS + 6, channels=1, rate=8000)
        player = desktop.start(["paplay", "--device", sink["name"], wav])
        wait_for(lambda: camera.stats()["rtp_packets"] > 100, 15, "sound before the flood")
        begin = time.time()
        mark = len(desktop.log())
        cost = flooded(desktop, onvif)
        pause = pace.longest_pause("127.0.0.2", begin, time.time())
        log = desktop.log()[mark:]
        check(ours(desktop) == [sink["name"]], ours(desktop))
        node = desktop.node_by_id(UUID)
        check(node["node.description"] == "Real Camera" and node["onvif.address"] == "127.0.0.2", node)
        begin = time.monotonic()
        camera_at(desktop, "Second Camera", "127.0.0.3")
        desktop.wait_sink("Second Camera", 2 * INTERVAL + 2)
        note(f"a camera that is new is a sink {time.monotonic() - begin:.1f} s later")
        check(player.wait(20) == 0, "the player failed")
        camera.wait_stat("teardowns", 1, 8)
        wrong, text = audio.judge_tone(audio.tone_part(camera.heard()), 1004, -6.02)
        note(f"longest pause between packets {pause:.0f} ms; {text}")
        judge(desktop, tarpit, cost, log)
        check(not wrong, wrong)
        check(pause < 60, f"a pause of {pause:.0f} ms between packets")


main()

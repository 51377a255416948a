#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""pw-onvif list: from the service, from a search, on a terminal, in a file."""
import json
import os
import re
import select
import signal
import subprocess
import time

from cameras import Camera
from desktop import Desktop
from tap import check, main, test, wait_for
from tool import TOOL, Publisher, Sized, on_terminal, pw_onvif

SETTINGS = """onvif.properties = { onvif.interfaces = "lo" }
onvif.cameras = [
    { onvif.address = "127.0.0.9" onvif.name = "Shed" }
    { onvif.address = "127.0.0.2:80" onvif.name = "My Name" }
]
"""
MEMBERS = ["id", "name", "address", "manufacturer", "model", "state", "error", "codec", "transport",
           "node", "speaker", "configured", "claimed", "last-seen"]


def front_camera(desktop, *extra):
    return Camera(desktop, "Front Door", options=["--interface", "lo", "--discovery", "--address", "127.0.0.2",
                                                  "--model", "DS-1", *extra])


class Watch:
    """pw-onvif list --watch, line by line."""

    def __init__(self, desktop, *args):
        self.process = subprocess.Popen([TOOL, "list", "--watch", *args], env=desktop.env,
                                        stdout=subprocess.PIPE, stderr=open(desktop.base / "watch.log", "a"))
        self.text = b""
        desktop.started.append(self)

    def line(self):
        """Several may come at once, so none may wait in a buffer of Python's."""
        while b"\n" not in self.text:
            ready, _, _ = select.select([self.process.stdout], [], [], 10)
            more = os.read(self.process.stdout.fileno(), 65536) if ready else b""
            check(more, "nothing more is shown")
            self.text += more
        line, self.text = self.text.split(b"\n", 1)
        return line.decode()

    def document(self):
        return json.loads(self.line())

    def until(self, condition):
        end = time.monotonic() + 15
        while time.monotonic() < end:
            document = self.document()
            if condition(document):
                return document
        raise AssertionError("it is not shown")

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


@test
def what_the_service_says():
    with Desktop(pulse=False) as desktop:
        publisher = Publisher(desktop)
        yard = publisher.set("urn:uuid:2", name="Yard", address="192.0.2.21", manufacturer="Acme",
                             model="Acme DS-2", state="login-required", last_seen=1700000000,
                             error="It wants a login.")
        gate = publisher.set("urn:uuid:1", name="Gate 門", address="192.0.2.20", manufacturer="Acme", model="DS-1",
                             state="streaming", speaker="yes", codec="PCMU", transport="tcp", claimed=True,
                             configured=True, node="onvif_output.1", counters={"packets": 7, "bytes": 1120})
        begin = time.monotonic()
        result = pw_onvif(desktop, "list")
        check(time.monotonic() - begin < 2, "it searched although the service runs")
        check(result.returncode == 0 and result.stderr == "", result)
        check(result.stdout ==
              "NAME     ADDRESS     MODEL      SPEAKER  STATE           REASON\n"
              "Gate 門  192.0.2.20  Acme DS-1  yes      streaming       -\n"
              "Yard     192.0.2.21  Acme DS-2  -        login-required  It wants a login: "
              "run `pw-onvif login 192.0.2.21`\n", result.stdout)
        document = json.loads(pw_onvif(desktop, "list", "--json").stdout)
        check(document == {"service": True, "cameras": [gate, yard]}, document)
        for camera, more in zip(document["cameras"], (["counters"], [])):
            check(list(camera) == MEMBERS + more, list(camera))


@test
def a_service_without_cameras():
    with Desktop(pulse=False) as desktop:
        Publisher(desktop)
        result = pw_onvif(desktop, "list")
        check(result.returncode == 0 and result.stdout.startswith("NAME"), result)
        check("knows no camera" in result.stderr and "pw-onvif doctor" in result.stderr, result.stderr)
        check(json.loads(pw_onvif(desktop, "list", "--json", "-q").stdout) == {"service": True, "cameras": []})


@test
def what_is_published_by_somebody_bad():
    with Desktop(pulse=False) as desktop:
        publisher = Publisher(desktop)
        publisher.set("1", name="\x1b[2Jred\x9b1m\u202e", error="a\nb\x07")
        publisher.raw("camera.2 { broken")
        publisher.raw("camera.3 [ 1, 2 ]")
        publisher.raw('camera.4 {"name":"' + "x" * 20000 + '"}')
        publisher.raw("camera." + "k" * 500 + ' {"name":"y"}')
        publisher.raw('other.key {"name":"y"}')
        for i in range(300):
            publisher.set(f"many{i:03}", name=f"Zoo {i:03}")
        result = pw_onvif(desktop, "list")
        check(result.returncode == 0, result)
        lines = result.stdout.split("\n")
        check(len(lines) == 1 + 256 + 1, len(lines))
        check("[2Jred1m" in result.stdout and "a b" in result.stdout, lines[:3] + lines[-2:])
        check(not any(c in result.stdout for c in "\x1b\x9b\u202e\x07"), "a control character came through")
        raw = pw_onvif(desktop, "list", "--json").stdout
        check(not any(c in raw for c in "\x1b\x9b\u202e\x07"), "a control character in JSON")
        check(len(json.loads(raw)["cameras"]) == 256)


@test
def its_own_search():
    with Desktop(pulse=False) as desktop:
        front = front_camera(desktop)
        yard = Camera(desktop, "Yard", options=["--interface", "lo", "--discovery", "--address", "127.0.0.3"])
        desktop.settings(SETTINGS)
        result = pw_onvif(desktop, "list")
        check(result.returncode == 0, result)
        check(result.stderr.count("\n") == 1 and "does not run" in result.stderr and
              "without logging in" in result.stderr and "systemctl --user start pipewire-onvif" in result.stderr,
              result.stderr)
        rows = [line.split() for line in result.stdout.rstrip().split("\n")]
        check(len(rows) == 4, result.stdout)
        check("did not answer the search" in result.stdout.split("\n")[1], result.stdout)
        document = json.loads(pw_onvif(desktop, "list", "--json", "-q").stdout)
        check(document["service"] is False, document)
        cameras = {c["name"]: c for c in document["cameras"]}
        check(sorted(cameras) == ["My Name", "Shed", "Yard"], sorted(cameras))
        check(cameras["My Name"]["id"] == front.ready["uuid"] and cameras["My Name"]["configured"], cameras)
        check(cameras["Yard"]["address"] == "127.0.0.3" and not cameras["Yard"]["configured"], cameras)
        check(cameras["Shed"]["last-seen"] == 0 and cameras["Yard"]["last-seen"] > time.time() - 60, cameras)
        for camera in cameras.values():
            check(list(camera) == MEMBERS and camera["state"] == "" and camera["speaker"] == "unknown", camera)
        for camera in (front, yard):
            check(camera.stats()["auth_failures"] == 0 and not camera.violations(), camera.stats())


@test
def no_pipewire():
    with Desktop(pulse=False) as desktop:
        front_camera(desktop)
        desktop.settings('onvif.properties = { onvif.interfaces = "lo" }\n')
        desktop.kill_pipewire()
        result = pw_onvif(desktop, "list")
        check(result.returncode == 0 and "Front" in result.stdout, result)
        check("PipeWire does not run" in result.stderr and "pw-onvif doctor" in result.stderr, result.stderr)
        result = pw_onvif(desktop, "list", "--quiet")
        check(result.stderr == "", result.stderr)


@test
def a_mistake_in_the_settings_is_told():
    with Desktop(pulse=False) as desktop:
        path = desktop.settings('onvif.properties = {\n onvif.interfaces = "lo"\n onvif.max-camera = 3\n}\n')
        result = pw_onvif(desktop, "list")
        check(f"{path}:3:" in result.stderr, result.stderr)
        check("No camera answered: run `pw-onvif doctor`" in result.stderr, result.stderr)


@test
def the_screen():
    with Desktop(pulse=False) as desktop:
        front_camera(desktop)
        desktop.settings('onvif.properties = { onvif.interfaces = "lo" }\n')
        shown = on_terminal(desktop, "list").stdout.decode()
        check("Looking for cameras, 1 known" in shown, repr(shown))
        check("\x1b[1mNAME\x1b[0m" in shown and "\x1b[2J" not in shown, repr(shown))
        plain = on_terminal(desktop, "list", "2>/dev/null", env={"NO_COLOR": "1"}).stdout.decode()
        check("\x1b" not in plain and "Front Door" in plain, repr(plain))
        quiet = on_terminal(desktop, "list", "--quiet", env={"NO_COLOR": "1"}).stdout.decode()
        check("Looking" not in quiet and "\x1b" not in quiet, repr(quiet))
        help_text = pw_onvif(desktop, "list", "--help").stdout.split("\n")
        check(len(help_text) <= 24 and max(map(len, help_text)) <= 80, max(help_text, key=len))


@test
def the_screen_while_watching():
    with Desktop(pulse=False) as desktop:
        desktop.settings('onvif.properties = { onvif.interfaces = "lo" }\n')
        publisher = Publisher(desktop)
        publisher.set("1", name="Gate", state="idle")
        command = f"{TOOL} list --watch"
        process = subprocess.Popen(["script", "-qfec", command, "/dev/null"], env={**desktop.env, "TERM": "xterm"},
                                   stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, stdout=open(desktop.base / "screen", "wb"))
        screen = desktop.base / "screen"
        try:
            wait_for(lambda: b"Gate" in screen.read_bytes(), 10, "the camera on the screen")
            publisher.stop()
            wait_for(lambda: screen.read_bytes().rstrip().endswith(b"systemctl --user start pipewire-onvif.service"),
                     10, "why there is no camera any more")
            last = screen.read_bytes().split(b"\x1b[H\x1b[2J")[-1]
            check(b"Gate" not in last and b"NAME" in last, last)
        finally:
            process.terminate()
            process.wait(5)


@test
def the_command_line():
    with Desktop(pulse=False) as desktop:
        for args in (["list", "--colour"], ["list", "door"], ["lits"]):
            result = pw_onvif(desktop, *args)
            check(result.returncode == 2 and result.stdout == "" and result.stderr, result)
        check("pw-onvif list --help" in pw_onvif(desktop, "list", "door").stderr)


@test
def watching():
    with Desktop(pulse=False) as desktop:
        front_camera(desktop)
        desktop.settings('onvif.properties = { onvif.interfaces = "lo" }\n')
        watch = Watch(desktop, "--json")
        found = watch.until(lambda d: d["cameras"])
        check(found["service"] is False and found["cameras"][0]["name"] == "Front Door", found)

        publisher = Publisher(desktop)
        watch.until(lambda d: d["service"])
        publisher.set("1", name="Gate", state="idle")
        watch.until(lambda d: [c["state"] for c in d["cameras"]] == ["idle"])
        publisher.set("1", name="Gate", state="busy")
        watch.until(lambda d: [c["state"] for c in d["cameras"]] == ["busy"])
        publisher.remove("1")
        watch.until(lambda d: d["service"] and d["cameras"] == [])
        publisher.stop()
        watch.until(lambda d: not d["service"] and d["cameras"])

        desktop.kill_pipewire()
        desktop.start_pipewire()
        publisher = Publisher(desktop)
        publisher.set("2", name="Back")
        watch.until(lambda d: d["service"] and [c["name"] for c in d["cameras"]] == ["Back"])
        watch.process.send_signal(signal.SIGINT)
        check(watch.process.wait(5) in (130, -signal.SIGINT), watch.process.returncode)


@test
def watching_prints_only_news():
    with Desktop(pulse=False) as desktop:
        publisher = Publisher(desktop)
        publisher.set("1", name="Gate", state="streaming", counters={"packets": 1})
        watch = Watch(desktop)
        lines = [watch.line() for _ in range(2)]
        check("streaming" in lines[1], lines)
        publisher.set("1", name="Gate", state="streaming", counters={"packets": 200})
        publisher.set("1", name="Gate", state="idle")
        lines = [watch.line() for _ in range(3)]
        check(lines[0] == "" and "idle" in lines[2], lines)


@test
def a_publisher_that_hangs():
    with Desktop(pulse=False) as desktop:
        publisher = Publisher(desktop)
        os.kill(publisher.process.pid, signal.SIGSTOP)
        try:
            desktop.settings('onvif.properties = { onvif.interfaces = "lo" }\n')
            begin = time.monotonic()
            result = pw_onvif(desktop, "list", timeout=20)
            check(result.returncode == 0 and "does not answer" in result.stderr, result)
            check(time.monotonic() - begin < 10, "it waited for ever")
        finally:
            os.kill(publisher.process.pid, signal.SIGCONT)


@test
def a_terminal_changes_its_size():
    """What is watched is drawn anew, so that it fits; the shell has its terminal back as it was."""
    with Desktop(pulse=False) as desktop:
        service = Publisher(desktop)
        service.set("gate", name="Gate", address="192.0.2.23", model="Dome 2", state="busy", speaker="yes",
                    error="The speaker is in use by another client: it is tried again")
        screen = Sized(desktop, 100, "list", "--watch")
        wait_for(lambda: screen.read(0.2) or "tried again" in screen.text, 10, "the list")
        check("REASON" in screen.text, screen.text)
        for columns, first in ((50, "STATE"), (30, "Gate")):
            screen.text = ""
            screen.resize(columns)
            wait_for(lambda: screen.read(0.2) or "again" in screen.text, 5, f"a list of {columns} columns")
            lines = re.sub(r"\x1b\[[0-9;]*[a-zA-Z]", "", screen.text).replace("\r", "").splitlines()
            check(all(len(line) <= columns for line in lines), lines)
            check(lines[0].split()[-1] == first, lines)
        check(screen.end(signal.SIGINT) == -signal.SIGINT, "not ended")


main()

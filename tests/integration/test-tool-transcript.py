#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""The terminal that README.md shows: its commands say this, line by line, with these cameras."""
import json
import re
import subprocess

from cameras import Camera
from desktop import BUILD, SOURCE, Desktop
from tap import Skip, check, main, test, wait_for
from tool import TOOL, pw_onvif

BEGIN, END = "<!-- transcript: begin -->", "<!-- transcript: end -->"
COLUMNS = 110
CAMERAS = [
    ("Front Door", "192.0.2.20", "Doorbell 3", []),
    ("Garage", "192.0.2.21", "Dome 2", ["--auth", "digest", "--user", "viewer", "--password", "secret"]),
    ("Yard", "192.0.2.22", "Bullet 1", ["--quirk", "no-backchannel-200"]),
    ("Gate", "192.0.2.23", "Dome 2", ["--quirk", "busy-453"]),
]


def transcript():
    """[(command, what it prints)]"""
    text = (SOURCE / "README.md").read_text().split(BEGIN, 1)[1].split(END, 1)[0]
    text = re.search(r"```\n(.*?)```", text, re.S).group(1)
    return [tuple(part.split("\n", 1)) for part in re.split(r"^\$ ", text, flags=re.M)[1:]]


def timeless(text):
    return re.sub(r" +\d+ ms  ", "  N ms  ", text)


def as_shown(text):
    """A terminal's lines: what follows a return overwrites what is there."""
    lines = []
    for line in text.split("\n"):
        shown = ""
        for part in line.split("\r"):
            shown = part + shown[len(part):]
        lines.append(shown.rstrip())
    return "\n".join(lines)


def on_screen(desktop, command):
    """What stands there in the end; the terminal breaks no line by itself."""
    check(command.startswith("pw-onvif "), command)
    line = f"stty cols {COLUMNS}; exec {TOOL}{command.removeprefix('pw-onvif')}"
    result = subprocess.run(["script", "-qec", line, "/dev/null"], env={**desktop.env, "TERM": "xterm", "NO_COLOR": "1",
                                                                       "LC_ALL": "C.UTF-8"},
                            stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
    return as_shown(result.stdout.decode())


def start_cameras(desktop):
    # only where nobody else sees them (see isolate)
    up = subprocess.run(["ip", "-o", "link", "show", "up"], capture_output=True, text=True, check=True).stdout
    if any("LOOPBACK" not in line for line in up.splitlines()):
        raise Skip("there is no network of our own here")
    for _, address, _, _ in CAMERAS:
        if subprocess.run(["ip", "addr", "add", f"{address}/32", "dev", "lo"], check=False).returncode:
            raise Skip(f"{address} cannot be made here")
    cameras = [Camera(desktop, name, wait=False, options=["--address", address, "--interface", "lo", "--discovery", "--http-port",
                                                         "80", "--rtsp-port", "554", "--manufacturer", "Example",
                                                         "--model", model, *options])
               for name, address, model, options in CAMERAS]
    for camera in cameras:
        camera.wait_ready(10)
    desktop.settings('onvif.properties = { onvif.interfaces = "lo" }\n')
    desktop.write("pipewire/pipewire-onvif.conf.d/10-quirks.conf",
                  (SOURCE / "conf/pipewire-onvif.conf.d/10-quirks.conf").read_text())
    desktop.start_onvif()


def states(desktop):
    document = json.loads(pw_onvif(desktop, "list", "--json").stdout)
    return {c["name"]: c["state"] for c in document["cameras"]} if document["service"] else {}


@test
def readme_shows_what_is_to_be_seen():
    with Desktop() as desktop:
        start_cameras(desktop)
        gate = desktop.wait_sink("Gate")
        wait_for(lambda: set(states(desktop).values()) == {"idle", "login-required", "unsupported"}, 10, "the cameras")
        desktop.start([BUILD / "tests/integration/tone-player", gate["name"], "700", "60", "0.2"])
        wait_for(lambda: states(desktop)["Gate"] == "busy", 10, "the camera that is in use")
        commands = transcript()
        check([c.split()[1] for c, _ in commands] == ["list", "probe", "doctor"], commands)
        for command, shown in commands:
            # (while it is tried again, it is connecting)
            said = next((s for s in (on_screen(desktop, command) for _ in range(3))
                         if timeless(s) == timeless(shown)), None)
            check(said, f"{command} says:\n{on_screen(desktop, command)}")


main()

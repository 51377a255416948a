#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""pw-onvif against who means harm: somebody who publishes lies as the service would, and cameras whose
every word is an escape sequence, a command or far too long."""
import json
import re
import time

from cameras import Camera
from desktop import Desktop
from tap import check, main, note, test
from tool import Publisher, on_terminal, pw_onvif

ESCAPES = "\x1b[2J\x1b]0;owned\x07\x9b31m\x85\u202e\u2066\r\n\x08\x7f"
COMMAND = "`touch owned` $(touch owned) ; touch owned | \"x\" 'y' !! \\"


def check_tame(text, what):
    """Nothing that moves a cursor, colours or hides; nothing that a shell would run when it is copied."""
    if isinstance(text, bytes):
        text = re.sub(r"\x1b\[(0|1|2|31|32|33)?m|\r(?=\n)", "", text.decode())
    bad = [c for c in text if (ord(c) < 0x20 and c != "\n") or 0x7f <= ord(c) < 0xa0 or 0x200b <= ord(c) <= 0x200f
           or 0x2028 <= ord(c) <= 0x202e or 0x2060 <= ord(c) <= 0x206f]
    check(not bad, f"{what}: {bad[:5]!r} in {text[:500]!r}")


def check_commands(text, what):
    """What is recommended between backquotes takes a camera's words as one word."""
    for command in re.findall(r"`(pw-(?:onvif|play)[^`\n]*)`", text):
        rest = re.sub(r"'[^']*'|\"[^\"$`\\!]*\"|\\'", "", command)
        check(not re.search(r"[$;|&<>()!\\]", rest), f"{what}: {command}")


@test
def lies_in_the_metadata():
    with Desktop(pulse=False) as desktop:
        publisher = Publisher(desktop)
        for i, state in enumerate(("login-required", "offline", "busy", "unsupported", "rejected", "idle", ESCAPES)):
            publisher.set(f"{i}", id=ESCAPES + COMMAND, name=ESCAPES + COMMAND, address="" if i % 2 else COMMAND,
                          manufacturer=ESCAPES, model=ESCAPES * 10, state=state, error=ESCAPES, codec=ESCAPES,
                          transport=ESCAPES, node=COMMAND, speaker=ESCAPES, last_seen=-5)
        publisher.raw('camera.nan { "id": "nan", "last-seen": NaN, "counters": { "packets": 1e999, "x": -99999999999999999999, '
                      '"y\\u001b": 3 }, "configured": [ ], "name": { "a": { } } }')
        publisher.raw("camera.deep " + "[" * 20000)
        publisher.raw("camera.deep2 { \"a\": " + "{ \"a\": " * 60 + "1" + "}" * 61)
        publisher.raw("camera.long { \"name\": \"" + "x" * 50000 + "\" }")
        publisher.raw("camera." + "k" * 5000 + " { }")
        publisher.raw("camera.text not json at all }}}")
        for args in (("list",), ("list", "--json"), ("doctor",), ("doctor", "--json"),
                     ("probe", "--json", "nan"), ("say", "nan", "--tone"), ("probe", COMMAND), ("logout", COMMAND)):
            done = pw_onvif(desktop, *args)
            check(done.returncode in range(0, 7), f"{args}: {done.returncode}: {done.stderr[-2000:]}")
            check("Sanitizer" not in done.stderr and "runtime error" not in done.stderr, done.stderr[-3000:])
            check_tame(done.stdout, args)
            check_tame(re.sub(r"(?m)^\[[A-Z]\].*$", "", done.stderr), args)
            check_commands(done.stdout + done.stderr, args)
            if "--json" in args:
                json.loads(done.stdout)
        check_tame(on_terminal(desktop, "list").stdout, "at a terminal")
        check("nan" in pw_onvif(desktop, "list").stdout, "the rest is shown all the same")


@test
def thousands_of_cameras():
    with Desktop(pulse=False) as desktop:
        publisher = Publisher(desktop)
        for i in range(2000):
            publisher.set(f"urn:uuid:{i:08}", name=f"Camera {i:04}", model="m" * 100, error="e" * 200)
        begin = time.monotonic()
        done = pw_onvif(desktop, "list", "--json")
        cameras = json.loads(done.stdout)["cameras"]
        note(f"{len(cameras)} of 2000 are listed within {time.monotonic() - begin:.2f} s")
        check(len(cameras) == 256 and cameras == sorted(cameras, key=lambda c: c["name"]), len(cameras))
        check(time.monotonic() - begin < 5, "too slow")


@test
def a_camera_whose_words_are_commands():
    with Desktop(pulse=False) as desktop:
        name = COMMAND[:60]
        camera = Camera(desktop, name, out=desktop.base / "hostile",
                        options=["--discovery", "--interface", "lo", "--address", "127.0.0.3", "--auth", "digest",
                                 "--user", "admin", "--password", "x", "--manufacturer", "\x9b2JACME\u202e",
                                 "--model", "$(touch owned)\x9b31m"])
        desktop.settings('onvif.properties = { onvif.interfaces = "lo" onvif.probe.interval = 5 }\n')
        for args in (("list",), ("probe", f"127.0.0.3:{camera.ready['http']}"),
                     ("probe", camera.uri, "--report", str(desktop.base / "report"))):
            done = pw_onvif(desktop, *args)
            check_tame(done.stdout + done.stderr, args)
            check_commands(done.stdout + done.stderr, args)
        check_tame((desktop.base / "report").read_text(), "report")
        check((desktop.base / "report").stat().st_mode & 0o777 == 0o600, "the report can be read by others")
        check(pw_onvif(desktop, "probe", camera.uri, "--report", str(desktop.base / "report")).returncode != 0,
              "it was written over")


main()

#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""Bad input is named, and hurts nothing else."""
import time

import audio
from cameras import Camera
from desktop import Desktop
from tap import check, listening_test, main, note, test, wait_for


def good(camera):
    return f'{{ rtsp.uri = "{camera.uri}" onvif.name = "{camera.name}" }}'


def still_plays(desktop, camera):
    sink = desktop.wait_sink(camera.name)
    wav = audio.tone_wav(desktop.base / "tone.wav", 1004, 1.0)
    desktop.run(["paplay", "--device", sink["name"], wav])
    camera.wait_stat("teardowns", 1, 8)
    wrong, text = audio.judge_tone(audio.tone_part(camera.heard()), 1004, -6.02)
    check(not wrong, wrong)


def says(desktop, *words, timeout=10):
    """Some line of the log holds all the words."""
    def found():
        return next((line for line in desktop.log().splitlines()
                     if all(w in line for w in words)), None)
    note(wait_for(found, timeout, f"a message with {words}"))


@listening_test
def settings_with_mistakes():
    with Desktop() as desktop:
        camera = Camera(desktop, "Good Camera")
        desktop.settings(f"onvif.cameras = [ {good(camera)} ]\n")
        desktop.write("pipewire/pipewire-onvif.conf.d/10-open.conf",
                      'onvif.rules = [\n    { matches = [ { onvif.model = "X" } ]\n'
                      "onvif.properties = { onvif.discovery = false }\n")
        desktop.write("pipewire/pipewire-onvif.conf.d/20-typo.conf",
                      "# a comment\nonvif.properties = {\n    onvif.probe.intervall = 30\n}\n"
                      'onvif.cameras = [\n    { rtsp.uri = "rtsp://127.0.0.1:1/a"\n      rtsp.transport = tpc }\n]\n'
                      "onvif.kameras = [ ]\n")
        desktop.start_onvif()
        says(desktop, "10-open.conf")
        says(desktop, "20-typo.conf:3", "onvif.probe.intervall", "onvif.probe.interval")
        says(desktop, "20-typo.conf:7", "rtsp.transport", "tcp")
        says(desktop, "20-typo.conf:9", "onvif.kameras", "onvif.cameras")
        still_plays(desktop, camera)


@test
def unreadable_credentials():
    with Desktop() as desktop:
        camera = Camera(desktop, "Good Camera")
        desktop.settings(f"onvif.cameras = [ {good(camera)} ]\n")
        desktop.credentials('[ { address = "127.0.0.1" user = "u" password = "s3cr3t-canary" } ]\n', 0o644)
        desktop.start_onvif()
        says(desktop, "onvif-credentials.conf", "chmod 600")
        still_plays(desktop, camera)
        desktop.credentials('[ { address = "127.0.0.1" user = "u" passwort = "s3cr3t-canary" } ]\n')
        says(desktop, "onvif-credentials.conf", "passwort", "password")
        desktop.credentials('[ { address = "127.0.0.1" user = "u" password = "s3cr3t-canary" ]\n')
        says(desktop, "onvif-credentials.conf:1")
        check("s3cr3t-canary" not in desktop.log(), "a password in the log")


@listening_test
def hostile_sdp_and_soap():
    with Desktop() as desktop:
        camera = Camera(desktop, "Good Camera", options=[
            "--interface", "lo", "--discovery", "--address", "127.0.0.2"])
        bad = []
        for number, quirk in enumerate(["hostile-soap=dtd", "hostile-soap=deep", "hostile-soap=big",
                                        "hostile-soap=html", "hostile-sdp=1", "hostile-sdp=2",
                                        "hostile-sdp=3"]):
            bad.append(Camera(desktop, f"Bad Camera {number}", options=[
                "--interface", "lo", "--discovery", "--address", f"127.0.0.{20 + number}",
                "--quirk", quirk]))
        bad.append(Camera(desktop, "Evil", options=[
            "--interface", "lo", "--discovery", "--address", "127.0.0.30",
            "--quirk", "hostile-name=\x1b[31mEvil\x07\u202e\" } ]"]))
        desktop.settings('onvif.properties = { onvif.interfaces = "lo" onvif.probe.interval = 5 }\n')
        process = desktop.start_onvif()
        desktop.wait_sink("Good Camera", 20)
        time.sleep(10)
        still_plays(desktop, camera)
        check(process.poll() is None, "the process died")
        for line in desktop.log().splitlines():
            check("\x07" not in line and "\u202e" not in line, repr(line))
        for name, props in desktop.nodes().items():
            text = name + props.get("node.description", "")
            check(not any(ord(c) < 32 or c == "\u202e" for c in text), repr(text))


main()

#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""Credentials: a wrong password is tried once, and a right one works without a restart.
(Each way to ask for one: test-logins.py.)"""
import time

import audio
from cameras import Camera
from desktop import Desktop
from tap import check, main, note, test, wait_for

UUID = "urn:uuid:2d5f0002-0c5e-4b0e-9a3b-00408c112244"
CANARY = "s3cr3t-canary"
DISCOVERY = 'onvif.properties = { onvif.interfaces = "lo" onvif.probe.interval = 5 }\n'


def locked_camera(desktop, auth="digest", extra=()):
    return Camera(desktop, "Locked Camera", options=[
        "--interface", "lo", "--discovery", "--address", "127.0.0.3", "--uuid", UUID,
        "--auth", auth, "--user", "admin", "--password", CANARY, *extra])


def entry(password):
    return f'[ {{ id = "{UUID}" user = "admin" password = "{password}" }} ]\n'


def listen(desktop, camera, sink):
    wav = audio.tone_wav(desktop.base / "tone.wav", 1004, 1.5)
    desktop.run(["paplay", "--device", sink["name"], wav])
    camera.wait_stat("teardowns", 1, 8)
    wrong, text = audio.judge_tone(audio.tone_part(camera.heard()), 1004, -6.02)
    check(not wrong, wrong)


@test
def without_a_password_then_with_a_wrong_one_then_with_the_right_one():
    with Desktop() as desktop:
        camera = locked_camera(desktop)
        desktop.settings(DISCOVERY)
        desktop.start_onvif()
        wait_for(lambda: "user and password" in desktop.log(), 15, "a sentence that asks for a password")
        check(not desktop.sink_named("Locked Camera"), "a sink that cannot work")
        check(camera.stats()["auth_failures"] == 0, "a login was tried without credentials")

        desktop.credentials(entry("wrong"))
        wait_for(lambda: camera.stats()["auth_failures"] >= 1, 10, "the wrong password tried")
        time.sleep(12)
        check(camera.stats()["auth_failures"] == 1, f"tried {camera.stats()['auth_failures']} times")
        check("refused" in desktop.log(), "the refusal is not said")

        desktop.stop_onvif()
        desktop.start_onvif()
        time.sleep(10)
        check(camera.stats()["auth_failures"] == 1, "tried again after a restart of ours")

        begin = time.monotonic()
        desktop.credentials(entry(CANARY))
        sink = desktop.wait_sink("Locked Camera", 10)
        note(f"sink {time.monotonic() - begin:.1f} s after the right password")
        listen(desktop, camera, sink)
        check(camera.stats()["auth_failures"] == 1, "more failures")
        check(camera.violations() == [], camera.violations())
        check(CANARY not in desktop.log(), "the password is in the log")
        check(CANARY not in str(desktop.dump()), "the password is in a property")
        state = desktop.base / "state" / "pipewire" / "onvif-state.conf"
        check(CANARY not in state.read_text(), "the password is among the learned facts")
        check(state.stat().st_mode & 0o77 == 0, "the learned facts can be read by others")


@test
def a_camera_by_uri_with_a_wrong_password():
    with Desktop() as desktop:
        camera = locked_camera(desktop)
        desktop.settings(f'onvif.cameras = [ {{ rtsp.uri = "{camera.uri}" onvif.name = "By URI" }} ]\n'
                         'onvif.properties = { onvif.discovery = false }\n')
        desktop.credentials('[ { address = "127.0.0.3" user = "admin" password = "wrong" } ]\n')
        desktop.start_onvif()
        wait_for(lambda: camera.stats()["auth_failures"] >= 1, 10, "the wrong password tried")
        time.sleep(8)
        check(camera.stats()["auth_failures"] == 1, f"tried {camera.stats()['auth_failures']} times")
        desktop.credentials(f'[ {{ address = "127.0.0.3" user = "admin" password = "{CANARY}" }} ]\n')
        listen(desktop, camera, desktop.wait_sink("By URI", 10))


@test
def a_password_in_a_uri_is_refused_without_echo():
    with Desktop() as desktop:
        desktop.settings(f'onvif.cameras = [ {{ rtsp.uri = "rtsp://admin:{CANARY}@127.0.0.1:8554/x" }} ]\n')
        desktop.start_onvif("5")
        wait_for(lambda: "onvif-credentials.conf" in desktop.log(), 10, "the way to do it right")
        check(CANARY not in desktop.log(), "echoed")
        check(CANARY not in str(desktop.dump()), "echoed in a property")


main()

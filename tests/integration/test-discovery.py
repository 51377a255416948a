#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""Cameras that announce themselves become sinks, once each, with their own name."""
import socket
import time

import audio
from cameras import Camera
from desktop import Desktop
from liar import Liar
from tap import check, listening_test, main, note, test, wait_for

DISCOVERY = 'onvif.properties = { onvif.interfaces = "lo" onvif.probe.interval = 5 }\n'


def camera_at(desktop, name, address, *extra):
    return Camera(desktop, name, options=["--interface", "lo", "--discovery", "--address", address,
                                          *extra])


@listening_test
def found_named_played_to():
    with Desktop() as desktop:
        front = camera_at(desktop, "Front Door Camera", "127.0.0.2", "--model", "DS-1",
                          "--manufacturer", "Acme")
        yard = camera_at(desktop, "Yard Camera", "127.0.0.3")
        mute = camera_at(desktop, "Mute Camera", "127.0.0.4", "--quirk", "no-backchannel-200")
        desktop.settings(DISCOVERY)
        begin = time.monotonic()
        desktop.start_onvif()
        sink = desktop.wait_sink("Front Door Camera", 20)
        desktop.wait_sink("Yard Camera", 20)
        note(f"both sinks {time.monotonic() - begin:.1f} s after the start")
        props = sink["properties"]
        for key, value in {"onvif.manufacturer": "Acme", "onvif.model": "DS-1",
                           "onvif.address": "127.0.0.2", "onvif.state": "idle",
                           "device.icon_name": "camera-web"}.items():
            check(props.get(key) == value, f"{key} = {props.get(key)}, wanted {value}")
        uuid = front.ready["uuid"]
        stable = uuid.replace("urn:uuid:", "").lower()
        check(sink["name"] == f"onvif_output.{stable}", sink["name"])
        time.sleep(8)
        ours = [n for n in desktop.sinks() if n.startswith("onvif_output.")]
        check(len(ours) == 2, f"sinks {ours}")
        wav = audio.tone_wav(desktop.base / "tone.wav", 1004, 1.5)
        desktop.run(["pw-play", "--target", sink["name"], wav])
        front.wait_stat("teardowns", 1, 8)
        wrong, text = audio.judge_tone(audio.tone_part(front.heard()), 1004, -6.02)
        check(not wrong, wrong)
        for camera in (front, yard, mute):
            check(camera.violations() == [], f"{camera.name}: {camera.violations()}")
        check(yard.stats()["sessions_opened"] == 0, "a session to a camera that nobody played to")


@test
def a_camera_that_comes_later_says_hello():
    with Desktop() as desktop:
        desktop.settings('onvif.properties = { onvif.interfaces = "lo" onvif.probe.interval = 600 }\n')
        desktop.start_onvif()
        time.sleep(3)
        camera_at(desktop, "Late Camera", "127.0.0.5")
        begin = time.monotonic()
        desktop.wait_sink("Late Camera", 10)
        note(f"sink {time.monotonic() - begin:.1f} s after Hello")


@test
def an_entry_and_a_discovered_camera_are_one():
    with Desktop() as desktop:
        camera = camera_at(desktop, "Own Name", "127.0.0.6")
        desktop.settings(DISCOVERY + 'onvif.cameras = [ { onvif.address = "127.0.0.6:%d" '
                         'onvif.name = "My Name" } ]\n' % camera.ready["http_port"])
        desktop.start_onvif()
        desktop.wait_sink("My Name", 20)
        time.sleep(8)
        ours = [n for n in desktop.sinks() if n.startswith("onvif_output.")]
        check(len(ours) == 1, f"sinks {ours}")


@test
def a_rule_for_one_model():
    with Desktop() as desktop:
        camera = camera_at(desktop, "Reo", "127.0.0.7", "--model", "Video Doorbell", "--manufacturer", "Reolink")
        desktop.settings(DISCOVERY + 'onvif.rules = [ { matches = [ { onvif.model = "~Video Door.*" } ] '
                         "actions = { update-props = { rtp.ptime = 40 } } } ]\n")
        desktop.start_onvif()
        sink = desktop.wait_sink("Reo", 20)
        wav = audio.tone_wav(desktop.base / "tone.wav", 1004, 1.5)
        desktop.run(["pw-play", "--target", sink["name"], wav])
        camera.wait_stat("rtp_packets", 20, 8)
        rows = (camera.out / "packets.csv").read_text().splitlines()
        head = rows[0].split(",")
        sizes = {row.split(",")[[i for i, h in enumerate(head) if "payload" in h or h == "bytes"][0]]
                 for row in rows[1:]}
        check(sizes == {"320"}, f"payloads {sizes}: the user's rule did not win")


@test
def names_that_are_equal():
    with Desktop() as desktop:
        camera_at(desktop, "IPCAM", "127.0.0.8")
        Camera(desktop, "IPCAM", out=desktop.base / "second", options=[
            "--interface", "lo", "--discovery", "--address", "127.0.0.9"])
        desktop.settings(DISCOVERY)
        desktop.start_onvif()
        wait_for(lambda: len([n for n in desktop.sinks() if n.startswith("onvif_output.")]) == 2, 20, "two sinks")
        time.sleep(1)
        names = sorted(s["description"] for s in desktop.sinks().values()
                       if s["name"].startswith("onvif_output."))
        note(names)
        check(len(set(names)) == 2, f"equal names {names}")
        check(any("127.0.0." in n for n in names), f"no address in {names}")


@test
def names_without_a_camera_keep_no_camera_out():
    with Desktop() as desktop:
        Liar(desktop, "127.0.0.99", [f"urn:uuid:phantom-{n}" for n in range(4)],
             "http://127.0.0.99/onvif/device_service")
        desktop.settings(DISCOVERY.replace("}", "onvif.max-cameras = 4 }"))
        desktop.start_onvif()
        wait_for(lambda: desktop.log().count("cannot be asked") >= 4, 10, "four phantoms")
        camera_at(desktop, "Real Camera", "127.0.0.10")
        desktop.wait_sink("Real Camera", 10)


@test
def a_forged_id_makes_no_second_camera_of_an_entry():
    with Desktop() as desktop:
        camera = camera_at(desktop, "Own Name", "127.0.0.11")
        camera.command("mute")
        Liar(desktop, "127.0.0.11", ["urn:uuid:forged"], camera.ready["xaddr"])
        desktop.settings(DISCOVERY + 'onvif.cameras = [ { onvif.address = "127.0.0.11:%d" '
                         'onvif.name = "My Name" } ]\n' % camera.ready["http_port"])
        desktop.start_onvif()
        time.sleep(1.5)
        camera.command("unmute")
        desktop.wait_sink("My Name", 20)
        time.sleep(6)
        ours = [n for n in desktop.sinks() if n.startswith("onvif_output.")]
        check(len(ours) == 1, f"sinks {ours}")


@test
def cameras_that_are_switched_on_later():
    """Configured, but not there when the service starts: they appear soon after they do."""
    ports = []
    for _ in range(2):
        with socket.socket() as probe:
            probe.bind(("127.0.0.5", 0))
            ports.append(probe.getsockname()[1])
    with Desktop() as desktop:
        desktop.settings('onvif.properties = { onvif.discovery = false }\nonvif.cameras = [\n'
                         f'{{ rtsp.uri = "rtsp://127.0.0.5:{ports[0]}/onvif/profile_1" onvif.name = "By URI" }}\n'
                         f'{{ onvif.address = "127.0.0.5:{ports[1]}" onvif.name = "By Address" }} ]\n')
        desktop.start_onvif()
        time.sleep(3)
        Camera(desktop, "One", options=["--address", "127.0.0.5", "--rtsp-port", str(ports[0])])
        Camera(desktop, "Two", options=["--address", "127.0.0.5", "--http-port", str(ports[1])])
        begin = time.monotonic()
        for name in ("By URI", "By Address"):
            desktop.wait_sink(name, 20)
            note(f"{name} {time.monotonic() - begin:.1f} s after it was switched on")


main()

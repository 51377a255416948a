#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""Who is who: credentials and sound go to the camera that they are for, and nowhere else."""
import time

from cameras import Camera
from desktop import Desktop
from tap import check, main, note, test, wait_for

UUID = "urn:uuid:2d5f0003-0c5e-4b0e-9a3b-00408c1122AB"
DISCOVERY = 'onvif.properties = { onvif.interfaces = "lo" onvif.probe.interval = 5 }\n'
BY_ID = f'[ {{ id = "{UUID}" user = "admin" password = "pa55word" }} ]\n'
BY_BOTH = BY_ID.replace('user', 'address = "127.0.0.2" user')


def locked(desktop, name, address, *extra):
    return Camera(desktop, name, options=[
        "--interface", "lo", "--discovery", "--address", address, "--uuid", UUID,
        "--auth", "digest", "--user", "admin", "--password", "pa55word", *extra])


def ours(desktop):
    return [n for n in desktop.sinks() if n.startswith("onvif_output.")]


def untouched(camera):
    stats = camera.stats()
    return stats["http_connections"] == 0 and stats["connections"] == 0


@test
def an_id_written_otherwise_is_the_same_camera():
    with Desktop() as desktop:
        locked(desktop, "Own Name", "127.0.0.2")
        desktop.settings(DISCOVERY + f'onvif.cameras = [ {{ onvif.id = "{UUID[9:].upper()}" onvif.name = "My Name" }} ]\n')
        desktop.credentials(BY_ID)
        desktop.start_onvif()
        desktop.wait_sink("My Name", 10)
        time.sleep(3)
        check(len(ours(desktop)) == 1, ours(desktop))


@test
def credentials_by_id_for_an_entry_by_address():
    """The camera tells its id without a login; then there are credentials for it."""
    for discovery in ("true", "false"):
        with Desktop() as desktop:
            camera = locked(desktop, "Own Name", "127.0.0.2")
            desktop.settings(f'onvif.properties = {{ onvif.interfaces = "lo" onvif.discovery = {discovery} }}\n'
                             'onvif.cameras = [ { onvif.address = "127.0.0.2:%d" onvif.name = "My Name" } ]\n'
                             % camera.ready["http_port"])
            desktop.credentials(BY_ID)
            desktop.start_onvif()
            desktop.wait_sink("My Name", 10)
            check(camera.stats()["auth_failures"] == 0, "a login failed")


@test
def an_impostor_gets_nothing_while_the_camera_answers():
    with Desktop() as desktop:
        camera = locked(desktop, "Real Camera", "127.0.0.2")
        desktop.settings(DISCOVERY)
        desktop.credentials(BY_ID)
        desktop.start_onvif()
        desktop.wait_sink("Real Camera", 10)
        impostor = locked(desktop, "Impostor", "127.0.0.9", "--quirk", "probe-repeat=3")
        time.sleep(5)
        check(impostor.stats()["probe_matches"] > 0, "the impostor did not announce itself")
        check(untouched(impostor), f"asked: {impostor.stats()['soap']}")
        check(len(ours(desktop)) == 1, ours(desktop))
        check(desktop.node_by_id(UUID)["onvif.address"] == "127.0.0.2", "address")
        # also after a restart of ours, when the impostor may be faster
        desktop.stop_onvif()
        camera.command("mute")
        desktop.start_onvif()
        time.sleep(2)
        camera.command("unmute")
        time.sleep(3)
        check(untouched(impostor), f"asked after a restart: {impostor.stats()['soap']}")


@test
def credentials_for_an_address_do_not_follow():
    with Desktop() as desktop:
        camera = locked(desktop, "Real Camera", "127.0.0.2")
        desktop.settings(DISCOVERY)
        desktop.credentials(BY_BOTH)
        desktop.start_onvif()
        desktop.wait_sink("Real Camera", 10)
        camera.stop()
        # (so that the address counts as dead before its last answer is old)
        desktop.stop_onvif()
        desktop.start_onvif()
        impostor = locked(desktop, "Impostor", "127.0.0.9")
        wait_for(lambda: "The camera moved to 127.0.0.9" in desktop.log(), 20, "what to do")
        time.sleep(3)
        check(untouched(impostor), f"asked: {impostor.stats()['soap']}")
        # a change that says nothing about it changes nothing, one that unties it does
        desktop.credentials(BY_BOTH.replace("]", '{ address = "192.0.2.1" user = "x" password = "y" } ]'))
        time.sleep(3)
        check(untouched(impostor), "asked after an unrelated change")
        desktop.credentials(BY_ID)
        wait_for(lambda: impostor.stats()["soap_requests"] > 0, 20, "followed by id alone")


main()

#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""Who is who: credentials and sound go to the camera that they are for, and nowhere else."""
import socket
import threading
import time

import audio
from cameras import Camera
from desktop import Desktop
from liar import Liar
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


def claims(camera):
    """How often it said what it is not, and was heard saying it."""
    return camera.stats()["probe_matches"]


@test
def by_https_and_while_the_camera_is_slow():
    """It answers each request after 4 s, the impostor at once, and by TLS."""
    with Desktop() as desktop:
        camera = locked(desktop, "Real Camera", "127.0.0.2")
        desktop.settings(DISCOVERY)
        desktop.credentials(BY_ID)
        desktop.start_onvif()
        desktop.wait_sink("Real Camera", 10)
        desktop.stop_onvif()
        camera.command("quirk slow-soap=4000")
        impostor = locked(desktop, "Impostor", "127.0.0.9", "--tls", "both")
        desktop.start_onvif()
        wait_for(lambda: "still answers at 127.0.0.2" in desktop.log(), 40, "the camera asked whether it is there")
        time.sleep(3)
        check(untouched(impostor), f"asked: {impostor.stats()['soap']}")
        check(len(ours(desktop)) == 1, ours(desktop))
        check(desktop.node_by_id(UUID)["onvif.address"] == "127.0.0.2", "address")


@test
def an_address_in_the_entry_is_never_left():
    """For the camera, or for its credentials only; whether or not it answers."""
    for entry, credentials in ((True, BY_ID), (False, BY_BOTH)):
        with Desktop() as desktop:
            camera = locked(desktop, "Real Camera", "127.0.0.2")
            cameras = (f'onvif.cameras = [ {{ onvif.id = "{UUID}" onvif.address = "127.0.0.2:'
                       f'{camera.ready["http_port"]}" }} ]\n') if entry else ""
            desktop.settings(DISCOVERY + cameras)
            desktop.credentials(credentials)
            desktop.start_onvif()
            name = desktop.wait_sink("Real Camera", 10)["name"]
            impostor = locked(desktop, "Impostor", "127.0.0.9", "--tls", "both")
            time.sleep(6)
            camera.stop()
            desktop.stop_onvif()
            desktop.start_onvif()
            time.sleep(12)
            check(claims(impostor) > 2, "the impostor did not announce itself")
            check(untouched(impostor), f"asked: {impostor.stats()['soap']}")
            check(ours(desktop) == [name], ours(desktop))


@test
def a_camera_that_is_known_by_address_only():
    """An impostor that answers as it does, even before it: another camera, which gets no password."""
    with Desktop() as desktop:
        impostor = Camera(desktop, "Impostor", options=[
            "--interface", "lo", "--discovery", "--address", "127.0.0.9", "--uuid", UUID])
        camera = locked(desktop, "Real Camera", "127.0.0.2")
        camera.command("mute")
        desktop.settings(DISCOVERY + f'onvif.cameras = [ {{ onvif.address = "127.0.0.2:{camera.ready["http_port"]}" }} ]\n')
        desktop.credentials('[ { address = "127.0.0.2" user = "admin" password = "pa55word" } ]\n')
        desktop.start_onvif()
        desktop.wait_sink("Impostor", 10)
        camera.command("unmute")
        sink = desktop.wait_sink("Real Camera", 20)
        # that the id is this one's is known now
        wait_for(lambda: ours(desktop) == [sink["name"]], 10, "no sink for the other one")
        begin = impostor.stats()
        time.sleep(7)
        check(claims(impostor) > begin["probe_matches"], "the impostor was silent")
        check(impostor.stats()["http_connections"] == begin["http_connections"], "asked on")
        check(ours(desktop) == [sink["name"]], ours(desktop))
        check(camera.stats()["auth_failures"] == 0, "a login failed")


@test
def a_key_is_never_left():
    """Impostors without TLS, and with a key of their own: no request, no sound, no login."""
    for tls in ("off", "both"):
        with Desktop() as desktop:
            camera = locked(desktop, "Real Camera", "127.0.0.2", "--tls", "only")
            desktop.settings(DISCOVERY)
            desktop.credentials(BY_ID)
            desktop.start_onvif()
            desktop.wait_sink("Real Camera", 15)
            camera.stop()
            desktop.stop_onvif()
            desktop.start_onvif()
            impostor = locked(desktop, "Impostor", "127.0.0.9", "--tls", tls)
            time.sleep(15)
            stats = impostor.stats()
            check(stats["probe_matches"] > 0, "the impostor did not announce itself")
            check(stats["soap_requests"] == 0 and stats["auth_failures"] == 0 and stats["connections"] == 0, stats)


class Relay:
    """Passes on what it gets to the real camera: answers right, with the right id."""

    def __init__(self, desktop, address, target):
        self.target, self.connections = target, 0
        self.sock = socket.create_server((address, 0))
        self.port = self.sock.getsockname()[1]
        desktop.started.append(self)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.sock.accept()
            except OSError:
                return
            self.connections += 1
            server = socket.create_connection(self.target)
            for one, other in ((client, server), (server, client)):
                threading.Thread(target=self.copy, args=(one, other), daemon=True).start()

    @staticmethod
    def copy(one, other):
        try:
            while data := one.recv(65536):
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def stop(self):
        self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()


@test
def a_relay_gets_nothing_while_the_camera_answers():
    with Desktop() as desktop:
        camera = locked(desktop, "Real Camera", "127.0.0.2")
        relay = Relay(desktop, "127.0.0.9", ("127.0.0.2", camera.ready["http_port"]))
        liar = Liar(desktop, "127.0.0.9", [UUID], f"http://127.0.0.9:{relay.port}/onvif/device_service",
                    "Real Camera")
        camera.command("mute")
        desktop.settings(DISCOVERY)
        desktop.credentials(BY_ID)
        desktop.start_onvif()
        # nothing is known of the camera yet: the first who says that he is it, is it, until ...
        wait_for(lambda: relay.connections > 0, 10, "the relay asked")
        desktop.stop_onvif()
        (desktop.base / "state/pipewire/onvif-state.conf").unlink(missing_ok=True)
        camera.command("unmute")
        liar.identities = []
        desktop.start_onvif()
        desktop.wait_sink("Real Camera", 10)
        before, liar.identities = relay.connections, [UUID]
        # ... the camera has been there once: not now, and not when the relay is faster after a restart
        time.sleep(6)
        desktop.stop_onvif()
        camera.command("mute")
        desktop.start_onvif()
        time.sleep(2)
        camera.command("unmute")
        time.sleep(5)
        check(liar.answered > 4, "the relay was not announced")
        check(relay.connections == before, f"asked {relay.connections - before} times")
        check(camera.stats()["auth_failures"] == 0, "a login failed")


@test
def forged_goodbyes_end_nothing():
    with Desktop() as desktop:
        camera = locked(desktop, "Real Camera", "127.0.0.2")
        desktop.settings(DISCOVERY)
        desktop.credentials(BY_ID)
        desktop.start_onvif()
        sink = desktop.wait_sink("Real Camera", 10)
        wav = audio.tone_wav(desktop.base / "tone.wav", 1004, 8.0, channels=1, rate=8000)
        player = desktop.start(["paplay", "--device", sink["name"], wav])
        wait_for(lambda: camera.stats()["rtp_packets"] > 50, 15, "sound")
        liars = [Liar(desktop, address, [UUID], camera.ready["xaddr"], answers=False)
                 for address in ("127.0.0.2", "127.0.0.9")]
        for _ in range(100):
            for liar in liars:
                liar.say("Bye")
            time.sleep(0.02)
        check(player.wait(20) == 0, "the player failed")
        camera.wait_stat("teardowns", 1, 8)
        stats = camera.stats()
        check(stats["sessions_opened"] == 1 and stats["heard_s"] > 7.5, stats)
        check(ours(desktop) == [sink["name"]], ours(desktop))


@test
def forged_hellos_make_no_login_and_few_questions():
    with Desktop() as desktop:
        healthy = Camera(desktop, "Healthy", options=["--interface", "lo", "--discovery", "--address", "127.0.0.3"])
        camera = locked(desktop, "Real Camera", "127.0.0.2")
        desktop.settings(DISCOVERY)
        desktop.credentials(BY_ID.replace("pa55word", "wrong"))
        desktop.start_onvif()
        desktop.wait_sink("Healthy", 10)
        wait_for(lambda: camera.stats()["auth_failures"] == 1, 10, "the wrong password tried")
        liars = [Liar(desktop, address, [identity], "http://127.0.0.2/onvif/device_service", answers=False)
                 for address in ("127.0.0.2", "127.0.0.3", "127.0.0.9")
                 for identity in (UUID, healthy.ready["uuid"])]
        before = [c.stats() for c in (camera, healthy)]
        for turn in range(170):
            for liar in liars:
                liar.version += 1
                liar.say("Hello")
            time.sleep(0.06)
        after = [c.stats() for c in (camera, healthy)]
        for name, a, b in zip(("locked", "healthy"), before, after):
            asked = b["connections"] - a["connections"], b["http_connections"] - a["http_connections"]
            note(f"{name}: {asked} connections after 1020 Hellos in 10 s")
            check(sum(asked) <= 3, f"{name}: {asked} connections")
        check(after[0]["auth_failures"] == 1, f"{after[0]['auth_failures']} logins tried")
        check(len(ours(desktop)) == 1, ours(desktop))


main()

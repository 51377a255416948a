#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""Whatever other host a camera names: only the address that answered is dialled."""
import socket
import threading
import time

import audio
from cameras import Camera
from desktop import Desktop
from tap import check, main, note, test
from wire import Dialled

HERE, ELSEWHERE = "127.0.0.2", "127.0.0.66"
DISCOVERY = 'onvif.properties = { onvif.interfaces = "lo" onvif.probe.interval = 5 }\n'
OURS = {("239.255.255.250", 3702)}


class Trap:
    """Listens elsewhere, at the ports that a camera could mean."""

    def __init__(self, desktop, ports):
        self.taken, self.socks = [], []
        for port in ports:
            sock = socket.create_server((ELSEWHERE, port))
            self.socks.append(sock)
            threading.Thread(target=self.accept, args=(sock, port), daemon=True).start()
        desktop.started.append(self)

    def accept(self, sock, port):
        while True:
            try:
                sock.accept()
            except OSError:
                return
            self.taken.append(port)

    def stop(self):
        for sock in self.socks:
            sock.shutdown(socket.SHUT_RDWR)
            sock.close()


def free_ports(address, n):
    socks = [socket.create_server((address, 0)) for _ in range(n)]
    ports = [sock.getsockname()[1] for sock in socks]
    for sock in socks:
        sock.close()
    return ports


def plays(desktop, camera, sink):
    wav = audio.tone_wav(desktop.base / "tone.wav", 1004, 1.0)
    desktop.run(["paplay", "--device", sink["name"], wav])
    camera.wait_stat("teardowns", 1, 8)
    check(camera.stats()["heard_s"] > 0.8, "nothing heard")


def camera_that_names(quirks, heard, transport=None):
    """heard: the camera can be played to nevertheless."""
    with Desktop() as desktop:
        wire = Dialled(desktop)
        http, rtsp = free_ports(HERE, 2)
        trap = Trap(desktop, [http, rtsp, 80, 443, 554, 322])
        camera = Camera(desktop, "Odd Camera", options=[
            "--interface", "lo", "--discovery", "--address", HERE, "--http-port", str(http), "--rtsp-port", str(rtsp),
            *[x for quirk in quirks for x in ("--quirk", quirk.replace("ELSEWHERE", ELSEWHERE))]])
        rule = (f'onvif.rules = [ {{ matches = [ {{ onvif.name = "Odd Camera" }} ] actions = '
                f'{{ update-props = {{ rtsp.transport = {transport} }} }} }} ]\n') if transport else ""
        desktop.settings(DISCOVERY + rule)
        desktop.start_onvif()
        if heard:
            plays(desktop, camera, desktop.wait_sink("Odd Camera", 15))
        else:
            time.sleep(8)
            check(not desktop.sink_named("Odd Camera"), "a sink")
        stats = camera.stats()
        check(stats["http_connections"] > 0, "the camera was not asked")
        udp = {target for target in wire.udp if target not in OURS and target[0] not in (HERE, "127.0.0.1")}
        note(f"{', '.join(quirks)}: TCP to {dict(wire.tcp)}, UDP to {udp or 'nobody else'}")
        check(trap.taken == [], f"connections to {ELSEWHERE}, ports {trap.taken}")
        check(set(wire.tcp) == {HERE}, f"dialled {dict(wire.tcp)}")
        check(not udp, f"datagrams to {udp}")


@test
def in_xaddrs_and_stream_uri():
    camera_that_names(["xaddr-foreign=ELSEWHERE"], True)


@test
def in_content_base():
    camera_that_names(["content-base-wrong=1"], True)
    camera_that_names(["content-base-wrong=2"], True)


@test
def in_control_uris():
    camera_that_names(["control-absolute-foreign-host"], True)
    camera_that_names(["control-session-absolute=other"], True)


@test
def in_redirects():
    camera_that_names(["redirect=rtsp://ELSEWHERE/other"], False)
    camera_that_names(["http-redirect=http://ELSEWHERE/onvif/device_service"], False)


@test
def in_requests_to_us():
    camera_that_names(["redirect-request=0.3"], True)


@test
def in_a_transport_header():
    camera_that_names(["udp-foreign-source=ELSEWHERE"], True, "udp")


main()

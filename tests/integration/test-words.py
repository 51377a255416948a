#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""What cameras say is fit to be shown before it reaches a node, the log or a file."""
import json
import re
import socketserver
import threading
import time
import unicodedata

import audio
from cameras import Camera
from desktop import Desktop
from tap import check, main, note, test, wait_for

DISCOVERY = 'onvif.properties = { onvif.interfaces = "lo" onvif.probe.interval = 5 }\n'
# terminal escapes of both kinds, breaks out of JSON, bidirectional overrides, invisible and private ones
HOSTILE = '\x1b]0;x\x07\x9b31m"}],\\{ a = b #\u202e\u2066\u200b\u2028\ufeff\U000e0041\ue000%s%n'
HIDDEN = {"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"}


def hidden(text):
    return sorted({f"U+{ord(c):04X}" for c in text if unicodedata.category(c) in HIDDEN})


def strings(value):
    if isinstance(value, dict):
        for key, one in value.items():
            yield key
            yield from strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from strings(one)
    elif isinstance(value, str):
        yield value


def check_shown(desktop, wanted):
    """All that PipeWire shows is valid and fit to be seen, and something of it is the camera's."""
    raw = desktop.run(["pw-dump"]).stdout
    nodes = [o["info"]["props"] for o in json.loads(raw) if o["type"].endswith(":Node")]
    ours = [p for p in nodes if p.get("node.name", "").startswith("onvif_output.")]
    check(len(ours) == wanted, f"{len(ours)} nodes")
    for props in ours:
        for text in strings(props):
            check(not hidden(text), f"{hidden(text)} in {text!r}")
    json.loads(desktop.run(["pactl", "-f", "json", "list", "sinks"]).stdout)
    return ours


def check_log(desktop):
    """Line by line, as bytes: what a terminal would get."""
    for line in (desktop.base / "onvif.log").read_bytes().split(b"\n"):
        text = line.decode("utf-8")
        # (PipeWire's own colours, where it has them)
        bad = hidden(re.sub("\x1b\\[[0-9;]*m", "", text)) if line.startswith(b"\x1b") else hidden(text)
        check(not bad, f"{bad} in {text!r}")


def hostile_camera(desktop, name, address, *quirks, options=()):
    # (an argument cannot hold a NUL, nor what is not UTF-8: see Rude)
    return Camera(desktop, name, options=[
        "--interface", "lo", "--discovery", "--address", address, "--manufacturer", "Ac" + HOSTILE,
        "--model", "Mo" + HOSTILE, "--firmware", "Fi" + HOSTILE, "--serial", "Se" + HOSTILE,
        "--location", "Lo" + HOSTILE, *options, *[x for q in quirks for x in ("--quirk", q)]])


@test
def in_every_field():
    with Desktop() as desktop:
        camera = hostile_camera(desktop, "Evil", "127.0.0.30", f"hostile-name=Na{HOSTILE}", f"hostile-text=Te{HOSTILE}",
                                options=["--uuid", 'urn:uuid:x"}],\\{ a = b #'])
        # half a character where a name made of two is cut
        long = Camera(desktop, "Long", options=[
            "--interface", "lo", "--discovery", "--address", "127.0.0.32", "--manufacturer", "\u00e9" * 60 + "x",
            "--model", "\u20ac" * 42, "--quirk", "hostile-name=\u202e"])
        refuses = hostile_camera(desktop, "Refuses", "127.0.0.31", "needs-forward=455", f"hostile-text=Te{HOSTILE}")
        desktop.settings(DISCOVERY)
        desktop.start_onvif()
        wait_for(lambda: len([n for n in desktop.nodes() if n.startswith("onvif_output.")]) == 3, 20, "three sinks")
        wav = audio.tone_wav(desktop.base / "tone.wav", 1004, 2.0)
        for one in (camera, refuses, long):
            desktop.start(["paplay", "--device", desktop.node_by_id(one.ready["uuid"])["node.name"], wav])
        camera.wait_stat("teardowns", 1, 15)
        wait_for(lambda: "455" in desktop.node_by_id(refuses.ready["uuid"]).get("onvif.error", ""), 15, "the refusal")
        shown = {p["onvif.id"]: p for p in check_shown(desktop, 3)}
        evil = shown[camera.ready["uuid"]]
        for key, begin in {"node.description": "Na", "onvif.manufacturer": "Ac", "onvif.model": "Mo",
                           "onvif.firmware": "Fi", "onvif.serial": "Se", "onvif.location": "Lo",
                           "rtsp.server": "Te"}.items():
            text = evil[key]
            note(f"{key} = {text}")
            check(text.startswith(begin) and '"}],\\{ a = b #' in text, f"{key}: {text!r}")
        note("onvif.error = " + shown[refuses.ready["uuid"]]["onvif.error"])
        name = shown[long.ready["uuid"]]["node.description"]
        check(name.startswith("\u00e9") and name.endswith("\u20ac") and len(name.encode()) < 128, name)
        check_log(desktop)
        # what was learned of them is read again
        desktop.stop_onvif()
        state = (desktop.base / "state/pipewire/onvif-state.conf").read_text()
        check(not hidden(state.replace("\n", "")), hidden(state.replace("\n", "")))
        desktop.start_onvif()
        wait_for(lambda: len([n for n in desktop.nodes() if n.startswith("onvif_output.")]) == 3, 20, "all are back")
        check("onvif-state.conf" not in desktop.log(), "the learned facts could not be read")
        check_shown(desktop, 3)
        check_log(desktop)


BYTES = b"Wo\x1b[2J\xff\xc0\xaf\xed\xa0\x80\xc2\x9b31m\xe2\x80\xae\x07\x7f\x01"
FAULT = (b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault><s:Code><s:Value>s:Receiver'
         b"</s:Value></s:Code><s:Reason><s:Text>Wo\xe2\x80\xae\xc2\x9b31m\xe2\x80\x8b</s:Text></s:Reason></s:Fault>"
         b"</s:Body></s:Envelope>")
SERVICES = (b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><GetServicesResponse '
            b'xmlns="http://www.onvif.org/ver10/device/wsdl"><Service><Namespace>http://www.onvif.org/ver10/media/wsdl'
            b"</Namespace><XAddr>http://x:%d/\xc2\x9b\xe2\x80\xae</XAddr></Service></GetServicesResponse></s:Body></s:Envelope>")


class Rude(socketserver.ThreadingTCPServer):
    """Answers whatever is asked with an error, in raw bytes."""
    allow_reuse_address = daemon_threads = True

    def __init__(self, desktop, address):
        super().__init__((address, 0), Handler)
        self.port, self.asked = self.server_address[1], 0
        threading.Thread(target=self.serve_forever, daemon=True).start()
        desktop.started.append(self)

    def stop(self):
        self.shutdown()
        self.server_close()


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        try:
            while first := self.rfile.readline():
                self.answer(first)
        except OSError:
            pass

    def answer(self, first):
        headers = {}
        while (line := self.rfile.readline().strip()):
            name, _, value = line.partition(b":")
            headers[name.strip().lower()] = value.strip()
        body = self.rfile.read(int(headers.get(b"content-length", 0)))
        self.server.asked += 1
        if first.startswith(b"POST"):
            reply = SERVICES % self.server.port if b"GetServices" in body else FAULT
            self.wfile.write(b"HTTP/1.1 %d %s\r\nServer: %s\r\nContent-Length: %d\r\n\r\n%s" % (
                500 if reply is FAULT else 200, BYTES, BYTES, len(reply), reply))
        else:
            self.wfile.write(b"RTSP/1.0 %d %s\r\nCSeq: %s\r\nServer: %s\r\nPublic: %s\r\n\r\n" % (
                200 if first.startswith(b"OPTIONS") else 499, BYTES, headers.get(b"cseq", b"0"), BYTES, BYTES))


@test
def in_errors():
    with Desktop() as desktop:
        soap, rtsp = Rude(desktop, "127.0.0.41"), Rude(desktop, "127.0.0.42")
        desktop.settings(f'onvif.cameras = [ {{ onvif.address = "127.0.0.41:{soap.port}" }} '
                         f'{{ rtsp.uri = "rtsp://127.0.0.42:{rtsp.port}/\u009b\u202e" }} '
                         f'{{ rtsp.uri = "rtsp://127.0.0.42:{rtsp.port}/x" }} ]\n')
        desktop.start_onvif("5,mod.onvif*:5")
        wait_for(lambda: "499 Wo" in desktop.log() and "media profile: Wo" in desktop.log(), 15, "both errors")
        time.sleep(2)
        for line in desktop.log().splitlines():
            if "499 Wo" in line or "profile: Wo" in line:
                note(line)
        check_log(desktop)


main()

# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""Starts the simulator and talks to it as a client that may be told to err."""
import hashlib
import json
import os
import pathlib
import re
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
SIM = HERE.parents[1] / "sim"
sys.dont_write_bytecode = True
sys.path.insert(0, str(SIM))
BACK = "www.onvif.org/ver20/backchannel"
ONE_PACKET = b"\xff" * 160

tests = []


def test(func):
    tests.append(func)
    return func


def main():
    wanted = [t for t in tests if not sys.argv[1:] or any(a in t.__name__ for a in sys.argv[1:])]
    print(f"TAP version 13\n1..{len(wanted)}", flush=True)
    failed = 0
    for number, func in enumerate(wanted, 1):
        try:
            func()
            print(f"ok {number} - {func.__name__}", flush=True)
        except Exception:
            failed += 1
            for line in traceback.format_exc().rstrip().split("\n"):
                print("# " + line)
            print(f"not ok {number} - {func.__name__}", flush=True)
    sys.exit(1 if failed else 0)


def equal(value, wanted, text=""):
    if value != wanted:
        raise AssertionError(f"{text}: {value!r}, wanted {wanted!r}")


class Sim:
    """The simulator as a process; with-statement."""

    def __init__(self, *options):
        self.directory = tempfile.TemporaryDirectory()
        self.base = pathlib.Path(self.directory.name)
        self.process = subprocess.Popen(
            [sys.executable, str(SIM / "onvif-camera"), "--http-port", "0", "--rtsp-port", "0",
             "--out", self.base / "out", "--control", self.base / "control", *options],
            stdout=subprocess.PIPE, text=True)
        self.ready = json.loads(self.process.stdout.readline())
        self.uri = self.ready["rtsp_uri"]

    def __enter__(self):
        return self

    def __exit__(self, *args):
        if self.process.poll() is None:
            self.process.terminate()
        status = self.process.wait(5)
        self.process.stdout.close()
        self.directory.cleanup()
        if args[0] is None:
            equal(status, 0, "exit status")

    def command(self, text):
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(str(self.base / "control"))
            sock.sendall(text.encode() + b"\n")
            return json.loads(sock.makefile().readline())

    def stats(self):
        return self.command("stats")

    def kinds(self):
        return sorted({v["kind"] for v in self.stats()["violations"]})

    def wait(self, key, minimum, timeout=3.0):
        end = time.monotonic() + timeout
        while self.stats()[key] < minimum:
            if time.monotonic() > end:
                raise AssertionError(f"{key} is {self.stats()[key]}, wanted {minimum}")
            time.sleep(0.02)


class Reply:
    def __init__(self, head, body):
        self.head = head
        lines = re.sub("\r\n[ \t]+", "", head.decode("utf-8")).split("\r\n")
        self.status = int(lines[0].split()[1])
        self.headers = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:]]
        self.body = body

    def all(self, name):
        return [v for n, v in self.headers if n.lower() == name.lower()]

    def get(self, name):
        return (self.all(name) or [None])[0]


def connect(sim, port, tls=False):
    sock = socket.create_connection((sim.ready["address"], port), 5)
    if not tls:
        return sock
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(sock)


class Client:
    """A right RTSP client, unless a test makes it err."""

    def __init__(self, sim, uri=None, sock=None):
        self.uri = uri or sim.uri
        port = int(self.uri.split("/")[2].rpartition(":")[2])
        self.sock = sock or connect(sim, port, self.uri.startswith("rtsps"))
        self.sock.settimeout(3)
        self.data = b""
        self.cseq = 0
        self.session = None
        self.frames = []
        self.asked_all = []
        self.seq, self.timestamp, self.ssrc = 1000, 5000, 0x12345678
        self.channel = 0

    def send_request(self, method, uri=None, headers=(), require=True, cseq=None, agent=True, session=True):
        self.cseq = self.cseq + 1 if cseq is None else cseq
        lines = [f"{method} {uri or self.uri} RTSP/1.0", f"CSeq: {self.cseq}"]
        if agent:
            lines.append("User-Agent: test")
        if self.session and session:
            lines.append(f"Session: {self.session}")
        if require and method in ("DESCRIBE", "SETUP", "PLAY", "RECORD", "PAUSE", "TEARDOWN"):
            lines.append(f"Require: {BACK}")
        lines += list(headers)
        self.sock.sendall("\r\n".join(lines).encode() + b"\r\n\r\n")

    def request(self, method, uri=None, headers=(), **options):
        self.send_request(method, uri, headers, **options)
        return self.read()

    def _fill(self, count):
        while len(self.data) < count:
            more = self.sock.recv(65536)
            if not more:
                raise EOFError
            self.data += more

    def read(self):
        """The next reply; frames before it are kept."""
        while True:
            self._fill(4)
            if self.data[0] == 0x24:
                length = 4 + int.from_bytes(self.data[2:4], "big")
                self._fill(length)
                self.frames.append((self.data[1], self.data[4:length]))
                self.data = self.data[length:]
                continue
            while b"\r\n\r\n" not in self.data:
                self._fill(len(self.data) + 1)
            head, self.data = self.data.split(b"\r\n\r\n", 1)
            match = re.search(rb"(?i)\r\nContent-Length: *(\d+)", head)
            length = int(match.group(1)) if match else 0
            self._fill(length)
            body, self.data = self.data[:length], self.data[length:]
            if head.startswith(b"RTSP/"):
                return Reply(head, body)
            self.asked = head
            self.asked_all.append(head.split()[0].decode())
            cseq = re.search(rb"CSeq: (\d+)", head).group(1)
            self.sock.sendall(b"RTSP/1.0 200 OK\r\nCSeq: " + cseq + b"\r\n\r\n")

    def describe(self, **options):
        return self.request("DESCRIBE", headers=["Accept: application/sdp"], **options)

    def setup(self, control="trackID=4", transport="RTP/AVP/TCP;unicast;interleaved=0-1", **options):
        reply = self.request("SETUP", f"{self.uri}/{control}", [f"Transport: {transport}"], **options)
        if reply.status == 200:
            self.session = reply.get("Session").split(";")[0].strip()
        return reply

    def start(self):
        equal(self.describe().status, 200, "DESCRIBE")
        equal(self.setup().status, 200, "SETUP")
        equal(self.request("PLAY").status, 200, "PLAY")
        return self

    def packet(self, payload=ONE_PACKET, pt=0, marker=None):
        first = self.seq == 1000 if marker is None else marker
        return struct.pack("!BBHII", 0x80, pt | (0x80 if first else 0), self.seq, self.timestamp,
                           self.ssrc) + payload

    def frame(self, channel, data):
        self.sock.sendall(b"$" + bytes([channel]) + len(data).to_bytes(2, "big") + data)

    def play(self, count=1, payload=ONE_PACKET, pt=0, pause=0.0):
        for _ in range(count):
            self.frame(self.channel, self.packet(payload, pt))
            self.seq, self.timestamp = (self.seq + 1) & 0xFFFF, self.timestamp + len(payload)
            time.sleep(pause)

    def sender_report(self, packets, octets, bye=False, off=0, ntp_off=0, cname=b"x"):
        now = time.time() + 2208988800 + ntp_off
        report = struct.pack("!BBHIIIIII", 0x80, 200, 6, self.ssrc, int(now),
                             int(now % 1 * 2 ** 32), self.timestamp + off, packets, octets)
        chunk = struct.pack("!IBB", self.ssrc, 1, len(cname)) + cname
        chunk += b"\0" * (4 - len(chunk) % 4)
        report += struct.pack("!BBH", 0x81, 202, len(chunk) // 4) + chunk
        if bye:
            report += struct.pack("!BBHI", 0x81, 203, 1, self.ssrc)
        return report

    def digest(self, challenge, method, user="admin", password="pw", uri=None, nc=1, cnonce="abc",
               algorithm="MD5"):
        """An Authorization line."""
        uri = uri or self.uri
        name = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}[algorithm]
        h = lambda text: name(text.encode()).hexdigest()
        part = dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', challenge))
        realm = re.sub(r"\\(.)", r"\1", part["realm"])
        middle = f"{part['nonce']}:{nc:08x}:{cnonce}:auth" if "qop" in part else part["nonce"]
        response = h(f"{h(user + ':' + realm + ':' + password)}:{middle}:{h(method + ':' + uri)}")
        text = (f'Authorization: Digest username="{user}", realm="{part["realm"]}", '
                f'nonce="{part["nonce"]}", uri="{uri}", response="{response}", '
                f'opaque="{part["opaque"]}", algorithm={algorithm}')
        return text + (f', qop=auth, nc={nc:08x}, cnonce="{cnonce}"' if "qop" in part else "")

    def close(self):
        self.sock.close()

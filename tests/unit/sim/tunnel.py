# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""A client's end of RTSP over HTTP, that may be told to err."""
import base64
import secrets

from client import Client, connect, equal

TYPE = "application/x-rtsp-tunnelled"


class TunnelSocket:
    """What Client takes for its socket. edit(method, header text) may change a request's head."""

    def __init__(self, sim, port, target, tls=False, edit=lambda method, head: head, cookie=None, post=True):
        self.sim, self.port, self.target, self.tls, self.edit = sim, port, target, tls, edit
        self.cookie = cookie or secrets.token_hex(16)
        self.host = f"{sim.ready['address']}:{port}"
        self.get = self.post = None
        self.open_get()
        if post and self.status == 200:
            self.open_post()

    def head(self, method, length):
        text = f"{method} {self.target} HTTP/1.1\r\nHost: {self.host}\r\nUser-Agent: test\r\n" \
            f"x-sessioncookie: {self.cookie}\r\n" + (f"Accept: {TYPE}\r\n" if method == "GET" else
                                                     f"Content-Type: {TYPE}\r\nContent-Length: {length}\r\n")
        return (self.edit(method, text) + "\r\n").encode()

    def open_get(self, extra=""):
        self.get = self.get or connect(self.sim, self.port, self.tls)
        self.get.settimeout(3)
        self.get.sendall(self.head("GET", 0)[:-2] + extra.encode() + b"\r\n")
        self.status, self.reply, self.early = self.answer(self.get)

    def open_post(self, length=2 ** 31 - 1):
        self.post = connect(self.sim, self.port, self.tls)
        self.post.settimeout(3)
        self.post.sendall(self.head("POST", length))

    @staticmethod
    def answer(sock):
        """(status, head, what came behind it)"""
        data = b""
        while b"\r\n\r\n" not in data:
            more = sock.recv(65536)
            if not more:
                raise EOFError
            data += more
        head, rest = data.split(b"\r\n\r\n", 1)
        return int(head.split()[1]), head.decode(), rest

    def sendall(self, data):
        self.post.sendall(base64.b64encode(data))

    def recv(self, size):
        data, self.early = self.early, b""
        return data or self.get.recv(size)

    def settimeout(self, seconds):
        self.get.settimeout(seconds)

    def close(self):
        for sock in (self.get, self.post):
            if sock:
                sock.close()


def ports(sim):
    """(port, whether by TLS) of every port of the simulator's that has to take tunnels"""
    ready = sim.ready
    rtsp = int(ready["rtsp_uri"].split("/")[2].rpartition(":")[2])
    result = [(ready["http_port"], False), (rtsp, False)]
    if ready["rtsps_uri"]:
        result += [(ready["https"], True), (int(ready["rtsps_uri"].split("/")[2].rpartition(":")[2]), True)]
    return result


def tunnelled(sim, port=None, tls=False, **options):
    """A Client in a tunnel, by the web port unless told otherwise."""
    port = port or sim.ready["http_port"]
    target = "/" + sim.uri.split("/", 3)[3]
    sock = TunnelSocket(sim, port, target, tls, **options)
    if sock.status != 200:
        equal(sock.post, None)
    return Client(sim, f"rtsp{'s' if tls else ''}://{sock.host}{target}", sock)

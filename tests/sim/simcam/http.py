# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""Just enough HTTP/1.1 for SOAP and tunnels, strict about what clients send (RFC 9112)."""
import asyncio
import email.utils
import re
import socket

from . import soap, tunnel_http
from .http_message import Request, Response

MAX_HEAD, MAX_BODY = 16384, 262144
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*")


class HttpConnection(asyncio.Protocol):
    """which: the port, "http" or "https", or "rtsp" or "rtsps": those serve tunnels only"""

    def __init__(self, camera, which):
        self.camera, self.record, self.which = camera, camera.record, which
        self.buffer = b""
        self.closed_by_us = False
        self.continued = False

    def connection_made(self, transport):
        self.transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.camera.http_connections.add(self)
        self.record.count("http_connections")
        self.record.gauge("http", 1)
        if len(self.camera.http_connections) > self.camera.config.max_connections:
            self.record.violation("http-connections", f"{len(self.camera.http_connections)} HTTP "
                                  "connections at the same time")
        if self.camera.muted:
            transport.pause_reading()

    def connection_lost(self, exc):
        self.camera.http_connections.discard(self)
        self.record.gauge("http", -1)

    def take_over(self, transport, data):
        """A connection that was something else before."""
        transport.set_protocol(self)
        self.connection_made(transport)
        self.data_received(data)

    def leave(self):
        """The transport gets another protocol."""
        self.camera.http_connections.discard(self)
        self.record.count("http_connections", -1)
        self.record.gauge("http", -1)

    def break_off(self):
        self.closed_by_us = True
        self.transport.close()

    def data_received(self, data):
        self.buffer += data
        while not self.closed_by_us and self._one():
            pass

    def _one(self):
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self.buffer) > MAX_HEAD:
                self._bad("a header without an end")
            return False
        request = self._parse(self.buffer[:end])
        if request is None:
            return False
        if tunnel_http.asked(request):
            self.buffer = self.buffer[end + 4:]
            return self._tunnel(request)
        length = request.get("content-length") or "0"
        if not re.fullmatch(r"\d{1,7}", length) or request.get("transfer-encoding"):
            self._bad("no usable Content-Length")
            return False
        if int(length) > MAX_BODY:
            self._bad(f"a body of {length} bytes", 413)
            return False
        if request.get("expect") and not self.continued:
            self.continued = True
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if len(self.buffer) < end + 4 + int(length):
            return False
        request.body = self.buffer[end + 4:end + 4 + int(length)]
        self.buffer = self.buffer[end + 4 + int(length):]
        self.continued = False
        self._answer(request)
        return bool(self.buffer)

    def _tunnel(self, request):
        """False: nothing more to read here."""
        if self.camera.muted:
            return False
        refusal = tunnel_http.take(self, request)
        if refusal is None:
            return False
        # the body of a POST would be read as a request
        close = request.method == "POST" or "http-close" in self.camera.quirks
        self._write(refusal, close)
        if close:
            self.break_off()
        return bool(self.buffer)

    def _parse(self, head):
        try:
            lines = head.decode("utf-8").split("\r\n")
        except UnicodeDecodeError:
            return self._bad("not UTF-8")
        match = re.fullmatch(r"([A-Z]+) (/\S*) HTTP/1\.[01]", lines[0])
        headers = [_HEADER.fullmatch(line) for line in lines[1:]]
        if not match or not all(headers):
            return self._bad(f"bad request {lines[0][:80]!r}")
        request = Request(match.group(1), match.group(2), [h.groups() for h in headers])
        for name in ("host", "content-length", "content-type", "authorization"):
            if len(request.all(name)) > 1:
                self.record.violation("http-header", f"{name} more than once")
        host = request.get("host")
        request.scheme = "https" if self.which.endswith("s") else "http"
        if host not in (self.camera.authority(self.which), self.camera.host) and \
                (host or not lines[0].endswith("1.0")):
            self.record.violation("http-host", f"Host: {host!r}")
        return request

    def _bad(self, text, status=400):
        self.record.violation("http-malformed", text)
        self._write(Response(status), close=True)
        self.break_off()

    def _answer(self, request):
        if self.camera.muted:
            return
        if self.which.startswith("rtsp"):
            return self._bad("HTTP at the RTSP port, but no tunnel", 405)
        if request.method == "GET" and request.target.startswith("/snapshot"):
            refusal = self.camera.http_auth.check("GET", request.target, request.all("authorization"))
            response = Response(refusal.status, headers=refusal.headers) if refusal else \
                Response(200, b"\xff\xd8\xff\xd9", "image/jpeg")
        elif self.which == "http" and "https-only" in self.camera.quirks:
            there = f"https://{self.camera.authority('https')}{request.target}"
            response = Response(302, headers=[("Location", there)])
        elif "http-redirect" in self.camera.quirks:
            response = Response(302, headers=[("Location", self.camera.quirks["http-redirect"])])
        elif "onvif-off" in self.camera.quirks:
            response = Response(404)
        elif request.method != "POST":
            response = Response(405)
        else:
            response = soap.answer(self.camera, request)
        close = request.get("connection").lower() == "close" or "http-close" in self.camera.quirks
        delay = self.camera.quirks.number("slow-soap") / 1000
        if delay:
            asyncio.get_running_loop().call_later(delay, self._finish, response, close)
        else:
            self._finish(response, close)

    def _finish(self, response, close):
        if self.transport.is_closing():
            return
        self._write(response, close)
        if close:
            self.break_off()

    def _write(self, response, close=False):
        if "no-date-header" not in self.camera.quirks:
            response.headers.append(("Date", email.utils.formatdate(self.camera.clock(), usegmt=True)))
        self.transport.write(response.encode(close))

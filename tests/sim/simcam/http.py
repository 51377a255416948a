# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""Just enough HTTP/1.1 for SOAP, strict about what clients send (RFC 9112)."""
import asyncio
import re
import socket

from . import soap

MAX_HEAD, MAX_BODY = 16384, 262144
REASONS = {200: "OK", 302: "Found", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found",
           405: "Method Not Allowed", 411: "Length Required", 413: "Content Too Large",
           415: "Unsupported Media Type", 500: "Internal Server Error"}
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*")


class Request:
    def __init__(self, method, target, headers):
        self.method, self.target, self.headers = method, target, headers
        self.body = b""

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name]

    def get(self, name):
        values = self.all(name)
        return values[0] if values else ""


class Response:
    def __init__(self, status, body=b"", content_type="application/soap+xml; charset=utf-8", headers=()):
        self.status, self.body, self.content_type = status, body, content_type
        self.headers = list(headers)


class HttpConnection(asyncio.Protocol):
    def __init__(self, camera):
        self.camera, self.record = camera, camera.record
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
        request.scheme = "https" if self.transport.get_extra_info("ssl_object") else "http"
        if host not in (self.camera.authority(request.scheme), self.camera.host):
            self.record.violation("http-host", f"Host: {host!r}")
        return request

    def _bad(self, text, status=400):
        self.record.violation("http-malformed", text)
        self._write(Response(status), close=True)
        self.break_off()

    def _answer(self, request):
        if self.camera.muted:
            return
        if request.method == "GET" and request.target.startswith("/snapshot"):
            good, challenges = self.camera.http_auth.check("GET", request.target, request.all("authorization"))
            response = Response(200, b"\xff\xd8\xff\xd9", "image/jpeg") if good else \
                Response(401, headers=[("WWW-Authenticate", c) for c in challenges])
        elif "http-redirect" in self.camera.quirks:
            response = Response(302, headers=[("Location", self.camera.quirks["http-redirect"])])
        elif request.method != "POST":
            response = Response(405)
        else:
            response = soap.answer(self.camera, request)
        close = request.get("connection").lower() == "close" or "http-close" in self.camera.quirks
        self._write(response, close)
        if close:
            self.break_off()

    def _write(self, response, close=False):
        lines = [f"HTTP/1.1 {response.status} {REASONS[response.status]}", "Server: simcam/1.0",
                 f"Content-Length: {len(response.body)}"]
        if response.body:
            lines.append(f"Content-Type: {response.content_type}")
        lines += [f"{name}: {value}" for name, value in response.headers]
        if close:
            lines.append("Connection: close")
        self.transport.write("\r\n".join(lines).encode() + b"\r\n\r\n" + response.body)

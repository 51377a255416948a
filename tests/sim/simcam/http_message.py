# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""An HTTP request that was read, a response to be written."""

REASONS = {200: "OK", 302: "Found", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
           405: "Method Not Allowed", 411: "Length Required", 413: "Content Too Large",
           415: "Unsupported Media Type", 500: "Internal Server Error"}


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

    def encode(self, close):
        lines = [f"HTTP/1.1 {self.status} {REASONS[self.status]}", "Server: simcam/1.0",
                 f"Content-Length: {len(self.body)}"]
        if self.body:
            lines.append(f"Content-Type: {self.content_type}")
        lines += [f"{name}: {value}" for name, value in self.headers]
        if close:
            lines.append("Connection: close")
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + self.body

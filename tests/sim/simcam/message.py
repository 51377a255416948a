# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""RTSP messages (RFC 2326), read strictly."""
import re

from .media import Malformed

SINGLETONS = {"cseq", "session", "transport", "content-length", "content-type", "accept",
              "user-agent", "range", "authorization"}
_REQUEST = re.compile(r"([A-Z_]+) (\S+) RTSP/(\d)\.(\d)")
_RESPONSE = re.compile(r"RTSP/1\.0 (\d{3}) ?(.*)")
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*")
REASONS = {200: "OK", 302: "Found", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
           405: "Method Not Allowed", 406: "Not Acceptable", 451: "Parameter Not Understood",
           453: "Not Enough Bandwidth", 454: "Session Not Found", 455: "Method Not Valid in This State",
           459: "Aggregate Operation Not Allowed", 460: "Only Aggregate Operation Allowed",
           461: "Unsupported Transport", 500: "Internal Server Error", 501: "Not Implemented",
           503: "Service Unavailable", 505: "RTSP Version Not Supported", 551: "Option not supported"}


class Message:
    """A request (method, uri) or a response (status)."""

    def __init__(self, start, headers):
        self.start, self.headers = start, headers       # headers: [(name, value)]
        self.method = self.uri = self.status = None
        self.body = b""

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def get(self, name, default=None):
        values = self.all(name)
        return values[0] if values else default


def parse_head(head, complain):
    """head: bytes without the final empty line. complain(kind, text) is told of every fault;
    Malformed if it cannot be used at all."""
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("a message that is not UTF-8") from None
    lines = text.split("\r\n")
    if any("\n" in line or "\r" in line for line in lines):
        raise Malformed("a bare CR or LF in a message")
    headers = []
    for line in lines[1:]:
        match = _HEADER.fullmatch(line)
        if not match:
            raise Malformed(f"bad header line {line[:60]!r}")
        headers.append((match.group(1), match.group(2)))
    message = Message(lines[0], headers)
    _start_line(message)
    names = [name.lower() for name, _ in headers]
    for name in SINGLETONS:
        if names.count(name) > 1:
            complain("duplicate-header", f"{name} {names.count(name)} times")
    if any(name != "CSeq" for name, _ in headers if name.lower() == "cseq"):
        complain("cseq-spelling", "the header is not spelled exactly CSeq")
    return message


def _start_line(message):
    match = _RESPONSE.fullmatch(message.start)
    if match:
        message.status = int(match.group(1))
        return
    match = _REQUEST.fullmatch(message.start)
    if not match:
        raise Malformed(f"bad request line {message.start[:80]!r}")
    message.method, message.uri = match.group(1), match.group(2)
    if match.group(3, 4) != ("1", "0"):
        raise Malformed("not RTSP/1.0")

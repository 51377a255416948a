# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""Replies as bytes, in the spelling of various cameras."""
import re

from .message import REASONS


def encode(quirks, reply, cseq):
    """cseq: the request's, as text, or None"""
    hostile = quirks.get("hostile-text")
    status = f"RTSP/1.0 {reply.status}" + ("" if "no-reason" in quirks else f" {hostile or REASONS[reply.status]}")
    headers = []
    cseq = cseq if reply.cseq is None else reply.cseq
    if cseq is not None and "cseq-missing" not in quirks:
        headers.append(("CSeq", cseq))
    headers += [("Server", hostile or "simcam/1.0"), *reply.headers]
    if reply.body:
        headers.append(("Content-Length", -1 if quirks.get("hostile-sdp") == "4" else len(reply.body)))
    lines = [status] + [_header(quirks, name, str(value)) for name, value in headers]
    return "\r\n".join(lines).encode("utf-8", "surrogatepass") + b"\r\n\r\n" + reply.body


def _header(quirks, name, value):
    if "lower-case-headers" in quirks:
        name = name.lower()
    if "folded-headers" in quirks:
        # RFC 2326 4.2: continued on a line that begins with white space
        value = re.sub(r"([;,])(?=[^;,]*$)", "\\1\r\n\t ", value, count=1)
    return f"{name}:{value}" if "no-space-after-colon" in quirks else f"{name}: {value}"


def flood(kilobytes):
    """Frames on a channel that nobody set up."""
    frame = b"$\x0e" + (1400).to_bytes(2, "big") + b"\x80\x60" + b"\x24" * 1398
    return frame * (int(kilobytes) * 1024 // len(frame) + 1)

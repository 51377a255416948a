# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""What the methods have in common: the reply, the session and the Require tag of a request."""
import time

BACKCHANNEL = "www.onvif.org/ver20/backchannel"


class Reply:
    def __init__(self, status, headers=(), body=b"", after=None, cseq=None):
        self.status, self.headers, self.body = status, list(headers), body
        self.after, self.cseq = after, cseq


def wants_back(request):
    return BACKCHANNEL in [tag.strip() for value in request.all("Require") for tag in value.split(",")]


def session_of(conn, request):
    """(session, None) or (None, the refusing reply)."""
    text = request.get("Session")
    if text is None:
        if conn.sessions:
            conn.violation("no-session", f"{request.method} lacks Session after SETUP")
        return None, Reply(454)
    if ";" in text:
        conn.violation("session-parameters", f"Session: {text}")
        text = text.split(";")[0].strip()
    session = conn.camera.sessions.get(text)
    if session is None:
        return None, Reply(454)
    if session.connection is not conn:
        conn.violation("session-connection", "a session of another connection")
        return None, Reply(454)
    if request.method != "OPTIONS" or "keepalive-only-get-parameter" not in conn.camera.quirks:
        session.alive = time.monotonic()
    return session, None


def spared_require(conn):
    """The backchannel was there without it, so the client may do without."""
    return not conn.asked_back and "backchannel-unasked" in conn.camera.quirks


def need_require(conn, request, session):
    if session.judge and not wants_back(request) and not spared_require(conn):
        session.violation("no-require", f"{request.method} without Require: {BACKCHANNEL}")

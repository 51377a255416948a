# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""What each RTSP method does (RFC 2326 10; ONVIF Streaming Specification 5.3)."""
import re

from . import sdp
from .request import BACKCHANNEL, Reply, need_require, session_of, wants_back
from .setup import setup
from .tracks import find_track

PUBLIC = "OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, TEARDOWN, GET_PARAMETER, SET_PARAMETER"


def handle(conn, request):
    """A Reply, or None for no answer."""
    if wants_back(request) and "hang-on-require" in conn.camera.quirks:
        if conn.camera.quirks["hang-on-require"] == "close":
            conn.break_off()
        return None
    refusal = _check_request(conn, request)
    if refusal:
        return refusal
    handler = HANDLERS.get(request.method)
    if handler is None:
        conn.violation("method", f"unknown method {request.method}")
        return Reply(501, [("Public", PUBLIC)])
    return handler(conn, request)


def _check_request(conn, request):
    """What holds for every request: URI, Require, credentials."""
    refusal = _check_uri(conn, request)
    if refusal:
        return refusal
    unknown = [tag.strip() for value in request.all("Require") for tag in value.split(",")
               if tag.strip() != BACKCHANNEL]
    if unknown:
        conn.violation("require-unknown", f"Require: {unknown}")
        return Reply(551, [("Unsupported", ", ".join(unknown))])
    values = request.all("Authorization")
    if request.method != "OPTIONS" or values or "options-needs-auth" in conn.camera.quirks:
        refusal = conn.camera.rtsp_auth.check(request.method, request.uri, values)
        if refusal:
            return Reply(refusal.status, refusal.headers)
    return None


def _check_uri(conn, request):
    if request.method == "OPTIONS" and request.uri == "*":
        return None
    if not re.match(r"rtsps?://", request.uri):
        conn.violation("uri", f"{request.method} {request.uri}")
        return Reply(400)
    authority = request.uri.split("/")[2]
    if "@" in authority:
        conn.violation("uri-credentials", "credentials in the URI")
    elif authority not in {name for _, name in conn.camera.endpoints(conn.tunnel is not None)}:
        conn.violation("uri-host", f"{request.method} {request.uri} at {conn.camera.stream_uri()}")
        return Reply(404)
    return None


def _aggregate(conn, request, session):
    """None, or the reply that refuses the URI of PLAY, PAUSE or TEARDOWN."""
    quirks = conn.camera.quirks
    track = find_track(conn.camera, session.stream, request.uri, True)
    if "play-track-only" in quirks:
        return None if track in session.tracks.values() else Reply(int(quirks["play-track-only"]))
    if request.uri.rstrip("/") == session.base.rstrip("/") or "content-base-wrong" in quirks:
        return None
    if len(session.tracks) == 1 and track in session.tracks.values():
        if "play-aggregate-only" in quirks:
            return Reply(460)
        conn.record.note("track-uri", f"{request.method} on the track's URI", session.id)
        return None
    conn.violation("aggregate-uri", f"{request.method} {request.uri}, not {session.base}")
    return Reply(404)


# the methods

def options(conn, request):
    camera = conn.camera
    if request.get("Session") or conn.sessions:
        session, refusal = session_of(conn, request)
        if session is None:
            return refusal if request.get("Session") else Reply(200, [("Public", PUBLIC)])
        _keepalive_uri(conn, request, session)
        if "keepalive-mute" in camera.quirks:
            return None
    public = PUBLIC
    if "get-parameter-hidden" in camera.quirks:
        public = public.replace(", GET_PARAMETER", "")
    if {"play-needs-record", "play-405-record"} & camera.quirks.keys():
        public += ", RECORD"
    return Reply(200, [("Public", public)])


def describe(conn, request):
    camera, back = conn.camera, wants_back(request)
    if not request.get("User-Agent") and "describe-401-without-user-agent" in camera.quirks:
        return Reply(401, camera.rtsp_auth.challenge(request.uri).headers)
    base = camera.base_of(request.uri, conn.tunnel is not None)
    if base is None:
        return Reply(404)
    if "application/sdp" not in request.get("Accept", "application/sdp"):
        return Reply(406)
    if not request.get("Accept"):
        conn.record.note("accept", "DESCRIBE without Accept")
    if back and "no-backchannel-551" in camera.quirks:
        return Reply(551, [("Unsupported", BACKCHANNEL)])
    if "redirect" in camera.quirks:
        return Reply(302, [("Location", camera.quirks["redirect"])])
    conn.asked_back = conn.asked_back or back
    headers = [("Content-Type", "application/sdp")]
    content_base = sdp.content_base(camera, base)
    if content_base:
        headers.append(("Content-Base", content_base))
    shown = back or "backchannel-unasked" in camera.quirks
    return Reply(200, headers, sdp.describe(camera, base, shown))


def play(conn, request):
    session, refusal = session_of(conn, request)
    refusal = refusal or _aggregate(conn, request, session)
    if refusal:
        return refusal
    need_require(conn, request, session)
    quirks = conn.camera.quirks
    if "play-400-if-early-rtp" in quirks and session.info.get("early_rtp"):
        return Reply(400)
    if request.method == "PLAY" and "play-needs-record" in quirks:
        return Reply(400)
    if request.method == "PLAY" and "play-405-record" in quirks:
        return Reply(int(quirks["play-405-record"]))
    if quirks.get("needs-forward") == "455" and not session.has_forward():
        return Reply(455)
    return Reply(200, [("Session", session.header()), ("Range", "npt=0.000-")], after=session.play)


def record(conn, request):
    if {"play-needs-record", "play-405-record"} & conn.camera.quirks.keys():
        return play(conn, request)
    conn.violation("method", "RECORD")
    return Reply(405)


def pause(conn, request):
    session, refusal = session_of(conn, request)
    if refusal:
        return refusal
    need_require(conn, request, session)
    session.state = "ready"
    return Reply(200, [("Session", session.header())])


def teardown(conn, request):
    session, refusal = session_of(conn, request)
    refusal = refusal or _aggregate(conn, request, session)
    if refusal:
        return refusal
    need_require(conn, request, session)
    conn.record.count("teardowns")
    session.end("teardown")
    return None if "teardown-mute" in conn.camera.quirks else Reply(200, [("Session", session.id)])


def _keepalive_uri(conn, request, session):
    """Proxies and some servers find the session by the URI (live555's proxy)."""
    allowed = {session.base.rstrip("/"), "*"}
    if request.uri.rstrip("/") not in allowed and "content-base-wrong" not in conn.camera.quirks:
        session.violation("keepalive-uri", f"{request.method} {request.uri}, not {session.base}")


def parameter(conn, request):
    """GET_PARAMETER and SET_PARAMETER: keepalives."""
    quirks = conn.camera.quirks
    if "keepalive-close" in quirks:
        conn.break_off()
        return None
    session, refusal = session_of(conn, request)
    if "keepalive-400-stale-cseq" in quirks:
        return Reply(400, cseq=(conn.last_cseq or 1) - 1)
    if "get-parameter-454" in quirks and request.method == "GET_PARAMETER":
        return Reply(454)
    if refusal:
        return refusal
    _keepalive_uri(conn, request, session)
    if "keepalive-mute" in quirks:
        return None
    if request.body:
        conn.record.note("parameter-body", f"{request.method} with a body")
    return Reply(200, [("Session", session.header())])


HANDLERS = {"OPTIONS": options, "DESCRIBE": describe, "SETUP": setup, "PLAY": play,
            "RECORD": record, "PAUSE": pause, "TEARDOWN": teardown,
            "GET_PARAMETER": parameter, "SET_PARAMETER": parameter}

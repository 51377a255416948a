# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""What each RTSP method does (RFC 2326 10; ONVIF Streaming Specification 5.3)."""
import re
import time

from . import sdp
from .session import Session
from .udp import UdpPair, free_port_pair

BACKCHANNEL = "www.onvif.org/ver20/backchannel"
PUBLIC = "OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, TEARDOWN, GET_PARAMETER, SET_PARAMETER"


class Reply:
    def __init__(self, status, headers=(), body=b"", after=None, cseq=None):
        self.status, self.headers, self.body = status, list(headers), body
        self.after, self.cseq = after, cseq


def handle(conn, request):
    """A Reply, or None for no answer."""
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
    if request.method != "OPTIONS" or request.uri != "*":
        if not re.match(r"rtsps?://", request.uri):
            conn.violation("uri", f"{request.method} {request.uri}")
            return Reply(400)
        if "@" in request.uri.split("/")[2]:
            conn.violation("uri-credentials", "credentials in the URI")
        elif request.uri.split("/")[2] not in {name for _, name in conn.camera.endpoints(conn.tunnel is not None)}:
            conn.violation("uri-host", f"{request.method} {request.uri} at {conn.camera.stream_uri()}")
            return Reply(404)
    unknown = [tag.strip() for value in request.all("Require") for tag in value.split(",")
               if tag.strip() != BACKCHANNEL]
    if unknown:
        conn.violation("require-unknown", f"Require: {unknown}")
        return Reply(551, [("Unsupported", ", ".join(unknown))])
    values = request.all("Authorization")
    if request.method != "OPTIONS" or values or "options-needs-auth" in conn.camera.quirks:
        good, challenges = conn.camera.rtsp_auth.check(request.method, request.uri, values)
        if not good:
            return Reply(401, [("WWW-Authenticate", value) for value in challenges])
    return None


def wants_back(request):
    return BACKCHANNEL in [tag.strip() for value in request.all("Require") for tag in value.split(",")]


def _session(conn, request):
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
    session.alive = time.monotonic()
    return session, None


def _aggregate(conn, request, session):
    """None, or the reply that refuses the URI."""
    base = session.base
    if request.uri.rstrip("/") == base.rstrip("/") or "content-base-wrong" in conn.camera.quirks:
        return None
    if len(session.tracks) == 1 and \
            sdp.find_track(conn.camera, base, request.uri, True) in session.tracks.values():
        conn.record.note("track-uri", f"{request.method} on the track's URI", session.id)
        return None
    conn.violation("aggregate-uri", f"{request.method} {request.uri}, not {base}")
    return Reply(404)


def _need_require(conn, request, session):
    if session.judge and not wants_back(request):
        session.violation("no-require", f"{request.method} without Require: {BACKCHANNEL}")


# the methods

def options(conn, request):
    camera = conn.camera
    if request.get("Session") or conn.sessions:
        session, refusal = _session(conn, request)
        if session is None:
            return refusal if request.get("Session") else Reply(200, [("Public", PUBLIC)])
        if "keepalive-mute" in camera.quirks:
            return None
    public = PUBLIC
    if "get-parameter-hidden" in camera.quirks:
        public = public.replace(", GET_PARAMETER", "")
    if "play-needs-record" in camera.quirks:
        public += ", RECORD"
    return Reply(200, [("Public", public)])


def describe(conn, request):
    camera, back = conn.camera, wants_back(request)
    base = camera.base_of(request.uri, conn.tunnel is not None)
    if base is None:
        return Reply(404)
    if "application/sdp" not in request.get("Accept", "application/sdp"):
        return Reply(406)
    if not request.get("Accept"):
        conn.record.note("accept", "DESCRIBE without Accept")
    if back and "hang-on-require" in camera.quirks:
        return None
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


def _transport(conn, request):
    """The first usable of the offered transports: (protocol, {parameter: value}), or None."""
    for spec in (request.get("Transport") or "").split(","):
        protocol, *rest = [part.strip() for part in spec.split(";")]
        params = {}
        for part in rest:
            name, _, value = part.partition("=")
            params[name.lower()] = value
        if "unicast" not in params:
            conn.violation("transport", f"no unicast in {spec.strip()!r}")
            continue
        if params.get("mode", "play").strip('"').lower() != "play":
            conn.violation("transport", f"mode in {spec.strip()!r}")
        if protocol in ("RTP/AVP/TCP", "RTP/AVPF/TCP") and "tcp-461" not in conn.camera.quirks:
            return "tcp", params
        if protocol in ("RTP/AVP", "RTP/AVP/UDP") and "udp-461" not in conn.camera.quirks and conn.tunnel is None:
            return "udp", params
    return None


def _pair(text):
    """(a, a + 1) of "a-b", or None."""
    match = re.fullmatch(r"(\d{1,5})-(\d{1,5})", text or "")
    if not match or int(match.group(2)) != int(match.group(1)) + 1:
        return None
    return int(match.group(1)), int(match.group(2))


def setup(conn, request):
    camera = conn.camera
    session = None
    if request.get("Session"):
        session, refusal = _session(conn, request)
        if refusal:
            return refusal
    base, track = camera.track_of(request.uri, conn.asked_back, conn.tunnel is not None)
    if track is None:
        conn.record.note("setup-uri", f"SETUP {request.uri} names no track")
        return Reply(404)
    if session and (track.control in session.tracks or session.state != "ready"):
        conn.violation("setup-again", f"SETUP of {track.control} again")
        return Reply(455)
    refusal = _setup_back(conn, request) if track.kind == "back" else None
    if track.kind != "back":
        conn.record.note("setup-forward", f"SETUP of the forward track {track.control}")
    if refusal:
        return refusal
    return _setup_transport(conn, request, session, base, track)


def _setup_back(conn, request):
    if not wants_back(request):
        conn.violation("no-require", f"SETUP without Require: {BACKCHANNEL}")
    if not conn.asked_back and "backchannel-unasked" not in conn.camera.quirks:
        conn.violation("no-describe", "SETUP of the backchannel without DESCRIBE and Require before")
    busy = any(session.judge for session in conn.camera.sessions.values())
    if busy and "busy-401" in conn.camera.quirks:
        return Reply(401, [("WWW-Authenticate", c) for c in conn.camera.rtsp_auth.challenges(request.uri)])
    if busy or "busy-453" in conn.camera.quirks:
        return Reply(453)
    return None


def _setup_transport(conn, request, session, base, track):
    chosen = _transport(conn, request)
    if chosen is None:
        if not request.get("Transport"):
            conn.violation("transport", "SETUP without Transport")
        return Reply(461)
    kind, params = chosen
    if session is None:
        session = Session(conn.camera, conn)
    session.base = base
    place = _place_tcp(conn, params) if kind == "tcp" else _place_udp(conn, params, session, track)
    if place is None:
        conn.violation("transport", f"Transport: {request.get('Transport')}")
        if not session.tracks:
            conn.camera.record.session_closed(session.info, "refused")
        return Reply(461)
    pair, header = place
    session.info["transport"] = kind
    session.tracks[track.control] = track
    conn.camera.sessions[session.id] = session
    if session not in conn.sessions:
        conn.sessions.append(session)
    if track.kind == "back":
        session.start_back(track)
        header += _ssrc(conn, session)
        session.back = pair
    if kind == "tcp":
        conn.take_channels(pair, session, track)
    return Reply(200, [("Transport", header), ("Session", session.header())])


def _ssrc(conn, session):
    text = conn.camera.quirks.get("ssrc-hex")
    if text is None:
        return ""
    session.judge.expected_ssrc = int(text, 16)
    return f";ssrc={text}"


def _place_tcp(conn, params):
    """(channels, Transport for the reply) or None."""
    pair = _pair(params["interleaved"]) if "interleaved" in params else (0, 1)
    if pair is None or pair[1] > 255 or set(pair) & conn.channels.keys():
        return None
    quirks = conn.camera.quirks
    if "renumber-channels" in quirks:
        first = int(quirks["renumber-channels"])
        pair = first, first + 1
    text = f"{pair[0]}" if "single-interleaved" in quirks else f"{pair[0]}-{pair[1]}"
    if "garbled-transport" in quirks:
        return pair, f"RTP/AVP;unicast;;x-foo;destination=;client_port=0;interleaved={text};mode=\"PLAY\""
    return pair, f"RTP/AVP/TCP;unicast;interleaved={text}"


def _place_udp(conn, params, session, track):
    client = _pair(params.get("client_port"))
    if client is None or client[0] % 2:
        return None
    sockets = free_port_pair(conn.camera.host)
    host = conn.transport.get_extra_info("peername")[0]
    if track.kind == "back":
        session.udp = UdpPair(session, sockets, host, client)
    else:
        for sock in sockets:
            sock.close()
    server = tuple(sock.getsockname()[1] for sock in sockets) if track.kind == "back" else (0, 0)
    text = f"RTP/AVP;unicast;client_port={client[0]}-{client[1]}"
    if "udp-no-server-port" not in conn.camera.quirks:
        text += f";server_port={server[0]}-{server[1]}"
    return client, text


def play(conn, request):
    session, refusal = _session(conn, request)
    if refusal:
        return refusal
    refusal = _aggregate(conn, request, session)
    if refusal:
        return refusal
    _need_require(conn, request, session)
    quirks = conn.camera.quirks
    if "play-400-if-early-rtp" in quirks and session.info.get("early_rtp"):
        return Reply(400)
    if "play-needs-record" in quirks and request.method == "PLAY":
        return Reply(400)
    return Reply(200, [("Session", session.header()), ("Range", "npt=0.000-")], after=session.play)


def record(conn, request):
    if "play-needs-record" in conn.camera.quirks:
        return play(conn, request)
    conn.violation("method", "RECORD")
    return Reply(405)


def pause(conn, request):
    session, refusal = _session(conn, request)
    if refusal:
        return refusal
    _need_require(conn, request, session)
    session.state = "ready"
    return Reply(200, [("Session", session.header())])


def teardown(conn, request):
    session, refusal = _session(conn, request)
    if refusal:
        return refusal
    refusal = _aggregate(conn, request, session)
    if refusal:
        return refusal
    _need_require(conn, request, session)
    conn.record.count("teardowns")
    session.end("teardown")
    return Reply(200, [("Session", session.id)])


def parameter(conn, request):
    """GET_PARAMETER and SET_PARAMETER: keepalives."""
    quirks = conn.camera.quirks
    session, refusal = _session(conn, request)
    if "keepalive-400-stale-cseq" in quirks:
        return Reply(400, cseq=(conn.last_cseq or 1) - 1)
    if "get-parameter-454" in quirks and request.method == "GET_PARAMETER":
        return Reply(454)
    if refusal:
        return refusal
    if "keepalive-mute" in quirks:
        return None
    if request.body:
        conn.record.note("parameter-body", f"{request.method} with a body")
    return Reply(200, [("Session", session.header())])


HANDLERS = {"OPTIONS": options, "DESCRIBE": describe, "SETUP": setup, "PLAY": play,
            "RECORD": record, "PAUSE": pause, "TEARDOWN": teardown,
            "GET_PARAMETER": parameter, "SET_PARAMETER": parameter}

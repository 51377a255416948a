# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""SETUP: which track, and how its media travel (RFC 2326 10.4, 12.39)."""
import re

from .request import BACKCHANNEL, Reply, session_of, spared_require, wants_back
from .session import Session
from .tracks import aggregate
from .udp import UdpPair


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
        if protocol in ("RTP/AVP", "RTP/AVP/UDP") and "udp-461" not in conn.camera.quirks:
            if conn.tunnel is None and not conn.which.endswith("s"):
                return "udp", params
            conn.violation("transport", f"UDP in the clear beside {conn.via()}")
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
        session, refusal = session_of(conn, request)
        if refusal:
            return refusal
    if _once_454(camera):
        return Reply(454)
    base, track = camera.track_of(request.uri, conn.asked_back, conn.tunnel is not None)
    if track is None:
        conn.record.note("setup-uri", f"SETUP {request.uri} names no track")
        return Reply(int(camera.quirks.number("setup-wrong-uri", 404)))
    if session and (track.control in session.tracks or session.state != "ready"):
        conn.violation("setup-again", f"SETUP of {track.control} again")
        return Reply(400 if "setup-twice-400" in camera.quirks else 455)
    refusal = _setup_back(conn, request) if track.kind == "back" else None
    if track.kind != "back":
        conn.record.note("setup-forward", f"SETUP of the forward track {track.control}")
    if refusal:
        return refusal
    return _setup_transport(conn, request, session, base, track)


def _once_454(camera):
    """As many SETUPs as the quirk says are refused, then all is well until a session has ended."""
    if camera.setups_refused >= camera.quirks.number("setup-454-then-ok"):
        return False
    camera.setups_refused += 1
    return True


def _setup_back(conn, request):
    if not wants_back(request) and not spared_require(conn):
        conn.violation("no-require", f"SETUP without Require: {BACKCHANNEL}")
    if not conn.asked_back and "backchannel-unasked" not in conn.camera.quirks:
        conn.violation("no-describe", "SETUP of the backchannel without DESCRIBE and Require before")
    if "talk-403" in conn.camera.quirks:
        return Reply(403)
    busy = any(session.judge for session in conn.camera.sessions.values())
    if busy and "busy-401" in conn.camera.quirks:
        return Reply(401, conn.camera.rtsp_auth.challenge(request.uri).headers)
    used = "talk-once" in conn.camera.quirks and conn.camera.speaker_used
    if busy or used or "busy-453" in conn.camera.quirks:
        return Reply(453)
    return None


def _setup_transport(conn, request, session, base, track):
    chosen = _transport(conn, request)
    if chosen is None:
        if not request.get("Transport"):
            conn.violation("transport", "SETUP without Transport")
        return Reply(461)
    kind, params = chosen
    if kind == "tcp" and "tcp-setup-hang" in conn.camera.quirks:
        return None
    if session is None:
        session = Session(conn.camera, conn)
    session.stream, session.base = base, aggregate(conn.camera, base)
    if kind == "tcp" and "udp-only-reply" in conn.camera.quirks:
        kind, place = "udp", _place_udp(conn, session, track, (0, 1))
    elif kind == "tcp":
        place = _place_tcp(conn, params)
    else:
        place = _place_udp(conn, session, track, _client_ports(params))
    if place is None:
        conn.violation("transport", f"Transport: {request.get('Transport')}")
        if not session.tracks:
            conn.camera.record.session_closed(session.info, "refused")
        return Reply(461)
    return _established(conn, session, track, kind, *place)


def _established(conn, session, track, kind, pair, header):
    """pair: the RTP and the RTCP channel, or the client's ports"""
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
        while first in conn.channels:
            first += 2
        pair = first, first + 1
    text = f"{pair[0]}" if "single-interleaved" in quirks else f"{pair[0]}-{pair[1]}"
    text = quirks.get("interleaved-garbled", text)
    if "garbled-transport" in quirks:
        return pair, f"RTP/AVP;unicast;;x-foo;destination=;client_port=0;interleaved={text};mode=\"PLAY\""
    return pair, f"RTP/AVP/TCP;unicast;interleaved={text}"


def _client_ports(params):
    pair = _pair(params.get("client_port"))
    return pair if pair and pair[0] % 2 == 0 and 1024 <= pair[0] < 65535 else None


def _place_udp(conn, session, track, client):
    """(the client's ports, Transport for the reply) or None."""
    if client is None:
        return None
    quirks = conn.camera.quirks
    pair = UdpPair(session, track, conn.transport.get_extra_info("peername")[0], client)
    session.udp.append(pair)
    text = f"RTP/AVP;unicast;client_port={client[0]}-{client[1]}"
    if "udp-no-server-port" not in quirks:
        text += ";server_port=%d-%d" % pair.server_ports()
    if "udp-foreign-source" in quirks:
        text += f";source={quirks['udp-foreign-source']}"
    return client, text

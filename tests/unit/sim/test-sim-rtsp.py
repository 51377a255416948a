#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""The simulator's RTSP side: a right client is praised, each error is found."""
import time
import wave

from client import BACK, ONE_PACKET, Client, Sim, equal, main, test


@test
def right_client_has_no_violation():
    with Sim("--name", "Yard") as sim:
        client = Client(sim)
        public = client.request("OPTIONS").get("Public")
        assert "GET_PARAMETER" in public, public
        sdp = client.describe()
        assert b"a=sendonly" in sdp.body and b"m=audio 0 RTP/AVP 0 8" in sdp.body, sdp.body
        equal(sdp.get("Content-Base"), sim.uri + "/")
        client.setup()
        client.request("PLAY")
        client.play(10, pause=0.02)
        client.play(10, payload=b"\x80" * 160, pause=0.02)      # loudest mu-law
        client.frame(1, client.sender_report(20, 3200, bye=True))
        equal(client.request("TEARDOWN").status, 200)
        stats = sim.stats()
        equal(stats["violations"], [])
        for key, value in {"teardowns": 1, "rtp_packets": 20, "rtcp_sr": 1, "rtcp_sdes": 1, "rtcp_bye": 1,
                           "sessions_opened": 1, "sessions_open": 0, "sessions_closed": 1,
                           "connections": 1, "connections_open": 1, "heard_s": 0.4}.items():
            equal(stats[key], value, key)
        session = stats["sessions"][0]
        assert 0.1 < session["first_sound_after_play_s"] < 2, session
        assert -3.3 < session["rms_dbfs"] < -3.0, session
        with wave.open(str(sim.base / "out" / "heard.wav")) as wav:
            sim.command("stats")
            frames = wav.readframes(10000)
        equal(frames[:8], b"\0" * 8)
        equal(frames[-2:], (32124).to_bytes(2, "little"))
        equal(len((sim.base / "out" / "packets.csv").read_text().splitlines()), 21)


def found(sim, kind, act, clean=True):
    """act(client) of a started session must be found as exactly this kind."""
    sim.command("reset")
    client = Client(sim).start()
    act(client)
    if clean and client.session:
        client.request("TEARDOWN")
    client.close()
    sim.wait("sessions_closed", 1)
    equal(sim.kinds(), [kind] if kind else [])


def set_and_play(**changes):
    def act(client):
        client.play(2)
        for name, change in changes.items():
            setattr(client, name, getattr(client, name) + change)
        client.play(2)
    return act


@test
def stream_errors():
    with Sim() as sim:
        found(sim, "rtp-timestamp", set_and_play(timestamp=160))
        found(sim, "rtp-sequence", set_and_play(seq=1))
        found(sim, "rtp-ssrc", set_and_play(ssrc=1))
        found(sim, "rtp-payload-type", lambda c: c.play(1, pt=3))
        found(sim, "rtp-payload-length", lambda c: (c.play(2), c.play(2, payload=b"\xff" * 320)))
        found(sim, "rtp-empty", lambda c: c.play(1, payload=b""))
        found(sim, "rtp-malformed", lambda c: c.frame(0, b"\x00" * 20))
        found(sim, "unknown-channel", lambda c: c.frame(7, c.packet()))
        for name in ("seq", "timestamp", "ssrc"):
            found(sim, f"rtp-first-{name}-zero", lambda c: (setattr(c, name, 0), c.play(1)))
        found(sim, "rtp-after-bye", lambda c: (c.play(2), c.frame(1, c.sender_report(2, 320, bye=True)), c.play(1)))


@test
def sequence_wraps():
    def act(client):
        client.seq, client.timestamp = 65534, 2 ** 32 - 320
        client.play(2)
        client.timestamp = 0
        client.play(2)
    with Sim() as sim:
        found(sim, None, act)


@test
def rtcp_errors():
    with Sim() as sim:
        found(sim, "rtcp-malformed", lambda c: (c.play(1), c.frame(1, b"\x80\xc8\x00\x09" + b"\0" * 8)))
        found(sim, "rtcp-count", lambda c: (c.play(1), c.frame(1, c.sender_report(99, 160))))
        found(sim, "rtcp-ntp", lambda c: (c.play(1), c.frame(1, c.sender_report(1, 160, ntp_off=60))))
        found(sim, "rtcp-rtp-time", lambda c: (c.play(1), c.frame(1, c.sender_report(1, 160, off=80000))))
        found(sim, "rtcp-no-sdes", lambda c: (c.play(1), c.frame(1, c.sender_report(1, 160)[:28])))


@test
def early_rtp():
    with Sim("--quirk", "slow-play=300") as sim:
        client = Client(sim)
        client.describe()
        client.setup()
        client.send_request("PLAY")
        client.frame(0, client.packet())
        equal(client.read().status, 200)
        equal(sim.kinds(), ["rtp-early"])
    with Sim("--quirk", "play-400-if-early-rtp") as sim:
        client = Client(sim)
        client.describe()
        client.setup()
        client.frame(0, client.packet())
        equal(client.request("PLAY").status, 400)


@test
def request_errors():
    with Sim() as sim:
        cases = [
            ("cseq", lambda c: c.request("GET_PARAMETER", cseq=c.cseq)),
            ("user-agent", lambda c: c.request("GET_PARAMETER", agent=False)),
            ("no-session", lambda c: c.request("GET_PARAMETER", session=False)),
            ("session-parameters", lambda c: c.request("GET_PARAMETER", session=False,
                                                       headers=[f"Session: {c.session};timeout=60"])),
            ("no-require", lambda c: (c.request("TEARDOWN", require=False), setattr(c, "session", None))),
            ("uri-host", lambda c: c.request("GET_PARAMETER", uri="rtsp://10.0.0.1:8554/onvif/profile_1")),
            ("aggregate-uri", lambda c: c.request("PLAY", uri=c.uri + "x")),
            ("require-unknown", lambda c: c.request("OPTIONS", headers=["Require: play.basic"])),
            ("method", lambda c: c.request("RECORD")),
        ]
        for kind, act in cases:
            found(sim, kind, act)


@test
def spelling():
    with Sim() as sim:
        client = Client(sim)
        client.sock.sendall(f"OPTIONS {sim.uri} RTSP/1.0\r\nCseq: 1\r\nUser-Agent: x\r\n\r\n".encode())
        client.read()
        equal(sim.kinds(), ["cseq-spelling"])
    for raw in (b"OPTIONS * RTSP/1.0\nCSeq: 1\n\n\r\n\r\n", b"options * RTSP/1.0\r\nCSeq: 1\r\n\r\n",
                b"OPTIONS * RTSP/1.0\r\nCSeq : 1\r\n\r\n", b"OPTIONS * RTSP/1.0\r\nContent-Length: -1\r\n\r\n",
                b"\x00\x01"):
        with Sim() as sim:
            client = Client(sim)
            client.sock.sendall(raw)
            equal(client.read().status, 400, raw)
            equal(sim.kinds(), ["malformed"], raw)


@test
def end_without_teardown():
    with Sim() as sim:
        found(sim, "no-teardown", lambda c: c.play(1), clean=False)
        sim.command("reset")
        client = Client(sim).start()
        sim.command("close")
        try:
            client.read()
            raise AssertionError("still open")
        except (EOFError, OSError):
            pass
        sim.wait("sessions_closed", 1)
        equal(sim.kinds(), [])


@test
def keepalive():
    with Sim("--session-timeout", "1.5") as sim:
        client = Client(sim).start()
        for _ in range(5):
            time.sleep(0.5)
            equal(client.request("GET_PARAMETER").status, 200)
        equal(sim.kinds(), [])
        for _ in range(12):
            time.sleep(0.2)
            try:
                client.play()
            except OSError:
                break
        equal(sim.kinds(), ["keepalive-missed"])
    with Sim("--session-timeout", "1", "--quirk", "rtp-keepalive") as sim:
        client = Client(sim).start()
        client.play(80, pause=0.02)
        equal(sim.kinds(), [])
        client.request("TEARDOWN")


@test
def one_speaker_at_a_time():
    with Sim() as sim:
        first, second = Client(sim).start(), Client(sim)
        second.describe()
        equal(second.setup().status, 453)
        first.request("TEARDOWN")
        equal(second.setup().status, 200)
        second.request("TEARDOWN")
        equal(sim.kinds(), [])


def describe_with(quirk, **options):
    with Sim("--quirk", quirk) as sim:
        return Client(sim).describe(**options)


@test
def description_quirks():
    reply = describe_with("no-backchannel-551")
    equal((reply.status, reply.get("Unsupported")), (551, BACK))
    assert b"sendonly" not in describe_with("no-backchannel-200").body
    assert b"MPEG4-GENERIC/16000" in describe_with("aac-only").body
    assert b"RTP/AVP 104 103 102 8 101 97 100 0" in describe_with("many-codecs").body
    assert b"a=rtpmap:0 PCMA/8000\r\na=rtpmap:0 PCMU/8000" in describe_with("duplicate-rtpmap").body
    assert b"c=IN\r\n" in describe_with("bare-c").body
    assert b"recvonly" not in describe_with("forward-no-direction").body
    equal(describe_with("forward-sendonly").body.count(b"sendonly"), 2)
    assert describe_with("content-base-wrong=3").get("Content-Base") == "192.168.253.220:1935/"
    assert describe_with("content-base-double-slash").get("Content-Base").endswith("//")
    assert b"rtsp://10.1.2.3" in describe_with("control-absolute-foreign-host").body
    assert b"sendonly" in describe_with("backchannel-unasked", require=False).body
    equal(describe_with("split-codecs").body.count(b"sendonly"), 2)
    with Sim() as sim:
        assert b"sendonly" not in Client(sim).describe(require=False).body


@test
def control_quirks():
    with Sim("--quirk", "control-append") as sim:
        client = Client(sim)
        assert sim.uri.endswith("?channel=1&subtype=0&unicast=true&proto=Onvif"), sim.uri
        client.describe()
        equal(client.request("SETUP", sim.uri.split("?")[0] + "/trackID=4",
                             ["Transport: RTP/AVP/TCP;unicast;interleaved=0-1"]).status, 404)
        equal(client.setup().status, 200)
        equal(client.request("PLAY").status, 200)
        client.request("TEARDOWN")
    with Sim("--quirk", "control-missing") as sim:
        client = Client(sim)
        client.describe()
        reply = client.request("SETUP", headers=["Transport: RTP/AVP/TCP;unicast;interleaved=0-1"])
        equal(reply.status, 200)


def setup_with(*quirks, transport="RTP/AVP/TCP;unicast;interleaved=0-1"):
    with Sim(*[x for q in quirks for x in ("--quirk", q)]) as sim:
        client = Client(sim)
        client.describe()
        return client.setup(transport=transport)


@test
def setup_quirks():
    assert "interleaved=10-11" in setup_with("renumber-channels").get("Transport")
    assert setup_with("single-interleaved").get("Transport").endswith("interleaved=0")
    assert setup_with("garbled-transport").get("Transport").startswith("RTP/AVP;unicast;;")
    assert setup_with("ssrc-hex=0x6f7c").get("Transport").endswith(";ssrc=0x6f7c")
    equal(setup_with("udp-461", transport="RTP/AVP;unicast;client_port=5000-5001").status, 461)
    equal(setup_with("udp-461", transport="RTP/AVP;unicast;client_port=5000-5001,"
                     "RTP/AVP/TCP;unicast;interleaved=0-1").status, 200)
    equal(setup_with("busy-453").status, 453)
    equal(setup_with("talk-403").status, 403)
    equal(setup_with("short-timeout").get("Session").split(";")[1], "timeout=15")
    begin = time.monotonic()
    setup_with("slow-setup=500")
    assert time.monotonic() - begin > 0.5


@test
def play_and_keepalive_quirks():
    with Sim("--quirk", "play-needs-record") as sim:
        client = Client(sim)
        client.describe(), client.setup()
        equal(client.request("PLAY").status, 400)
        equal(client.request("RECORD").status, 200)
        client.request("TEARDOWN")
    with Sim() as sim:
        client = Client(sim).start()
        sim.command("quirk keepalive-400-stale-cseq")
        reply = client.request("GET_PARAMETER")
        equal((reply.status, reply.get("CSeq")), (400, str(client.cseq - 1)))
        sim.command("unquirk keepalive-400-stale-cseq")
        sim.command("quirk get-parameter-454")
        equal(client.request("GET_PARAMETER").status, 454)
        equal(client.request("OPTIONS").status, 200)
        sim.command("quirk keepalive-mute")
        client.send_request("OPTIONS")
        equal(client.request("TEARDOWN").get("CSeq"), str(client.cseq))
        equal(sim.kinds(), [])


@test
def noise_quirks():
    with Sim("--quirk", "reply-split=1", "--quirk", "video-flood=100", "--quirk", "server-requests=400") as sim:
        client = Client(sim).start()
        time.sleep(1.0)
        equal(client.request("GET_PARAMETER").status, 200)
        assert client.frames and client.asked
        equal(client.request("TEARDOWN").status, 200)
        sim.wait("server_requests_answered", 1)
        equal(sim.kinds(), [])


@test
def breaks_by_itself():
    with Sim("--quirk", "close-after=0.2") as sim:
        client = Client(sim).start()
        try:
            client.play(50, pause=0.02)
            raise AssertionError("still open")
        except OSError:
            equal(sim.kinds(), [])
    with Sim("--quirk", "mute-after=0.1") as sim:
        client = Client(sim).start()
        client.play(10, pause=0.02)
        equal(sim.stats()["muted"], True)
        client.send_request("GET_PARAMETER")
        client.sock.settimeout(0.3)
        try:
            client.read()
            raise AssertionError("answered")
        except TimeoutError:
            pass


@test
def reboot_and_move():
    with Sim("--address", "127.0.0.2") as sim:
        client = Client(sim).start()
        sim.command("reboot 0.5")
        try:
            client.play(3, pause=0.02)
            Client(sim)
            raise AssertionError("not refused")
        except OSError:
            pass
        time.sleep(0.6)
        Client(sim).start().request("TEARDOWN")
        sim.command("address 127.0.0.9")
        sim.ready = sim.command("ready")
        Client(sim, sim.ready["rtsp_uri"]).start().request("TEARDOWN")
        equal(sim.kinds(), [])
        sim.command("reset")
        equal(sim.stats()["teardowns"], 0)


@test
def over_tls():
    with Sim("--tls", "both") as sim:
        for uri in (sim.uri, sim.ready["rtsps_uri"]):
            client = Client(sim, uri).start()
            client.play(5)
            client.request("TEARDOWN")
            client.close()
        equal(sim.stats()["rtp_packets"], 10)
        first = Client(sim, sim.ready["rtsps_uri"]).sock.getpeercert(True)
        equal(sim.command("certificate"), {"ok": True})
        assert Client(sim, sim.ready["rtsps_uri"]).sock.getpeercert(True) != first
        equal(sim.kinds(), [])


@test
def held():
    with Sim("--quirk", "hold-session", "--session-timeout", "1") as sim:
        first, second = Client(sim).start(), Client(sim)
        first.close()
        second.describe()
        equal(second.setup().status, 453)
        sim.wait("sessions_closed", 1)
        equal(second.setup().status, 200)
        second.request("TEARDOWN")
        equal(sim.kinds(), ["no-teardown"])


def plays_with(*quirks, control="trackID=4", base=None, pt=0):
    """A client that follows the SDP gets its PLAY answered, without a violation."""
    with Sim(*[x for q in quirks for x in ("--quirk", q)]) as sim:
        client = Client(sim)
        equal(client.describe().status, 200, quirks)
        uri = client.uri
        client.uri = base(uri) if base else uri
        equal(client.setup(control).status, 200, quirks)
        client.uri = uri
        equal(client.request("PLAY").status, 200, quirks)
        client.play(3, pt=pt)
        equal(client.request("TEARDOWN").status, 200, quirks)
        equal(sim.kinds(), [], quirks)


@test
def more_quirks():
    plays_with("control-slash", "sloppy-sdp", "digest-extra", "speaker-only")
    plays_with("control-absolute", "no-timeout", "get-parameter-hidden")
    plays_with("control-resolve", base=lambda uri: uri.split("?")[0].rsplit("/", 1)[0])
    plays_with("content-base-wrong=4", base=lambda uri: uri.rsplit("/", 2)[0] + "/Preview_01_sub")
    plays_with("frame-after-reply", "junk-between-frames")
    plays_with("split-codecs", "server-requests", control="trackID=5", pt=8)
    equal(describe_with("redirect").get("Location"), "rtsp://10.1.2.3/other")
    assert b"sendonly" not in describe_with("speaker-in-profile-2").body
    for number, mark in (("1", b"m=audio"), ("2", b"4294967296"), ("3", b"xxxx"), ("5", b"\x00\x01")):
        assert mark in describe_with(f"hostile-sdp={number}").body
    assert setup_with("tcp-461").status == 461
    assert "server_port" not in setup_with(
        "udp-no-server-port", transport="RTP/AVP;unicast;client_port=5000-5001").get("Transport")


@test
def control_socket_refuses_nonsense():
    with Sim() as sim:
        for text in ("nonsense", "quirk nonsense", "quirk bare-c=1", "password x", "address 300.1.1.1"):
            equal(sim.command(text)["ok"], False, text)


main()

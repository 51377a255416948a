#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""The simulator's ways to speak RTSP and SDP as real cameras do."""
import struct
import time
import wave

from client import BACK, Client, Sim, equal, main, test

TCP = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1"


def sim_with(*quirks, options=()):
    return Sim(*options, *[x for q in quirks for x in ("--quirk", q)])


def describe_with(*quirks, **options):
    with sim_with(*quirks) as sim:
        return Client(sim).describe(**options)


def gone(act, silent=False):
    """act() gets no answer: nothing at all, or the end of the connection."""
    try:
        act()
    except TimeoutError:
        assert silent, "not closed"
    except (EOFError, OSError):
        assert not silent, "closed"
    else:
        raise AssertionError("answered")


def heard(sim):
    sim.stats()
    with wave.open(str(sim.base / "out" / "heard.wav")) as wav:
        data = wav.readframes(10 ** 6)
    return struct.unpack(f"<{len(data) // 2}h", data)


@test
def describe_quirks():
    with sim_with("describe-401-without-user-agent") as sim:
        equal(Client(sim).describe(agent=False).status, 401)
        equal(Client(sim).describe().status, 200)
    body = describe_with("require-hides-forward").body
    assert b"video" not in body and b"a=sendonly" in body
    with sim_with("proto-onvif") as sim:
        assert sim.uri.endswith("&proto=Onvif")
        assert b"sendonly" in Client(sim).describe().body
        reply = Client(sim, sim.uri.split("&unicast")[0]).describe()
        equal((reply.status, b"sendonly" in reply.body), (200, False))
    with sim_with("codec-changes") as sim:
        found = [Client(sim).describe().body.split(b"trackID=1")[1].split(b"rtpmap:")[1].split()[1] for _ in range(4)]
        equal(found, [b"PCMA/8000", b"MPEG4-GENERIC/16000", b"PCMU/8000", b"PCMA/8000"])
        equal(Client(sim).start().request("TEARDOWN").status, 200)


@test
def require_that_hurts():
    for value, silent in (("mute", True), ("close", False)):
        with sim_with(f"hang-on-require={value}") as sim:
            client = Client(sim)
            client.sock.settimeout(0.3)
            gone(client.describe, silent)
            assert b"sendonly" not in Client(sim).describe(require=False).body
            sim.command("quirk backchannel-unasked")
            client = Client(sim)
            client.describe(require=False)
            equal(client.setup(require=False).status, 200)
            equal(client.request("PLAY", require=False).status, 200)
            client.play(2)
            equal(client.request("TEARDOWN", require=False).status, 200)
            equal(sim.kinds(), [])


@test
def descriptions():
    cases = [
        ("back-recvonly", b"a=recvonly", 3),
        ("back-recvonly", b"sendonly", 0),
        ("aac-g726", b"MPEG4-GENERIC/16000", 1),
        ("pcma-only", b"m=audio 0 RTP/AVP 8\r\n", 1),
        ("pcmu-16000-only", b"a=rtpmap:100 PCMU/16000", 1),
        ("l16-only", b"a=rtpmap:101 L16/16000", 1),
        ("dynamic-types", b"a=rtpmap:96 pcmu/8000/1", 1),
        ("sdp-dup-pt", b"RTP/AVP 0 8 97 98 99 100\r\n", 1),
        ("sdp-dup-pt", b"a=rtpmap:98 ", 2),
        ("sdp-dup-pt", b"a=rtpmap:8 ", 2),
        ("sdp-vana", b"m=vana 0 RTP/AVP 108", 1),
        ("sdp-vana", b"m=application/MERCURY 0 RTP/AVP smart/1/90000", 1),
        ("sdp-c-sm", b"c=SM SM spk0_trackID2", 1),
        ("sdp-media-header", b"a=Media_header:MEDIAINFO=", 3),
        ("sdp-media-header", b"e=NONE", 1),
        ("sendrecv", b"a=sendrecv", 1),
        ("session-level-sendonly", b"a=sendonly\r\na=range", 1),
        ("control-empty", b"a=control:\r\n", 1),
    ]
    for quirk, text, count in cases:
        equal(describe_with(quirk).body.count(text), count, (quirk, text))
    assert not describe_with("sdp-no-newline").body.endswith(b"\n")
    equal(describe_with("content-base-wrong=5").get("Content-Base"), "rtsp://::ffff:192.168.1.123/onvif/profile_1/")


def plays(*quirks, control="trackID=4", pt=0, payload=b"\xff" * 160, uri=None):
    """(the SETUP's reply, what was heard) of a client that does as such a camera says"""
    with sim_with(*quirks) as sim:
        client = Client(sim)
        equal(client.describe().status, 200, quirks)
        stream = client.uri
        client.uri = uri(stream) if uri else stream
        reply = client.request("SETUP", client.uri + ("/" + control if control else ""), [TCP])
        equal(reply.status, 200, quirks)
        client.session = reply.get("Session").split(";")[0].strip()
        equal(client.request("PLAY").status, 200, quirks)
        step = len(payload) // 2 if quirks[0] == "l16-only" else len(payload)
        for _ in range(3):
            client.frame(0, client.packet(payload, pt))
            client.seq, client.timestamp = client.seq + 1, client.timestamp + step
        equal(client.request("GET_PARAMETER").status, 200, quirks)
        equal(client.request("TEARDOWN").status, 200, quirks)
        equal(sim.kinds(), [], quirks)
        return reply, heard(sim)


@test
def codecs_are_decoded():
    loud = 32124
    equal(plays("dynamic-types", pt=96, payload=b"\x80" * 160)[1], (loud,) * 480)
    equal(plays("dynamic-types", pt=98, payload=b"\xaa" * 160)[1], (32256,) * 480)
    equal(plays("pcma-only", pt=8, payload=b"\xaa" * 160)[1], (32256,) * 480)
    equal(plays("pcmu-16000-only", pt=100, payload=b"\x80" * 320)[1], (loud,) * 480)
    equal(plays("l16-only", pt=101, payload=b"\x12\x34" * 320)[1], (0x1234,) * 480)
    equal(plays("many-codecs", pt=102, payload=b"\xaa" * 320)[1], (32256,) * 480)
    equal(plays("sdp-dup-pt", pt=8, payload=b"\xaa" * 160)[1], (32256,) * 480)
    with sim_with("aac-g726") as sim:
        client = Client(sim).start()
        client.play(2, pt=104)
        client.request("TEARDOWN")
        stats = sim.stats()
        equal(("rtp-undecodable" in [note["kind"] for note in stats["notes"]], stats["heard_s"]), (True, 0.0))


@test
def controls():
    plays("control-empty", control="")
    plays("control-session-absolute")
    plays("control-session-absolute=other", uri=lambda uri: uri + "/live")
    plays("sdp-media-header", "sdp-vana", "sdp-no-newline")
    plays("sdp-c-sm", "session-level-sendonly")
    with sim_with("control-session-absolute=other") as sim:
        client = Client(sim)
        assert f"a=control:{sim.uri}/live/\r\n".encode() in client.describe().body
        equal(client.setup().status, 404)
        sim.command("quirk setup-wrong-uri")
        equal(client.setup().status, 451)
        sim.command("quirk setup-wrong-uri=503")
        equal(client.setup().status, 503)


@test
def spelling():
    cases = [
        ("cseq-missing", lambda head: b"CSeq" not in head),
        ("lower-case-headers", lambda head: b"\r\ncseq: 3" in head and b"\r\ntransport: " in head),
        ("no-reason", lambda head: head.startswith(b"RTSP/1.0 200\r\n")),
        ("folded-headers", lambda head: b"unicast;\r\n\t interleaved=0-1" in head),
        ("no-space-after-colon", lambda head: b"\r\nCSeq:3\r\n" in head),
        ("timeout-zero", lambda head: b";timeout=0\r\n" in head + b"\r\n"),
        ("session-spaces", lambda head: b" ; timeout = 60 " in head),
        ("interleaved-garbled", lambda head: b"interleaved=255-256" in head),
        ("interleaved-garbled=a-b", lambda head: b"interleaved=a-b" in head),
    ]
    for quirk, right in cases:
        with sim_with(quirk) as sim:
            client = Client(sim)
            client.request("OPTIONS")
            client.describe()
            reply = client.setup()
            assert right(reply.head), (quirk, reply.head)
            equal(client.request("PLAY").status, 200)
            client.play(2)
            equal(client.request("TEARDOWN").status, 200)
            equal(sim.kinds(), [], quirk)


@test
def setup_refusals():
    with sim_with("setup-454-then-ok") as sim:
        for _ in range(2):
            client = Client(sim)
            client.describe()
            equal([client.setup().status for _ in range(2)], [454, 200])
            client.request("PLAY")
            client.request("TEARDOWN")
        equal(sim.kinds(), [])
    with sim_with("setup-twice-400") as sim:
        client = Client(sim)
        client.describe()
        equal([client.setup().status for _ in range(2)], [200, 400])
    with sim_with("talk-once") as sim:
        client = Client(sim).start()
        client.play(2)
        client.request("TEARDOWN")
        equal(client.setup(session=False).status, 453)
        sim.command("reboot 0")
        time.sleep(0.2)
        client = Client(sim).start()
        client.request("TEARDOWN")


@test
def play_refusals():
    for quirk, status in (("play-405-record", 405), ("play-405-record=455", 455)):
        with sim_with(quirk) as sim:
            client = Client(sim)
            assert "RECORD" in client.request("OPTIONS").get("Public")
            client.describe(), client.setup()
            equal([client.request(method).status for method in ("PLAY", "RECORD", "TEARDOWN")], [status, 200, 200])
            equal(sim.kinds(), [])
    with sim_with("play-track-only") as sim:
        client = Client(sim)
        client.describe(), client.setup()
        track = sim.uri + "/trackID=4"
        equal(client.request("PLAY").status, 459)
        equal(client.request("PLAY", track).status, 200)
        client.play(2)
        equal(client.request("TEARDOWN").status, 459)
        equal(client.request("TEARDOWN", track).status, 200)
        equal(sim.kinds(), [])
    with sim_with("play-aggregate-only") as sim:
        client = Client(sim)
        client.describe(), client.setup()
        equal(client.request("PLAY", sim.uri + "/trackID=4").status, 460)
        equal(client.request("PLAY").status, 200)


@test
def forward_tracks_are_needed():
    def setup_all(client):
        client.describe()
        equal(client.setup("trackID=0", "RTP/AVP/TCP;unicast;interleaved=2-3").status, 200)
        equal(client.setup("trackID=1", "RTP/AVP/TCP;unicast;interleaved=4-5").status, 200)
        equal(client.setup().status, 200)
        equal(client.request("PLAY").status, 200)
    for value in ("455", "mute"):
        with sim_with(f"needs-forward={value}") as sim:
            client = Client(sim)
            setup_all(client)
            client.play(3, payload=b"\x80" * 160)
            time.sleep(0.25)
            client.request("TEARDOWN")
            equal((sim.kinds(), sim.stats()["heard_s"]), ([], 0.06))
            equal({channel for channel, _ in client.frames} - {1}, {2, 4})
            client = Client(sim)
            client.describe(), client.setup()
            equal(client.request("PLAY").status, 455 if value == "455" else 200)
            if value == "mute":
                client.play(3)
                client.request("TEARDOWN")
                stats = sim.stats()
                equal((stats["heard_s"], stats["rtp_unheard"], sim.kinds()), (0.06, 3, []))


@test
def busy_and_vanishing():
    with sim_with("busy-401") as sim:
        first, second = Client(sim).start(), Client(sim)
        second.describe()
        equal(second.setup().status, 401)
        first.request("TEARDOWN")
        equal(second.setup().status, 200)
        second.request("TEARDOWN")
        equal(sim.kinds(), [])
    with sim_with("timeout-silent", options=("--session-timeout", "0.5")) as sim:
        client = Client(sim).start()
        time.sleep(1.2)
        equal(client.request("GET_PARAMETER").status, 454)
        equal(sim.kinds(), ["keepalive-missed"])
    plays("no-content-base")
    with sim_with("no-content-base") as sim:
        client = Client(sim)
        equal(client.describe().get("Content-Base"), None)
        equal(client.request("SETUP", sim.uri.rsplit("/", 1)[0] + "/trackID=4", [TCP]).status, 200)


@test
def mute_teardown():
    with sim_with("teardown-mute") as sim:
        client = Client(sim).start()
        client.sock.settimeout(0.3)
        gone(lambda: client.request("TEARDOWN"), silent=True)
        client.close()
        time.sleep(0.1)
        equal((sim.kinds(), sim.stats()["sessions_open"]), ([], 0))


@test
def keepalives():
    with sim_with("keepalive-only-get-parameter", options=("--session-timeout", "1")) as sim:
        client = Client(sim).start()
        for _ in range(5):
            time.sleep(0.3)
            equal(client.request("GET_PARAMETER").status, 200)
        for _ in range(6):
            time.sleep(0.3)
            try:
                client.request("OPTIONS")
            except (EOFError, OSError):
                break
        equal(sim.kinds(), ["keepalive-missed"])
    with sim_with("keepalive-close") as sim:
        client = Client(sim).start()
        equal(client.request("OPTIONS").status, 200)
        gone(lambda: client.request("GET_PARAMETER"))
        equal(sim.kinds(), [])
    with Sim() as sim:
        client = Client(sim).start()
        client.request("GET_PARAMETER", sim.uri + "/trackID=4")
        client.request("TEARDOWN")
        equal(sim.kinds(), ["keepalive-uri"])


@test
def what_a_session_lives_on():
    with sim_with("needs-rr=0.8") as sim:
        client = Client(sim).start()
        for count in range(1, 5):
            time.sleep(0.4)
            client.play(1)
            client.frame(1, client.sender_report(count, 160 * count, off=0))
        equal(client.request("GET_PARAMETER").status, 200)
        time.sleep(1.3)
        gone(lambda: client.request("GET_PARAMETER"))
        equal(sim.stats()["sessions"][0]["ended"], "no RTCP")
    with sim_with("needs-sound=0.5") as sim:
        client = Client(sim).start()
        client.play(50, pause=0.02)
        equal(client.request("GET_PARAMETER").status, 200)
        time.sleep(1.0)
        gone(lambda: client.request("GET_PARAMETER"))
        equal(sim.stats()["sessions"][0]["ended"], "no sound")


@test
def frames_towards_the_client():
    with sim_with("video-flood-channel-0=200") as sim:
        client = Client(sim).start()
        time.sleep(0.4)
        equal(client.request("TEARDOWN").status, 200)
        equal({channel for channel, _ in client.frames} - {1}, {0})
        assert sum(len(data) for _, data in client.frames) > 30000
    with sim_with("reply-in-frame-flood=300") as sim:
        client = Client(sim).start()
        equal(client.frames, [])
        equal(client.request("GET_PARAMETER").status, 200)
        assert sum(len(data) for _, data in client.frames) > 300000
        equal(client.request("TEARDOWN").status, 200)
        equal(sim.kinds(), [])


@test
def requests_of_the_cameras():
    with sim_with("announce=150", "redirect-request=0.1") as sim:
        client = Client(sim).start()
        time.sleep(0.7)
        client.request("GET_PARAMETER")
        equal(set(client.asked_all), {"ANNOUNCE", "SET_PARAMETER", "REDIRECT"})
        equal(client.asked_all.count("REDIRECT"), 1)
        equal(client.request("TEARDOWN").status, 200)
        assert sim.stats()["server_requests_answered"] >= 4
        equal(sim.kinds(), [])
    with sim_with("server-teardown=0.2") as sim:
        client = Client(sim).start()
        client.play(20, pause=0.02)
        equal(client.request("GET_PARAMETER").status, 454)
        equal(client.asked_all, ["TEARDOWN"])
        equal((sim.kinds(), sim.stats()["sessions"][0]["ended"]), ([], "torn down by the camera"))
    with sim_with("rtcp-bye=0.1") as sim:
        client = Client(sim).start()
        time.sleep(0.3)
        client.play(2)
        client.request("TEARDOWN")
        equal([data[-7] for channel, data in client.frames if channel == 1], [203])
        equal((sim.kinds(), sim.stats()["heard_s"]), ([], 0.04))


@test
def loudspeakers():
    loud = b"\x80" * 160
    with sim_with("clip-start=40") as sim:
        client = Client(sim).start()
        client.play(4, payload=loud, pause=0.02)
        client.request("TEARDOWN")
        equal([sample != 0 for sample in heard(sim)[::160]], [False, False, True, True])
    with sim_with("choppy-below=800") as sim:
        for size, wanted in ((160, [True, False]), (1024, [True, True])):
            sim.command("reset")
            client = Client(sim).start()
            client.play(2, payload=b"\x80" * size)
            client.request("TEARDOWN")
            samples = heard(sim)
            equal([samples[0] != 0, samples[size - 1] != 0], wanted)
    with sim_with("no-jitter-buffer=100") as sim:
        client = Client(sim).start()
        client.play(50, payload=loud)
        client.request("TEARDOWN")
        assert sim.stats()["rtp_dropped"] > 40
        equal(BACK in str(sim.kinds()), False)


main()

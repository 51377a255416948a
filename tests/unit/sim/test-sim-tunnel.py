#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""The simulator's RTSP over HTTP: at each port, what it refuses, what it finds wrong."""
import base64
import re
import socket
import time

from client import Client, Sim, equal, main, test
from tunnel import TYPE, TunnelSocket, ports, tunnelled

AUTH = ("--user", "admin", "--password", "pw", "--auth")


def talk(client):
    """A session with sound; the client's end is closed in order."""
    client.start()
    client.play(5, pause=0.01)
    client.frame(1, client.sender_report(5, 800, bye=True))
    equal(client.request("TEARDOWN").status, 200)
    client.close()


@test
def at_every_port():
    with Sim("--tls", "both") as sim:
        for number, (port, tls) in enumerate(ports(sim), 1):
            talk(tunnelled(sim, port, tls))
            stats = sim.stats()
            equal((stats["rtp_packets"], stats["rtcp_sr"], stats["teardowns"], stats["tunnel_gets"],
                   stats["tunnel_posts"], stats["violations"]), (5 * number, number, number, number, number, []))
        equal([session["via"] for session in stats["sessions"]], ["http", "http at rtsp", "https", "https at rtsps"])
        sim.wait("sessions_closed", 4)
        time.sleep(0.2)
        stats = sim.stats()
        equal((stats["tunnel_connections_open"], stats["connections_open"], stats["http_connections_open"]), (0, 0, 0))


@test
def media_and_noise_towards_the_client():
    with Sim("--quirk", "video-flood=100", "--quirk", "server-requests=300", "--quirk", "reply-split=7") as sim:
        client = tunnelled(sim).start()
        time.sleep(0.8)
        equal(client.request("GET_PARAMETER").status, 200)
        assert client.frames and client.asked
        client.request("TEARDOWN")
        equal(sim.kinds(), [])


@test
def any_of_the_cameras_uris():
    """The RTSP port's URI may be used through the web port's tunnel."""
    with Sim("--tls", "both") as sim:
        for uri in (sim.uri, sim.ready["rtsps_uri"], sim.ready["rtsp_uri"].replace("rtsp:", "rtsps:")):
            client = tunnelled(sim)
            client.uri = uri
            talk(client)
        equal(sim.kinds(), [])
        client = tunnelled(sim)
        client.uri = "rtsp://10.0.0.1/onvif/profile_1"
        equal(client.describe().status, 404)
        equal(sim.kinds(), ["uri-host"])


@test
def credentials():
    with Sim(*AUTH, "digest") as sim:
        client = tunnelled(sim)
        reply = client.describe()
        equal(reply.status, 401)
        line = client.digest(reply.get("WWW-Authenticate"), "DESCRIBE")
        equal(client.request("DESCRIBE", headers=["Accept: application/sdp", line]).status, 200)
        equal(sim.kinds(), [])


@test
def credentials_for_http():
    with Sim(*AUTH, "digest", "--quirk", "tunnel-401") as sim:
        sock = TunnelSocket(sim, sim.ready["http_port"], "/onvif/profile_1")
        equal(sock.status, 401)
        challenge = re.search("WWW-Authenticate: (.*)\r", sock.reply + "\r").group(1)
        sock.open_get(Client.digest(None, challenge, "GET", uri=sock.target) + "\r\n")
        equal(sock.status, 200)
        sock.open_post()
        client = Client(sim, f"rtsp://{sock.host}{sock.target}", sock)
        reply = client.describe()
        line = client.digest(reply.get("WWW-Authenticate"), "DESCRIBE")
        equal(client.request("DESCRIBE", headers=["Accept: application/sdp", line]).status, 200)
        equal(sim.kinds(), [])
        sim.command("unquirk tunnel-401")
        client = tunnelled(sim, edit=lambda method, head: head + "Authorization: Basic eDp5\r\n")
        client.request("OPTIONS")
        equal(sim.kinds(), ["tunnel-auth-unasked"])


def without(name):
    return lambda method, head: re.sub(rf"(?i)\r\n{name}:[^\r]*", "", head)


def replace(method, old, new):
    return lambda name, head: head.replace(old, new) if name == method else head


def counter(values):
    """Another value for each request."""
    rest = list(values)
    return lambda method, head: re.sub(r"(x-sessioncookie: )\S*", rf"\g<1>{rest.pop(0)}", head)


@test
def wrong_requests():
    cases = [
        ("tunnel-cookie", dict(cookie="short"), 400),
        ("tunnel-cookie", dict(edit=without("x-sessioncookie")), 400),
        ("tunnel-type", dict(edit=replace("GET", TYPE, "*/*")), 200),
        ("tunnel-type", dict(edit=replace("POST", TYPE, "text/plain")), 200),
        ("tunnel-content-length", dict(edit=lambda method, head: re.sub("Content-Length:.*\r\n", "", head)), 200),
        ("tunnel-post-before-get", dict(edit=counter(["a" * 20, "b" * 20])), 200),
        ("tunnel-target", dict(edit=replace("GET", "profile_1", "profile_9")), 404),
        ("tunnel-target", dict(edit=replace("POST", "profile_1", "profile_2")), 200),
        ("tunnel-expect", dict(edit=replace("POST", "User-Agent", "Expect: 100-continue\r\nUser-Agent")), 200),
        ("http-host", dict(edit=replace("GET", "Host: ", "Host: x")), 200),
    ]
    for kind, options, status in cases:
        with Sim() as sim:
            client = tunnelled(sim, **options)
            equal(client.sock.status, status, kind)
            time.sleep(0.1)
            equal(sim.kinds(), [kind])
            client.close()


@test
def post_first():
    with Sim() as sim:
        sock = TunnelSocket(sim, sim.ready["http_port"], "/onvif/profile_1")
        sock.cookie = "c" * 20
        sock.open_post()
        equal(sock.answer(sock.post)[0], 404)
        equal(sim.kinds(), ["tunnel-post-before-get"])


@test
def pieces_of_base64():
    whole = b64(b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: x\r\n\r\n")
    again = b64(b"OPTIONS * RTSP/1.0\r\nCSeq: 2\r\nUser-Agent: x\r\n\r\n")
    half = b64(b"OPTIONS * RTSP/1.0\r\n") + b64(b"CSeq: 1\r\nUser-Agent: x\r\n\r\n")
    assert b"=" in whole and b"=" in half[:-4]
    cases = [
        ([whole, again], []),
        ([bytes([byte]) for byte in whole], []),
        ([b64(b"OPTIONS * RTSP/1.0\r\nX: y\r\nCSeq: 1\r\nUser-Agent: x\r\n\r\n")[:30], b""], []),
        ([half], ["tunnel-base64-padding"]),
        ([whole[:-4] + b"=" + whole[-3:]], ["tunnel-base64"]),
        ([whole[:8] + b"!" + whole[9:]], ["tunnel-base64"]),
        ([b"OPTIONS * RTSP/1.0\r\n\r\n"], ["tunnel-base64"]),
        ([b"AB=="], ["tunnel-base64"]),
        ([b"A=="], ["tunnel-base64"]),
    ]
    for pieces, kinds in cases:
        with Sim() as sim:
            client = tunnelled(sim)
            for piece in pieces:
                client.sock.post.sendall(piece)
                time.sleep(0.002)
            time.sleep(0.1)
            equal(sim.kinds(), kinds, pieces)
            if not kinds and pieces[-1]:
                equal(client.read().status, 200)
            client.close()


def b64(data):
    return base64.b64encode(data)


@test
def both_ends_have_to_close():
    for end, text in (("get", "the POST outlives the GET"), ("post", "the GET outlives the POST")):
        with Sim() as sim:
            client = tunnelled(sim)
            client.request("OPTIONS")
            getattr(client.sock, end).close()
            time.sleep(2.3)
            equal([v["text"] for v in sim.stats()["violations"]], [text])
            equal(sim.stats()["tunnel_connections_open"], 0)
    with Sim() as sim:
        client = tunnelled(sim).start()
        client.close()
        sim.wait("sessions_closed", 1)
        equal(sim.kinds(), ["no-teardown"])
    with Sim() as sim:
        client = tunnelled(sim)
        client.sock.get.sendall(b"x")
        time.sleep(0.1)
        equal(sim.kinds(), ["tunnel-get-data"])


@test
def another_post():
    with Sim() as sim:
        client = tunnelled(sim).start()
        client.play(2)
        client.sock.post.close()
        client.sock.open_post()
        client.play(2)
        equal(client.request("GET_PARAMETER").status, 200)
        first = client.sock.post
        client.sock.open_post()
        equal(client.request("TEARDOWN").status, 200)
        equal(sim.kinds(), ["tunnel-two-posts"])
        first.close()


@test
def limited_post():
    with Sim("--quirk", "tunnel-post-limit=2000") as sim:
        client = tunnelled(sim).start()
        lost = 0
        for _ in range(40):
            try:
                client.play(1, pause=0.01)
            except OSError:
                client.sock.post.close()
                client.sock.open_post()
                lost += 1
        assert lost > 2, lost
        if client.sock.post.fileno() >= 0:
            client.sock.post.close()
        client.sock.open_post()
        equal(client.request("TEARDOWN").status, 200)
        equal(sim.kinds(), [])
        assert sim.stats()["tunnel_posts_closed"] > 2
    with Sim("--quirk", "tunnel-413=65535") as sim:
        sock = tunnelled(sim).sock
        equal(sock.answer(sock.post)[0], 413)
        sock.post.close()
        sock.open_post(60000)
        client = Client(sim, f"rtsp://{sock.host}{sock.target}", sock)
        equal(client.describe().status, 200)


@test
def refusals():
    with Sim("--quirk", "tunnel-off=web") as sim:
        (web, _), (rtsp, _) = ports(sim)
        equal(tunnelled(sim, web).sock.status, 404)
        talk(tunnelled(sim, rtsp))
        sim.command("quirk tunnel-off")
        equal(tunnelled(sim, rtsp).sock.status, 404)
        equal(sim.kinds(), [])
    with Sim("--quirk", "tunnel-html") as sim:
        assert "Content-Type: text/html" in tunnelled(sim).sock.reply
    with Sim("--quirk", "tunnel-post-reply", "--quirk", "tunnel-get-length") as sim:
        client = tunnelled(sim)
        equal(client.sock.answer(client.sock.post)[0], 200)
        assert "Content-Length: 2147483647" in client.sock.reply
        talk(client)


@test
def media_by_get():
    with Sim("--quirk", "tunnel-media-by-get") as sim:
        client = tunnelled(sim).start()
        send, client.sock.sendall = client.sock.sendall, client.sock.get.sendall
        client.play(3)
        client.sock.sendall = send
        sim.wait("rtp_packets", 3)
        equal(client.request("TEARDOWN").status, 200)
        equal((sim.stats()["rtp_packets"], sim.kinds()), (3, []))
        client = tunnelled(sim).start()
        client.play(1)
        try:
            client.read()
            raise AssertionError("still open")
        except (EOFError, OSError):
            equal(sim.kinds(), [])


def refused(act, wanted):
    try:
        act()
    except (EOFError, OSError) as error:
        assert isinstance(error, wanted), error
        return
    raise AssertionError("not refused")


@test
def nothing_but_the_tunnel():
    with Sim("--quirk", "tunnel-only", "--tls", "both") as sim:
        for uri in (sim.uri, sim.ready["rtsps_uri"]):
            refused(lambda: Client(sim, uri).describe(), (EOFError, ConnectionError))
        for port, tls in ports(sim):
            talk(tunnelled(sim, port, tls))
        equal(sim.kinds(), [])
    with Sim("--quirk", "rtsp-port-closed", "--tls", "both") as sim:
        refused(lambda: Client(sim), ConnectionRefusedError)
        talk(tunnelled(sim))
        talk(Client(sim, sim.ready["rtsps_uri"]))
        equal(sim.command("unquirk rtsp-port-closed"), {"ok": True})
        talk(Client(sim))
        sim.command("quirk rtsp-port-closed=drop")
        port = int(sim.uri.split("/")[2].rpartition(":")[2])
        refused(lambda: socket.create_connection(("127.0.0.1", port), 0.5), TimeoutError)
        equal(sim.kinds(), [])


@test
def closed_by_the_camera():
    with Sim() as sim:
        for verb in ("close", "reboot 0"):
            client = tunnelled(sim).start()
            sim.command(verb)
            refused(client.read, (EOFError, ConnectionError))
            client.close()
            time.sleep(0.2)
        equal((sim.kinds(), sim.stats()["tunnel_connections_open"]), ([], 0))
        client = tunnelled(sim).start()
        sim.command("mute")
        client.send_request("GET_PARAMETER")
        time.sleep(0.3)
        sim.command("unmute")
        equal(client.read().status, 200)
        client.request("TEARDOWN")
        equal(sim.kinds(), [])


main()

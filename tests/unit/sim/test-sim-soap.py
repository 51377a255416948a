#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""The simulator's SOAP services and WS-Discovery."""
import datetime
import os
import re
import socket
import struct
import time
import xml.etree.ElementTree as ET

from client import Client, Sim, equal, main, test
from soapclient import (AUTH, DN, INFORMATION, MEDIA, MEDIA2, SOAP, STREAM1, STREAM2, TDS, TR2, WSA, WSD, digest, post,
                        token)


SERVICES = "<tds:GetServices><tds:IncludeCapability>true</tds:IncludeCapability></tds:GetServices>"


@test
def everything_is_answered():
    cases = [
        ("", "<tds:GetSystemDateAndTime/>", "UTCDateTime"),
        ("", SERVICES, TR2),
        ("", "<tds:GetCapabilities><tds:Category>All</tds:Category></tds:GetCapabilities>", "media_service"),
        ("", "<tds:GetServiceCapabilities/>", "HttpDigest"),
        ("", INFORMATION, "<tds:Model>SC-1</tds:Model>"),
        ("", "<tds:GetScopes/>", "onvif://www.onvif.org/name/Front%20Door%20Camera"),
        ("", "<tds:GetEndpointReference/>", "urn:uuid:"),
        ("", "<tds:GetNetworkInterfaces/>", "127.0.0.1"),
        ("", "<tds:GetHostname/>", "simcam"),
        (MEDIA, "<trt:GetProfiles/>", "AudioDecoderConfiguration"),
        (MEDIA, "<trt:GetProfile><trt:ProfileToken>profile_2</trt:ProfileToken></trt:GetProfile>", "SubStream"),
        (MEDIA, "<trt:GetVideoSources/>", "vs_1"),
        (MEDIA, "<trt:GetVideoSourceConfigurations/>", "vsc_1"),
        (MEDIA, "<trt:GetVideoEncoderConfigurations/>", "vec_2"),
        (MEDIA, "<trt:GetAudioOutputs/>", "ao_1"),
        (MEDIA, "<trt:GetAudioOutputConfigurations/>", "aoc_1"),
        (MEDIA, "<trt:GetAudioOutputConfigurationOptions/>", "OutputLevelRange"),
        (MEDIA, "<trt:GetAudioDecoderConfigurations/>", "adc_1"),
        (MEDIA, "<trt:GetAudioDecoderConfigurationOptions/>", "G711DecOptions"),
        (MEDIA, STREAM1, "/onvif/profile_1</tt:Uri>"),
        (MEDIA, "<trt:GetSnapshotUri><trt:ProfileToken>profile_1</trt:ProfileToken></trt:GetSnapshotUri>", "snapshot"),
        (MEDIA2, "<tr2:GetProfiles><tr2:Type>All</tr2:Type></tr2:GetProfiles>", "tr2:AudioDecoder"),
        (MEDIA2, "<tr2:GetAudioOutputConfigurations/>", "aoc_1"),
        (MEDIA2, "<tr2:GetAudioDecoderConfigurations/>", "adc_1"),
        (MEDIA2, "<tr2:GetAudioDecoderConfigurationOptions/>", "<tt:Encoding>PCMA</tt:Encoding>"),
        (MEDIA2, STREAM2, "/onvif/profile_2</tr2:Uri>"),
    ]
    with Sim() as sim:
        for path, body, wanted in cases:
            status, text, _ = post(sim, body, path=path or "/onvif/device_service")
            ET.fromstring(text)
            equal((status, wanted in text), (200, True), f"{body}: {text}")
        assert "Configurations" not in post(sim, "<tr2:GetProfiles/>", path=MEDIA2)[1]
        equal(sim.kinds(), [])
        equal(sim.stats()["soap_requests"], len(cases) + 1)


@test
def errors_are_found():
    cases = [
        ("soap-arguments", dict(body="<tds:GetServices/>"), 400),
        ("soap-arguments", dict(body=STREAM1.replace("tt:Stream>", "trt:Stream>"), path=MEDIA), 200),
        ("soap-arguments", dict(body=STREAM2.replace("RTSP", "TCP"), path=MEDIA2), 400),
        ("soap-path", dict(body="<trt:GetProfiles/>"), 200),
        ("soap-xml", dict(body="", raw=b"<x>"), 400),
        ("soap-dtd", dict(body="", raw=b"<!DOCTYPE x><x/>"), 400),
        ("soap-body", dict(body=""), 400),
        ("soap-version", dict(body="", raw=b"<Envelope xmlns='http://schemas.xmlsoap.org/soap/envelope/'/>"), 400),
        ("http-host", dict(body=INFORMATION, headers={"Host": "10.0.0.1"}), 200),
    ]
    for kind, request, status in cases:
        with Sim() as sim:
            equal(post(sim, **request)[0], status, kind)
            equal(sim.kinds(), [kind])
    with Sim() as sim:
        status, text, _ = post(sim, "<tds:SystemReboot/>")
        equal((status, "ActionNotSupported" in text), (400, True))
        status, text, _ = post(sim, STREAM2.replace("profile_2", "x"), path=MEDIA2)
        equal((status, "NoProfile" in text), (400, True))


@test
def http_digest():
    with Sim(*AUTH, "digest") as sim:
        equal(post(sim, "<tds:GetSystemDateAndTime/>")[0], 200)
        equal(post(sim, INFORMATION)[0], 401)
        equal(digest(sim, INFORMATION)[0], 200)
        equal(sim.kinds(), [])
        equal(digest(sim, INFORMATION, password="x")[0], 401)
        equal(digest(sim, INFORMATION, uri="/")[0], 401)
        equal(sim.kinds(), ["digest-uri"])
    with Sim(*AUTH, "digest", "--quirk", "datetime-needs-auth") as sim:
        equal(post(sim, "<tds:GetSystemDateAndTime/>")[0], 401)


@test
def username_token():
    with Sim(*AUTH, "wsse", "--clock-offset", "3600") as sim:
        status, text, headers = post(sim, INFORMATION)
        equal((status, "ter:NotAuthorized" in text, headers["WWW-Authenticate"]), (400, True, None))
        equal(post(sim, INFORMATION, token(offset=3600))[0], 200)
        equal(post(sim, INFORMATION, token(offset=0))[0], 400)
        equal(post(sim, INFORMATION, token(offset=3600, password="x"))[0], 400)
        equal(sim.kinds(), [])
        hour = re.search(r"<tt:Hour>(\d+)", post(sim, "<tds:GetSystemDateAndTime/>")[1]).group(1)
        assert int(hour) != datetime.datetime.now(datetime.timezone.utc).hour
        header = token(offset=3600)
        equal([post(sim, INFORMATION, header)[0] for _ in range(2)], [200, 200])
        equal(sim.kinds(), ["wsse-replay"])
        post(sim, INFORMATION, token(created="2026-01-01T00:00:00.123456789Z"))
        equal(sim.kinds(), ["wsse-created", "wsse-replay"])
    with Sim(*AUTH, "digest", "--quirk", "soap-400-notauthorized") as sim:
        equal(post(sim, INFORMATION)[0], 400)
        equal(post(sim, INFORMATION, token())[0], 200)


@test
def soap_quirks():
    with Sim("--quirk", "media2-html-500", "--quirk", "decoder-options-empty") as sim:
        status, text, headers = post(sim, STREAM2, path=MEDIA2)
        equal((status, headers["Content-Type"]), (500, "text/html"))
        assert "G711" not in post(sim, "<trt:GetAudioDecoderConfigurationOptions/>", path=MEDIA)[1]
    with Sim("--quirk", "no-audio-output") as sim:
        assert "ao_1" not in post(sim, "<trt:GetAudioOutputs/>", path=MEDIA)[1]
        equal(post(sim, "<trt:GetAudioDecoderConfigurations/>", path=MEDIA)[0], 400)
    with Sim("--quirk", "no-media2", "--quirk", "http-close") as sim:
        status, text, headers = post(sim, SERVICES)
        equal((status, f">{TR2}<" in text, headers["Connection"]), (200, False, "close"))
        equal(post(sim, STREAM2, path=MEDIA2)[0], 400)
    with Sim("--quirk", "http-redirect") as sim:
        equal(post(sim, INFORMATION)[2]["Location"], "http://10.1.2.3/")
    with Sim("--quirk", "hostile-name") as sim:
        for path, body in (("/onvif/device_service", "<tds:GetScopes/>"), (MEDIA, "<trt:GetProfiles/>")):
            ET.fromstring(post(sim, body, path=path)[1])
    with Sim("--quirk", "xaddr-foreign", "--quirk", "no-get-services") as sim:
        equal(post(sim, "<tds:GetServices><tds:IncludeCapability>1</tds:IncludeCapability></tds:GetServices>")[0], 400)
        assert "http://10.9.8.7:" in post(sim, "<tds:GetCapabilities/>")[1]
        assert "rtsp://10.9.8.7:" in post(sim, STREAM1, path=MEDIA)[1]
    for kind, mark in (("dtd", "<!DOCTYPE"), ("deep", "<a><a>"), ("big", "yyyy"), ("html", "<html>")):
        with Sim("--quirk", f"hostile-soap={kind}") as sim:
            assert mark in post(sim, INFORMATION)[1], kind


def stream_uri(sim, protocol, media2, tls=False):
    """"scheme://host:which port/path", or the fault's last subcode"""
    body = STREAM2.replace(">RTSP<", f">{protocol}<") if media2 else STREAM1.replace(">RTSP<", f">{protocol}<")
    status, text, _ = post(sim, body, path=MEDIA2 if media2 else MEDIA, tls=tls)
    if status != 200:
        return re.findall("ter:(\\w+)", text)[-1]
    uri = re.search("Uri>([^<]+)<", text).group(1)
    ready = sim.ready
    names = {ready["http_port"]: "web", ready["https"]: "tlsweb", ready["rtsp_port"]: "rtsp",
             int((ready["rtsps_uri"] or "//:0/").split("/")[2].rpartition(":")[2]): "rtsps"}
    return re.sub(r":(\d+)/", lambda match: f":{names[int(match.group(1))]}/", uri)


@test
def stream_uris():
    path1, path2 = "/onvif/profile_1", "/onvif/profile_2"
    cases = [
        ("off", [], [("HTTP", False, False, "http://127.0.0.1:web" + path1),
                     ("UDP", False, False, "rtsp://127.0.0.1:rtsp" + path1),
                     ("RtspOverHttp", True, False, "http://127.0.0.1:web" + path2),
                     ("RtspUnicast", True, False, "rtsp://127.0.0.1:rtsp" + path2),
                     ("RtspsUnicast", True, False, "InvalidStreamSetup")]),
        ("both", [], [("HTTP", False, True, "https://127.0.0.1:tlsweb" + path1),
                      ("RtspOverHttp", True, False, "http://127.0.0.1:web" + path2),
                      ("RtspsUnicast", True, False, "rtsps://127.0.0.1:rtsps" + path2)]),
        ("only", [], [("RtspOverHttp", True, True, "https://127.0.0.1:tlsweb" + path2),
                      ("RtspUnicast", True, True, "rtsps://127.0.0.1:rtsps" + path2)]),
        ("only", ["rtsp-unicast-fault"], [("RtspUnicast", True, True, "InvalidStreamSetup"),
                                          ("RTSP", False, True, "InvalidStreamSetup")]),
        ("off", ["http-uri-rtsp"], [("HTTP", False, False, "rtsp://127.0.0.1:web" + path1)]),
        ("off", ["http-uri-rtsp=rtsp"], [("RtspOverHttp", True, False, "rtsp://127.0.0.1:rtsp" + path2)]),
    ]
    for tls, quirks, requests in cases:
        with Sim("--tls", tls, *[x for q in quirks for x in ("--quirk", q)]) as sim:
            for protocol, media2, secure, wanted in requests:
                equal(stream_uri(sim, protocol, media2, secure), wanted, (tls, quirks, protocol))
            equal(sim.kinds(), [])


# discovery

LO = socket.if_nametoindex("lo")


def listener(v6=False):
    """A socket in the group, to hear Hello and Bye."""
    sock = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if v6:
        sock.bind(("ff02::c", 3702, 0, LO))
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP,
                        socket.inet_pton(socket.AF_INET6, "ff02::c") + struct.pack("@I", LO))
    else:
        sock.bind(("239.255.255.250", 3702))
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, struct.pack(
            "=4s4si", socket.inet_aton("239.255.255.250"), b"\0\0\0\0", LO))
    sock.settimeout(3)
    return sock


def hear(sock, action, uuid, timeout=3.0, well_formed=True):
    """(text, source) of the next such message from uuid, or None"""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        sock.settimeout(max(0.01, end - time.monotonic()))
        try:
            data, source = sock.recvfrom(65536)
        except TimeoutError:
            return None
        text = data.decode()
        if f"{WSD}/{action}<" in text and uuid in text:
            if well_formed:
                ET.fromstring(text)
            return text, source
    return None


def probe(types, uuid, v6=False, action="Probe", body=None, timeout=3.0, well_formed=True):
    sock = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET, socket.SOCK_DGRAM)
    if v6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, LO)
        sock.bind(("::1", 0))
    else:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, struct.pack(
            "=4s4si", b"\0\0\0\0", socket.inet_aton("127.0.0.1"), LO))
        sock.bind(("127.0.0.1", 0))
    wanted = f'<d:Types xmlns:dn="{DN}" xmlns:x="{DN}" xmlns:tds="{TDS}">{types}</d:Types>' if types else ""
    body = body or f"<d:Probe>{wanted}</d:Probe>"
    text = (f'<s:Envelope xmlns:s="{SOAP}" xmlns:a="{WSA}" xmlns:d="{WSD}"><s:Header>'
            f"<a:MessageID>urn:uuid:1-2-3</a:MessageID>"
            f"<a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To><a:Action>{WSD}/{action}</a:Action>"
            f"</s:Header><s:Body>{body}</s:Body></s:Envelope>")
    sock.sendto(text.encode(), ("ff02::c", 3702, 0, LO) if v6 else ("239.255.255.250", 3702))
    answer = hear(sock, action + "Matches", uuid, timeout, well_formed)
    sock.close()
    return answer


@test
def probes():
    with Sim("--address", "127.0.0.2", "--discovery", "--name", "Käfer & Co") as sim:
        uuid = sim.ready["uuid"]
        for types in ("", "dn:NetworkVideoTransmitter", "tds:Device"):
            text, source = probe(types, uuid)
            equal(source[0], "127.0.0.2")
            for part in ("<a:RelatesTo>urn:uuid:1-2-3<", f"<d:XAddrs>{sim.ready['xaddr']}<",
                         "name/K%C3%A4fer%20%26%20Co", "<d:MetadataVersion>1<",
                         "dn:NetworkVideoTransmitter tds:Device"):
                assert part in text, (part, text)
        equal(probe("dn:Printer", uuid, timeout=0.5), None)
        equal(probe("tds:NetworkVideoTransmitter", uuid, timeout=0.5), None)
        sim.command("quirk probe-ignore-types")
        assert probe("dn:Printer", uuid)
        body = f"<d:Resolve><a:EndpointReference><a:Address>{uuid}</a:Address></a:EndpointReference></d:Resolve>"
        assert probe("", uuid, action="Resolve", body=body)
        equal(sim.kinds(), [])


@test
def probe_quirks():
    nvt, device = "dn:NetworkVideoTransmitter", "tds:Device"
    cases = [
        ("probe-nvt-only", {nvt: True, device: False, "": False}),
        ("probe-device-only", {nvt: False, device: True, "": False}),
        ("probe-typed-only", {nvt: True, device: True, "": False}),
        ("probe-one-type", {nvt: True, f"{nvt} {device}": False}),
        ("probe-picky=newline", {nvt: True, nvt + "\n": False}),
        ("probe-picky=prefix", {nvt: True, "x:NetworkVideoTransmitter": False}),
    ]
    with Sim("--address", "127.0.0.2", "--discovery") as sim:
        for quirk, probes_ in cases:
            sim.command("quirk " + quirk)
            for types, answered in probes_.items():
                equal(bool(probe(types, sim.ready["uuid"], timeout=3 if answered else 0.2)), answered, (quirk, types))
            sim.command("unquirk " + quirk.split("=")[0])
    with Sim("--address", "127.0.0.2", "--discovery", "--quirk", "probe-deaf=2", "--quirk", "xaddrs-many") as sim:
        answers = [probe("", sim.ready["uuid"], timeout=t) for t in (0.2, 0.2, 3)]
        equal([bool(one) for one in answers], [False, False, True])
        addresses = re.search("<d:XAddrs>([^<]*)<", answers[2][0]).group(1).split()
        equal((len(addresses), addresses[-1]), (5, sim.ready["xaddr"]))


@test
def too_many_answers():
    with Sim("--address", "127.0.0.2", "--discovery", "--quirk", "probe-repeat=3") as sim:
        assert probe("", sim.ready["uuid"])
        sim.wait("probe_matches", 3)
        sim.command("quirk probe-flood=20")
        assert probe("", "urn:uuid:")
        for kind, mark in (("dtd", "<!DOCTYPE"), ("deep", "<x><x>"), ("big", " " * 1000), ("relates", "not-asked")):
            sim.command(f"quirk hostile-probe={kind}")
            assert probe("", mark, well_formed=False), kind


@test
def slow_and_hostile_words():
    with Sim("--quirk", "slow-soap=300", "--quirk", "hostile-text=<\u202e\x1b[31m>") as sim:
        begin = time.monotonic()
        status, text, _ = post(sim, "<tds:NoSuchThing/>")
        assert time.monotonic() - begin > 0.3
        assert status == 400 and ">&lt;\u202e[31m&gt;<" in text, text
        reply = Client(sim).request("DESCRIBE", uri=sim.ready["rtsp_uri"] + "x")
        first = reply.head.decode().split("\r\n")[0]
        assert first.endswith(" <\u202e\x1b[31m>") and "\u202e" in reply.get("Server"), first


@test
def hello_and_bye():
    sock = listener()
    with Sim("--address", "127.0.0.2", "--discovery") as sim:
        uuid = sim.ready["uuid"]
        assert hear(sock, "Hello", uuid)
        sim.command("address 127.0.0.9")
        text, source = hear(sock, "Hello", uuid)
        equal(source[0], "127.0.0.9")
        assert "<d:MetadataVersion>2<" in text and "http://127.0.0.9:" in text, text
        sim.command("reboot 0.2")
        assert hear(sock, "Hello", uuid)
    assert hear(sock, "Bye", uuid)
    sock.close()


@test
def over_ipv6():
    if not os.path.exists("/proc/net/if_inet6"):
        return
    with Sim("--address", "::1", "--discovery") as sim:
        try:
            answer = probe("", sim.ready["uuid"], v6=True, timeout=1)
            assert answer is None or "http://[::1]:" in answer[0], answer
        except OSError as error:    # lo has no route for ff02::/16 unless somebody adds one
            print(f"# no multicast over IPv6 here: {error}")
        equal(post(sim, INFORMATION)[0], 200)
        Client(sim).start().request("TEARDOWN")
        equal(sim.kinds(), [])


main()

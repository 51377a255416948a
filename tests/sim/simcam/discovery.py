# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""WS-Discovery (April 2005; ONVIF Core 7): answers Probe and Resolve, says Hello and Bye."""
import asyncio
import re
import socket
import struct
import time
import uuid
import xml.etree.ElementTree as ET

from .device import scopes
from .markup import tag, text
from .names import DN, PREFIXES, WSA, WSD

GROUP4, GROUP6, PORT = "239.255.255.250", "ff02::c", 3702
SOAP = "http://www.w3.org/2003/05/soap-envelope"
TDS = PREFIXES["tds"]
NVT, DEVICE = (DN, "NetworkVideoTransmitter"), (TDS, "Device")
ANONYMOUS = WSA + "/role/anonymous"
URN = "urn:schemas-xmlsoap-org:ws:2005:04:discovery"
OTHERS = re.compile(rb"/discovery/(?:Hello|Bye|ProbeMatches|ResolveMatches)\s*<")
AT_ONCE = 64
INSTANCE = int(time.time())


def message(action, to, body, relates=None, number=1):
    relation = tag("a:RelatesTo", text(relates)) if relates else ""
    return (f'<?xml version="1.0" encoding="UTF-8"?>\n<s:Envelope xmlns:s="{SOAP}" xmlns:a="{WSA}" '
            f'xmlns:d="{WSD}" xmlns:dn="{DN}" xmlns:tds="{TDS}"><s:Header>'
            f"<a:MessageID>urn:uuid:{uuid.uuid4()}</a:MessageID>{relation}<a:To>{to}</a:To>"
            f"<a:Action>{WSD}/{action}</a:Action>"
            f'<d:AppSequence InstanceId="{INSTANCE}" MessageNumber="{number}"/>'
            f"</s:Header><s:Body>{body}</s:Body></s:Envelope>").encode()


class Probe:
    """A received message: its action, id and what it wants."""

    def __init__(self, data):
        if b"<!DOCTYPE" in data:
            raise ValueError("a DTD")
        self.data = data
        scopes_by_prefix = []
        parser = ET.XMLPullParser(events=("start-ns", "start"))
        parser.feed(data)
        parser.close()
        self.root = None
        for event, value in parser.read_events():
            if event == "start-ns":
                scopes_by_prefix.append(value)
            elif self.root is None:
                self.root = value
        self.prefixes = dict(scopes_by_prefix)
        if self.root is None or self.root.tag != f"{{{SOAP}}}Envelope":
            raise ValueError("no SOAP 1.2 envelope")
        header, body = self.root.find(f"{{{SOAP}}}Header"), self.root.find(f"{{{SOAP}}}Body")
        if header is None or body is None or len(body) != 1:
            raise ValueError("no Header, or no single element in the Body")
        self.id = self._text(header, f"{{{WSA}}}MessageID")
        self.action = self._text(header, f"{{{WSA}}}Action")
        self.to = self._text(header, f"{{{WSA}}}To")
        self.body = body[0]

    @staticmethod
    def _text(element, name):
        return (element.findtext(name) or "").strip()

    def words(self):
        return self._text(self.body, f"{{{WSD}}}Types").split()

    def types(self):
        """[(namespace, name)] that a Probe asks for"""
        result = []
        for word in self.words():
            prefix, _, name = word.rpartition(":")
            result.append((self.prefixes.get(prefix, ""), name))
        return result

    def scopes(self):
        return self._text(self.body, f"{{{WSD}}}Scopes").split()


class Discovery:
    def __init__(self, camera):
        self.camera, self.record = camera, camera.record
        self.sockets = []
        self.index = socket.if_nametoindex(camera.config.interface)
        self.number = self.probed = 0

    def start(self):
        v4 = ":" not in self.camera.host
        self.sender = self._sender(v4)
        self._listen(self._group4() if v4 else self._group6())
        self.announce("Hello")

    def stop(self, bye):
        if bye:
            self.announce("Bye")
        loop = asyncio.get_running_loop()
        for sock in self.sockets:
            loop.remove_reader(sock)
            sock.close()
        self.sender.close()
        self.sockets = []

    def _group4(self):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((GROUP4, PORT))
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, struct.pack(
            "=4s4si", socket.inet_aton(GROUP4), socket.inet_aton("0.0.0.0"), self.index))
        return sock

    def _group6(self):
        sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((GROUP6, PORT, 0, self.index))
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP,
                        socket.inet_pton(socket.AF_INET6, GROUP6) + struct.pack("@I", self.index))
        return sock

    def _sender(self, v4):
        """Answers and announcements come from the camera's own address."""
        sock = socket.socket(socket.AF_INET if v4 else socket.AF_INET6, socket.SOCK_DGRAM)
        if v4:
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, struct.pack(
                "=4s4si", socket.inet_aton("0.0.0.0"), socket.inet_aton(self.camera.host), self.index))
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 1)
        else:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, self.index)
        sock.bind((self.camera.host, 0))
        return sock

    def _listen(self, sock):
        sock.setblocking(False)
        asyncio.get_running_loop().add_reader(sock, self._readable, sock)
        self.sockets.append(sock)

    def _readable(self, sock):
        for _ in range(AT_ONCE):
            try:
                data, source = sock.recvfrom(65536)
            except OSError:
                return
            # a flood of others' announcements must not cost the camera its time
            if not self.camera.muted and not OTHERS.search(data, 0, 2048):
                self._received(data, source)

    def _received(self, data, source):
        if source[0] == self.camera.host and source[1] == self.sender.getsockname()[1]:
            return
        if b"Hello>" in data or b"Bye>" in data:
            return      # no question: it is not worth the time of parsing it
        try:
            probe = Probe(data)
        except (ValueError, ET.ParseError) as error:
            self.record.violation("probe-malformed", f"from {source[0]}: {error}")
            return
        if probe.action == WSD + "/Probe":
            self._probe(probe, source)
        elif probe.action == WSD + "/Resolve":
            self._resolve(probe, source)

    def _probe(self, probe, source):
        self.record.count("probes")
        if not self._judge(probe):
            return
        self.probed += 1
        quirks = self.camera.quirks
        if self.probed <= quirks.number("probe-deaf") or self._ignores(probe):
            return
        if "hostile-probe" in quirks:
            self._hostile(quirks["hostile-probe"], source, probe.id)
            return
        for _ in range(int(quirks.number("probe-flood", 0))):
            body = tag("d:ProbeMatches", tag("d:ProbeMatch", self._about(f"urn:uuid:{uuid.uuid4()}")))
            self._send("ProbeMatches", body, source, ANONYMOUS, probe.id)
        for _ in range(int(quirks.number("probe-repeat", 1))):
            body = tag("d:ProbeMatches", tag("d:ProbeMatch", self._about()))
            self._send("ProbeMatches", body, source, ANONYMOUS, probe.id)
            self.record.count("probe_matches")

    def _judge(self, probe):
        """False if it is no Probe."""
        if probe.body.tag != f"{{{WSD}}}Probe" or not probe.id:
            self.record.violation("probe-syntax", f"{probe.body.tag}, MessageID {probe.id!r}")
            return False
        if probe.to != URN:
            self.record.violation("probe-to", f"To {probe.to!r}")
        if len(probe.types()) > 1:
            self.record.note("probe-types", f"two types in one Probe: {probe.types()}")
        wrong = [one for one in probe.types() if one not in (NVT, DEVICE)]
        if wrong:
            self.record.note("probe-types", f"asks for {wrong}")
        return True

    def _ignores(self, probe):
        """Is it a Probe that this camera does not answer?"""
        quirks, types = self.camera.quirks, set(probe.types())
        if "probe-ignore-types" in quirks:
            return False
        answers = {NVT, DEVICE} - ({DEVICE} if "probe-nvt-only" in quirks else set()) \
            - ({NVT} if "probe-device-only" in quirks else set())
        if not types and {"probe-nvt-only", "probe-device-only", "probe-typed-only"} & quirks.keys():
            return True
        if len(types) > 1 and "probe-one-type" in quirks:
            return True
        if not types <= answers or any(wanted not in scopes(self.camera) for wanted in probe.scopes()):
            return True
        return {"newline": b"\n" in probe.data.strip(), "prolog": b"<?xml" in probe.data,
                "prefix": any(not word.startswith("dn:") for word in probe.words() if word.endswith("Transmitter"))
                }.get(quirks.get("probe-picky"), False)

    def _resolve(self, probe, source):
        wanted = probe.body.findtext(f"{{{WSA}}}EndpointReference/{{{WSA}}}Address")
        if wanted == self.camera.config.uuid:
            body = tag("d:ResolveMatches", tag("d:ResolveMatch", self._about()))
            self._send("ResolveMatches", body, source, ANONYMOUS, probe.id)

    def _hostile(self, kind, source, relates):
        body = tag("d:ProbeMatches", tag("d:ProbeMatch", self._about()))
        right = message("ProbeMatches", ANONYMOUS, body, relates)
        head, tail = right.split(b"?>", 1)
        data = {"dtd": head + b'?><!DOCTYPE x [<!ENTITY a "b">]>' + tail,
                "deep": right.replace(b"<d:Types>", b"<x>" * 9000 + b"</x>" * 9000 + b"<d:Types>"),
                "big": right.replace(b"<d:Types>", b" " * 60000 + b"<d:Types>"),
                "binary": bytes(range(256)) * 16,
                "relates": right.replace(relates.encode(), b"urn:uuid:not-asked")}.get(kind, b"")
        try:
            self.sender.sendto(data[:65000], source)
        except OSError as error:
            self.record.note("discovery-send", str(error))

    def _about(self, identity=None):
        identity = identity or self.camera.config.uuid
        reference = tag("a:EndpointReference", tag("a:Address", text(identity)))
        return (reference + tag("d:Types", "dn:NetworkVideoTransmitter tds:Device")
                + tag("d:Scopes", text(" ".join(scopes(self.camera))))
                + tag("d:XAddrs", text(self.camera.xaddrs()))
                + tag("d:MetadataVersion", str(self.camera.metadata_version)))

    def _send(self, action, body, target, to, relates=None):
        self.number += 1
        try:
            self.sender.sendto(message(action, to, body, relates, self.number), target)
        except OSError as error:
            self.record.note("discovery-send", str(error))

    def announce(self, kind):
        """kind: "Hello" or "Bye" """
        about = self._about() if kind == "Hello" else tag(
            "a:EndpointReference", tag("a:Address", text(self.camera.config.uuid)))
        group = (GROUP4, PORT) if ":" not in self.camera.host else (GROUP6, PORT, 0, self.index)
        self._send(kind, tag(f"d:{kind}", about), group, URN)

#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""Floods a client with false WS-Discovery messages: Hellos to the group, ProbeMatches to whoever sends a Probe
there. Names are hostile, ids random, some of them the real camera's; sources are many addresses of 127/8.
Prints one line of JSON with the rate that was reached."""
import argparse
import collections
import json
import multiprocessing
import os
import pathlib
import random
import re
import socket
import struct
import sys
import time
import urllib.parse

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from simcam.discovery import ANONYMOUS, GROUP4, PORT, URN, message  # noqa: E402
from simcam.markup import tag  # noqa: E402

SLICE = 0.005               # s that are sent at once
PROBERS = 16
REFRESH = 64                # messages between two looks at what was probed
POOL = 400                  # prepared messages
SOCKETS = 64                # source addresses a process uses
NAMES = {
    "plain": b"Front Door Camera",
    "ansi": b"\x1b[2J\x1b]0;owned\x07\x1b[31mred",
    "control": bytes(range(1, 32)) + b"\x7f\xc2\x9b31m",
    "json": b'"}],"name":"x\\u0000\\',
    "spa": b"} ] node.name = evil { a = b #",
    "bidi": "\u202ednalp\u2066\u2069\u200b\ufeff".encode(),
    "utf-8": b"\xff\xfe\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80",
    "format": b"%s%n%x %1$*2$d $(reboot) `reboot`",
    "markup": b"<script>&lt;&amp;]]>--><!--",
    "newline": b"one\r\ntwo: three\r\n\r\n",
    "big": b"A" * 59000,
}
RAW = {"utf-8", "control", "newline"}       # as they are; the others percent-encoded, as scopes are
XADDRS = ["http://%s/onvif/device_service", "http://%s:1/x http://10.1.2.3/ https://[::1]/ http://0.0.0.0/",
          "file:///etc/passwd ftp://%s/", "http://239.255.255.250/ http://%s@evil/", "http://%s/ " * 200, ""]
_ID = re.compile(rb"MessageID[^>]*>\s*([^<\s]{1,200})\s*<")


def arguments():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--rate", type=int, default=10000, help="datagrams per s, of all processes together")
    p.add_argument("--seconds", type=float, default=10)
    p.add_argument("--processes", type=int, default=1)
    p.add_argument("--interface", default="lo")
    p.add_argument("--real-id", help="urn:uuid:... of the real camera, used in one message of ten")
    p.add_argument("--spoof", help="an address of 127/8, the real camera's: one message of ten comes from there")
    p.add_argument("--target", help="ADDRESS:PORT to send ProbeMatches to, beside whoever is heard to probe")
    p.add_argument("--names", default=",".join(NAMES), help=f"some of {', '.join(NAMES)}")
    p.add_argument("--seed", type=int)
    result = p.parse_args()
    if set(result.names.split(",")) - set(NAMES) or result.seconds <= 0 or result.processes < 1:
        p.error("see --help")
    return result


def template(action, name, xaddrs):
    """[bytes, ...] between which id, message id, related id and address go"""
    raw = NAMES[name]
    text = raw if name in RAW else urllib.parse.quote_from_bytes(raw).encode()
    match = tag("a:EndpointReference", tag("a:Address", "@ID@")) + \
        tag("d:Types", "dn:NetworkVideoTransmitter tds:Device") + \
        tag("d:Scopes", "onvif://www.onvif.org/type/audio_encoder onvif://www.onvif.org/name/@NAME@") + \
        tag("d:XAddrs", xaddrs.replace("%s", "@ADDRESS@")) + tag("d:MetadataVersion", "1")
    if action == "Hello":
        data = message("Hello", URN, tag("d:Hello", match))
    else:
        data = message("ProbeMatches", ANONYMOUS, tag("d:ProbeMatches", tag("d:ProbeMatch", match)), "@RELATES@")
    data = re.sub(rb"(MessageID>)[^<]*", rb"\1urn:uuid:@MESSAGE@", data)
    return re.split(rb"@([A-Z]+)@", data.replace(b"@NAME@", text))


def fill(parts, values):
    """parts: text, name, text, name, ..., text"""
    return b"".join(part if n % 2 == 0 else values[part] for n, part in enumerate(parts))


class Flood:
    """One process's share."""

    def __init__(self, options, number):
        self.options = options
        self.random = random.Random(None if options.seed is None else options.seed + number)
        self.index = socket.if_nametoindex(options.interface)
        self.sources = [self._source(address) for address in self._addresses()]
        self.spoofed = self._source(options.spoof) if options.spoof else None
        self.probers = collections.OrderedDict()        # (address, port) -> the last Probe's id
        if options.target:
            address, _, port = options.target.rpartition(":")
            self.probers[address, int(port)] = b"urn:uuid:" + os.urandom(8).hex().encode()
        self.ears = self._listen()
        self.templates = {action: self._templates(action) for action in ("Hello", "ProbeMatches")}
        self.counts = collections.Counter()

    def _templates(self, action):
        """The big one seldom: it costs as much as a hundred others."""
        names = self.options.names.split(",")
        small = [name for name in names if name != "big"]
        chosen = (small * POOL)[:POOL] + [name for name in names if name == "big"]
        return [template(action, name, self.random.choice(XADDRS)) for name in chosen]

    def _addresses(self):
        if self.options.interface != "lo":
            return ["0.0.0.0"]
        return [f"127.{self.random.randint(1, 254)}.{self.random.randint(0, 254)}.{self.random.randint(1, 254)}"
                for _ in range(SOCKETS)]

    def _source(self, address):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, struct.pack(
            "=4s4si", b"\0\0\0\0", socket.inet_aton(address), self.index))
        sock.bind((address, 0))
        return sock, address.encode()

    def _listen(self):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((GROUP4, PORT))
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, struct.pack(
            "=4s4si", socket.inet_aton(GROUP4), b"\0\0\0\0", self.index))
        sock.setblocking(False)
        return sock

    def _hear(self):
        """Who probes from which port; our own Hellos pass by, too."""
        for _ in range(2 * REFRESH):
            try:
                data, source = self.ears.recvfrom(4096)
            except OSError:
                return
            match = _ID.search(data) if b"/discovery/Probe<" in data else None
            if match:
                self.counts["probes"] += 1
                self.probers[source] = match.group(1)
                self.probers.move_to_end(source)
                if len(self.probers) > PROBERS:
                    self.probers.popitem(last=False)

    def _one(self):
        """Sends one datagram."""
        chance = self.random.random
        sock, address = self.spoofed if self.spoofed and chance() < 0.1 else self.random.choice(self.sources)
        real = self.options.real_id and chance() < 0.1
        values = {b"ID": self.options.real_id.encode() if real else b"urn:uuid:" + os.urandom(16).hex().encode(),
                  b"MESSAGE": os.urandom(16).hex().encode(), b"ADDRESS": address}
        if self.probers and chance() < 0.5:
            action, target = "ProbeMatches", self.random.choice(list(self.probers))
            right = chance() < 0.5
            values[b"RELATES"] = self.probers[target] if right else values[b"ID"]
            self.counts["related" if right else "unrelated"] += 1
        else:
            action, target = "Hello", (GROUP4, PORT)
        try:
            sock.sendto(fill(self.random.choice(self.templates[action]), values), target)
            self.counts[action] += 1
            self.counts["real_id"] += bool(real)
        except OSError:
            self.counts["errors"] += 1

    def run(self):
        share = self.options.rate / self.options.processes
        begin = time.monotonic()
        done = 0
        while (elapsed := time.monotonic() - begin) < self.options.seconds:
            due = int(share * min(elapsed + SLICE, self.options.seconds))
            while done < due and time.monotonic() - begin < self.options.seconds:
                if done % REFRESH == 0:
                    self._hear()
                self._one()
                done += 1
            time.sleep(max(0.0, begin + done / share - time.monotonic()))
        self.counts["elapsed"] = time.monotonic() - begin
        return dict(self.counts)


def process(options, number, results):
    results.put(Flood(options, number).run())


def main():
    options = arguments()
    results = multiprocessing.Queue()
    workers = [multiprocessing.Process(target=process, args=(options, number, results))
               for number in range(options.processes)]
    for worker in workers:
        worker.start()
    total = collections.Counter()
    elapsed = 0.0
    for _ in workers:
        counts = results.get(timeout=options.seconds + 60)
        elapsed = max(elapsed, counts.pop("elapsed"))
        total.update(counts)
    for worker in workers:
        worker.join()
    sent = total["Hello"] + total["ProbeMatches"]
    print(json.dumps({"sent": sent, "seconds": round(elapsed, 3), "rate": round(sent / elapsed),
                      "hellos": total["Hello"], "probe_matches": total["ProbeMatches"], "related": total["related"],
                      "unrelated": total["unrelated"], "real_id": total["real_id"], "probes_heard": total["probes"],
                      "errors": total["errors"]}))


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""tests/sim/flood.py: what it sends, to whom, from where, how fast."""
import json
import re
import socket
import struct
import subprocess
import sys
import time

from client import SIM, Sim, equal, main, test

GROUP, PORT = "239.255.255.250", 3702
REAL = "urn:uuid:11111111-2222-3333-4444-555555555555"
PROBE = ('<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
         'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
         'xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><s:Header>'
         "<a:MessageID>urn:uuid:probe-1</a:MessageID>"
         "<a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To>"
         "<a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action></s:Header>"
         "<s:Body><d:Probe/></s:Body></s:Envelope>").encode()


def start(*options):
    return subprocess.Popen([sys.executable, SIM / "flood.py", *options], stdout=subprocess.PIPE, text=True)


def finish(process):
    output = process.communicate(timeout=30)[0]
    equal(process.returncode, 0)
    return json.loads(output)


def group_socket():
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    sock.bind((GROUP, PORT))
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, struct.pack(
        "=4s4si", socket.inet_aton(GROUP), b"\0\0\0\0", socket.if_nametoindex("lo")))
    return sock


def probe_socket():
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, struct.pack(
        "=4s4si", b"\0\0\0\0", socket.inet_aton("127.0.0.1"), socket.if_nametoindex("lo")))
    sock.bind(("127.0.0.1", 0))
    return sock


def drain(sock, process):
    """[(datagram, source address)] until the flood has ended"""
    result = []
    sock.settimeout(0.2)
    while True:
        try:
            data, source = sock.recvfrom(65536)
            result.append((data, source[0]))
        except TimeoutError:
            if process.poll() is not None:
                return result


@test
def hellos():
    ears = group_socket()
    process = start("--seconds", "2", "--rate", "1000", "--real-id", REAL, "--spoof", "127.0.0.2", "--seed", "1")
    heard = [(data, source) for data, source in drain(ears, process) if b"/discovery/Hello<" in data]
    result = finish(process)
    equal((result["probe_matches"], result["errors"]), (0, 0))
    assert 1800 <= result["hellos"] <= 2000 and len(heard) > 0.9 * result["hellos"], (result, len(heard))
    real = sum(REAL.encode() in data for data, _ in heard)
    assert 0.05 < real / len(heard) < 0.15, real
    assert 0.05 < sum(source == "127.0.0.2" for _, source in heard) / len(heard) < 0.15
    assert len({source for _, source in heard}) > 50
    ids = {re.search(rb"Address>([^<]*)<", data).group(1) for data, _ in heard}
    assert len(ids) > 0.8 * len(heard), len(ids)
    everything = b"".join(data for data, _ in heard)
    for part in (b"%1B%5B2J", b"\xff\xfe\xc0\xaf", "\u202e".encode().hex().upper().encode()[:2], b"%22%7D%5D",
                 b"\x01\x02\x03", b"file:///etc/passwd"):
        assert part in everything, part
    assert max(len(data) for data, _ in heard) > 59000


@test
def matches_for_whoever_probes():
    sock = probe_socket()
    process = start("--seconds", "2", "--rate", "1000", "--names", "plain,ansi")
    time.sleep(0.7)
    sock.sendto(PROBE, (GROUP, PORT))
    # a ProbeMatch for somebody else would go to another port
    heard = drain(sock, process)
    result = finish(process)
    right = sum(b"RelatesTo>urn:uuid:probe-1<" in data for data, _ in heard)
    assert heard and all(b"ProbeMatches<" in data for data, _ in heard)
    assert 0.3 < right / len(heard) < 0.7, (right, len(heard))
    assert result["probes_heard"] >= 1
    assert result["related"] >= right > 0
    assert len({source for _, source in heard}) > 30


@test
def as_fast_as_was_asked():
    result = finish(start("--seconds", "2", "--rate", "10000"))
    # this machine may be busy: the figure is in the line, the pace must not be that of a single camera
    assert result["rate"] > 3000, result
    assert 1.9 < result["seconds"] < 3, result
    result = finish(start("--seconds", "1", "--rate", "2000", "--processes", "2", "--target", "127.0.0.1:9"))
    assert 1500 < result["rate"] <= 2000 and result["probe_matches"] > 500, result


@test
def the_simulator_survives():
    with Sim("--address", "127.0.0.2", "--discovery") as sim:
        finish(start("--seconds", "2", "--rate", "2000", "--real-id", sim.ready["uuid"]))
        stats = sim.stats()
        equal({v["kind"] for v in stats["violations"]} <= {"probe-malformed"}, True)
        sock = probe_socket()
        sock.settimeout(3)
        sock.sendto(PROBE, (GROUP, PORT))
        assert sim.ready["uuid"].encode() in sock.recv(65536)


main()

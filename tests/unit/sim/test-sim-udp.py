#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""The simulator's RTP over UDP: what it judges, and how it fails."""
import os
import re
import socket
import time

from client import Client, Sim, equal, main, test

EF = 46 << 2


def udp_socket(host, port, tos=EF):
    v6 = ":" in host
    sock = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((host, port))
    if v6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, tos)
    else:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, tos)
    sock.settimeout(2)
    return sock


class UdpClient(Client):
    """Frames of the even "channel" go out as RTP, those of the odd one as RTCP."""

    def __init__(self, sim, tos=EF):
        super().__init__(sim)
        self.host = sim.ready["address"]
        for port in range(40000 + os.getpid() % 5000 * 2, 60000, 2):
            try:
                self.udp = [udp_socket(self.host, port + n, tos) for n in range(2)]
                break
            except OSError:
                pass
        self.ports = f"{port}-{port + 1}"
        self.server = None

    def start(self):
        equal(self.describe().status, 200)
        reply = self.setup(transport=f"RTP/AVP;unicast;client_port={self.ports}")
        equal(reply.status, 200)
        self.transport = reply.get("Transport")
        match = re.search(r"server_port=(\d+)-(\d+)", self.transport)
        self.server = match and [int(port) for port in match.groups()]
        equal(self.request("PLAY").status, 200)
        return self

    def frame(self, channel, data):
        self.udp[channel].sendto(data, (self.host, self.server[channel]))

    def hear(self, index=1, timeout=2.0):
        """(datagram, source) or None"""
        self.udp[index].settimeout(timeout)
        try:
            return self.udp[index].recvfrom(2048)
        except TimeoutError:
            return None

    def close(self):
        super().close()
        for sock in self.udp:
            sock.close()


def talk(client, count=10):
    client.play(count, pause=0.01)
    client.frame(1, client.sender_report(count, count * 160))
    time.sleep(0.1)
    equal(client.request("TEARDOWN").status, 200)
    client.close()


@test
def right_client():
    addresses = ["127.0.0.1"] + (["::1"] if os.path.exists("/proc/net/if_inet6") else [])
    for address in addresses:
        with Sim("--address", address, "--quirk", "rtcp-interval=0.2") as sim:
            client = UdpClient(sim).start()
            client.play(10, pause=0.05)
            data, source = client.hear()
            equal((data[1], source[:2]), (201, (address, client.server[1])))
            client.frame(1, client.sender_report(10, 1600))
            client.frame(0, b"")
            time.sleep(0.1)
            client.request("TEARDOWN")
            stats = sim.stats()
            equal((stats["rtp_packets"], stats["rtcp_sr"], stats["udp_rtp"], stats["udp_rtcp"], stats["violations"]),
                  (10, 1, 11, 1, []))
            equal((stats["sessions"][0]["dscp"], stats["sessions"][0]["transport"]), (46, "udp"))
            equal([note["kind"] for note in stats["notes"]], ["udp-empty", "rtcp-no-bye"])


@test
def wrong_datagrams():
    def other_port(client):
        client.udp[1].sendto(client.packet(), (client.host, client.server[0]))

    def other_host(client):
        udp_socket("127.0.0.9", 0).sendto(client.packet(), (client.host, client.server[0]))
    for kind, act in (("udp-source", other_port), ("udp-source", other_host)):
        with Sim() as sim:
            client = UdpClient(sim).start()
            act(client)
            talk(client)
            equal((sim.kinds(), sim.stats()["rtp_packets"]), ([kind], 10))
    for tos in (0, 34 << 2):
        with Sim() as sim:
            talk(UdpClient(sim, tos).start())
            equal(sim.kinds(), ["dscp"])
    with Sim() as sim:
        client = UdpClient(sim)
        client.describe()
        for ports in ("5001-5002", "5000-5002", "80-81", ""):
            equal(client.setup(transport=f"RTP/AVP;unicast;client_port={ports}").status, 461)
        equal(sim.kinds(), ["transport"])


@test
def early_datagrams():
    with Sim() as sim:
        client = UdpClient(sim)
        client.describe()
        transport = client.setup(transport=f"RTP/AVP;unicast;client_port={client.ports}").get("Transport")
        port = int(re.search(r"server_port=(\d+)", transport).group(1))
        client.udp[0].sendto(client.packet(), (client.host, port))
        client.request("PLAY")
        equal(sim.kinds(), ["rtp-early"])


@test
def in_the_clear_beside_tls():
    with Sim("--tls", "both") as sim:
        client = Client(sim, sim.ready["rtsps_uri"])
        client.describe()
        equal(client.setup(transport="RTP/AVP;unicast;client_port=5000-5001").status, 461)
        equal(sim.kinds(), ["transport"])


@test
def nobody_listens():
    with Sim("--quirk", "udp-closed") as sim:
        client = UdpClient(sim).start()
        client.udp[0].connect((client.host, client.server[0]))
        client.udp[0].send(client.packet())
        time.sleep(0.05)
        try:
            client.udp[0].send(client.packet())
            raise AssertionError("no port unreachable")
        except ConnectionRefusedError:
            pass
        client.request("TEARDOWN")
        equal((sim.kinds(), sim.stats()["rtp_packets"]), ([], 0))


@test
def silence():
    with Sim("--quirk", "udp-silent", "--quirk", "rtcp-interval=0.1") as sim:
        client = UdpClient(sim).start()
        client.play(20, pause=0.02)
        equal(client.hear(timeout=0.3), None)
        client.request("TEARDOWN")
        stats = sim.stats()
        equal((stats["rtp_packets"], stats["udp_dropped"], stats["violations"]), (0, 20, []))
    with Sim("--quirk", "no-rtcp", "--quirk", "rtcp-interval=0.1") as sim:
        for client in (UdpClient(sim).start(), Client(sim)):
            if client.session is None:
                client.start()
            client.play(20, pause=0.02)
            client.request("TEARDOWN")
        equal((client.frames, sim.stats()["rtp_packets"], sim.kinds()), ([], 40, []))


@test
def other_answers():
    with Sim("--quirk", "udp-only-reply") as sim:
        client = Client(sim)
        client.describe()
        transport = client.setup().get("Transport")
        assert transport.startswith("RTP/AVP;unicast;client_port=0-1;server_port="), transport
        equal(client.request("TEARDOWN").status, 200)
        equal(sim.kinds(), [])
    with Sim("--quirk", "tcp-setup-hang") as sim:
        client = Client(sim)
        client.sock.settimeout(0.3)
        client.describe()
        try:
            client.setup()
            raise AssertionError("answered")
        except TimeoutError:
            pass
        talk(UdpClient(sim).start())
        equal(sim.kinds(), [])


@test
def ports_that_show_themselves():
    with Sim("--quirk", "udp-no-server-port") as sim:
        client = UdpClient(sim).start()
        equal(client.server, None)
        client.server = []
        for index, kind in ((0, 127), (1, 201)):
            data, source = client.hear(index)
            equal((data[0], data[1], source[0]), (0x80, kind, client.host))
            client.server.append(source[1])
        talk(client)
        equal((sim.kinds(), sim.stats()["rtp_packets"]), ([], 10))


@test
def somebody_else():
    with Sim("--quirk", "udp-foreign-source", "--quirk", "rtcp-interval=0.1") as sim:
        client = UdpClient(sim).start()
        assert client.transport.endswith(";source=127.0.0.77"), client.transport
        client.play(20, pause=0.02)
        sources = {client.hear()[1][0] for _ in range(2)}
        equal(sources, {"127.0.0.1", "127.0.0.77"})
        equal(sim.kinds(), [])
        client.udp[0].sendto(client.packet(), ("127.0.0.77", client.server[0]))
        talk(client)
        assert "udp-foreign" in sim.kinds(), sim.kinds()

    with Sim("--quirk", "udp-foreign-source=10.9.8.7", "--quirk", "rtcp-interval=0.1") as sim:
        client = UdpClient(sim).start()
        assert client.transport.endswith(";source=10.9.8.7"), client.transport
        client.play(20, pause=0.02)
        equal({client.hear()[1][0] for _ in range(2)}, {"127.0.0.1", "127.0.0.77"})
        client.request("TEARDOWN")
        equal(sim.kinds(), [])


main()

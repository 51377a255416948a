# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""The camera's end of a track over UDP."""
import asyncio
import socket
import struct

EF = 46             # RFC 3246, for sound: what decides in a Wi-Fi's queues
PUNCHES = 5
FOREIGN = "127.0.0.77"
UNHEARD = 9         # the discard port: a socket connected there hears nobody else


def new_socket(family):
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.setblocking(False)
    if family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVTCLASS, 1)
    else:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
    return sock


def free_port_pair(host):
    """Two bound sockets, an even port and the next one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for _ in range(100):
        first, second = new_socket(family), new_socket(family)
        try:
            first.bind((host, 0))
            port = first.getsockname()[1]
            if port % 2 == 0:
                second.bind((host, port + 1))
                return first, second
        except OSError:
            pass
        first.close()
        second.close()
    raise OSError("no pair of UDP ports")


def dscp(ancillary):
    """The code point of a received datagram, or None."""
    for level, kind, data in ancillary:
        if (level, kind) in ((socket.IPPROTO_IP, socket.IP_TOS), (socket.IPPROTO_IPV6, socket.IPV6_TCLASS)):
            return (data[0] if len(data) == 1 else struct.unpack("@i", data[:4])[0]) >> 2
    return None


class UdpPair:
    """Hears what comes from the client's ports; told to nobody else."""

    def __init__(self, session, track, host, ports):
        self.session, self.track, self.host, self.ports = session, track, host, ports
        self.quirks, self.record = session.camera.quirks, session.camera.record
        self.sockets = free_port_pair(session.camera.host)
        self.foreign = []
        self.heard = False
        self.punched = 0
        self.loop = asyncio.get_running_loop()
        if "udp-closed" in self.quirks:
            for sock in self.sockets:
                sock.connect((session.camera.host, UNHEARD))
        for index, sock in enumerate(self.sockets):
            self.loop.add_reader(sock, self._readable, index)
        if self.quirks.get("udp-foreign-source") and ":" not in host:
            self._impersonate(self.quirks["udp-foreign-source"])

    def server_ports(self):
        return tuple(sock.getsockname()[1] for sock in self.sockets)

    # to the client

    def started(self):
        """PLAY was answered."""
        if "udp-no-server-port" in self.quirks:
            self._show_ports(25)

    def _show_ports(self, times):
        """So that the client sees where to send; until it does."""
        if times and not self.heard and self.sockets:
            ssrc = self.session.ssrc
            # RFC 6263 4.6: a payload type that nobody negotiated
            self._send(0, struct.pack("!BBHII", 0x80, 127, times, 0, ssrc))
            self.send_rtcp(struct.pack("!BBHI", 0x80, 201, 1, ssrc))
            self.loop.call_later(0.2, self._show_ports, times - 1)

    def send_rtp(self, data):
        self._send(0, data)

    def send_rtcp(self, data):
        self._send(1, data)
        for sock in self.foreign[1:]:
            try:
                # everything lost, says somebody else
                sock.sendto(data[:12] + b"\xff" + data[13:], (self.host, self.ports[1]))
                self.record.count("udp_foreign_sent")
            except OSError:
                pass

    def _send(self, index, data):
        if {"udp-closed", "udp-silent"} & self.quirks.keys():
            return
        try:
            self.sockets[index].sendto(data, (self.host, self.ports[index]))
            self.record.count("udp_sent")
        except OSError:
            pass

    # from the client

    def _readable(self, index):
        if index == 1:
            # a report counts packets that were sent before it
            while self._read(0):
                pass
        self._read(index)

    def _read(self, index):
        """Takes one datagram; False if there was none."""
        try:
            data, ancillary, _, source = self.sockets[index].recvmsg(65536, 256)
        except (OSError, IndexError):
            return False
        self._received(index, data, source, dscp(ancillary))
        return True

    def _received(self, index, data, source, point):
        if self.session.camera.muted:
            return
        if {"udp-closed", "udp-silent"} & self.quirks.keys():
            self.record.count("udp_dropped")
            return
        if source[0] != self.host or source[1] != self.ports[index]:
            self.session.violation("udp-source", f"a datagram from {source[0]}:{source[1]}, "
                                   f"agreed was {self.host}:{self.ports[index]}")
            return
        self.heard = True
        self.record.count(("udp_rtp", "udp_rtcp")[index])
        if self.track.kind == "back":
            self._mark(index, point)
        if not data:
            self.session.note("udp-empty", "an empty datagram, as RFC 6263 allows it to keep a path open")
        elif index == 1:
            self.session.rtcp(data)
        elif self.track.kind == "back":
            self.session.rtp(data)
        else:
            self._punch()

    def _punch(self):
        """A packet or two open a way through a firewall (GStreamer, go2rtc)."""
        self.punched += 1
        if self.punched > PUNCHES:
            self.session.violation("rtp-forward", "RTP towards a forward track")
        else:
            self.session.note("udp-punch", "RTP towards a forward track")

    def _mark(self, index, point):
        self.session.info[("dscp", "dscp_rtcp")[index]] = point
        if point != EF and index == 0:
            self.session.violation("dscp", f"RTP with DSCP {point}, not EF ({EF})")

    # another host's address in Transport

    def _impersonate(self, address):
        """Hears at the other address, if it is one of this machine's, and sends from there or from FOREIGN."""
        for port in self.server_ports():
            sock = new_socket(socket.AF_INET)
            try:
                sock.bind((address, port))
            except OSError:
                sock.bind((FOREIGN, port))
            self.loop.add_reader(sock, self._misled, sock)
            self.foreign.append(sock)

    def _misled(self, sock):
        try:
            data, source = sock.recvfrom(65536)
        except OSError:
            return
        self.session.violation("udp-foreign", f"{len(data)} bytes from {source[0]}:{source[1]} to the source= of "
                               "Transport, which is not the camera")

    def close(self):
        for sock in [*self.sockets, *self.foreign]:
            self.loop.remove_reader(sock)
            sock.close()
        self.sockets = self.foreign = ()

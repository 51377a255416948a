# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""The camera's end of a backchannel over UDP."""
import asyncio
import socket


def free_port_pair(host):
    """Two bound sockets, an even port and the next one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for _ in range(100):
        first, second = socket.socket(family, socket.SOCK_DGRAM), socket.socket(family, socket.SOCK_DGRAM)
        try:
            first.bind((host, 0))
            port = first.getsockname()[1]
            if port % 2 == 0:
                second.bind((host, port + 1))
                first.setblocking(False)
                second.setblocking(False)
                return first, second
        except OSError:
            pass
        first.close()
        second.close()
    raise OSError("no pair of UDP ports")


class UdpPair:
    """Hears what comes from the client's ports; told to nobody else."""

    def __init__(self, session, sockets, host, ports):
        self.session, self.sockets, self.host, self.ports = session, sockets, host, ports
        loop = asyncio.get_running_loop()
        for index, sock in enumerate(sockets):
            loop.add_reader(sock, self._readable, index)

    def _readable(self, index):
        if index == 1:
            # a report counts packets that were sent before it
            while self._read(0):
                pass
        self._read(index)

    def _read(self, index):
        """Takes one datagram; False if there was none."""
        try:
            data, source = self.sockets[index].recvfrom(65536)
        except OSError:
            return False
        self._received(index, data, source)
        return True

    def _received(self, index, data, source):
        if self.session.camera.muted:
            return
        if source[0] != self.host or source[1] != self.ports[index]:
            self.session.violation("udp-source", f"a datagram from {source[0]}:{source[1]}, "
                                   f"agreed was {self.host}:{self.ports[index]}")
            return
        if index == 0:
            self.session.rtp(data)
        else:
            self.session.rtcp(data)

    def send_rtcp(self, data):
        try:
            self.sockets[1].sendto(data, (self.host, self.ports[1]))
        except OSError:
            pass

    def close(self):
        loop = asyncio.get_event_loop()
        for sock in self.sockets:
            loop.remove_reader(sock)
            sock.close()

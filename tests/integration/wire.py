# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""Who was dialled: every attempt to connect, and every datagram, on the loopback interface of a
network namespace of our own, where every address leads to it."""
import collections
import socket
import struct
import subprocess
import threading

from tap import Skip, wait_for

SYN, ACK = 2, 16


class Wire:
    def __init__(self, desktop):
        self.tcp, self.udp = collections.Counter(), collections.Counter()
        try:
            self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
            self.sock.bind(("lo", 0x0800))
        except PermissionError:
            raise Skip("no right to listen on the wire") from None
        # so that attempts at addresses that nobody has are seen, too
        route = subprocess.run(["ip", "route", "replace", "default", "dev", "lo"], capture_output=True)
        if route.returncode:
            self.sock.close()
            raise Skip(f"no network namespace of our own: {route.stderr.decode().strip()}")
        desktop.started.append(self)
        threading.Thread(target=self.listen, daemon=True).start()
        self.prove()

    def prove(self):
        """What is not seen here was not sent: also to an address that nobody has."""
        with socket.socket() as sock:
            sock.setblocking(False)
            sock.connect_ex(("10.1.2.3", 5554))
            wait_for(lambda: self.tcp["10.1.2.3"], 2, "our own attempt on the wire")
        self.tcp.clear()
        self.udp.clear()

    def listen(self):
        while True:
            try:
                packet, address = self.sock.recvfrom(65536)
            except OSError:
                return
            if address[2] != socket.PACKET_OUTGOING:
                self.sent(packet)

    def sent(self, packet):
        begin = (packet[0] & 15) * 4
        target = socket.inet_ntoa(packet[16:20])
        if packet[9] == socket.IPPROTO_TCP and packet[begin + 13] & (SYN | ACK) == SYN:
            self.tcp[target] += 1
        elif packet[9] == socket.IPPROTO_UDP:
            port, = struct.unpack_from("!H", packet, begin + 2)
            self.udp[target, port] += 1

    def stop(self):
        self.sock.close()

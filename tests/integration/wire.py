# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""What really goes over the loopback interface, by the kernel's clock."""
import collections
import ctypes
import socket
import struct
import subprocess
import threading

from tap import Skip, wait_for

IPV4 = 0x0800
SYN, ACK = 2, 16
SO_ATTACH_FILTER, SO_TIMESTAMPNS = 26, 35
# classic BPF: the IP header's protocol is TCP
TCP_ONLY = ((0x30, 0, 0, 9), (0x15, 0, 1, socket.IPPROTO_TCP), (0x06, 0, 0, 128), (0x06, 0, 0, 0))


def open_wire():
    try:
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(IPV4))
        sock.bind(("lo", IPV4))
    except PermissionError:
        raise Skip("no right to listen on the wire") from None
    sock.settimeout(0.5)
    return sock


class Dialled:
    """Every attempt to connect, and every datagram, in a network namespace of our own, where
    every address leads to the loopback interface."""

    def __init__(self, desktop):
        self.tcp, self.udp, self.stopped = collections.Counter(), collections.Counter(), False
        self.sock = open_wire()
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
        while not self.stopped:
            try:
                packet, address = self.sock.recvfrom(65536)
            except TimeoutError:
                continue
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
        self.stopped = True
        self.sock.close()


class Pace:
    """When packets of sound went over TCP to the cameras at these addresses. How a busy test machine lets
    the simulated camera read them is another matter."""

    def __init__(self, desktop, *addresses):
        self.times, self.stopped = {address: [] for address in addresses}, False
        self.sock = open_wire()
        program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *one) for one in TCP_ONLY))
        self.sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER,
                             struct.pack("HL", len(TCP_ONLY), ctypes.addressof(program)))
        self.sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        desktop.started.append(self)
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while not self.stopped:
            try:
                packet, ancillary, _, address = self.sock.recvmsg(128, 256)
            except TimeoutError:
                continue
            except OSError:
                return
            # (a frame of 20 ms of G.711, and none of its acknowledgements)
            times = self.times.get(socket.inet_ntoa(packet[16:20]))
            if times is not None and struct.unpack_from("!H", packet, 2)[0] > 180:
                seconds, nanoseconds = struct.unpack("qq", ancillary[0][2])
                times.append(seconds + nanoseconds / 1e9)

    def take(self, address):
        """What came since the last time, of CLOCK_REALTIME."""
        times = self.times[address]
        taken = times[:]
        del times[:len(taken)]
        return taken

    def longest_pause(self, address, begin, end):
        """In ms, between these times of CLOCK_REALTIME."""
        times = [t for t in self.times[address] if begin < t < end]
        if len(times) < (end - begin) * 40:
            raise AssertionError(f"only {len(times)} packets in {end - begin:.1f} s")
        return max(b - a for a, b in zip(times, times[1:])) * 1000

    def stop(self):
        self.stopped = True
        self.sock.close()

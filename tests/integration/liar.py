# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""Somebody on the network who says what is not true: answers probes, says Hello and Bye."""
import re
import socket
import struct
import threading
import time

GROUP, PORT = "239.255.255.250", 3702
ENVELOPE = """<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"
 xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"
 xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"
 xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><s:Header>
 <a:MessageID>urn:uuid:5d5f0000-0000-0000-0000-%012x</a:MessageID>%s
 <a:To>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:To>
 <a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/%s</a:Action></s:Header>
 <s:Body>%s</s:Body></s:Envelope>"""
ABOUT = """<a:EndpointReference><a:Address>%s</a:Address></a:EndpointReference>
 <d:Types>dn:NetworkVideoTransmitter</d:Types><d:Scopes>onvif://www.onvif.org/name/%s</d:Scopes>
 <d:XAddrs>%s</d:XAddrs><d:MetadataVersion>%d</d:MetadataVersion>"""


class Liar:
    """Speaks from address, which may be somebody else's, for each of identities."""

    def __init__(self, desktop, address, identities, xaddr, name="Impostor", answers=True):
        self.identities, self.xaddr, self.name, self.version = identities, xaddr, name, 1
        self.answered, self.stopped = 0, False
        self.sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, struct.pack(
            "=4s4si", socket.inet_aton("0.0.0.0"), socket.inet_aton(address), socket.if_nametoindex("lo")))
        self.sender.bind((address, 0))
        self.listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.listener.settimeout(0.5)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind((GROUP, PORT))
        self.listener.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                                 socket.inet_aton(GROUP) + socket.inet_aton("127.0.0.1"))
        desktop.started.append(self)
        if answers:
            threading.Thread(target=self.answer, daemon=True).start()

    def about(self, identity):
        return ABOUT % (identity, self.name, self.xaddr, self.version)

    def send(self, action, body, target, relates=""):
        text = ENVELOPE % (time.monotonic_ns() % 2 ** 40, relates, action, body)
        self.sender.sendto(text.encode(), target)

    def answer(self):
        while not self.stopped:
            try:
                data, source = self.listener.recvfrom(65536)
            except TimeoutError:
                continue
            except OSError:
                return
            probe = re.search(rb"MessageID[^>]*>\s*([^<\s]+)", data)
            if data.find(b"/Probe<") < 0 or not probe:
                continue
            relates = f"<a:RelatesTo>{probe[1].decode()}</a:RelatesTo>"
            for identity in self.identities:
                match = f"<d:ProbeMatch>{self.about(identity)}</d:ProbeMatch>"
                self.send("ProbeMatches", f"<d:ProbeMatches>{match}</d:ProbeMatches>", source, relates)
                self.answered += 1

    def say(self, what):
        """what: Hello or Bye, to everybody"""
        for identity in self.identities:
            self.send(what, f"<d:{what}>{self.about(identity)}</d:{what}>", (GROUP, PORT))

    def stop(self):
        self.stopped = True
        self.sender.close()
        self.listener.close()

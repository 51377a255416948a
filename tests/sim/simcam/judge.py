# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""The judge of one RTP stream from the client, and of its sender reports."""
import math
import struct
import time

from .codecs import Codec
from .media import Malformed, parse_rtcp, parse_rtp, sdes, sdes_cname

NTP_EPOCH = 2208988800
SOUND = 328         # 0.01 of full scale


class Judge:
    """violation(kind, text) and note() are told. payload_types: {pt: "PCMU/8000"}"""

    def __init__(self, violation, note, info, payload_types):
        self.violation, self.note, self.info = violation, note, info
        self.codecs = {pt: Codec(name) for pt, name in payload_types.items()}
        self.codec = Codec("PCMU/8000")         # of the packet before
        self.last = None
        self.packets = self.octets = self.total = 0     # total: in samples
        self.size = self.span = 0               # of the packet before: in bytes, in samples
        self.expected_ssrc = None
        self.base_seq = self.cycles = 0
        self.jitter, self.transit = 0.0, None
        self.begin = self.arrival = 0.0
        self.sr = None                          # (arrival, ntp, rtp)
        self.bye = False
        self.square = 0.0
        self.gap_excused = False                # until the next packet

    def rtp(self, data, now):
        """(Header, samples) or None when it is unusable."""
        try:
            header, payload = parse_rtp(data)
        except Malformed as error:
            self.violation("rtp-malformed", str(error))
            return None
        self.codec = self._payload_type(header, payload) or self.codec
        self._first(header, now) if self.last is None else self._next(header)
        self._pace(header, payload, now)
        self.last, self.size, self.span, self.arrival = header, len(payload), self.codec.count(payload), now
        self.packets += 1
        self.octets += len(payload)
        self.total += self.span
        samples = self.codec.decode(payload)
        self._loudness(samples, now)
        return header, self.codec.to_heard(samples)

    def _payload_type(self, header, payload):
        if self.bye:
            self.violation("rtp-after-bye", "RTP after RTCP BYE")
        codec = self.codecs.get(header.pt)
        if codec is None:
            self.violation("rtp-payload-type", f"payload type {header.pt} was not offered "
                           f"({sorted(self.codecs)})")
        elif not codec.known:
            self.note("rtp-undecodable", f"{codec.name} cannot be heard here")
        if not payload:
            self.violation("rtp-empty", "a packet without payload")
        elif len(payload) > 1400:
            self.violation("rtp-payload-length", f"{len(payload)} bytes of payload")
        self.info["codec"] = f"{codec.name}/{codec.rate}" if codec else None
        return codec

    def _first(self, header, now):
        self.begin, self.base_seq = now, header.seq
        for name in ("seq", "timestamp", "ssrc"):
            if getattr(header, name) == 0:
                self.violation(f"rtp-first-{name}-zero", f"the first {name} is 0, not random")
        if not header.marker:
            self.note("rtp-first-marker", "no marker on the first packet")
        if self.expected_ssrc is not None and header.ssrc != self.expected_ssrc:
            self.violation("rtp-ssrc-not-as-told", f"SSRC {header.ssrc:08x}, Transport said "
                           f"{self.expected_ssrc:08x}")

    def _next(self, header):
        last = self.last
        if header.seq < last.seq and last.seq - header.seq > 0x8000:
            self.cycles += 1
        gap = (header.seq - last.seq) & 0xFFFF
        excused, self.gap_excused = self.gap_excused, False
        if excused and 1 < gap < 50:
            self.note("rtp-lost", f"{gap - 1} packets, by the camera's own doing")
            last = last._replace(seq=header.seq - 1, timestamp=header.timestamp - self.span)
        if header.seq != (last.seq + 1) & 0xFFFF:
            self.violation("rtp-sequence", f"{last.seq} -> {header.seq}")
        wanted = (last.timestamp + self.span) & 0xFFFFFFFF
        if header.timestamp != wanted and self.codec.known:
            self.violation("rtp-timestamp", f"{last.timestamp} + {self.span} samples -> "
                           f"{header.timestamp} after packet {self.packets}")
        if header.ssrc != last.ssrc:
            self.violation("rtp-ssrc", f"{last.ssrc:08x} -> {header.ssrc:08x}")
        if header.pt != last.pt:
            self.violation("rtp-payload-type", f"{last.pt} -> {header.pt} within the session")

    def _pace(self, header, payload, now):
        if self.size and len(payload) != self.size:
            self.violation("rtp-payload-length", f"{self.size} -> {len(payload)} bytes")
        rate, span = self.codec.rate, self.codec.count(payload)
        if payload and span % (rate // 100) and len(payload) != 1024:
            self.note("rtp-ptime", f"{len(payload)} bytes are no multiple of 10 ms")
        ahead = (self.total + span) / rate - (now - self.begin) if self.codec.known else 0.0
        self.info["max_ahead_s"] = round(max(self.info.get("max_ahead_s", 0.0), ahead), 3)
        if ahead > 0.5:
            self.note("rtp-burst", f"{ahead:.2f} s ahead of real time")
        transit = now * rate - header.timestamp
        if self.transit is not None:
            difference = abs(transit - self.transit)
            if difference < 1 << 30:
                self.jitter += (difference - self.jitter) / 16
                gap = now - self.arrival
                self.info["max_gap_s"] = round(max(self.info.get("max_gap_s", 0.0), gap), 4)
        self.transit = transit

    def _loudness(self, samples, now):
        if not samples:
            return
        peak = max(max(samples), -min(samples))
        self.square += sum(s * s for s in samples)
        info = self.info
        info["packets"] = self.packets
        info["duration_s"] = round(self.total / self.codec.rate, 3)
        info["peak_dbfs"] = round(max(info.get("peak_dbfs", -120.0),
                                      20 * math.log10(max(peak, 0.03) / 32768)), 2)
        info["rms_dbfs"] = round(10 * math.log10(max(self.square / self.total, 1e-3) / 2 ** 30), 2)
        if "first_sound" not in info and peak > SOUND:
            info["first_sound"] = round(now, 6)
            info["first_sound_after_play_s"] = round(now - info.get("played", now), 4)

    # RTCP

    def rtcp(self, data, now, count):
        try:
            packets = parse_rtcp(data)
            for kind, number, body in packets:
                self._rtcp_packet(kind, number, body, now, count)
        except (Malformed, UnicodeDecodeError) as error:
            self.violation("rtcp-malformed", str(error))
            return
        if not any(kind == 202 for kind, _, _ in packets):
            self.violation("rtcp-no-sdes", "compound RTCP without SDES")

    def _rtcp_packet(self, kind, number, body, now, count):
        if kind == 200:
            count("rtcp_sr")
            self._sender_report(body, number, now)
        elif kind == 201:
            count("rtcp_rr")
        elif kind == 202:
            count("rtcp_sdes")
            cname = sdes_cname(body, number)
            if self.info.setdefault("cname", cname) != cname:
                self.violation("rtcp-cname", "the CNAME changed")
            if not cname:
                self.violation("rtcp-cname", "empty CNAME")
        elif kind == 203:
            count("rtcp_bye")
            if number < 1 or len(body) < 4:
                raise Malformed("BYE without SSRC")
            self.bye = True

    def _sender_report(self, body, number, now):
        if len(body) < 24 + 24 * number:
            raise Malformed("short sender report")
        ssrc, high, low, rtp, packets, octets = struct.unpack_from("!IIIIII", body)
        ntp = high - NTP_EPOCH + low / 2 ** 32
        if self.last is None:
            self.note("rtcp-before-rtp", "a sender report before any RTP")
            return
        if ssrc != self.last.ssrc:
            self.violation("rtcp-ssrc", f"SR of {ssrc:08x}, RTP of {self.last.ssrc:08x}")
        if abs(ntp - time.time()) > 5:
            self.violation("rtcp-ntp", f"SR's NTP time is {ntp - time.time():+.1f} s off")
        if abs(packets - self.packets) > 3:
            self.violation("rtcp-count", f"SR counts {packets} packets, {self.packets} came")
        elif abs(octets - self.octets) > 3 * max(self.size, 160):
            self.violation("rtcp-count", f"SR counts {octets} octets, {self.octets} came")
        self._sr_clock(ntp, rtp, now)
        self.sr = (now, ntp, rtp, (high & 0xFFFF) << 16 | low >> 16)

    def _sr_clock(self, ntp, rtp, now):
        rate = self.codec.rate
        heard = self.last.timestamp + self.span + (now - self.arrival) * rate
        off = (rtp - heard + 2 ** 31) % 2 ** 32 - 2 ** 31
        if abs(off) > rate:
            self.violation("rtcp-rtp-time", f"SR's RTP time is {off / rate:+.2f} s off the stream")
        if self.sr:
            media = ((rtp - self.sr[2] + 2 ** 31) % 2 ** 32 - 2 ** 31) / rate
            wall = ntp - self.sr[1]
            if abs(media - wall) > 0.25 + 0.01 * wall:
                self.violation("rtcp-rtp-ntp", f"between two SR {media:.2f} s of media, "
                               f"{wall:.2f} s of NTP")

    def receiver_report(self, own_ssrc, now):
        """RR + SDES about this stream, or None before there is one."""
        if self.last is None:
            return None
        highest = self.cycles << 16 | self.last.seq
        lost = max(0, highest - self.base_seq + 1 - self.packets) & 0xFFFFFF
        lsr = self.sr[3] if self.sr else 0
        dlsr = int((now - self.sr[0]) * 65536) if self.sr else 0
        report = struct.pack("!BBHII4sIIII", 0x81, 201, 7, own_ssrc, self.last.ssrc,
                             b"\0" + lost.to_bytes(3, "big"), highest & 0xFFFFFFFF,
                             int(self.jitter) & 0xFFFFFFFF, lsr, dlsr)
        return report + sdes(own_ssrc)

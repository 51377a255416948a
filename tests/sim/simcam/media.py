# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""RTP and RTCP (RFC 3550): strict readers."""
import collections
import struct

Header = collections.namedtuple("Header", "marker pt seq timestamp ssrc")


class Malformed(Exception):
    pass


def parse_rtp(data):
    """(Header, payload) or Malformed."""
    if len(data) < 12:
        raise Malformed(f"{len(data)} bytes are no RTP packet")
    first, second, seq, timestamp, ssrc = struct.unpack_from("!BBHII", data)
    if first >> 6 != 2:
        raise Malformed(f"RTP version {first >> 6}")
    offset, end = 12 + 4 * (first & 0x0F), len(data)
    if first & 0x10:
        if len(data) < offset + 4:
            raise Malformed("truncated header extension")
        offset += 4 + 4 * struct.unpack_from("!H", data, offset + 2)[0]
    if first & 0x20:
        end -= data[-1] or len(data)
    if offset > end:
        raise Malformed("header longer than the packet")
    return Header(bool(second & 0x80), second & 0x7F, seq, timestamp, ssrc), data[offset:end]


def parse_rtcp(data):
    """[(type, count, body)] of a compound packet, or Malformed (RFC 3550 A.2)."""
    packets, offset = [], 0
    while offset < len(data):
        if len(data) - offset < 4:
            raise Malformed("RTCP with a rest of %d bytes" % (len(data) - offset))
        first, kind, words = struct.unpack_from("!BBH", data, offset)
        end = offset + 4 + 4 * words
        if first >> 6 != 2:
            raise Malformed(f"RTCP version {first >> 6}")
        if end > len(data):
            raise Malformed("RTCP length beyond the packet")
        if first & 0x20 and end != len(data):
            raise Malformed("RTCP padding before the last packet")
        packets.append((kind, first & 0x1F, data[offset + 4:end]))
        offset = end
    if not packets:
        raise Malformed("empty RTCP")
    if packets[0][0] not in (200, 201):
        raise Malformed(f"compound RTCP begins with type {packets[0][0]}, not SR or RR")
    return packets


def sdes_cname(body, count):
    """The CNAME of the first chunk."""
    if count < 1 or len(body) < 8:
        raise Malformed("SDES without a chunk")
    offset = 4
    while offset + 2 <= len(body) and body[offset]:
        kind, length = body[offset], body[offset + 1]
        if offset + 2 + length > len(body):
            raise Malformed("SDES item beyond the packet")
        if kind == 1:
            return body[offset + 2:offset + 2 + length].decode("utf-8")
        offset += 2 + length
    raise Malformed("SDES without CNAME")


def sdes(ssrc, name=b"simcam"):
    chunk = struct.pack("!IBB", ssrc, 1, len(name)) + name
    chunk += b"\0" * (4 - len(chunk) % 4)
    return struct.pack("!BBH", 0x81, 202, len(chunk) // 4) + chunk


def goodbye(ssrc):
    """An empty RR, SDES and BYE."""
    return struct.pack("!BBHI", 0x80, 201, 1, ssrc) + sdes(ssrc) + struct.pack("!BBHI", 0x81, 203, 1, ssrc)

# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""The description that DESCRIBE returns."""
from .tracks import aggregate, control, tracks

JUNK_MEDIA = ("m=application/MERCURY 0 RTP/AVP smart/1/90000\r\na=rtpmap:95 MERCURY/90000\r\n"
              "a=control:trackID=8\r\n",
              "m=vana 0 RTP/AVP 108\r\nc=IN IP4 0.0.0.0\r\nb=AS:1\r\n"
              "a=rtpmap:108 video.analysis/90000/500\r\na=control:trackID=9\r\n")
HIKVISION = ("a=Media_header:MEDIAINFO=494D4B4801030000040000010170011080BB0000007D0000000000000000000000000000"
             "00000000;\r\na=appversion:1.0\r\n")


def direction(camera, kind):
    quirks = camera.quirks
    if kind == "back":
        if "sendrecv" in quirks:
            return "a=sendrecv\r\n"
        if "back-recvonly" in quirks:
            return "a=recvonly\r\n"
        return "" if "session-level-sendonly" in quirks else "a=sendonly\r\n"
    if "forward-sendonly" in quirks:
        return "a=sendonly\r\n"
    return "" if "forward-no-direction" in quirks else "a=recvonly\r\n"


def connection_line(camera, track):
    if "bare-c" in camera.quirks:
        return "c=IN\r\n"
    text = f"c=IN {'IP6 ::' if ':' in camera.host else 'IP4 0.0.0.0'}\r\n"
    if track.kind == "back" and "sdp-c-sm" in camera.quirks:
        text += "c=SM SM spk0_trackID2\r\n"
    return text


def rtpmaps(camera, track):
    maps = [f"{pt} {name}" for pt, name in track.maps]
    if track.kind == "back" and "duplicate-rtpmap" in camera.quirks:
        maps.insert(0, "0 PCMA/8000")
    if track.kind == "back" and "sdp-dup-pt" in camera.quirks:
        maps[2:2] = ["8 G711/8000"]
        maps[5:5] = ["98 G726-24/8000"]
    return "".join(f"a=rtpmap:{one}\r\n" for one in maps)


def formats(track):
    text = ""
    for pt, name in track.maps:
        if name.startswith("MPEG4-GENERIC"):
            text += f"a=fmtp:{pt} streamtype=5;profile-level-id=1;mode=AAC-hbr;config=1408\r\n"
        elif name.startswith("H264"):
            text += f"a=fmtp:{pt} packetization-mode=1;profile-level-id=42001f\r\n"
    return text


def section(camera, base, track):
    kind = "video" if track.kind == "video" else "audio"
    types = " ".join(str(pt) for pt, _ in track.maps)
    text = f"m={kind} 0 RTP/AVP {types}\r\n" + connection_line(camera, track)
    text += rtpmaps(camera, track) + formats(track)
    name = control(camera, base, track)
    if name is not None:
        text += f"a=control:{name}\r\n"
    text += direction(camera, track.kind)
    if "sdp-media-header" in camera.quirks:
        text += HIKVISION
    return text


def session_level(camera, base):
    quirks = camera.quirks
    name = quirks.get("hostile-name", camera.config.name)
    origin = "CV-RTSPHandler" if "forward-sendonly" in quirks else "-"
    text = f"v=0\r\no={origin} 1700000000 1 IN IP4 127.0.0.1\r\ns={name}\r\n"
    if "sdp-media-header" in quirks:
        text += "e=NONE\r\nb=AS:5100\r\n"
    if "sloppy-sdp" in quirks:
        text += "s=again\r\na=x-junk\r\nnonsense without equals sign\r\nb=\r\n"
    else:
        text += "t=0 0\r\n"
    if {"control-session-absolute", "sdp-media-header"} & quirks.keys():
        text += f"a=control:{aggregate(camera, base)}/\r\n"
    else:
        text += "a=control:*\r\n"
    if "session-level-sendonly" in quirks:
        text += "a=sendonly\r\n"
    return text + "a=range:npt=now-\r\n"


def describe(camera, base, with_back):
    """The SDP as bytes."""
    quirks = camera.quirks
    camera.record.count("descriptions")     # first: it decides the codec of codec-changes
    text = session_level(camera, base)
    sections = [section(camera, base, track) for track in tracks(camera, base, with_back)]
    if "sdp-vana" in quirks:
        sections[-1:-1] = JUNK_MEDIA
    text += "".join(sections)
    if "hostile-sdp" in quirks:
        return spoil(quirks["hostile-sdp"], text)
    if "sloppy-sdp" in quirks:
        text = text.replace("\r\n", "\n")
    if "sdp-no-newline" in quirks:
        text = text.rstrip("\r\n")
    return text.encode("utf-8", "surrogatepass")


def spoil(which, text):
    if which == "1":
        return (text + "m=audio 0 RTP/AVP 0\r\na=sendonly\r\n" * 1000).encode()
    if which == "2":
        return text.replace("m=audio 0 RTP/AVP", "m=audio 4294967296 RTP/AVP 4294967296 -1 128") \
            .replace("/8000", "/99999999999999999999").encode()
    if which == "3":
        return (text + "a=" + "x" * 60000 + "\r\n").encode()
    if which == "5":
        return bytes(range(256)) * 8
    return text.encode()


def content_base(camera, uri):
    """The header's value, or None."""
    quirks = camera.quirks
    if "no-content-base" in quirks:
        return None
    wrong = quirks.get("content-base-wrong")
    path = uri.split("/", 3)[3]
    if wrong:
        return {"2": f"rtsp://{uri}/", "3": "192.168.253.220:1935/",
                "4": f"rtsp://{camera.bracketed(camera.host)}/Preview_01_sub/",
                "5": f"rtsp://::ffff:192.168.1.123/{path}/"}.get(wrong, f"rtsp://192.168.253.220:1935/{path}/")
    return uri + ("//" if "content-base-double-slash" in quirks else "/")

# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""The description that DESCRIBE returns, and which URIs belong to its tracks."""
import collections

CODECS = {"PCMU": (0, "PCMU/8000"), "PCMA": (8, "PCMA/8000")}
DAHUA = [(104, "MPEG4-GENERIC/16000"), (103, "MPEG4-GENERIC/8000"), (102, "PCMA/16000"),
         (8, "PCMA/8000"), (101, "L16/16000"), (97, "L16/8000"), (100, "PCMU/16000"),
         (0, "PCMU/8000")]

# kind: "video", "audio" (both towards the client) or "back"
Track = collections.namedtuple("Track", "kind control maps")


def back_maps(camera):
    quirks = camera.quirks
    if "aac-only" in quirks:
        return [(97, "MPEG4-GENERIC/16000")]
    if "many-codecs" in quirks:
        return DAHUA
    if "duplicate-rtpmap" in quirks:
        return [(0, "PCMU/8000")]
    return [CODECS[name] for name in camera.config.codecs]


def has_backchannel(camera, base):
    if "speaker-in-profile-2" in camera.quirks and not base.endswith(camera.stream_path("profile_2")):
        return False
    return not {"no-backchannel-551", "no-backchannel-200", "forward-sendonly"} & camera.quirks.keys()


def tracks(camera, base, with_back):
    result = []
    if "speaker-only" not in camera.quirks:
        result = [Track("video", "trackID=0", [(96, "H264/90000")]),
                  Track("audio", "trackID=1", [(0, "PCMU/8000")])]
    if not with_back or not has_backchannel(camera, base):
        return result
    maps = back_maps(camera)
    groups = [[one] for one in maps] if "split-codecs" in camera.quirks else [maps]
    return result + [Track("back", f"trackID={4 + n}", group) for n, group in enumerate(groups)]


def direction(camera, kind):
    if kind == "back":
        return "a=sendonly\r\n"
    if "forward-sendonly" in camera.quirks:
        return "a=sendonly\r\n"
    if "forward-no-direction" in camera.quirks:
        return ""
    return "a=recvonly\r\n"


def control_line(camera, base, track):
    quirks = camera.quirks
    if track.kind == "back" and "control-missing" in quirks:
        return ""
    control = track.control
    if "control-slash" in quirks:
        control = "/" + control
    elif "control-absolute" in quirks:
        control = f"{base}/{control}"
    elif "control-absolute-foreign-host" in quirks:
        control = f"rtsp://10.1.2.3:5554/{base.split('/', 3)[3]}/{control}"
    return f"a=control:{control}\r\n"


def section(camera, base, track):
    kind = "video" if track.kind == "video" else "audio"
    types = " ".join(str(pt) for pt, _ in track.maps)
    text = f"m={kind} 0 RTP/AVP {types}\r\n"
    text += "c=IN\r\n" if "bare-c" in camera.quirks else "c=IN IP4 0.0.0.0\r\n"
    if track.kind == "back" and "duplicate-rtpmap" in camera.quirks:
        text += "a=rtpmap:0 PCMA/8000\r\n"
    text += "".join(f"a=rtpmap:{pt} {name}\r\n" for pt, name in track.maps)
    for pt, name in track.maps:
        if name.startswith("MPEG4-GENERIC"):
            text += f"a=fmtp:{pt} streamtype=5;profile-level-id=1;mode=AAC-hbr;config=1408\r\n"
        elif name.startswith("H264"):
            text += f"a=fmtp:{pt} packetization-mode=1;profile-level-id=42001f\r\n"
    return text + control_line(camera, base, track) + direction(camera, track.kind)


def describe(camera, base, with_back):
    """The SDP as bytes."""
    hostile = camera.quirks.get("hostile-sdp")
    name = camera.quirks.get("hostile-name", camera.config.name)
    text = "v=0\r\no=- 1700000000 1 IN IP4 127.0.0.1\r\n" + f"s={name}\r\n"
    if "sloppy-sdp" in camera.quirks:
        text += "s=again\r\na=x-junk\r\nnonsense without equals sign\r\nb=\r\n"
    else:
        text += "t=0 0\r\n"
    text += "a=control:*\r\na=range:npt=now-\r\n"
    text += "".join(section(camera, base, track) for track in tracks(camera, base, with_back))
    if hostile:
        return spoil(hostile, text)
    if "sloppy-sdp" in camera.quirks:
        text = text.replace("\r\n", "\n")
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
                "4": f"rtsp://{camera.host}/Preview_01_sub/"}.get(wrong, f"rtsp://192.168.253.220:1935/{path}/")
    return uri + ("//" if "content-base-double-slash" in quirks else "/")


def find_track(camera, base, uri, with_back):
    """The track that uri names, or None; base: the stream's URI without a trailing slash."""
    quirks = camera.quirks
    for track in tracks(camera, base, with_back):
        if track.kind == "back" and "control-missing" in quirks:
            if uri.rstrip("/") == base:
                return track
            continue
        accepted = {f"{base}/{track.control}"}
        if "control-resolve" in quirks:
            accepted = {base.split("?")[0].rsplit("/", 1)[0] + "/" + track.control}
        if "content-base-double-slash" in quirks:
            accepted.add(f"{base}//{track.control}")
        if uri in accepted:
            return track
        if "content-base-wrong" in quirks and uri.endswith("/" + track.control):
            return track
        if "no-content-base" in quirks and uri == base.rsplit("/", 1)[0] + "/" + track.control:
            return track
    return None

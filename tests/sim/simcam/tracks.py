# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""Which tracks a stream has, with which codecs, and by which URIs they are set up."""
import collections

CODECS = {"PCMU": (0, "PCMU/8000"), "PCMA": (8, "PCMA/8000")}
DAHUA = [(104, "MPEG4-GENERIC/16000"), (103, "MPEG4-GENERIC/8000"), (102, "PCMA/16000"),
         (8, "PCMA/8000"), (101, "L16/16000"), (97, "L16/8000"), (100, "PCMU/16000"),
         (0, "PCMU/8000")]
G726 = [(97, "G726-16/8000"), (98, "G726-24/8000"), (99, "G726-32/8000"), (100, "G726-40/8000")]
# quirk: what its backchannel takes
TAKEN = {
    "aac-only": [(97, "MPEG4-GENERIC/16000")],
    "aac-g726": [(104, "MPEG4-GENERIC/16000"), *G726, (105, "opus/48000/2"), (106, "AMR/8000")],
    "many-codecs": DAHUA,
    "duplicate-rtpmap": [(0, "PCMU/8000")],
    "sdp-dup-pt": [(0, "PCMU/8000"), (8, "PCMA/8000"), (97, "G726-16/8000"), (98, "MPEG4-GENERIC/16000"),
                   (99, "G726-32/8000"), (100, "G726-40/8000")],
    "sdp-c-sm": [(0, "pcmu/8000"), (97, "opus/48000/2")],
    "pcma-only": [(8, "PCMA/8000")],
    "pcmu-16000-only": [(100, "PCMU/16000")],
    "l16-only": [(101, "L16/16000")],
    "dynamic-types": [(97, "MPEG4-GENERIC/8000"), (96, "pcmu/8000/1"), (98, "PCMA/8000")],
}
CHANGING = [[CODECS["PCMU"]], [CODECS["PCMA"]], [(97, "MPEG4-GENERIC/16000")]]

# kind: "video", "audio" (both towards the client) or "back"
Track = collections.namedtuple("Track", "kind control maps")


def back_maps(camera):
    quirks = camera.quirks
    for name, maps in TAKEN.items():
        if name in quirks:
            return maps
    if "codec-changes" in quirks:
        return CHANGING[camera.record.counts["descriptions"] % len(CHANGING)]
    return [CODECS[name] for name in camera.config.codecs]


def encodings(camera):
    """What the decoder's options name: {"PCMU": 8, "MP4A-LATM": 16}, rates in kHz."""
    result = {}
    for _, name in back_maps(camera):
        codec, rate = name.upper().split("/")[:2]
        result.setdefault({"MPEG4-GENERIC": "MP4A-LATM"}.get(codec, codec), int(rate) // 1000)
    return result


def has_backchannel(camera, base):
    quirks = camera.quirks
    if "speaker-in-profile-2" in quirks and not base.endswith(camera.stream_path("profile_2")):
        return False
    if "proto-onvif" in quirks and "proto=Onvif" not in base:
        return False
    if not camera.profiles.complete(camera.token_of(base)):
        return False
    return not {"no-backchannel-551", "no-backchannel-200", "forward-sendonly"} & quirks.keys()


def tracks(camera, base, with_back):
    result = []
    if "speaker-only" not in camera.quirks and not (with_back and "require-hides-forward" in camera.quirks):
        result = [Track("video", "trackID=0", [(96, "H264/90000")]),
                  Track("audio", "trackID=1", [(0, "PCMU/8000")])]
    if not with_back or not has_backchannel(camera, base):
        return result
    maps = back_maps(camera)
    groups = [[one] for one in maps] if "split-codecs" in camera.quirks else [maps]
    back = [Track("back", f"trackID={4 + n}", group) for n, group in enumerate(groups)]
    # Avigilon's order
    return result[1:] + back + result[:1] if "sdp-c-sm" in camera.quirks else result + back


def control(camera, base, track):
    """The text of a=control, or None."""
    quirks, name = camera.quirks, track.control
    if track.kind == "back" and "control-missing" in quirks:
        return None
    if track.kind == "back" and "control-empty" in quirks:
        return ""
    if "control-slash" in quirks:
        return "/" + name
    if {"control-absolute", "sdp-media-header", "sdp-c-sm"} & quirks.keys():
        return f"{base}/{name}"
    if "control-absolute-foreign-host" in quirks:
        return f"rtsp://10.1.2.3:5554/{base.split('/', 3)[3]}/{name}"
    return name


def aggregate(camera, base):
    """The URI of PLAY and TEARDOWN: the stream's own, unless a=control of the session names another."""
    return f"{base}/live" if camera.quirks.get("control-session-absolute") == "other" else base


def accepted(camera, base, track):
    """The URIs by which SETUP may name it."""
    quirks, name = camera.quirks, track.control
    if track.kind == "back" and {"control-missing", "control-empty"} & quirks.keys():
        return {base, base + "/"}
    uris = {f"{aggregate(camera, base)}/{name}"}
    if "control-resolve" in quirks:
        uris = {base.split("?")[0].rsplit("/", 1)[0] + "/" + name}
    if "content-base-double-slash" in quirks:
        uris.add(f"{base}//{name}")
    if "no-content-base" in quirks:
        uris.add(base.rsplit("/", 1)[0] + "/" + name)
    return uris


def find_track(camera, base, uri, with_back):
    """The track that uri names, or None; base: the stream's URI without a trailing slash."""
    for track in tracks(camera, base, with_back):
        if uri in accepted(camera, base, track):
            return track
        if "content-base-wrong" in camera.quirks and uri.endswith("/" + track.control):
            return track
    return None

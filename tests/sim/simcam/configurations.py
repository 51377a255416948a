# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""Profiles and configurations: the same XML within Media1, Media2 and profiles."""
from .fault import Fault
from .markup import tag, tags

PROFILES = {"profile_1": ("MainStream", "vec_1", 1920, 1080), "profile_2": ("SubStream", "vec_2", 640, 360)}
MULTICAST = ("<tt:Multicast><tt:Address><tt:Type>IPv4</tt:Type><tt:IPv4Address>0.0.0.0</tt:IPv4Address>"
             "</tt:Address><tt:Port>0</tt:Port><tt:TTL>1</tt:TTL><tt:AutoStart>false</tt:AutoStart>"
             "</tt:Multicast>")


def video_source(name):
    return tag(name, tags("tt", Name="VideoSource", UseCount=2, SourceToken="vs_1")
               + '<tt:Bounds x="0" y="0" width="1920" height="1080"/>', token="vsc_1")


def audio_source(name):
    return tag(name, tags("tt", Name="AudioSource", UseCount=2, SourceToken="as_1"), token="asc_1")


def video_encoder(name, profile):
    _, token, width, height = PROFILES[profile]
    return tag(name, tags("tt", Name=token, UseCount=1, Encoding="H264")
               + tag("tt:Resolution", tags("tt", Width=width, Height=height)) + tags("tt", Quality=4)
               + tag("tt:RateControl", tags("tt", FrameRateLimit=25, EncodingInterval=1, BitrateLimit=2048))
               + tag("tt:H264", tags("tt", GovLength=50, H264Profile="Main")) + MULTICAST
               + tags("tt", SessionTimeout="PT60S"), token=token)


def video_encoder2(name, profile):
    _, token, width, height = PROFILES[profile]
    return tag(name, tags("tt", Name=token, UseCount=1, Encoding="H264")
               + tag("tt:Resolution", tags("tt", Width=width, Height=height))
               + tag("tt:RateControl", tags("tt", FrameRateLimit=25, BitrateLimit=2048))
               + tags("tt", Quality=4), token=token, GovLength=50, Profile="Main")


def audio_encoder(name, encoding):
    return tag(name, tags("tt", Name="AudioEncoder", UseCount=2, Encoding=encoding)
               + (tags("tt", Bitrate=64, SampleRate=8) + MULTICAST + tags("tt", SessionTimeout="PT60S")
                  if encoding == "G711" else MULTICAST + tags("tt", Bitrate=64, SampleRate=8)), token="aec_1")


def audio_output(camera, name):
    profiles = camera.profiles
    return tag(name, tags("tt", Name="Loudspeaker", UseCount=2, OutputToken="ao_1", SendPrimacy=profiles.primacy,
                          OutputLevel=profiles.level), token="aoc_1")


def audio_decoder(name):
    return tag(name, tags("tt", Name="Decoder", UseCount=2), token="adc_1")


def has_speaker(camera, profile="profile_2"):
    if "speaker-in-profile-2" in camera.quirks and profile != "profile_2":
        return False
    return "no-audio-output" not in camera.quirks


def audio_parts(camera, profile):
    """Which of the two a backchannel needs are in the profile."""
    if not has_speaker(camera, profile):
        return []
    return [kind for kind in ("AudioOutput", "AudioDecoder") if camera.profiles.has(profile, kind)]


def need_speaker(camera):
    if not has_speaker(camera):
        raise Fault(400, "Receiver", ["ActionNotSupported", "AudioOutputNotSupported"],
                    "AudioOutputNotSupported")


def known(args, path, tokens, fault):
    """The token asked for, or None if none was; a fault if there is no such."""
    token = args.get(path)
    if token is not None and token not in tokens:
        raise Fault(400, "Sender", ["InvalidArgVal", fault], f"no {token}")
    return token

# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""The media2 service's answers (ONVIF Media2)."""
from .configurations import (PROFILES, audio_decoder, audio_encoder, audio_output, audio_parts, audio_source, known,
                             need_speaker, video_encoder2, video_source)
from .markup import tag, tags
from .media1 import stream_uri
from .operation import split
from .tracks import encodings

TYPES2 = ("All", "VideoSource", "VideoEncoder", "AudioSource", "AudioEncoder", "AudioOutput", "AudioDecoder",
          "Metadata", "Analytics", "PTZ", "Receiver")


def profile2(camera, token, types):
    parts = {"VideoSource": video_source("tr2:VideoSource"), "AudioSource": audio_source("tr2:AudioSource"),
             "VideoEncoder": video_encoder2("tr2:VideoEncoder", token),
             "AudioEncoder": audio_encoder("tr2:AudioEncoder", "PCMU")}
    if "AudioOutput" in audio_parts(camera, token):
        parts["AudioOutput"] = audio_output(camera, "tr2:AudioOutput")
    if "AudioDecoder" in audio_parts(camera, token):
        parts["AudioDecoder"] = audio_decoder("tr2:AudioDecoder")
    chosen = "".join(xml for name, xml in parts.items() if "All" in types or name in types)
    return tag("tr2:Profiles", tags("tr2", Name=PROFILES[token][0])
               + (tag("tr2:Configurations", chosen) if types else ""), token=token, fixed="true")


def get_profiles2(camera, args):
    args.sequence("Token", "Type")
    wanted = known(args, "Token", PROFILES, "NoProfile")
    types = [child.text.strip() for child in args.operation if split(child.tag) == ("tr2", "Type")]
    if set(types) - set(TYPES2):
        camera.record.violation("soap-arguments", f"GetProfiles: Type {types}")
    return "".join(profile2(camera, token, types) for token in PROFILES if wanted in (None, token))


def decoder_options2(camera, args):
    need_speaker(camera)
    args.sequence("ConfigurationToken", "ProfileToken")
    known(args, "ConfigurationToken", ("adc_1",), "NoConfig")
    if "decoder-options-empty" in camera.quirks:
        return ""
    return "".join(tag("tr2:Options", tags("tt", Encoding=name) + tag("tt:BitrateList", tags("tt", Items=64))
                       + tag("tt:SampleRateList", tags("tt", Items=rate))) for name, rate in encodings(camera).items())


def stream_uri2(camera, args):
    args.sequence("Protocol", "ProfileToken")
    protocol = args.among("Protocol", ("RtspUnicast", "RtspMulticast", "RTSP", "RtspsUnicast", "RtspOverHttp"))
    args.get("ProfileToken", True)
    token = known(args, "ProfileToken", PROFILES, "NoProfile")
    return tags("tr2", Uri=stream_uri(camera, token, protocol, args.scheme))

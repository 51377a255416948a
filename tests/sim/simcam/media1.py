# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""The media service's answers (ONVIF Media)."""
from .configurations import (PROFILES, audio_decoder, audio_encoder, audio_output, audio_parts, audio_source,
                             has_speaker, known, need_speaker, video_encoder, video_source)
from .fault import Fault
from .markup import tag, tags
from .tracks import encodings

OPTIONS1 = {"MP4A-LATM": "AACDecOptions", "PCMU": "G711DecOptions", "PCMA": "G711DecOptions",
            "G726-32": "G726DecOptions"}


def profile1(camera, token, name="trt:Profiles"):
    parts = audio_parts(camera, token)
    inner = audio_output(camera, "tt:AudioOutputConfiguration") if "AudioOutput" in parts else ""
    inner += audio_decoder("tt:AudioDecoderConfiguration") if "AudioDecoder" in parts else ""
    extension = tag("tt:Extension", inner) if inner else ""
    return tag(name, tags("tt", Name=PROFILES[token][0]) + video_source("tt:VideoSourceConfiguration")
               + audio_source("tt:AudioSourceConfiguration")
               + video_encoder("tt:VideoEncoderConfiguration", token)
               + audio_encoder("tt:AudioEncoderConfiguration", "G711") + extension, token=token, fixed="true")


def get_profile(camera, args):
    args.get("ProfileToken", True)
    return profile1(camera, known(args, "ProfileToken", PROFILES, "NoProfile"), "trt:Profile")


def get_video_sources(camera, args):
    return tag("trt:VideoSources", tags("tt", Framerate=25)
               + tag("tt:Resolution", tags("tt", Width=1920, Height=1080)), token="vs_1")


def get_video_encoder(camera, args):
    token = args.get("ConfigurationToken", True)
    return video_encoder("trt:Configuration", "profile_2" if token == "vec_2" else "profile_1")


def outputs1(camera, args):
    return tag("trt:AudioOutputs", token="ao_1") if has_speaker(camera) else ""


def output_configurations(camera, prefix):
    if not has_speaker(camera) or "no-configurations" in camera.quirks:
        return ""
    return audio_output(camera, f"{prefix}:Configurations")


def output_options(prefix):
    def handler(camera, args):
        need_speaker(camera)
        args.sequence("ConfigurationToken", "ProfileToken")
        known(args, "ConfigurationToken", ("aoc_1",), "NoConfig")
        known(args, "ProfileToken", PROFILES, "NoProfile")
        primacies = "".join(tags("tt", SendPrimacyOptions=one) for one in camera.profiles.primacies())
        return tag(f"{prefix}:Options", tags("tt", OutputTokensAvailable="ao_1") + primacies
                   + tag("tt:OutputLevelRange", tags("tt", Min=0, Max=100)))
    return handler


def decoder_configurations(prefix):
    def handler(camera, args):
        need_speaker(camera)
        return "" if "no-configurations" in camera.quirks else audio_decoder(f"{prefix}:Configurations")
    return handler


def decoder_options1(camera, args):
    need_speaker(camera)
    args.sequence("ConfigurationToken", "ProfileToken")
    known(args, "ConfigurationToken", ("adc_1",), "NoConfig")
    if "decoder-options-empty" in camera.quirks:
        return tag("trt:Options")
    rates = {OPTIONS1.get(name): rate for name, rate in encodings(camera).items() if name in OPTIONS1}
    # the schema's order is the alphabet's
    return tag("trt:Options", "".join(tag(f"tt:{kind}", tag("tt:Bitrate", tags("tt", Items=64))
                                          + tag("tt:SampleRateRange", tags("tt", Items=rate)))
                                      for kind, rate in sorted(rates.items())))


def stream_uri(camera, token, protocol, scheme):
    """scheme: that of the request"""
    quirks, host = camera.quirks, camera.quirks.get("xaddr-foreign")
    if protocol in ("HTTP", "RtspOverHttp"):
        return camera.tunnel_uri(token, host, scheme)
    schemes = camera.schemes("rtsp")
    wanted = "rtsps" if protocol == "RtspsUnicast" else "rtsp"
    if wanted not in schemes and (wanted == "rtsps" or "rtsp-unicast-fault" in quirks):
        raise Fault(400, "Sender", ["InvalidArgVal", "InvalidStreamSetup"], f"no {protocol} here")
    return camera.stream_uri(token, host, wanted if wanted in schemes else None)


def stream_uri1(camera, args):
    args.sequence("StreamSetup", "ProfileToken")
    args.among("StreamSetup/tt:Stream", ("RTP-Unicast", "RTP-Multicast"))
    protocol = args.among("StreamSetup/tt:Transport/tt:Protocol", ("UDP", "TCP", "RTSP", "HTTP"))
    args.get("ProfileToken", True)
    token = known(args, "ProfileToken", PROFILES, "NoProfile")
    return tag("trt:MediaUri", tags("tt", Uri=stream_uri(camera, token, protocol, args.scheme),
                                    InvalidAfterConnect="false", InvalidAfterReboot="false", Timeout="PT0S"))


def snapshot1(camera, args):
    known(args, "ProfileToken", PROFILES, "NoProfile")
    return tag("trt:MediaUri", tags("tt", Uri=camera.snapshot_uri(args.scheme),
                                    InvalidAfterConnect="false", InvalidAfterReboot="false", Timeout="PT0S"))

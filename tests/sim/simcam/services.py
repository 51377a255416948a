# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""Which operation is answered by what."""
from . import device, media1, media2, writes
from .configurations import PROFILES, audio_output, has_speaker, video_encoder, video_encoder2, video_source
from .markup import tag, tags


def fixed(xml):
    return lambda camera, args: xml


OPERATIONS = {
    ("tds", "GetServices"): device.get_services,
    ("tds", "GetCapabilities"): device.get_capabilities,
    ("tds", "GetSystemDateAndTime"): device.get_date,
    ("tds", "GetDeviceInformation"): device.get_information,
    ("tds", "GetScopes"): device.get_scopes,
    ("tds", "GetEndpointReference"): lambda camera, args: tags("tds", GUID=camera.config.uuid),
    ("tds", "GetNetworkInterfaces"): device.get_interfaces,
    ("tds", "GetHostname"): device.get_hostname,
    ("tds", "GetNetworkDefaultGateway"): device.get_gateway,
    ("tds", "GetDNS"): device.get_dns,
    ("tds", "GetNTP"): device.get_ntp,
    ("trt", "GetProfiles"): lambda camera, args: "".join(media1.profile1(camera, token) for token in PROFILES),
    ("trt", "GetProfile"): media1.get_profile,
    ("trt", "GetVideoSources"): media1.get_video_sources,
    ("trt", "GetVideoSourceConfigurations"): fixed(video_source("trt:Configurations")),
    ("trt", "GetVideoEncoderConfiguration"): media1.get_video_encoder,
    ("trt", "GetVideoEncoderConfigurations"): fixed(
        "".join(video_encoder("trt:Configurations", token) for token in PROFILES)),
    ("trt", "GetAudioSources"): fixed(tag("trt:AudioSources", tags("tt", Channels=1), token="as_1")),
    ("trt", "GetAudioOutputs"): media1.outputs1,
    ("trt", "GetAudioOutputConfigurations"): lambda camera, args: media1.output_configurations(camera, "trt"),
    ("trt", "GetAudioOutputConfigurationOptions"): media1.output_options("trt"),
    ("trt", "GetAudioDecoderConfigurations"): media1.decoder_configurations("trt"),
    ("trt", "GetAudioDecoderConfigurationOptions"): media1.decoder_options1,
    ("trt", "GetStreamUri"): media1.stream_uri1,
    ("trt", "GetSnapshotUri"): media1.snapshot1,
    ("tr2", "GetProfiles"): media2.get_profiles2,
    ("tr2", "GetVideoSourceConfigurations"): fixed(video_source("tr2:Configurations")),
    ("tr2", "GetVideoEncoderConfigurations"): fixed(
        "".join(video_encoder2("tr2:Configurations", token) for token in PROFILES)),
    ("tr2", "GetAudioOutputConfigurations"): lambda camera, args:
        media1.output_configurations(camera, "tr2"),
    ("tr2", "GetAudioOutputConfigurationOptions"): media1.output_options("tr2"),
    ("tr2", "GetAudioDecoderConfigurations"): media1.decoder_configurations("tr2"),
    ("tr2", "GetAudioDecoderConfigurationOptions"): media2.decoder_options2,
    ("tr2", "GetStreamUri"): media2.stream_uri2,
    ("tr2", "GetSnapshotUri"): lambda camera, args: tags(
        "tr2", Uri=camera.snapshot_uri(args.scheme)),
    ("tmd", "GetAudioOutputs"): lambda camera, args: tags("tmd", Token="ao_1") if has_speaker(camera) else "",
    ("tmd", "GetAudioOutputConfiguration"): lambda camera, args: audio_output(camera, "tmd:AudioOutputConfiguration"),
    **writes.OPERATIONS,
}
for _prefix, _xml in device.CAPABILITIES.items():
    OPERATIONS[_prefix, "GetServiceCapabilities"] = fixed(_xml)

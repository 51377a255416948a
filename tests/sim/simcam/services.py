# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""What the device, media, media2 and deviceIO services answer."""
import datetime
import urllib.parse
from xml.sax.saxutils import escape

from .names import PREFIXES

PROFILES = {"profile_1": ("MainStream", "vec_1", 1920, 1080), "profile_2": ("SubStream", "vec_2", 640, 360)}
MULTICAST = ("<tt:Multicast><tt:Address><tt:Type>IPv4</tt:Type><tt:IPv4Address>0.0.0.0</tt:IPv4Address>"
             "</tt:Address><tt:Port>0</tt:Port><tt:TTL>1</tt:TTL><tt:AutoStart>false</tt:AutoStart>"
             "</tt:Multicast>")
CLIENT_PRIMACY = "www.onvif.org/ver20/HalfDuplex/Client"


def text(value):
    """Escaped, without what XML 1.0 forbids."""
    allowed = "".join(c for c in str(value) if c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd"
                      or c > "\uffff")
    return escape(allowed)


def tag(name, content="", **attributes):
    """tag("tt:Name", "x", token="y"); content is XML already"""
    extra = "".join(f' {key}="{text(value)}"' for key, value in attributes.items())
    return f"<{name}{extra}>{content}</{name}>"


def tags(prefix, **children):
    """tags("tt", Width=1, Height=2): leaves with text"""
    return "".join(tag(f"{prefix}:{name}", text(value)) for name, value in children.items())


def scopes(camera):
    quote = lambda value: urllib.parse.quote(value.encode("utf-8", "surrogatepass"), safe="")
    config = camera.config
    base = "onvif://www.onvif.org/"
    return [base + "type/video_encoder", base + "type/audio_encoder", base + "type/Network_Video_Transmitter",
            base + "Profile/Streaming", base + "Profile/T",
            base + "name/" + quote(camera.quirks.get("hostile-name", config.name)),
            base + "hardware/" + quote(config.model), base + "location/" + quote(config.location)]


# device

def services_of(camera):
    names = {"tds": "device_service", "trt": "media_service", "tr2": "media2_service", "tmd": "deviceio_service"}
    if "no-media2" in camera.quirks:
        del names["tr2"]
    return names


CAPABILITIES = {
    "tds": '<tds:Capabilities><tds:Network IPFilter="false"/><tds:Security HttpDigest="true" '
           'UsernameToken="true"/><tds:System DiscoveryBye="true"/></tds:Capabilities>',
    "trt": '<trt:Capabilities SnapshotUri="true"><trt:ProfileCapabilities MaximumNumberOfProfiles="4"/>'
           '<trt:StreamingCapabilities RTP_TCP="true" RTP_RTSP_TCP="true"/></trt:Capabilities>',
    "tr2": '<tr2:Capabilities SnapshotUri="true"><tr2:ProfileCapabilities MaximumNumberOfProfiles="4" '
           'ConfigurationsSupported="VideoSource VideoEncoder AudioSource AudioEncoder AudioOutput AudioDecoder"/>'
           '<tr2:StreamingCapabilities RTSPStreaming="true" RTP_RTSP_TCP="true"/></tr2:Capabilities>',
    "tmd": '<tmd:Capabilities AudioSources="1" AudioOutputs="1"/>',
}


def get_services(camera, args):
    include = args.among("IncludeCapability", ("true", "false", "1", "0"))
    result = ""
    for prefix, path in services_of(camera).items():
        result += tag("tds:Service", tags("tds", Namespace=PREFIXES[prefix], XAddr=camera.xaddr(path, args.scheme))
                      + (tag("tds:Capabilities", CAPABILITIES[prefix]) if include in ("true", "1") else "")
                      + tag("tds:Version", tags("tt", Major=22, Minor=12)))
    return result


def get_capabilities(camera, args):
    category = args.among("Category", ("All", "Analytics", "Device", "Events", "Imaging", "Media", "PTZ"), False)
    device = tag("tt:Device", tags("tt", XAddr=camera.xaddr(scheme=args.scheme)))
    media = tag("tt:Media", tags("tt", XAddr=camera.xaddr("media_service", args.scheme)) + tag(
        "tt:StreamingCapabilities", tags("tt", RTPMulticast="false", RTP_TCP="true", RTP_RTSP_TCP="true")))
    extension = tag("tt:Extension", tag("tt:DeviceIO", tags(
        "tt", XAddr=camera.xaddr("deviceio_service", args.scheme), VideoSources=1, VideoOutputs=0, AudioSources=1,
        AudioOutputs=1, RelayOutputs=0)))
    chosen = {"Device": device, "Media": media}.get(category, device + media + extension)
    return tag("tds:Capabilities", chosen)


def get_date(camera, args):
    from .soap import camera_time
    hours = camera.quirks.number("local-time")
    now = datetime.datetime.fromtimestamp(camera_time(camera) + 3600 * hours, datetime.timezone.utc)
    both = tag("tt:Time", tags("tt", Hour=now.hour, Minute=now.minute, Second=now.second)) + \
        tag("tt:Date", tags("tt", Year=now.year, Month=now.month, Day=now.day))
    return tag("tds:SystemDateAndTime", tags("tt", DateTimeType="Manual", DaylightSavings="false")
               + tag("tt:TimeZone", tags("tt", TZ=f"UTC{0 - hours:g}")) + tag("tt:UTCDateTime", both)
               + tag("tt:LocalDateTime", both))


def get_information(camera, args):
    config = camera.config
    return tags("tds", Manufacturer=config.manufacturer, Model=config.model, FirmwareVersion=config.firmware,
                SerialNumber=config.serial, HardwareId="simcam")


def get_scopes(camera, args):
    return "".join(tag("tds:Scopes", tags("tt", ScopeDef="Fixed", ScopeItem=scope)) for scope in scopes(camera))


def get_interfaces(camera, args):
    mac = "02:00:" + ":".join(f"{int(part) & 255:02x}" for part in camera.host.split(".")) \
        if camera.host.count(".") == 3 else "02:00:00:00:00:01"
    address = tag("tt:Manual", tags("tt", Address=camera.host, PrefixLength=8))
    return tag("tds:NetworkInterfaces", tags("tt", Enabled="true")
               + tag("tt:Info", tags("tt", Name="eth0", HwAddress=mac, MTU=1500))
               + tag("tt:IPv4", tags("tt", Enabled="true")
                     + tag("tt:Config", address + tags("tt", DHCP="false"))), token="eth0")


def get_hostname(camera, args):
    return tag("tds:HostnameInformation", tags("tt", FromDHCP="false", Name="simcam"))


def get_gateway(camera, args):
    return tag("tds:NetworkGateway", tags("tt", IPv4Address="127.0.0.1"))


def get_dns(camera, args):
    return tag("tds:DNSInformation", tags("tt", FromDHCP="false") + tag(
        "tt:DNSManual", tags("tt", Type="IPv4", IPv4Address="127.0.0.1")))


def get_ntp(camera, args):
    return tag("tds:NTPInformation", tags("tt", FromDHCP="false") + tag(
        "tt:NTPManual", tags("tt", Type="IPv4", IPv4Address="127.0.0.1")))


# configurations; the same XML within Media1, Media2 and profiles

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


def audio_output(name):
    return tag(name, tags("tt", Name="Loudspeaker", UseCount=2, OutputToken="ao_1", SendPrimacy=CLIENT_PRIMACY,
                          OutputLevel=50), token="aoc_1")


def audio_decoder(name):
    return tag(name, tags("tt", Name="Decoder", UseCount=2), token="adc_1")


def has_speaker(camera, profile="profile_2"):
    if "speaker-in-profile-2" in camera.quirks and profile != "profile_2":
        return False
    return "no-audio-output" not in camera.quirks


def need_speaker(camera):
    from .soap import Fault
    if not has_speaker(camera):
        raise Fault(400, "Receiver", ["ActionNotSupported", "AudioOutputNotSupported"],
                    "AudioOutputNotSupported")


def known(args, path, tokens, fault):
    """The token asked for, or None if none was; a fault if there is no such."""
    from .soap import Fault
    token = args.get(path)
    if token is not None and token not in tokens:
        raise Fault(400, "Sender", ["InvalidArgVal", fault], f"no {token}")
    return token


# media1

def profile1(camera, token, name="trt:Profiles"):
    extension = tag("tt:Extension", audio_output("tt:AudioOutputConfiguration")
                    + audio_decoder("tt:AudioDecoderConfiguration")) if has_speaker(camera, token) else ""
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


def output_configurations1(camera, args):
    return audio_output("trt:Configurations") if has_speaker(camera) else ""


def output_options(prefix):
    def handler(camera, args):
        need_speaker(camera)
        args.sequence("ConfigurationToken", "ProfileToken")
        known(args, "ConfigurationToken", ("aoc_1",), "NoConfig")
        known(args, "ProfileToken", PROFILES, "NoProfile")
        return tag(f"{prefix}:Options", tags("tt", OutputTokensAvailable="ao_1", SendPrimacyOptions=CLIENT_PRIMACY)
                   + tag("tt:OutputLevelRange", tags("tt", Min=0, Max=100)))
    return handler


def decoder_configurations(prefix):
    def handler(camera, args):
        need_speaker(camera)
        return audio_decoder(f"{prefix}:Configurations")
    return handler


def decoder_options1(camera, args):
    need_speaker(camera)
    args.sequence("ConfigurationToken", "ProfileToken")
    known(args, "ConfigurationToken", ("adc_1",), "NoConfig")
    if "decoder-options-empty" in camera.quirks:
        return tag("trt:Options")
    kind = "AACDecOptions" if "aac-only" in camera.quirks else "G711DecOptions"
    rate = 16 if "aac-only" in camera.quirks else 8
    return tag("trt:Options", tag(f"tt:{kind}", tag("tt:Bitrate", tags("tt", Items=64))
                                  + tag("tt:SampleRateRange", tags("tt", Items=rate))))


def stream_uri(camera, token, protocol, scheme):
    """scheme: that of the request"""
    from .soap import Fault
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
    return tag("trt:MediaUri", tags("tt", Uri=f"http://{camera.authority('http')}/snapshot.jpg",
                                    InvalidAfterConnect="false", InvalidAfterReboot="false", Timeout="PT0S"))


# media2

TYPES2 = ("All", "VideoSource", "VideoEncoder", "AudioSource", "AudioEncoder", "AudioOutput", "AudioDecoder",
          "Metadata", "Analytics", "PTZ", "Receiver")


def profile2(camera, token, types):
    parts = {"VideoSource": video_source("tr2:VideoSource"), "AudioSource": audio_source("tr2:AudioSource"),
             "VideoEncoder": video_encoder2("tr2:VideoEncoder", token),
             "AudioEncoder": audio_encoder("tr2:AudioEncoder", "PCMU")}
    if has_speaker(camera, token):
        parts["AudioOutput"] = audio_output("tr2:AudioOutput")
        parts["AudioDecoder"] = audio_decoder("tr2:AudioDecoder")
    chosen = "".join(xml for name, xml in parts.items() if "All" in types or name in types)
    return tag("tr2:Profiles", tags("tr2", Name=PROFILES[token][0])
               + (tag("tr2:Configurations", chosen) if types else ""), token=token, fixed="true")


def get_profiles2(camera, args):
    from .soap import split
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
    names = [("MP4A-LATM", 16)] if "aac-only" in camera.quirks else [(name, 8) for name in camera.config.codecs]
    return "".join(tag("tr2:Options", tags("tt", Encoding=name) + tag("tt:BitrateList", tags("tt", Items=64))
                       + tag("tt:SampleRateList", tags("tt", Items=rate))) for name, rate in names)


def stream_uri2(camera, args):
    args.sequence("Protocol", "ProfileToken")
    protocol = args.among("Protocol", ("RtspUnicast", "RtspMulticast", "RTSP", "RtspsUnicast", "RtspOverHttp"))
    args.get("ProfileToken", True)
    token = known(args, "ProfileToken", PROFILES, "NoProfile")
    return tags("tr2", Uri=stream_uri(camera, token, protocol, args.scheme))


def fixed(xml):
    return lambda camera, args: xml


OPERATIONS = {
    ("tds", "GetServices"): get_services,
    ("tds", "GetCapabilities"): get_capabilities,
    ("tds", "GetSystemDateAndTime"): get_date,
    ("tds", "GetDeviceInformation"): get_information,
    ("tds", "GetScopes"): get_scopes,
    ("tds", "GetEndpointReference"): lambda camera, args: tags("tds", GUID=camera.config.uuid),
    ("tds", "GetNetworkInterfaces"): get_interfaces,
    ("tds", "GetHostname"): get_hostname,
    ("tds", "GetNetworkDefaultGateway"): get_gateway,
    ("tds", "GetDNS"): get_dns,
    ("tds", "GetNTP"): get_ntp,
    ("trt", "GetProfiles"): lambda camera, args: "".join(profile1(camera, token) for token in PROFILES),
    ("trt", "GetProfile"): get_profile,
    ("trt", "GetVideoSources"): get_video_sources,
    ("trt", "GetVideoSourceConfigurations"): fixed(video_source("trt:Configurations")),
    ("trt", "GetVideoEncoderConfiguration"): get_video_encoder,
    ("trt", "GetVideoEncoderConfigurations"): fixed(
        "".join(video_encoder("trt:Configurations", token) for token in PROFILES)),
    ("trt", "GetAudioSources"): fixed(tag("trt:AudioSources", tags("tt", Channels=1), token="as_1")),
    ("trt", "GetAudioOutputs"): outputs1,
    ("trt", "GetAudioOutputConfigurations"): output_configurations1,
    ("trt", "GetAudioOutputConfigurationOptions"): output_options("trt"),
    ("trt", "GetAudioDecoderConfigurations"): decoder_configurations("trt"),
    ("trt", "GetAudioDecoderConfigurationOptions"): decoder_options1,
    ("trt", "GetStreamUri"): stream_uri1,
    ("trt", "GetSnapshotUri"): snapshot1,
    ("tr2", "GetProfiles"): get_profiles2,
    ("tr2", "GetVideoSourceConfigurations"): fixed(video_source("tr2:Configurations")),
    ("tr2", "GetVideoEncoderConfigurations"): fixed(
        "".join(video_encoder2("tr2:Configurations", token) for token in PROFILES)),
    ("tr2", "GetAudioOutputConfigurations"): lambda camera, args:
        audio_output("tr2:Configurations") if has_speaker(camera) else "",
    ("tr2", "GetAudioOutputConfigurationOptions"): output_options("tr2"),
    ("tr2", "GetAudioDecoderConfigurations"): decoder_configurations("tr2"),
    ("tr2", "GetAudioDecoderConfigurationOptions"): decoder_options2,
    ("tr2", "GetStreamUri"): stream_uri2,
    ("tr2", "GetSnapshotUri"): lambda camera, args: tags("tr2", Uri=f"http://{camera.authority('http')}/snapshot.jpg"),
    ("tmd", "GetAudioOutputs"): lambda camera, args: tags("tmd", Token="ao_1") if has_speaker(camera) else "",
    ("tmd", "GetAudioOutputConfiguration"): lambda camera, args: audio_output("tmd:AudioOutputConfiguration"),
}
for _prefix, _xml in CAPABILITIES.items():
    OPERATIONS[_prefix, "GetServiceCapabilities"] = fixed(_xml)

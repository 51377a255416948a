# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""The device service's answers (ONVIF Core 8)."""
import datetime
import urllib.parse

from .markup import tag, tags
from .names import PREFIXES


def scopes(camera):
    quote = lambda value: urllib.parse.quote(value.encode("utf-8", "surrogatepass"), safe="")
    config = camera.config
    base = "onvif://www.onvif.org/"
    return [base + "type/video_encoder", base + "type/audio_encoder", base + "type/Network_Video_Transmitter",
            base + "Profile/Streaming", base + "Profile/T",
            base + "name/" + quote(camera.quirks.get("hostile-name", config.name)),
            base + "hardware/" + quote(config.model), base + "location/" + quote(config.location)]


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
    hours = camera.quirks.number("local-time")
    now = datetime.datetime.fromtimestamp(camera.clock() + 3600 * hours, datetime.timezone.utc)
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

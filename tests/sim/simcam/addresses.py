# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""Where the camera can be reached, as URIs, and which of them a request may name."""
from . import tracks

PROFILES = ["profile_1", "profile_2"]
WRONG = ["http://0.0.0.0/onvif/device_service", "http://169.254.77.1/onvif/device_service",
         "http://[fe80::1]/onvif/device_service", "http://192.0.2.1:8080/onvif/device_service"]
DEFAULT_PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}


class Addresses:
    """What Camera knows of its own names: needs config, quirks, host and ports."""

    def authority(self, which, host=None):
        host = self.bracketed(host or self.host)
        return f"{host}:{self.ports[which]}"

    @staticmethod
    def bracketed(host):
        return f"[{host}]" if ":" in host else host

    def schemes(self, plain):
        """Those of "rtsp" or "http" that are served, the first one to be announced."""
        if plain == "http" and "https-only" in self.quirks and self.config.tls != "off":
            return ["https"]
        return {"off": [plain], "only": [plain + "s"], "both": [plain, plain + "s"]}[self.config.tls]

    def ports_served(self):
        return {"off": ["rtsp", "http"], "only": ["rtsps", "https"],
                "both": ["rtsp", "rtsps", "http", "https"]}[self.config.tls]

    def stream_path(self, token="profile_1"):
        if {"control-append", "control-resolve", "proto-onvif"} & self.quirks.keys():
            number = PROFILES.index(token)
            return f"cam/realmonitor?channel=1&subtype={number}&unicast=true&proto=Onvif"
        return f"onvif/{token}"

    def stream_uri(self, token="profile_1", host=None, scheme=None, port=None):
        """port: "rtsp", "http", ...: another one than the scheme's"""
        scheme = scheme or self.schemes("rtsp")[0]
        return f"{scheme}://{self.authority(port or scheme, host)}/{self.stream_path(token)}"

    def tunnel_uri(self, token="profile_1", host=None, scheme=None):
        """For Media1's HTTP and Media2's RtspOverHttp: the web service's port."""
        scheme = scheme or self.schemes("http")[0]
        kind = self.quirks.get("http-uri-rtsp")
        if kind is None:
            return self.stream_uri(token, host, scheme)
        return self.stream_uri(token, host, "rtsp", scheme if kind == "web" else "rtsp")

    def token_of(self, base):
        """The profile of a stream's URI."""
        return next((token for token in PROFILES if base.endswith(self.stream_path(token))), PROFILES[0])

    def tunnel_targets(self):
        return {"/" + self.stream_path(token) for token in PROFILES}

    def snapshot_uri(self, scheme):
        return f"{scheme}://{self.authority(scheme)}/snapshot.jpg"

    def endpoints(self, tunnelled):
        """(scheme, authority) of every URI that requests may begin with. A client in a tunnel knows the web
        port only, or found the tunnel beside an RTSP port."""
        result = []
        for scheme in ("rtsp", "rtsps") if tunnelled else self.schemes("rtsp"):
            for port in self.schemes("rtsp") + self.schemes("http") if tunnelled else [scheme]:
                result.append((scheme, self.authority(port)))
                if port == "rtsps":
                    # GStreamer keeps to rtsp:// within TLS
                    result.append(("rtsp", self.authority(port)))
                if self.ports[port] == DEFAULT_PORTS[port]:
                    result.append((scheme, self.bracketed(self.host)))
        return result

    def stream_uris(self, tunnelled=False):
        paths = [self.stream_path(token) for token in PROFILES]
        if "proto-onvif" in self.quirks:
            paths += [path.partition("&unicast")[0] for path in paths]
        return [f"{scheme}://{authority}/{path}" for path in paths for scheme, authority in self.endpoints(tunnelled)]

    def xaddr(self, service="device_service", scheme=None):
        """scheme: that of the request that asks (ONVIF Core, GetServices)"""
        scheme = scheme or self.schemes("http")[0]
        return f"{scheme}://{self.authority(scheme, self.quirks.get('xaddr-foreign'))}{self.service_path(service)}"

    def service_path(self, service):
        return self.quirks.get("device-path", "/onvif/device_service") if service == "device_service" else \
            f"/onvif/{service}"

    def xaddrs(self):
        """Those of a ProbeMatch."""
        right = [self.xaddr(scheme=scheme) for scheme in self.schemes("http")]
        return " ".join(WRONG + right if "xaddrs-many" in self.quirks else right)

    def base_of(self, uri, tunnelled=False):
        """The stream's URI that a DESCRIBE names, or None."""
        return uri.rstrip("/") if uri.rstrip("/") in self.stream_uris(tunnelled) else None

    def track_of(self, uri, with_back, tunnelled=False):
        """(the stream's URI, track) of a SETUP, or (None, None)."""
        with_back = with_back or "backchannel-unasked" in self.quirks
        for base in self.stream_uris(tunnelled):
            track = tracks.find_track(self, base, uri, with_back)
            if track:
                return base, track
        return None, None

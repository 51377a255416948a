# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""How real cameras deviate, by name. Each can be switched while the camera runs."""

# name: (does it take a value, the value when none is given, what it does)
CATALOGUE = {
    # DESCRIBE and SDP
    "no-backchannel-551": (False, True, "no loudspeaker, said with 551 (GStreamer, Axis)"),
    "no-backchannel-200": (False, True, "no loudspeaker: 200 and the plain SDP (Tapo, Reolink bullets)"),
    "aac-only": (False, True, "the backchannel takes MPEG4-GENERIC/16000 only (yi-hack, Foscam)"),
    "hang-on-require": (True, "mute", "requests with Require are never answered, or end the connection: mute or close "
                        "(Vikylin)"),
    "describe-401-without-user-agent": (False, True, "DESCRIBE without User-Agent gets 401 (go2rtc#235)"),
    "require-hides-forward": (False, True, "with Require, only the backchannel is described (Uniview)"),
    "proto-onvif": (False, True, "the backchannel only where the URI has proto=Onvif (Dahua)"),
    "codec-changes": (False, True, "each description has another codec: PCMU, PCMA, AAC (Dahua VTO)"),
    "back-recvonly": (False, True, "the backchannel is marked recvonly (Dahua VTO firmware 4.810)"),
    "backchannel-unasked": (False, True, "the backchannel is announced without Require (IDS uEye)"),
    "forward-sendonly": (False, True, "forward tracks marked sendonly, no backchannel (CV-RTSPHandler)"),
    "forward-no-direction": (False, True, "forward tracks without a direction"),
    "speaker-only": (False, True, "no forward tracks at all (IP loudspeaker)"),
    "speaker-in-profile-2": (False, True, "only the second profile has the backchannel"),
    "split-codecs": (False, True, "one sendonly section for each codec (prudynt)"),
    "duplicate-rtpmap": (False, True, "PT 0 mapped to PCMA and to PCMU (H3C)"),
    "aac-g726": (False, True, "a list of codecs, none of them G.711"),
    "pcma-only": (False, True, "the backchannel takes PCMA/8000 only (older Reolink)"),
    "pcmu-16000-only": (False, True, "the backchannel takes PCMU/16000 only"),
    "l16-only": (False, True, "the backchannel takes L16/16000 only"),
    "dynamic-types": (False, True, "G.711 by dynamic payload types, in lower case and with a channel count"),
    "many-codecs": (False, True, "Dahua's list of eight, dynamic types"),
    "bare-c": (False, True, "c=IN without an address (H3C)"),
    "sdp-dup-pt": (False, True, "payload types mapped twice, to different codecs (go2rtc#1279)"),
    "sdp-vana": (False, True, "media of unknown kinds between the others (TP-Link, Mercury)"),
    "sdp-c-sm": (False, True, "a second, malformed c=, lower-case rtpmap, absolute controls (Avigilon)"),
    "sdp-media-header": (False, True, "a=Media_header, a=appversion, e=NONE, absolute controls (Hikvision)"),
    "sdp-no-newline": (False, True, "the last line has no end (Reolink)"),
    "sendrecv": (False, True, "the backchannel is marked sendrecv"),
    "session-level-sendonly": (False, True, "a=sendonly stands before the first m=, the backchannel has no direction"),
    "sloppy-sdp": (False, True, "junk before the first m=, s= twice, no t=, LF line ends"),
    "content-base-wrong": (True, "1", "1: foreign address, 2: rtsp://rtsp://, 3: no scheme, 4: port dropped, "
                           "5: IPv6-mapped without brackets"),
    "content-base-double-slash": (False, True, "Content-Base ends in two slashes"),
    "no-content-base": (False, True, "DESCRIBE's reply has no Content-Base"),
    "redirect": (True, "rtsp://10.1.2.3/other", "DESCRIBE is answered 302 with this Location"),
    "control-append": (False, True, "stream URI with a query; only the appended control is accepted (Dahua)"),
    "control-resolve": (False, True, "stream URI with a query; only the RFC 3986 resolved control is accepted"),
    "control-missing": (False, True, "no a=control on the backchannel"),
    "control-empty": (False, True, "an empty a=control on the backchannel"),
    "control-session-absolute": (True, "same", "a=control of the session is a whole URI, the tracks' are relative; "
                                 "same as the stream's, or other"),
    "setup-wrong-uri": (True, "451", "the status of a SETUP whose URI names no track"),
    "control-slash": (False, True, "a=control begins with a slash (Verint)"),
    "control-absolute": (False, True, "a=control holds the whole URI (Hikvision)"),
    "control-absolute-foreign-host": (False, True, "the whole URI, with another host in it"),
    # SETUP and PLAY
    "renumber-channels": (True, "10", "other interleaved channels than asked for"),
    "single-interleaved": (False, True, "interleaved=0 without the second number"),
    "interleaved-garbled": (True, "255-256", "interleaved= with this text, while the channels asked for are used"),
    "garbled-transport": (False, True, "Transport without /TCP, with empty and unknown parameters (Escam)"),
    "ssrc-hex": (True, "10117CB7", "Transport names the SSRC to use, in hexadecimal (Dahua)"),
    "udp-461": (False, True, "UDP refused with 461 (Majestic)"),
    "tcp-461": (False, True, "TCP refused with 461"),
    "udp-no-server-port": (False, True, "no server_port in the UDP reply; after PLAY the camera's ports show "
                           "themselves by RTP and RTCP (smolrtsp)"),
    "udp-closed": (False, True, "UDP is agreed upon, but nobody listens: port unreachable"),
    "udp-silent": (False, True, "UDP is agreed upon, but nothing arrives and no RTCP comes (a firewall)"),
    "udp-only-reply": (False, True, "asked for TCP, SETUP answers with a UDP Transport"),
    "udp-foreign-source": (True, "127.0.0.77", "Transport has source= with this address; RTCP comes from there, too"),
    "tcp-setup-hang": (False, True, "SETUP for TCP is never answered"),
    "no-rtcp": (False, True, "hears all, reports nothing"),
    "rtcp-interval": (True, "1", "a receiver report every so many s"),
    "busy-453": (False, True, "SETUP refused: somebody else is speaking"),
    "talk-403": (False, True, "SETUP of the backchannel refused: this user may not talk"),
    "busy-401": (False, True, "a second speaker gets 401, as if the password were wrong (Dahua)"),
    "hold-session": (False, True, "a session outlives its TCP connection until its timeout"),
    "talk-once": (False, True, "after one session with sound, SETUP is refused until a reboot (Amcrest AD410)"),
    "setup-twice-400": (False, True, "SETUP of the same track again gets 400 (gortsplib)"),
    "setup-454-then-ok": (True, "1", "so many SETUPs are answered 454, the next is accepted"),
    "slow-setup": (True, "1000", "SETUP answered after so many ms"),
    "slow-play": (True, "1000", "PLAY answered after so many ms"),
    "play-400-if-early-rtp": (False, True, "PLAY refused when RTP came before its answer (Reolink)"),
    "play-needs-record": (False, True, "PLAY refused with 400, RECORD accepted (thingino)"),
    "play-405-record": (True, "405", "PLAY refused with 405 or 455, RECORD accepted"),
    "play-track-only": (True, "459", "PLAY and TEARDOWN want the track's URI; the stream's gets this status"),
    "play-aggregate-only": (False, True, "PLAY and TEARDOWN of the track's URI get 460"),
    "needs-forward": (True, "455", "the forward tracks must be set up, too: 455 to PLAY, or mute: nothing sounds"),
    "teardown-mute": (False, True, "TEARDOWN takes effect but is never answered"),
    "no-timeout": (False, True, "Session without ;timeout="),
    "timeout-zero": (False, True, "Session with ;timeout=0"),
    "session-spaces": (False, True, "Session: with spaces wherever they do not belong"),
    # the spelling of replies
    "cseq-missing": (False, True, "replies without CSeq"),
    "lower-case-headers": (False, True, "header names in lower case"),
    "no-reason": (False, True, "a status line without a reason"),
    "folded-headers": (False, True, "long headers go on in the next line"),
    "no-space-after-colon": (False, True, "Name:value"),
    # keepalive, traffic
    "short-timeout": (True, "15", "session timeout in s"),
    "keepalive-400-stale-cseq": (False, True, "parameters refused: 400 with the previous CSeq (Tapo C220)"),
    "keepalive-mute": (False, True, "keepalives take effect but are never answered"),
    "get-parameter-454": (False, True, "GET_PARAMETER answered 454 (old thingino)"),
    "get-parameter-hidden": (False, True, "GET_PARAMETER is missing in Public"),
    "keepalive-only-get-parameter": (False, True, "OPTIONS does not refresh the session (EvoStream)"),
    "keepalive-close": (False, True, "GET_PARAMETER ends the connection (HIPCAM)"),
    "needs-rr": (True, "10", "without RTCP for so many s the session ends (Arlo, Dahua)"),
    "needs-sound": (True, "2", "without RTP for so many s the session ends (thingino)"),
    "rtp-keepalive": (False, True, "RTP alone keeps the session alive (GStreamer)"),
    "timeout-silent": (False, True, "an expired session vanishes, TCP stays open (GStreamer)"),
    "video-flood": (True, "500", "so many kB/s of frames on a channel that nobody set up"),
    "video-flood-channel-0": (True, "500", "so many kB/s of frames on the backchannel's own channel"),
    "reply-in-frame-flood": (True, "1024", "while playing, each reply comes behind so many kB of frames"),
    "junk-between-frames": (False, True, "garbage before each interleaved frame"),
    "server-requests": (True, "1000", "OPTIONS and GET_PARAMETER to the client, every so many ms"),
    "announce": (True, "1000", "ANNOUNCE and SET_PARAMETER to the client, with bodies, every so many ms"),
    "redirect-request": (True, "1", "REDIRECT to the client, to another host, so many s after PLAY"),
    "server-teardown": (True, "2", "TEARDOWN to the client so many s after PLAY"),
    "rtcp-bye": (True, "2", "RTCP BYE so many s after PLAY; what is sent is heard on"),
    "reply-split": (True, "1", "replies come in pieces of so many bytes"),
    "frame-after-reply": (False, True, "a reply, a frame and half the next reply in one segment"),
    "close-after": (True, "2", "closes TCP after so many s of audio"),
    "mute-after": (True, "2", "reads and answers nothing after so many s of audio"),
    # the loudspeaker
    "clip-start": (True, "500", "the first so many ms of a session do not sound (Tapo, Reolink, Dahua)"),
    "choppy-below": (True, "800", "half of each packet with less payload is lost (Reolink doorbells want 1024)"),
    "no-jitter-buffer": (True, "200", "what comes more than so many ms ahead of real time is lost (Reolink)"),
    # RTSP over HTTP
    "tunnel-off": (True, "all", "404 to tunnels at all ports, at \"web\" ones or at \"rtsp\" ones"),
    "tunnel-html": (False, True, "the tunnel's GET is answered with 200 and a page of HTML"),
    "tunnel-401": (False, True, "the tunnel's GET wants credentials on the HTTP level"),
    "tunnel-413": (True, "65535", "a POST with a greater Content-Length is refused"),
    "tunnel-post-limit": (True, "4096", "a POST's connection is closed after so many bytes of body"),
    "tunnel-post-counts": (False, True, "a POST ends with its Content-Length, the next goes on behind it"),
    "tunnel-post-reply": (False, True, "the POST is answered at once"),
    "tunnel-get-length": (False, True, "the GET's answer has a Content-Length"),
    "tunnel-media-by-get": (False, True, "interleaved frames are taken from the GET's connection only, raw; one in "
                            "the POST ends the tunnel (Streaming Specification 2.10)"),
    "tunnel-only": (False, True, "RTSP itself is hung up on"),
    "rtsp-port-closed": (True, "refuse", "the RTSP port refuses connections, or drops them: refuse or drop"),
    "http-uri-rtsp": (True, "web", "GetStreamUri for HTTP: rtsp:// with the web port or the rtsp one"),
    # authentication; many take @rtsp or @http behind the name
    "basic-only-rtsp": (False, True, "RTSP wants Basic, whatever SOAP wants (Vikylin, Verint)"),
    "digest-no-qop": (False, True, "RFC 2069's Digest"),
    "digest-extra": (False, True, "unknown parameters in the challenge (Hikvision)"),
    "digest-qop-list": (False, True, "qop=\"auth,auth-int\""),
    "digest-realm": (True, 'IP "Camera", \\1, nonce="x"', "this realm"),
    "digest-new-nonce": (True, "401", "each challenge's nonce ends the ones before; an old one gets 401 without "
                         "stale, or 403, and counts as a failure (GStreamer, Dahua)"),
    "two-digests-no-qop": (True, "both", "MD5 and SHA-256 without qop; md5: SHA-256 never works (gortsplib#863)"),
    "first-challenge-only": (False, True, "only the scheme that is offered first works (TP-Link)"),
    "alien-challenges": (False, True, "Bearer and an unknown algorithm are offered before the others"),
    "challenges-in-one": (False, True, "all challenges in one header, with commas (RFC 7235)"),
    "empty-password": (False, True, "the right password is empty (Xiaovv, Digoo)"),
    "soap-other-user": (False, True, "SOAP knows the user \"onvif-NAME\" only (Hikvision's users of their own)"),
    "401-too-many": (True, "3:5", "after N logins that worked (N:SECONDS) everything gets 401 for a while (Dahua)"),
    "digest-stale-every": (True, "3", "each Nth request's nonce has become stale"),
    "nonce-per-request": (False, True, "a nonce serves once (Dahua)"),
    "nonce-per-url": (False, True, "a nonce serves one URL (Hikvision)"),
    "auth-order-basic-first": (False, True, "with --auth both, Basic is offered first"),
    "options-needs-auth": (False, True, "OPTIONS wants credentials, too"),
    "lockout": (True, "5", "after so many failures, of SOAP and RTSP together, no password is right any more "
                "(N:SECONDS: for so long)"),
    "soap-400-notauthorized": (False, True, "SOAP refuses with HTTP 400, ter:NotAuthorized, no challenge"),
    "datetime-needs-auth": (False, True, "GetSystemDateAndTime wants credentials (Panasonic)"),
    "wsse-short": (False, True, "a UsernameToken with a long nonce or Created is refused (Hikvision)"),
    "no-wsse": (False, True, "a UsernameToken is not accepted"),
    # SOAP and discovery
    "local-time": (True, "2", "UTCDateTime holds local time, so many hours ahead; all else goes by the true clock "
                   "(OpenIPC)"),
    "no-date-header": (False, True, "HTTP replies without Date"),
    "clock-offset": (True, "3600", "the camera's clock is so many s ahead"),
    "rtsp-unicast-fault": (False, True, "with --tls only, GetStreamUri faults for RtspUnicast instead of rtsps://"),
    "https-only": (True, "refuse", "with --tls both, SOAP by HTTPS only: the HTTP port is closed (refuse) or answers "
                   "with a 302 (redirect)"),
    "onvif-off": (False, True, "there is no ONVIF: SOAP is answered 404"),
    "device-path": (True, "/onvif/services", "the device service's path; 400 at the usual one (Axis)"),
    "media2-html-500": (False, True, "Media2 answers HTTP 500 and a page of HTML"),
    "no-media2": (False, True, "Media2 is not among the services"),
    "no-get-services": (False, True, "GetServices is unknown (old devices)"),
    "half-duplex-server": (False, True, "SendPrimacy is Server: nothing is heard until a client sets Client"),
    "profile-without-decoder": (True, "both", "the profiles lack AudioOutput and AudioDecoder, or the decoder: both or "
                                "decoder; without them there is no backchannel"),
    "no-configurations": (False, True, "neither an output's nor a decoder's configuration is listed, to be added to a profile"),
    "user-cannot-write": (False, True, "every Set, Add and Remove is refused, NotAuthorized"),
    "no-audio-output": (False, True, "GetAudioOutputs is empty, decoders fault"),
    "decoder-options-empty": (False, True, "decoder options name neither mu-law nor A-law"),
    "xaddr-foreign": (True, "10.9.8.7", "XAddrs and the stream URI name another host"),
    "probe-ignore-types": (False, True, "answers whatever Types a Probe names"),
    "probe-nvt-only": (False, True, "answers only to dn:NetworkVideoTransmitter (D-Link)"),
    "http-close": (False, True, "HTTP: one request per connection (Dahua)"),
    "http-redirect": (True, "http://10.1.2.3/", "SOAP is answered 302 with this Location"),
    "probe-device-only": (False, True, "answers only to tds:Device"),
    "probe-typed-only": (False, True, "does not answer a Probe without Types (TP-Link)"),
    "probe-one-type": (False, True, "does not answer a Probe with two Types"),
    "probe-picky": (True, "newline", "does not answer a Probe that has a newline, an XML prolog, or another prefix "
                    "than dn: newline, prolog or prefix (Intelbras)"),
    "probe-deaf": (True, "1", "the first so many Probes are lost"),
    "xaddrs-many": (False, True, "XAddrs has unusable addresses before the right one"),
    "probe-repeat": (True, "3", "answers each Probe so many times"),
    "probe-flood": (True, "1000", "answers each Probe as so many cameras"),
    "hostile-probe": (True, "dtd", "dtd, deep, big, binary or relates in place of a ProbeMatch"),
    "slow-soap": (True, "4000", "SOAP is answered after so many ms"),
    "hostile-text": (True, "\x1b[31m}\"\\,{ a = b \u202e\x9b", "this text: the reasons of RTSP and SOAP, and Server"),
    "hostile-name": (True, "\x1b[31m}\"\\,{ a = b \u202e", "this name, in scopes and SDP"),
    "hostile-sdp": (True, "1", "1: 100000 sections, 2: numbers beyond 32 bits, 3: a 64 KiB line, "
                    "4: Content-Length -1, 5: binary"),
    "hostile-soap": (True, "dtd", "dtd, deep, big or html in place of each answer"),
}


# those that may hold for one service only: NAME@rtsp, NAME@http
BY_SERVICE = {"digest-no-qop", "digest-extra", "digest-qop-list", "digest-realm", "digest-new-nonce",
              "two-digests-no-qop", "first-challenge-only", "alien-challenges", "challenges-in-one", "empty-password",
              "digest-stale-every", "nonce-per-request", "nonce-per-url", "auth-order-basic-first"}


def known(name):
    """The catalogue's entry of NAME or NAME@SERVICE."""
    base, at, service = name.partition("@")
    if base not in CATALOGUE or (at and (base not in BY_SERVICE or service not in ("rtsp", "http"))):
        raise ValueError(f"unknown quirk {name}")
    return CATALOGUE[base]


class Quirks(dict):
    """The active ones: {name: value}."""

    def switch(self, text):
        """NAME or NAME=VALUE"""
        name, equals, value = text.partition("=")
        takes_value, default, _ = known(name)
        if equals and not takes_value:
            raise ValueError(f"quirk {name} takes no value")
        self[name] = value if equals else default

    def off(self, name):
        known(name)
        self.pop(name, None)

    def number(self, name, default=0.0):
        return float(self.get(name, default))


def listing():
    lines = []
    for name, (takes_value, default, text) in CATALOGUE.items():
        shown = f"{name}={default!a}" if takes_value and name in ("hostile-name", "hostile-text") else \
            f"{name}={default}" if takes_value else name
        lines.append(f"{shown:34} {text}")
    return "\n".join(lines)

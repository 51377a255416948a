# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""What cameras do, and what comes of it. test-quirks.py plays to each of them;
README.md's table is made of it (python3 tests/integration/quirk_rows.py)."""
import dataclasses
import os

from table import Row

ALL = ("tcp", "udp", "tls", "http")
FRAMES = ("tcp", "tls", "http")         # sound within the RTSP connection
AUTO = ("auto",)


@dataclasses.dataclass(frozen=True)
class Group:
    does: str                           # what the camera does, for README.md
    known: str                          # cameras that are known for it
    rows: tuple
    then: str = ""                      # more than the rows themselves say


def plain(*quirks, over=ALL, **more):
    """Rows of one quirk each, named after it."""
    return tuple(Row(quirk.replace("=", " "), (quirk,), over=over, **more) for quirk in quirks)


def refused(quirk, state, error, **more):
    return (Row(quirk.replace("=", " "), (quirk,), state=state, error=error, **more),)


NO_SPEAKER = ("This camera offers no backchannel{}: it has no speaker, or its audio output is "
              "off in its settings")
NO_CODEC = ("The camera's speaker takes no codec that we have (PCMU, PCMA), only {}: choose G.711 for audio "
            "output in its settings")

IN_USE = "The speaker is in use by another client: it is tried again"
SILENT = "{address} does not answer when it is asked for a backchannel, and offers none by itself"

DESCRIPTIONS = [
    Group("does everything by the standard", "", (Row("well-behaved", over=(*ALL, "https", "auto")),)),
    Group("announces its speaker also to those who did not ask, or its speaker alone to those who did",
          "IDS uEye, Uniview", plain("backchannel-unasked", "require-hides-forward")),
    Group("has a speaker and nothing else: no video, no microphone", "IP loudspeakers", plain("speaker-only")),
    Group("says nothing, or something odd, about the direction of its tracks", "",
          plain("forward-no-direction", "session-level-sendonly")),
    Group("lists each codec as a track of its own", "thingino", plain("split-codecs")),
    Group("lists eight codecs in any order, with numbers of its own, or gives one number to two codecs",
          "Dahua door stations, H3C", plain("many-codecs", "dynamic-types", "duplicate-rtpmap", "sdp-dup-pt")),
    Group("takes A-law only", "older Reolink", plain("pcma-only", codec="PCMA/8000")),
    Group("describes its stream sloppily: no connection address, lines missing, twice, without an end or "
          "without meaning", "H3C, Avigilon, TP-Link, Hikvision, Reolink",
          plain("bare-c", "sloppy-sdp", "sdp-vana", "sdp-c-sm", "sdp-media-header", "sdp-no-newline")),
    Group("names a wrong base address: another host, no scheme, twice the scheme, another port, "
          "two slashes, or none", "Reolink, Vikylin, others",
          plain("content-base-wrong=1", "content-base-wrong=2", "content-base-wrong=3",
                "content-base-wrong=4", "content-base-wrong=5", "content-base-double-slash", "no-content-base")),
    Group("wants the track's name appended to an address with a query, or resolved as RFC 3986 "
          "says", "Dahua, Amcrest, VStarcam",
          plain("control-append", "control-resolve") + tuple(
              Row(f"control-resolve, else {status}", ("control-resolve", f"setup-wrong-uri={status}"))
              for status in (400, 404, 451, 454, 455, 503))),
    Group("gives the track no name, one with a slash before it, a whole address, or one at "
          "another host", "Verint, Hikvision, others",
          plain("control-missing", "control-empty", "control-slash", "control-absolute",
                "control-absolute-foreign-host", "control-session-absolute=same", "control-session-absolute=other")),
    Group("answers nobody without User-Agent, or only where proto=Onvif is in the address", "Dahua",
          plain("describe-401-without-user-agent", "proto-onvif")),
]

SESSIONS = [
    Group("uses other channels than it was asked for, names only one, or garbles its answer",
          "Escam, others", plain("renumber-channels", "single-interleaved", "garbled-transport",
                                 "interleaved-garbled", over=FRAMES)),
    Group("tells us which source number to use", "Dahua", plain("ssrc-hex")),
    Group("refuses RTP over UDP, or over TCP", "OpenIPC (UDP)", (
        Row("udp-461", ("udp-461",), over=AUTO, found="tcp"), Row("tcp-461", ("tcp-461",), over=AUTO, found="udp"))),
    Group("does not say at which UDP port it listens, or that it sends from another host", "old OpenIPC",
          plain("udp-no-server-port", "udp-foreign-source", over=("udp",))),
    Group("answers with UDP though TCP was asked for, or never answers for TCP", "",
          plain("udp-only-reply", "tcp-setup-hang", over=AUTO, found="udp")),
    Group("reports nothing about what it hears, or all the time", "", plain("no-rtcp", "rtcp-interval=1")),
    Group("takes a second to answer", "", plain("slow-setup", "slow-play"),
          "What you play meanwhile waits: the first word is there"),
    Group("refuses a session in which sound came too early", "Reolink doorbells",
          plain("play-400-if-early-rtp")),
    Group("wants RECORD instead of PLAY", "thingino",
          plain("play-needs-record", "play-405-record=405", "play-405-record=455")),
    Group("starts only a single track, or only the stream as a whole", "",
          plain("play-track-only=459", excused=("keepalive-uri",)) + plain("play-aggregate-only")),
    Group("wants its own tracks set up, too", "none known", (
        Row("needs-forward 455", ("needs-forward=455",), entry="rtsp.forward-tracks = true"),
        Row("needs-forward mute", ("needs-forward=mute",), entry="rtsp.forward-tracks = true"))),
    Group("stumbles when it is asked twice, or the first time", "gortsplib's server",
          plain("setup-twice-400", "setup-454-then-ok")),
    Group("does not say how long a session lives, says nonsense, or keeps one that is gone", "",
          plain("no-timeout", "timeout-zero", "hold-session", "teardown-mute")),
    Group("writes its answers in unusual ways: spaces, folded lines, small letters, no reason, no number", "",
          plain("session-spaces", "cseq-missing", "lower-case-headers", "no-reason", "folded-headers",
                "no-space-after-colon")),
    Group("floods the connection with video that nobody asked for", "",
          plain("video-flood", "video-flood-channel-0", "reply-in-frame-flood", over=FRAMES)),
    Group("sends garbage between frames, answers in pieces, or frames within answers", "cheap cameras",
          plain("junk-between-frames", "frame-after-reply", over=FRAMES) + plain("reply-split")),
    Group("asks us something, or announces something, while we play", "", plain("server-requests=500", "announce=500")),
    Group("swallows the beginning", "Tapo, Reolink, Dahua", (
        Row("clip-start", ("clip-start=500",), entry="session.preroll.ms = 600"),)),
    Group("plays short packets choppy", "Reolink doorbells", (
        Row("choppy-below", ("choppy-below=800",), entry="rtp.ptime = 128"),)),
    Group("cannot buffer", "Reolink", plain("no-jitter-buffer")),
]

TUNNELS = [
    Group("takes RTSP only within HTTP", "behind firewalls", (
        *plain("rtsp-port-closed=refuse", "rtsp-port-closed=drop", by="address", over=AUTO, found="http"),
        Row("http-uri-rtsp", ("rtsp-port-closed", "http-uri-rtsp=web"), by="address", over=AUTO, found="http"),
        *plain("tunnel-only", by="address", over=AUTO, found="http"))),
    Group("digs the tunnel over HTTP at its RTSP port", "live555, GStreamer", (
        Row("tunnel-off web", ("tunnel-off=web",), over=("http at rtsp",)),)),
    Group("wants media by the tunnel's other half, as the standard once said", "",
          plain("tunnel-media-by-get", over=("http",))),
    Group("answers what opens the tunnel early, or names lengths, or takes only small ones", "",
          plain("tunnel-post-reply", "tunnel-get-length", "tunnel-413=65535", "tunnel-post-limit", "tunnel-post-counts",
                over=("http",))),
]

PLAYS = DESCRIPTIONS + SESSIONS + TUNNELS

REFUSES = [
    Group("has no speaker, and says so", "Axis and others",
          refused("no-backchannel-551", "unsupported", NO_SPEAKER.format(" (551)"))),
    Group("has no speaker, or one for its maker's app only, and does not say so",
          "Tapo, most Reolink bullets, CV-RTSPHandler",
          refused("no-backchannel-200", "unsupported", NO_SPEAKER.format(""))
          + refused("forward-sendonly", "unsupported", NO_SPEAKER.format(""))),
    Group("marks its speaker as something that it does not take sound for", "some Dahua door stations",
          refused("back-recvonly", "unsupported", NO_SPEAKER.format(""))
          + refused("sendrecv", "unsupported", NO_SPEAKER.format(""))),
    Group("takes no G.711 at 8 kHz", "some yi-hack and Foscam",
          refused("aac-only", "unsupported", NO_CODEC.format("MPEG4-GENERIC/16000"))
          + refused("aac-g726", "unsupported", NO_CODEC.format("MPEG4-GENERIC/16000, G726-16/8000, G726-24/8000, "
                                                                "G726-32/8000, G726-40/8000, opus/48000/2, AMR/8000"))
          + refused("l16-only", "unsupported", NO_CODEC.format("L16/16000"))
          + refused("pcmu-16000-only", "unsupported", NO_CODEC.format("PCMU/16000"))),
    Group("changes its codec to one that we lack after it was found", "Dahua door stations",
          refused("codec-changes", "unsupported", NO_CODEC.format("MPEG4-GENERIC/16000"), sink=True)),
    Group("falls silent, or hangs up, when it is asked for its speaker", "Vikylin",
          refused("hang-on-require=mute", "unsupported", SILENT)
          + refused("hang-on-require=close", "unsupported", SILENT)),
    Group("sends us to another place", "", refused(
        "redirect", "rejected", "The camera redirects to another host (302), which is not followed: "
        "set rtsp.uri to it")),
    Group("is in use by somebody else", "most have room for one", refused(
        "busy-453", "busy", IN_USE, sink=True)),
    Group("goes another way than the one that you set", "", (
        Row("tcp-461", ("tcp-461",), over=("tcp",), state="rejected", sink=True, error="The camera refuses RTP over "
            "the RTSP connection (461): set rtsp.transport = auto"),
        Row("udp-461", ("udp-461",), over=("udp",), state="rejected", sink=True, error="The camera refuses RTP over "
            "UDP (461): set rtsp.transport = auto"))),
    Group("refuses both UDP and TCP", "", (
        Row("tcp-461 and udp-461", ("tcp-461", "udp-461"), over=AUTO, state="rejected", sink=True, error="The camera "
            "refuses RTP over TCP as well as over UDP (461): see what it allows in its settings"),)),
    Group("does not listen on the UDP port that it names", "", (
        Row("udp-closed", ("udp-closed",), over=("udp",), state="offline", sink=True,
            error="{address} does not listen on the UDP port that it names (Connection refused): set rtsp.transport = auto"),)),
    Group("hears nothing over UDP, behind a firewall, where you set `rtsp.transport = udp`", "", (
        Row("udp-silent", ("udp-silent",), over=("udp",), state="streaming", sink=True),)),
    Group("wants its own tracks set up, too, and you did not say so", "none known", (
        Row("needs-forward", ("needs-forward=455",), over=AUTO, state="rejected", sink=True,
            error="The camera refused PLAY: 455 Method Not Valid in This State"),)),
    Group("answers the tunnel with a web page, a 404 or a password of its own", "",
          refused("tunnel-html", "offline", "Cannot reach {address}: the web server answered with a page",
                  over=("http",))
          + refused("tunnel-off", "offline", "Cannot reach {address}: the web server answered 404", over=("http",))
          + refused("tunnel-401", "offline", "Cannot reach {address}: the web server answered 401", over=("http",),
                    options=("--auth", "digest", "--user", "admin", "--password", "pw"), login=("admin", "pw"))),
]


def soon(*quirks, **more):
    """A session that ends after 4 s without a request, and a tone that is longer."""
    return (Row(quirks[0] if quirks else "short-timeout", (*quirks, "short-timeout=4"),
                over=("tcp", "udp"), seconds=9.0, **more),)


def opened_again(seat, stats):
    ends = [session.get("ended") for session in stats["sessions"]]
    return [] if ends == ["timeout", "teardown"] else [f"sessions ended by {ends}"]


KEEPS = [
    Group("ends a session that is not kept alive after a few seconds", "Tapo (15 s)", soon()),
    Group("does not know the request that keeps a session alive, refuses it, or hangs up on it",
          "Tapo C220, thingino, HIPCAM",
          soon("keepalive-400-stale-cseq") + soon("get-parameter-454") + soon("get-parameter-hidden")
          + soon("keepalive-only-get-parameter") + soon("keepalive-close", resumes=2.0)),
    Group("never answers what keeps the session alive", "some", soon("keepalive-mute")),
    Group("keeps a session alive by the sound alone", "GStreamer's server", soon("rtp-keepalive")),
    Group("ends a session in which it hears nothing of us", "Arlo, Dahua, thingino",
          (Row("needs-rr", ("needs-rr=10",), over=("tcp", "udp"), seconds=12.0),) + soon("needs-sound=2")),
    Group("says that it ends, or wants us elsewhere, and goes on", "", soon("rtcp-bye") + soon("redirect-request")),
    Group("ends the session, or hangs up, while we play", "", (
        Row("close-after", ("close-after=2",), resumes=0.5),
        Row("server-teardown", ("server-teardown=2",), resumes=0.5),), "The session is opened again"),
    Group("ends a session without a word", "GStreamer's server",
          (Row("timeout-silent", ("timeout-silent", "no-timeout"), ("--session-timeout", "4"), seconds=14.0,
               resumes=2.0, excused=("keepalive-missed", "frame-after-end"), more=opened_again),),
          "The session is opened again"),
]

ASKED = [
    Group("has an old media service only, an old device service, or a new one that does not work",
          "Axis A8004-VE, others",
          plain("no-media2", "no-get-services", "media2-html-500", "device-path", by="address", over=AUTO)),
    Group("does not say which codecs it takes", "", plain("decoder-options-empty", by="address", over=AUTO)),
    Group("names addresses of another host (behind a router, or by mistake)", "",
          plain("xaddr-foreign", by="address", over=AUTO),
          "Sound and password go only to the address that answered"),
    Group("closes the web connection after each answer", "Dahua", plain("http-close", by="address", over=AUTO)),
    Group("has its speaker in one of its profiles only", "",
          (Row("speaker-in-profile-2", ("speaker-in-profile-2",), entry="onvif.profile = profile_2",
               by="address", over=AUTO),)),
    Group("answers only some kinds of search, all, or several times", "TP-Link, D-Link, Hikvision, several networks",
          plain("probe-nvt-only", "probe-device-only", "probe-typed-only", "probe-one-type", "probe-picky=newline",
                "probe-picky=prolog", "probe-picky=prefix", "probe-deaf", "probe-ignore-types", "probe-repeat",
                "xaddrs-many", by="discovery", over=AUTO)),
    Group("answers a search with something hostile", "", tuple(
        Row(f"hostile-probe {kind}", (f"hostile-probe={kind}",), by="discovery", over=AUTO, state="offline",
            error="The camera's address is not known yet.") for kind in ("dtd", "deep", "big", "binary", "relates"))),
    Group("has its web service on HTTPS only", "", tuple(
        Row(f"https-only {kind}", (f"https-only={kind}",), tls="both", by=by, over=AUTO, found="tls")
        for kind in ("refuse", "redirect") for by in ("discovery",))),
    Group("offers everything over TLS, or nothing else", "", (
        Row("tls both", tls="both", by="address", over=AUTO, found="tls"),
        Row("tls only", tls="only", by="discovery", over=AUTO, found="tls"),
        Row("rtsp-unicast-fault", ("rtsp-unicast-fault",), tls="only", by="discovery", over=AUTO, found="tls"))),
    Group("has a speaker that is not in the profile", "", tuple(
        Row(f"profile-without-decoder {kind}", (f"profile-without-decoder={kind}",), entry="onvif.configure = true",
            by="address", over=AUTO) for kind in ("both", "decoder"))),
    Group("is set to half duplex, in its own favour", "", (
        Row("half-duplex-server", ("half-duplex-server",), entry="onvif.configure = true", by="address",
            over=AUTO),)),
    Group("has a speaker that is not in the profile, and you did not allow us to change that", "", (
        Row("profile-without-decoder, not allowed", ("profile-without-decoder",), by="address", over=AUTO,
            state="unsupported", error="The camera's media profile has no audio output or no audio decoder: set "
            "onvif.configure = true to let us add what it lacks, or do so in its web page."),)),
    Group("has a speaker that is not in the profile, and does not allow its user to change that", "", (
        Row("user-cannot-write", ("user-cannot-write", "profile-without-decoder"), entry="onvif.configure = true",
            by="address", over=AUTO, state="unsupported", error='It refused to add audio output "aoc_1" '
            'and audio decoder "adc_1" to profile "profile_1" (user and password are needed): do so in its web page.'),)),
    Group("is set to half duplex in its own favour, and you did not allow us to change that", "", (
        Row("half-duplex-server, not allowed", ("half-duplex-server",), by="address", over=AUTO,
            state="streaming", sink=True,
            warns="The camera is set to half duplex and does not listen while it speaks"),)),
    Group("says that it has no audio output", "Tapo, most Reolink bullets", (
        Row("no-audio-output", ("no-audio-output", "no-backchannel-200"), by="address", over=AUTO,
            state="unsupported", error="This camera has no audio output."),)),
    Group("sends our questions to another place", "", (
        Row("http-redirect", ("http-redirect",), by="address", over=AUTO, state="unsupported",
            error="{address} is not an ONVIF device, or ONVIF is switched off in it: there is no such service."),)),
]

GROUPS = PLAYS + KEEPS + ASKED + REFUSES

# what many cameras beside each other do not show: where it is tested
ELSEWHERE = {
    "mute-after": "test-faults.py: camera_answers_nothing_any_more",
    "probe-flood": "test-flood.py",
}


# ---- README.md ----

OVER = {"tcp": "TCP", "udp": "UDP", "tls": "TLS", "http": "HTTP", "https": "HTTPS", "http at rtsp": "HTTP"}


def said(rows):
    """What all their sentences have in common, as a user sees it."""
    errors = [row.error.format(address="192.0.2.20") or row.warns for row in rows]
    begin = os.path.commonprefix(errors)
    if begin != errors[0]:
        begin = begin.rstrip() + " ..."
    return begin


def outcome(group):
    """One sentence for each way in which rows end."""
    result = []
    heard = [row for row in group.rows if not row.state]
    entries = {row.entry for row in heard} - {""}
    if heard:
        found = sorted({OVER[row.found] for row in heard if row.found})
        text = "Plays" + (" over " + " or ".join(found) if found else "")
        result.append(text + "".join(f" with `{entry}`" for entry in sorted(entries)))
    for state, sink in dict.fromkeys((row.state, row.sink) for row in group.rows if row.state):
        rows = [row for row in group.rows if (row.state, row.sink) == (state, sink)]
        for entry in dict.fromkeys(row.entry for row in rows):
            some = [row for row in rows if row.entry == entry]
            place = f"An output that says `{state}`" if sink else f"No output (`{state}`)"
            if state == "streaming":
                place = "Looks well, and nothing is heard" + ("; the log says" if some[0].warns else "")
            words = said(some)
            result.append((f"With `{entry}`: " if entry else "") + place + (f': "{words}"' if words else ""))
    return ". ".join(result + ([group.then] if group.then else []))


def over(group):
    names = [OVER[one] for row in group.rows for one in row.over if one in OVER]
    return ", ".join(dict.fromkeys(names)) or "auto"


def readme():
    """The table between README.md's marks."""
    lines = ["| a camera that ... | known for it | what happens | tried over |", "|---|---|---|---|"]
    for group in GROUPS:
        lines.append(f"| {group.does} | {group.known or '-'} | {outcome(group)} | {over(group)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(readme())

#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""Each way in which cameras ask for a password, over SOAP and RTSP: the sound is heard, no
login fails; or the password is kept back, and the exact sentence says why."""
import itertools
import pathlib
import sys
import time

import table
from desktop import Desktop
from table import Row
from tap import check, listening_test, main, table_test, test, wait_for

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "unit" / "sim"))
from client import Client  # noqa: E402

USER, PASSWORD, CHANGED_TO = "admin", "s3cr3t-canary", "s3cr3t-other"
LOGIN = (USER, PASSWORD)
BASIC = "auth.basic = true"
# what of Digest differs: RFC 2069's or RFC 7616's form, and how long a nonce may be used
DIGESTS = {"qop": (), "no qop": ("digest-no-qop",), "stale": ("digest-stale-every=3",),
           "nonce per request": ("nonce-per-request",),
           "nonce per URL in SOAP": ("nonce-per-url@http",), "unknown parameters": ("digest-extra",),
           "OPTIONS, too": ("options-needs-auth",)}
SCHEMES = {"Digest MD5": ("digest", ()), "Digest SHA-256": ("digest-sha256", ()),
           "both Digests": ("digest-all", ()), "Digest and Basic": ("both", ()),
           "Basic first": ("both", ("auth-order-basic-first",))}


def locked(name, auth, *quirks, login=LOGIN, by="address", options=(), **more):
    return Row(name, quirks, ("--auth", auth, "--user", USER, "--password", PASSWORD, *options),
               by=by, over=("auto",), login=login, seconds=1.5, **more)


MATRIX = [locked(f"{scheme}, {digest}", auth, *order, *quirks)
          for scheme, (auth, order) in SCHEMES.items() for digest, quirks in DIGESTS.items()]
# found out by one 401, in the first session
MATRIX += [locked(f"{scheme}, nonce per URL", auth, *order, "nonce-per-url", failures=1, excused=("digest-nonce-url",))
           for scheme, (auth, order) in SCHEMES.items()]

OTHERS = [
    locked("no login wanted", "none"),
    locked("Basic, allowed", "basic", entry=BASIC),
    locked("Basic, allowed, by URI", "basic", entry=BASIC, by="uri"),
    locked("Basic in RTSP only, allowed", "digest", "basic-only-rtsp", entry=BASIC),
    locked("Basic within TLS", "basic", by="discovery", tls="only", found="tls"),
    locked("Digest, discovered", "digest", by="discovery"),
    locked("Digest, by URI", "digest", by="uri"),
    locked("Digest within TLS", "digest", by="discovery", tls="only", found="tls"),
    locked("Digest, a list of qop", "digest", "digest-qop-list"),
    locked("Digest, an odd realm", "digest", "digest-realm"),
    locked("Digest, all in one header", "both", "challenges-in-one"),
    locked("Digest, behind schemes that we do not know", "both", "alien-challenges"),
    locked("two Digests without qop", "digest", "two-digests-no-qop"),
    locked("only the first of two works", "both", "first-challenge-only"),
    locked("an old nonce is 401", "digest", "digest-new-nonce=401"),
    locked("an old nonce is 403", "digest", "digest-new-nonce=403"),
    locked("a user of RTSP alone, by URI", "digest", "soap-other-user", by="uri"),
    locked("an empty password", "digest", "empty-password", login=(USER, "")),
    locked("UsernameToken", "wsse"),
    locked("UsernameToken, discovered", "wsse", by="discovery"),
    locked("UsernameToken, clock 5 h ahead", "wsse", "clock-offset=18000"),
    locked("UsernameToken, clock 5 h behind", "wsse", "clock-offset=-18000"),
    locked("UsernameToken, clock since 1970", "wsse", "clock-offset=-1700000000"),
    # what it says of its time is believed first, and its Date header, or our own clock, next
    locked("UsernameToken, local time as UTC", "wsse", "local-time=2", failures=1),
    locked("UsernameToken, local time as UTC, no Date", "wsse", "local-time=-9", "no-date-header", failures=1),
    locked("UsernameToken, short ones only", "wsse", "wsse-short"),
    locked("UsernameToken, refused by HTTP 400", "digest", "soap-400-notauthorized"),
    locked("Digest, no UsernameToken", "digest", "no-wsse"),
    locked("the time only with a login", "digest", "datetime-needs-auth"),
]


ONLY_BASIC = ("The camera offers no login that may be used: only Basic is offered, which would show the password "
              "to the network. For a camera that has only Basic, set auth.basic = true")
WRONG = "The camera refuses this user and password: run `pw-onvif login {address}`"
WANTED = "The camera wants a user and password: run `pw-onvif login {address}`"
FULL = ("The camera refused a login that worked before: it may be out of connections, it is tried once more in a "
        "minute")
IN_THE_MIDDLE = ("It took the login, then it refused it: too many are connected to it, or this user may not have "
                 "its media profiles.")
KEPT = {"state": "login-required"}
ONCE = {"state": "login-required", "failures": 1, "login": (USER, "wrong"), "error": WRONG}

REFUSED = [
    locked("Basic, not allowed", "basic", error=ONLY_BASIC, **KEPT),
    locked("Basic, not allowed, by URI", "basic", by="uri", error=ONLY_BASIC, **KEPT),
    locked("no password", "digest", login=(), error=WANTED, **KEPT),
    locked("no password, by URI", "digest", by="uri", login=(), error=WANTED, **KEPT),
    locked("wrong password", "digest", **ONCE),
    locked("wrong password, by URI", "digest", by="uri", **ONCE),
    locked("wrong password, discovered", "digest", by="discovery", **ONCE),
    locked("wrong password, SHA-256", "digest-all", **ONCE),
    locked("wrong password, a nonce per URL", "digest", "nonce-per-url", **ONCE),
    locked("wrong password, UsernameToken", "wsse", **ONCE),
    locked("wrong password, Basic allowed", "basic", entry=BASIC, **ONCE),
    locked("wrong password, an account that locks", "digest", "lockout=2", **ONCE),
    locked("a user of RTSP where SOAP has its own", "digest", "soap-other-user", **{**ONCE, "login": LOGIN}),
    # Digest it is where it is offered, whatever comes first
    locked("only the first of two works, Basic", "both", "first-challenge-only", "auth-order-basic-first",
           **{**ONCE, "login": LOGIN}),
    locked("no room for another login, by URI", "digest", "401-too-many=1:60", by="uri", state="busy", error=FULL,
           sink=True),
    locked("no room in the middle of being asked", "digest", "401-too-many=2:60", state="busy", error=IN_THE_MIDDLE),
]


@table_test(table.names(MATRIX))
def matrix():
    return table.run_table(MATRIX)


@table_test(table.names(OTHERS))
def others():
    return table.run_table(OTHERS)


@table_test(table.names(REFUSED))
def refused():
    return table.run_table(REFUSED)


CHANGED = [
    locked("by address", "digest"),
    locked("by URI", "digest", by="uri"),
    locked("discovered", "digest", by="discovery"),
    locked("by UsernameToken", "wsse"),
    locked("by Basic", "basic", entry=BASIC),
]


@test
def a_password_that_was_changed_is_tried_once():
    """SOAP and RTSP together, also over restarts, also while somebody plays; and the right
    one works as soon as it is entered."""
    with Desktop(pulse=False) as desktop:
        batch = table.Batch(desktop, table.pairs(CHANGED))
        batch.open()
        batch.wait_settled(15)
        desktop.stop_onvif()
        for seat in batch.seats:
            seat.camera.command(f"password {USER} {CHANGED_TO}")
            seat.camera.command("reset")
        for turn in ("first", "second"):
            desktop.start_onvif()
            batch.wait_settled(10)
            batch.play(30.0)
            time.sleep(6)
            batch.look()
            for seat in batch.seats:
                failures = seat.camera.stats()["auth_failures"]
                check(failures == 1, f"{seat.name}, {turn} restart: tried {failures} times")
                check(seat.node.get("onvif.state") == "login-required", f"{seat.name}: {seat.node}")
                check(seat.node["onvif.error"] == WRONG.format(address=seat.address), seat.node["onvif.error"])
            if turn == "first":
                batch.stop_playing()
                desktop.stop_onvif()
        batch.write_credentials(CHANGED_TO)
        for seat in batch.seats:
            seat.camera.wait_stat("rtp_packets", 20, 10)
            check(seat.player.poll() is None, f"{seat.name}: the player ended")
            check(seat.camera.stats()["auth_failures"] == 1, f"{seat.name}: more failed logins")
            check(seat.camera.violations() == [], f"{seat.name}: {seat.camera.violations()}")
        for word in (PASSWORD, CHANGED_TO):
            check(word not in desktop.log(), "a password in the log")


def somebody_else_speaks(camera):
    """Another client, which holds the loudspeaker."""
    client = Client(camera)
    challenge = client.describe().get("WWW-Authenticate")
    count = itertools.count(1)

    def login(method, uri=camera.uri):
        number = next(count)
        return client.digest(challenge, method, USER, PASSWORD, uri, number, f"{number:04x}")
    track = camera.uri + "/trackID=4"
    check(client.request("DESCRIBE", headers=["Accept: application/sdp", login("DESCRIBE")]).status == 200, "DESCRIBE")
    reply = client.request("SETUP", track, ["Transport: RTP/AVP/TCP;unicast;interleaved=0-1", login("SETUP", track)])
    client.session = reply.get("Session").split(";")[0]
    check(client.request("PLAY", headers=[login("PLAY")]).status == 200, "PLAY")
    return client


@listening_test
def a_camera_that_is_full_is_not_a_wrong_password():
    """Dahua says 401 where it has no room for another client."""
    with Desktop(pulse=False) as desktop:
        row = locked("full", "digest", "busy-401", by="uri")
        batch = table.Batch(desktop, [(row, "auto")])
        batch.open()
        batch.wait_settled(15)
        seat = batch.seats[0]
        other = somebody_else_speaks(seat.camera)
        batch.play()
        wait_for(lambda: batch.look() or seat.node.get("onvif.state") == "busy", 8, "state busy")
        check(seat.node["onvif.error"] == FULL, seat.node["onvif.error"])
        time.sleep(3)
        check(seat.camera.stats()["auth_failures"] == 0, "tried again at once")
        seat.player.kill()
        other.close()
        # nothing was learned against the password
        desktop.stop_onvif()
        seat.camera.command("reset")
        desktop.start_onvif()
        batch.wait_settled(10)
        batch.play()
        seat.camera.wait_stat("teardowns", 1, 10)
        check(not table.judge_sound(seat), table.judge_sound(seat))


main()

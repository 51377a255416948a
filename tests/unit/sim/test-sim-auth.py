#!/usr/bin/env python3
# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""The simulator's logins: RTSP, SOAP, both together."""
import base64
import datetime
import email.utils
import re
import time

from client import Client, Sim, equal, main, test
from soapclient import AUTH, INFORMATION, digest as soap_digest, post, token


def login(client, algorithm="MD5", index=0, **options):
    reply = client.describe()
    equal(reply.status, 401)
    challenge = reply.all("WWW-Authenticate")[index]
    line = client.digest(challenge, "DESCRIBE", algorithm=algorithm, **options)
    return challenge, client.request("DESCRIBE", headers=["Accept: application/sdp", line])


@test
def digest():
    for auth, algorithm in (("digest", "MD5"), ("digest-sha256", "SHA-256"), ("digest-all", "SHA-256"),
                            ("both", "MD5"), ("wsse", "MD5")):
        with Sim(*AUTH, auth) as sim:
            equal(login(Client(sim), algorithm)[1].status, 200, auth)
            equal(sim.kinds(), [], auth)
            equal(login(Client(sim), algorithm, password="wrong")[1].status, 401)
            equal(sim.stats()["auth_failures"], 1)
    with Sim(*AUTH, "digest", "--quirk", "digest-no-qop") as sim:
        equal(login(Client(sim))[1].status, 200)
        equal(sim.kinds(), [])


@test
def digest_errors():
    with Sim(*AUTH, "digest") as sim:
        client = Client(sim)
        challenge, _ = login(client)
        line = client.digest(challenge, "OPTIONS", nc=1)
        equal(client.request("OPTIONS", headers=[line]).status, 401)
        equal(sim.kinds(), ["digest-nc"])
    for change, kind in ((('uri="', 'uri="x'), "digest-uri"), (("qop=auth", 'qop="auth"'), "digest-syntax"),
                         (("nc=00000001", "nc=1"), "digest-syntax"), (('opaque="', 'opaque="x'), "digest-opaque"),
                         (('username="admin"', "username=admin"), "digest-syntax")):
        with Sim(*AUTH, "digest") as sim:
            client = Client(sim)
            line = client.digest(client.describe().get("WWW-Authenticate"), "OPTIONS").replace(*change)
            client.request("OPTIONS", headers=[line])
            equal(sim.kinds(), [kind], change)


@test
def digest_quirks():
    with Sim(*AUTH, "digest", "--quirk", "nonce-per-request") as sim:
        client = Client(sim)
        challenge, _ = login(client)
        reply = client.request("OPTIONS", headers=[client.digest(challenge, "OPTIONS", nc=2)])
        equal(reply.status, 401)
        assert "stale=true" in reply.get("WWW-Authenticate")
        equal(sim.kinds(), [])
    with Sim(*AUTH, "both", "--quirk", "auth-order-basic-first") as sim:
        values = Client(sim).describe().all("WWW-Authenticate")
        equal([value.split()[0] for value in values], ["Basic", "Digest"])
    with Sim(*AUTH, "digest", "--quirk", "digest-stale-every=1") as sim:
        equal(login(Client(sim))[1].status, 401)
        equal(sim.stats()["auth_stale"], 1)


def sim_with(auth, *quirks, options=()):
    return Sim(*AUTH, auth, *options, *[x for q in quirks for x in ("--quirk", q)])


def basic(user="admin", password="pw"):
    return "Authorization: Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@test
def each_service_its_own():
    with sim_with("digest", options=("--http-auth", "none")) as sim:
        equal((post(sim, INFORMATION)[0], Client(sim).describe().status), (200, 401))
        sim.command("auth basic rtsp")
        equal(Client(sim).request("DESCRIBE", headers=["Accept: application/sdp", basic()]).status, 200)
        sim.command("auth wsse http")
        equal((post(sim, INFORMATION)[0], post(sim, INFORMATION, token())[0]), (400, 200))
        equal(sim.kinds(), [])
        equal(sim.command("auth nonsense")["ok"], False)
    with sim_with("digest-sha256", "basic-only-rtsp") as sim:
        equal(Client(sim).describe().get("WWW-Authenticate"), 'Basic realm="simcam"')
        equal(soap_digest(sim, INFORMATION, algorithm="SHA-256")[0], 200)
    with sim_with("digest", "digest-no-qop@rtsp", "digest-qop-list@http", "digest-realm=other@http") as sim:
        assert "qop" not in Client(sim).describe().get("WWW-Authenticate")
        assert 'qop="auth,auth-int"' in post(sim, INFORMATION)[2]["WWW-Authenticate"]
        equal((soap_digest(sim, INFORMATION)[0], login(Client(sim))[1].status, sim.kinds()), (200, 200, []))
        for name in ("bare-c@rtsp", "digest-no-qop@ftp"):
            equal(sim.command("quirk " + name)["ok"], False)


@test
def odd_challenges():
    with sim_with("digest-all", "two-digests-no-qop") as sim:
        equal(login(Client(sim), "SHA-256")[1].status, 200)
        equal(login(Client(sim), "MD5", 1)[1].status, 200)
        equal(sim.kinds(), ["digest-algorithm"])
    with sim_with("digest", "two-digests-no-qop=md5") as sim:
        equal(len(Client(sim).describe().all("WWW-Authenticate")), 2)
        equal(login(Client(sim), "SHA-256")[1].status, 401)
        equal(login(Client(sim), "MD5", 1)[1].status, 200)
        equal(sim.kinds(), [])
    with sim_with("digest", "digest-realm") as sim:
        assert 'realm="IP \\"Camera\\", ' in Client(sim).describe().get("WWW-Authenticate")
        equal((login(Client(sim))[1].status, sim.kinds()), (200, []))
    with sim_with("digest", "alien-challenges") as sim:
        values = Client(sim).describe().all("WWW-Authenticate")
        equal([value.split()[0] for value in values], ["Bearer", "Digest", "Digest"])
        equal((login(Client(sim), index=2)[1].status, sim.kinds()), (200, []))
        sim.command("quirk challenges-in-one")
        equal(len(Client(sim).describe().all("WWW-Authenticate")), 1)
    with sim_with("both", "first-challenge-only", "auth-order-basic-first") as sim:
        equal(login(Client(sim), index=1)[1].status, 401)
        equal(Client(sim).request("DESCRIBE", headers=["Accept: application/sdp", basic()]).status, 200)
        equal(sim.kinds(), [])
    with sim_with("digest", "digest-extra", "digest-stale-every=1") as sim:
        assert 'stale="FALSE"' in Client(sim).describe().get("WWW-Authenticate")
        assert 'stale="TRUE"' in login(Client(sim))[1].get("WWW-Authenticate")


@test
def other_passwords():
    with sim_with("digest", "empty-password") as sim:
        equal((login(Client(sim))[1].status, login(Client(sim), password="")[1].status), (401, 200))
        equal(post(sim, INFORMATION, token(password=""))[0], 200)
    with sim_with("digest", "soap-other-user") as sim:
        equal((login(Client(sim))[1].status, soap_digest(sim, INFORMATION)[0]), (200, 401))
        equal(soap_digest(sim, INFORMATION, user="onvif-admin")[0], 200)


@test
def old_nonces():
    for quirk, status, stale in (("digest-new-nonce", 401, False), ("digest-new-nonce=403", 403, False)):
        with sim_with("digest", quirk) as sim:
            first, second = Client(sim), Client(sim)
            challenge, reply = login(first)
            equal(reply.status, 200)
            line = first.digest(challenge, "OPTIONS", nc=2)
            equal(first.request("OPTIONS", headers=[line]).status, 200)
            second.describe()
            reply = first.request("OPTIONS", headers=[first.digest(challenge, "OPTIONS", nc=3)])
            equal((reply.status, "stale" in str(reply.headers)), (status, stale))
            equal((sim.stats()["auth_failures"], sim.kinds()), (1, []))


@test
def where_a_nonce_serves():
    with sim_with("digest", "nonce-per-url") as sim:
        client = Client(sim)
        challenge, reply = login(client)
        equal(reply.status, 200)
        track = sim.uri + "/trackID=4"
        line = client.digest(challenge, "SETUP", uri=track, nc=2)
        equal(client.request("SETUP", track, ["Transport: RTP/AVP/TCP;unicast;interleaved=0-1", line]).status, 401)
        equal(sim.kinds(), ["digest-nonce-url"])
    with sim_with("digest", "options-needs-auth", "no-wsse") as sim:
        equal(Client(sim).request("OPTIONS").status, 401)
        equal(post(sim, INFORMATION, token())[0], 401)


@test
def locked():
    with sim_with("digest", "lockout=3") as sim:
        equal(login(Client(sim), password="x")[1].status, 401)
        equal(soap_digest(sim, INFORMATION, password="x")[0], 401)
        equal(login(Client(sim))[1].status, 200)
        equal(post(sim, INFORMATION, token(password="x"))[0], 400)
        equal((login(Client(sim))[1].status, soap_digest(sim, INFORMATION)[0], post(sim, INFORMATION, token())[0]),
              (401, 401, 400))
        stats = sim.stats()
        equal((stats["auth_failures"], stats["auth_locked"], sim.kinds()), (3, 3, []))
    with sim_with("digest", "lockout=1:0.5") as sim:
        equal(login(Client(sim), password="x")[1].status, 401)
        equal(login(Client(sim))[1].status, 401)
        time.sleep(0.6)
        equal(login(Client(sim))[1].status, 200)


@test
def too_many_logins():
    with sim_with("digest", "401-too-many=2:0.5") as sim:
        equal([login(Client(sim))[1].status for _ in range(3)], [200, 200, 401])
        equal(soap_digest(sim, INFORMATION)[0], 401)
        time.sleep(0.6)
        equal(login(Client(sim))[1].status, 200)
        stats = sim.stats()
        equal((stats["auth_failures"], stats["auth_too_many"], stats["logins"], sim.kinds()), (0, 2, 3, []))


@test
def clocks():
    with sim_with("wsse", "local-time=5") as sim:
        hour = re.search(r"<tt:Hour>(\d+)", post(sim, "<tds:GetSystemDateAndTime/>")[1]).group(1)
        now = datetime.datetime.now(datetime.timezone.utc)
        assert int(hour) in ((now.hour + 5) % 24, (now.hour + 6) % 24)
        status, _, headers = post(sim, INFORMATION, token())
        equal(status, 200)
        equal(post(sim, INFORMATION, token(offset=5 * 3600))[0], 400)
        assert abs(email.utils.parsedate_to_datetime(headers["Date"]).timestamp() - time.time()) < 3
        sim.command("quirk no-date-header")
        equal(post(sim, INFORMATION, token())[2]["Date"], None)
    with sim_with("wsse", "wsse-short") as sim:
        equal(post(sim, INFORMATION, token())[0], 200)
        equal(post(sim, INFORMATION, token(nonce=b"n" * 32))[0], 400)


main()

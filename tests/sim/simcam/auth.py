# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""HTTP and RTSP authentication from the server's side (RFC 7616, 2617, 7617), strict."""
import base64
import binascii
import hmac
import re

from .digest import HASHES, Bad, Nonce, digest_response, parse_params, quoted

MODES = ["none", "basic", "digest", "digest-sha256", "digest-all", "both", "wsse"]
# what no client can know, and what ONVIF's future holds
ALIEN = ['Bearer realm="x", error="invalid_token"', 'Digest realm="x", nonce="x", algorithm=SHA3-512']


class Refusal:
    def __init__(self, status, challenges=()):
        self.status = status
        self.headers = [("WWW-Authenticate", value) for value in challenges]


class Authenticator:
    """One service's (RTSP's or HTTP's) challenges and judgement."""

    def __init__(self, config, quirks, record, service, logins):
        self.config, self.all_quirks, self.record = config, quirks, record
        self.service, self.logins = service, logins
        self.nonces = {}
        self.newest = None
        self.authorized = 0

    def quirk(self, name, default=None):
        """Its value where it holds for this service."""
        return self.all_quirks.get(f"{name}@{self.service.lower()}", self.all_quirks.get(name, default))

    @property
    def mode(self):
        if self.service == "RTSP" and self.quirk("basic-only-rtsp"):
            return "basic"
        mode = getattr(self.config, f"{self.service.lower()}_auth", None) or self.config.auth
        if mode != "none" and self.quirk("two-digests-no-qop"):
            return "digest-all"
        return mode

    @property
    def user(self):
        other = self.service == "HTTP" and self.quirk("soap-other-user")
        return f"onvif-{self.config.user}" if other else self.config.user

    @property
    def password(self):
        return "" if self.quirk("empty-password") else self.config.password

    @property
    def realm(self):
        return self.quirk("digest-realm", "simcam")

    def violation(self, kind, text):
        self.record.violation(f"digest-{kind}", f"{self.service}: {text}")

    def check(self, method, uri, values):
        """None if the request may pass, or a Refusal. values: of Authorization"""
        if self.mode == "none":
            if values:
                self.record.note("auth-unasked", f"{self.service}: credentials nobody asked for")
            return None
        if not values:
            self.record.count("auth_challenges")
            return self.challenge(uri)
        if self.logins.shut():
            return self.challenge(uri)
        if len(values) > 1:
            self.violation("syntax", "several Authorization headers")
        scheme, _, rest = values[0].partition(" ")
        if self._only_first(scheme):
            return self._refuse(uri)
        if scheme.lower() == "basic":
            return self._basic(rest, uri)
        if scheme.lower() != "digest" or self.mode == "basic":
            self.violation("scheme", f"{scheme} was not offered")
            return self._refuse(uri)
        try:
            return self._digest(method, uri, rest)
        except Bad as error:
            self.violation("syntax", str(error))
            return self._refuse(uri)

    def _only_first(self, scheme):
        first = self._offers(Nonce(""), False)[0].split()[0]
        return bool(self.quirk("first-challenge-only")) and scheme.lower() != first.lower()

    def _refuse(self, uri):
        self.logins.failed()
        return self.challenge(uri)

    def _stale(self, uri):
        """The password was right, the nonce was not."""
        status = self.quirk("digest-new-nonce")
        if status:
            self.logins.failed()
            return self.challenge(uri) if status == "401" else Refusal(int(status))
        self.record.count("auth_stale")
        return self.challenge(uri, stale=True)

    def _basic(self, text, uri):
        if self.mode not in ("basic", "both"):
            self.record.violation("basic-unasked", f"{self.service}: Basic where it was not offered")
            return self._refuse(uri)
        if self.mode == "both" and not self.quirk("first-challenge-only"):
            self.record.violation("basic-despite-digest", f"{self.service}: Basic though Digest was offered")
        try:
            user, _, password = base64.b64decode(text, validate=True).decode("utf-8").partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return self._refuse(uri)
        if (user, password) != (self.user, self.password):
            return self._refuse(uri)
        self.logins.worked()
        return None

    def _digest(self, method, uri, text):
        params = parse_params(text)
        for name in ("username", "realm", "nonce", "uri", "response"):
            if name not in params:
                raise Bad(f"no {name}")
        if params["realm"] != self.realm:
            self.violation("realm", f"realm {params['realm']!r}")
        if params["uri"] != uri:
            self.violation("uri", f"uri {params['uri']!r} in a request for {uri!r}")
            return self._refuse(uri)
        algorithm = params.get("algorithm", "MD5")
        if not self._algorithm(algorithm):
            return self._refuse(uri)
        expected = digest_response(algorithm, params["username"], self.realm, self.password,
                                   method, params["uri"], params["nonce"], self._extra(params))
        if params["username"] != self.user or \
                not hmac.compare_digest(expected, params["response"].encode("ascii", "replace").decode()):
            return self._refuse(uri)
        return self._fresh(params, uri)

    def _algorithm(self, algorithm):
        if algorithm not in self.algorithms() or algorithm not in HASHES:
            self.violation("algorithm", f"{algorithm} was not offered")
            return False
        if self.quirk("two-digests-no-qop") == "md5":
            return algorithm == "MD5"
        if algorithm == "MD5" and "SHA-256" in self.algorithms():
            self.violation("algorithm", "MD5 though SHA-256 was offered")
        return True

    def _no_qop(self):
        return bool(self.quirk("digest-no-qop") or self.quirk("two-digests-no-qop"))

    def _extra(self, params):
        if self._no_qop():
            if {"qop", "nc"} & params.keys():
                self.violation("qop", "qop or nc where no qop was offered")
            return None
        if not {"qop", "nc", "cnonce"} & params.keys() and params.get("algorithm", "MD5") == "MD5":
            # RFC 2617 3.2.2 allows it to old clients (GStreamer); RFC 7616 does not
            self.violation("without-qop", "no qop though it was offered")
            return None
        if params.get("qop") != "auth":
            raise Bad(f"qop {params.get('qop')!r}, wanted was auth")
        if not re.fullmatch(r"[0-9a-f]{8}", params.get("nc", "")):
            raise Bad(f"nc {params.get('nc')!r} is not 8 hexadecimal digits")
        if not params.get("cnonce"):
            raise Bad("no cnonce")
        return params["nc"], params["cnonce"], "auth"

    def _fresh(self, params, uri):
        """The response is right: is its nonce?"""
        nonce = self.nonces.get(params["nonce"])
        if nonce is None or nonce.too_old() or (self.quirk("digest-new-nonce") and nonce is not self.newest):
            return self._stale(uri)
        if params.get("opaque", "") != nonce.opaque:
            self.violation("opaque", "opaque was not returned as sent")
        if self.quirk("nonce-per-url") and nonce.uri != uri:
            self.violation("nonce-url", f"nonce of {nonce.uri} used for {uri}")
            return self._refuse(uri)
        nonce.uses += 1
        if self.quirk("nonce-per-request") and nonce.uses > 1:
            return self._stale(uri)
        if "nc" in params and not self._counted(nonce, params):
            return self._stale(uri)
        self.authorized += 1
        every = self.quirk("digest-stale-every")
        if every and self.authorized % int(every) == 0:
            del self.nonces[params["nonce"]]
            return self._stale(uri)
        if nonce.uses == 1:
            self.logins.worked()
        return None

    def _counted(self, nonce, params):
        count = int(params["nc"], 16)
        if count <= nonce.nc:
            self.violation("nc", f"nc {count} after {nonce.nc} with one nonce")
            return False
        nonce.nc = count
        if params["cnonce"] in nonce.cnonces:
            self.record.note("digest-cnonce", f"{self.service}: a cnonce used twice")
        nonce.cnonces.add(params["cnonce"])
        return True

    # challenges

    def algorithms(self):
        """offered, the preferred first"""
        return {"digest-sha256": ["SHA-256"], "digest-all": ["SHA-256", "MD5"], "basic": []}.get(self.mode, ["MD5"])

    def challenge(self, uri, stale=False):
        nonce = self.newest = Nonce(uri)
        self.nonces[nonce.value] = nonce
        while len(self.nonces) > 1000:
            del self.nonces[next(iter(self.nonces))]
        values = self._offers(nonce, stale)
        if self.quirk("alien-challenges"):
            values = ALIEN + values
        return Refusal(401, [", ".join(values)] if self.quirk("challenges-in-one") else values)

    def _offers(self, nonce, stale):
        values = [self._digest_offer(nonce, algorithm, stale) for algorithm in self.algorithms()]
        if self.mode in ("basic", "both"):
            basic = f"Basic realm={quoted(self.realm)}"
            values.insert(0 if self.quirk("auth-order-basic-first") else len(values), basic)
        return values

    def _digest_offer(self, nonce, algorithm, stale):
        value = f'Digest realm={quoted(self.realm)}, nonce="{nonce.value}", opaque="{nonce.opaque}"'
        if not self._no_qop():
            value += ', qop="auth,auth-int"' if self.quirk("digest-qop-list") else ', qop="auth"'
        if algorithm != "MD5" or len(self.algorithms()) > 1:
            value += f", algorithm={algorithm}"
        if self.quirk("digest-extra"):
            return value + f', random="a,b=\\"c", stale="{"TRUE" if stale else "FALSE"}"'
        return value + (", stale=true" if stale else "")

# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""HTTP and RTSP authentication from the server's side (RFC 7616, 2617, 7617), strict."""
import base64
import binascii
import hashlib
import hmac
import re
import secrets
import time

REALM = "simcam"
NONCE_LIFE = 600
_PARAM = re.compile(r'\s*([A-Za-z0-9*_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))\s*(,|$)')
_QUOTED = {"username", "realm", "nonce", "uri", "response", "cnonce", "opaque"}
_BARE = {"algorithm", "qop", "nc"}
HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}


class Bad(Exception):
    """A header that no client should send."""


def parse_params(text):
    """{name: value} of "a=b, c=\"d\""; quoting is checked, too."""
    params, offset = {}, 0
    while offset < len(text):
        match = _PARAM.match(text, offset)
        if not match:
            raise Bad(f"syntax at {text[offset:offset + 20]!r}")
        name, quoted, bare, _ = match.groups()
        name = name.lower()
        if name in params:
            raise Bad(f"{name} twice")
        if name in _QUOTED and quoted is None:
            raise Bad(f"{name} not quoted")
        if name in _BARE and bare is None:
            raise Bad(f"{name} quoted")
        params[name] = bare if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        offset = match.end()
    return params


def digest_response(algorithm, user, realm, password, method, uri, nonce, extra=None):
    """extra: (nc, cnonce, qop), or None for RFC 2069's form."""
    def h(text):
        return HASHES[algorithm](text.encode("utf-8")).hexdigest()
    ha1, ha2 = h(f"{user}:{realm}:{password}"), h(f"{method}:{uri}")
    middle = ":".join([nonce, *extra]) if extra else nonce
    return h(f"{ha1}:{middle}:{ha2}")


class Nonce:
    def __init__(self, uri):
        self.value = secrets.token_hex(16)
        self.opaque = secrets.token_hex(8)
        self.uri = uri
        self.born = time.monotonic()
        self.nc = self.uses = 0
        self.cnonces = set()


class Authenticator:
    """One service's (RTSP's or HTTP's) challenges and judgement."""

    def __init__(self, config, quirks, record, service):
        self.config, self.quirks, self.record = config, quirks, record
        self.service = service
        self.nonces = {}
        self.authorized = self.refused = 0

    def violation(self, kind, text):
        self.record.violation(f"digest-{kind}", f"{self.service}: {text}")

    @property
    def needed(self):
        return self.config.auth != "none"

    def check(self, method, uri, values):
        """(True, []) or (False, [WWW-Authenticate values])."""
        if not self.needed:
            if values:
                self.record.note("auth-unasked", f"{self.service}: credentials nobody asked for")
            return True, []
        if not values:
            self.record.count("auth_challenges")
            return False, self.challenges(uri)
        if "lockout" in self.quirks and self.refused >= int(self.quirks["lockout"]):
            return self._refuse(uri)
        if len(values) > 1:
            self.violation("syntax", "several Authorization headers")
        scheme, _, rest = values[0].partition(" ")
        if scheme.lower() == "basic":
            return self._basic(rest, uri)
        if scheme.lower() != "digest" or self.config.auth == "basic":
            self.violation("scheme", f"{scheme} was not offered")
            return self._refuse(uri)
        try:
            return self._digest(method, uri, rest)
        except Bad as error:
            self.violation("syntax", str(error))
            return self._refuse(uri)

    def _refuse(self, uri):
        self.refused += 1
        self.record.count("auth_failures")
        return False, self.challenges(uri)

    def _stale(self, uri):
        self.record.count("auth_stale")
        return False, self.challenges(uri, stale=True)

    def _basic(self, text, uri):
        if self.config.auth not in ("basic", "both"):
            self.record.violation("basic-unasked", f"{self.service}: Basic where it was not offered")
            return self._refuse(uri)
        if self.config.auth == "both":
            self.record.violation("basic-despite-digest", f"{self.service}: Basic though Digest was offered")
        try:
            user, _, password = base64.b64decode(text, validate=True).decode("utf-8").partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return self._refuse(uri)
        if (user, password) != (self.config.user, self.config.password):
            return self._refuse(uri)
        return True, []

    def _digest(self, method, uri, text):
        params = parse_params(text)
        for name in ("username", "realm", "nonce", "uri", "response"):
            if name not in params:
                raise Bad(f"no {name}")
        if params["realm"] != REALM:
            self.violation("realm", f"realm {params['realm']!r}")
        if params["uri"] != uri:
            self.violation("uri", f"uri {params['uri']!r} in a request for {uri!r}")
            return self._refuse(uri)
        algorithm = params.get("algorithm", "MD5")
        if algorithm not in self.algorithms():
            self.violation("algorithm", f"{algorithm} was not offered")
            return self._refuse(uri)
        if algorithm == "MD5" and "SHA-256" in self.algorithms():
            self.violation("algorithm", "MD5 though SHA-256 was offered")
        expected = digest_response(algorithm, params["username"], REALM, self.config.password,
                                   method, params["uri"], params["nonce"], self._extra(params))
        if params["username"] != self.config.user or \
                not hmac.compare_digest(expected, params["response"].encode("ascii", "replace").decode()):
            return self._refuse(uri)
        return self._fresh(params, uri)

    def _extra(self, params):
        if "digest-no-qop" in self.quirks:
            if {"qop", "nc"} & params.keys():
                self.violation("qop", "qop or nc where no qop was offered")
            return None
        if not {"qop", "nc", "cnonce"} & params.keys() and params.get("algorithm", "MD5") == "MD5":
            # RFC 2617 3.2.2 allows it to old clients (GStreamer); RFC 7616 does not
            self.violation("without-qop", "no qop though it was offered")
            return None
        if params.get("qop") != "auth":
            raise Bad(f"qop {params.get('qop')!r}, offered was auth")
        if not re.fullmatch(r"[0-9a-f]{8}", params.get("nc", "")):
            raise Bad(f"nc {params.get('nc')!r} is not 8 hexadecimal digits")
        if not params.get("cnonce"):
            raise Bad("no cnonce")
        return params["nc"], params["cnonce"], "auth"

    def _fresh(self, params, uri):
        """The response is right: is its nonce?"""
        nonce = self.nonces.get(params["nonce"])
        if nonce is None or time.monotonic() - nonce.born > NONCE_LIFE:
            return self._stale(uri)
        if params.get("opaque", "") != nonce.opaque:
            self.violation("opaque", "opaque was not returned as sent")
        if "nonce-per-url" in self.quirks and nonce.uri != uri:
            self.violation("nonce-url", f"nonce of {nonce.uri} used for {uri}")
            return self._refuse(uri)
        nonce.uses += 1
        if "nonce-per-request" in self.quirks and nonce.uses > 1:
            return self._stale(uri)
        if "nc" in params:
            count = int(params["nc"], 16)
            if count <= nonce.nc:
                self.violation("nc", f"nc {count} after {nonce.nc} with one nonce")
                return self._stale(uri)
            nonce.nc = count
            if params["cnonce"] in nonce.cnonces:
                self.record.note("digest-cnonce", f"{self.service}: a cnonce used twice")
            nonce.cnonces.add(params["cnonce"])
        self.authorized += 1
        every = self.quirks.get("digest-stale-every")
        if every and self.authorized % int(every) == 0:
            del self.nonces[params["nonce"]]
            return self._stale(uri)
        return True, []

    def algorithms(self):
        """offered, the preferred first"""
        return {"digest-sha256": ["SHA-256"], "digest-all": ["SHA-256", "MD5"],
                "basic": []}.get(self.config.auth, ["MD5"])

    def challenges(self, uri, stale=False):
        nonce = Nonce(uri)
        self.nonces[nonce.value] = nonce
        while len(self.nonces) > 1000:
            del self.nonces[next(iter(self.nonces))]
        values = []
        for algorithm in self.algorithms():
            value = f'Digest realm="{REALM}", nonce="{nonce.value}", opaque="{nonce.opaque}"'
            if "digest-no-qop" not in self.quirks:
                value += ', qop="auth"'
            if algorithm != "MD5" or len(self.algorithms()) > 1:
                value += f", algorithm={algorithm}"
            if "digest-extra" in self.quirks:
                value += ', random="a,b=\\"c", stale="FALSE"' if not stale else ', random="x"'
            values.append(value + (", stale=true" if stale else ""))
        if self.config.auth in ("basic", "both"):
            basic = f'Basic realm="{REALM}"'
            values.insert(0 if "auth-order-basic-first" in self.quirks else len(values), basic)
        return values

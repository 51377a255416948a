# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""Digest's header and arithmetic (RFC 7616, 2617), strict."""
import hashlib
import re
import secrets
import time

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


def quoted(text):
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'


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

    def too_old(self):
        return time.monotonic() - self.born > NONCE_LIFE

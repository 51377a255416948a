# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""The camera's certificate: self-signed, as cameras' are."""
import pathlib
import ssl
import subprocess
import tempfile


class Certificate:
    """Given as files, or made by openssl."""

    def __init__(self, cert=None, key=None):
        self.directory = None
        if cert is None:
            self.directory = tempfile.TemporaryDirectory(prefix="simcam-")
            base = pathlib.Path(self.directory.name)
            cert, key = base / "cert.pem", base / "key.pem"
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                            "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30", "-subj",
                            "/CN=simcam", "-keyout", key, "-out", cert],
                           check=True, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.cert, self.key = cert, key or cert

    def context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.cert, self.key)
        return context

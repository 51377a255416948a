# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""A SOAP operation's name and parameters, read strictly."""
import itertools

from .fault import Fault
from .names import NS


def split(tag):
    """("tds", "GetServices") of an element's tag"""
    namespace, _, name = tag[1:].partition("}")
    return NS.get(namespace, ""), name


class Arguments:
    """An operation's parameters; wrong namespaces and missing ones are noticed."""

    def __init__(self, camera, operation, scheme):
        self.camera, self.operation, self.scheme = camera, operation, scheme
        self.prefix, self.name = split(operation.tag)
        self.order = [split(child.tag)[1] for child in operation]

    def get(self, path, required=False):
        """The text of "StreamSetup/tt:Stream"; names without prefix are the service's own."""
        element = self.operation
        for step in path.split("/"):
            prefix, _, name = step.rpartition(":")
            found = [child for child in element if split(child.tag)[1] == name]
            if not found:
                if required:
                    self.camera.record.violation("soap-arguments", f"{self.name} without {path}")
                    raise Fault(400, "Sender", ["InvalidArgs"], f"{path} is missing")
                return None
            element = found[0]
            if split(element.tag)[0] != (prefix or self.prefix):
                self.camera.record.violation("soap-arguments", f"{self.name}: {element.tag}")
        return (element.text or "").strip()

    def sequence(self, *names):
        """The schema's order."""
        known = [name for name, _ in itertools.groupby(self.order) if name in names]
        if known != [name for name in names if name in known]:
            self.camera.record.violation("soap-arguments", f"{self.name}: order {self.order}")

    def among(self, path, values, required=True):
        value = self.get(path, required)
        if value is not None and value not in values:
            self.camera.record.violation("soap-arguments", f"{self.name}: {path} {value!r}")
            raise Fault(400, "Sender", ["InvalidArgVal"], f"{path} {value!r}")
        return value

# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""XML as text: escaped, in elements."""
from xml.sax.saxutils import escape


def text(value):
    """Escaped, without what XML 1.0 forbids."""
    allowed = "".join(c for c in str(value) if c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd"
                      or c > "\uffff")
    return escape(allowed)


def tag(name, content="", **attributes):
    """tag("tt:Name", "x", token="y"); content is XML already"""
    extra = "".join(f' {key}="{text(value)}"' for key, value in attributes.items())
    return f"<{name}{extra}>{content}</{name}>"


def tags(prefix, **children):
    """tags("tt", Width=1, Height=2): leaves with text"""
    return "".join(tag(f"{prefix}:{name}", text(value)) for name, value in children.items())

# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""SOAP 1.2: envelopes, faults, UsernameToken, and which operation answers (ONVIF Core 5)."""
import base64
import binascii
import datetime
import hashlib
import hmac
import re
import xml.etree.ElementTree as ET

from . import services
from .fault import Fault
from .http_message import Response
from .markup import text
from .names import PREFIXES
from .operation import Arguments, split
from .writes import is_write, may_write

SOAP12 = "http://www.w3.org/2003/05/soap-envelope"
SOAP11 = "http://schemas.xmlsoap.org/soap/envelope/"
WSSE = "{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd}"
WSU = "{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd}"
PASSWORD_DIGEST = ("http://docs.oasis-open.org/wss/2004/01/"
                   "oasis-200401-wss-username-token-profile-1.0#PasswordDigest")
PRE_AUTH = {"GetSystemDateAndTime", "GetServices", "GetCapabilities", "GetServiceCapabilities",
            "GetHostname", "GetEndpointReference", "GetWsdlUrl"}
PATHS = {"tds": "device_service", "trt": "media_service", "tr2": "media2_service",
         "tmd": "deviceio_service"}


def envelope(body):
    declared = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in PREFIXES.items())
    return (f'<?xml version="1.0" encoding="UTF-8"?>\n<env:Envelope xmlns:env="{SOAP12}"{declared}>'
            f"<env:Body>{body}</env:Body></env:Envelope>").encode("utf-8", "surrogatepass")


def fault_response(fault, quirks):
    inner = ""
    for name in reversed(fault.subcodes):
        inner = f"<env:Subcode><env:Value>ter:{name}</env:Value>{inner}</env:Subcode>"
    reason = quirks.get("hostile-text", fault.reason)
    body = (f"<env:Fault><env:Code><env:Value>env:{fault.code}</env:Value>{inner}</env:Code>"
            f'<env:Reason><env:Text xml:lang="en">{text(reason)}</env:Text></env:Reason>'
            "</env:Fault>")
    return Response(fault.status, envelope(body))


def answer(camera, request):
    """The response to one POST."""
    if "device-path" in camera.quirks and request.target == "/onvif/device_service":
        return Response(400)
    try:
        operation, header = _parse(camera, request)
        if is_write(split(operation.tag)[1]):
            camera.record.count("soap_write_attempts")
        refusal = _authenticate(camera, request, operation, header)
        if refusal:
            return refusal
        special = _spoiled(camera, operation)
        if special:
            return special
        return Response(200, envelope(_perform(camera, request, operation)))
    except Fault as fault:
        return fault_response(fault, camera.quirks)


def _parse(camera, request):
    """(the operation's element, the Header element or None)"""
    if "application/soap+xml" not in request.get("content-type"):
        camera.record.note("soap-content-type", request.get("content-type") or "none")
    if b"<!DOCTYPE" in request.body:
        camera.record.violation("soap-dtd", "a DTD in a request")
        raise Fault(400, "Sender", ["WellFormed"], "no DTD please")
    try:
        root = ET.fromstring(request.body)
    except ET.ParseError as error:
        camera.record.violation("soap-xml", str(error))
        raise Fault(400, "Sender", ["WellFormed"], "not well-formed") from None
    if root.tag != f"{{{SOAP12}}}Envelope":
        camera.record.violation("soap-version", root.tag)
        raise Fault(400, "VersionMismatch", [], "SOAP 1.2 please")
    body = root.find(f"{{{SOAP12}}}Body")
    if body is None or len(body) != 1:
        camera.record.violation("soap-body", "not exactly one element in the Body")
        raise Fault(400, "Sender", ["WellFormed"], "one operation please")
    return body[0], root.find(f"{{{SOAP12}}}Header")


# who may

def _authenticate(camera, request, operation, header):
    """None, or the refusing response."""
    record, quirks = camera.record, camera.quirks
    prefix, name = split(operation.tag)
    security = header.find(f"{WSSE}Security") if header is not None else None
    values = request.all("authorization")
    if security is not None and values:
        record.violation("auth-both-levels", f"{name}: HTTP and WS credentials at once")
    open_to_all = name in PRE_AUTH and not (
        name == "GetSystemDateAndTime" and "datetime-needs-auth" in quirks)
    mode = camera.http_auth.mode
    if mode == "none" or (open_to_all and not values and security is None):
        return None
    if security is not None and "no-wsse" not in quirks:
        if mode != "wsse" and "soap-400-notauthorized" not in quirks:
            record.note("wsse-despite-digest", f"{name} with a UsernameToken")
        _username_token(camera, security)
        return None
    if mode == "wsse" or "soap-400-notauthorized" in quirks:
        record.count("auth_challenges")
        raise Fault(400, "Sender", ["NotAuthorized"], "Sender not authorized")
    refusal = camera.http_auth.check(request.method, request.target, values)
    return Response(refusal.status, headers=refusal.headers) if refusal else None


def _username_token(camera, security):
    """WS-UsernameToken, PasswordDigest; a Fault if it is not right."""
    def refuse(reason):
        camera.logins.failed()
        raise Fault(400, "Sender", ["NotAuthorized"], reason)
    if camera.logins.shut():
        raise Fault(400, "Sender", ["NotAuthorized"], "locked")
    token = security.find(f"{WSSE}UsernameToken")
    parts = {} if token is None else {
        child.tag.split("}")[1]: (child.text or "").strip() for child in token}
    password = None if token is None else token.find(f"{WSSE}Password")
    if {"Username", "Password", "Nonce", "Created"} - parts.keys() or \
            password.get("Type") != PASSWORD_DIGEST or token.find(f"{WSU}Created") is None:
        camera.record.violation("wsse-syntax", f"UsernameToken with {sorted(parts)}")
        refuse("incomplete UsernameToken")
    try:
        nonce = base64.b64decode(parts["Nonce"], validate=True)
    except binascii.Error:
        camera.record.violation("wsse-syntax", "the nonce is not Base64")
        refuse("bad nonce")
    if "wsse-short" in camera.quirks and (len(nonce) > 20 or len(parts["Created"]) > 24):
        refuse("UsernameToken too long")
    if len(nonce) > 24:
        camera.record.note("wsse-nonce", f"a nonce of {len(nonce)} bytes (Hikvision refuses it)")
    digest = hashlib.sha1(nonce + parts["Created"].encode() + camera.http_auth.password.encode()).digest()
    if parts["Username"] != camera.http_auth.user or \
            not hmac.compare_digest(base64.b64encode(digest), parts["Password"].encode()):
        refuse("wrong user or password")
    if not _in_window(camera, parts["Created"]):
        camera.record.count("wsse_clock")
        refuse("Created is too far from the camera's clock")
    if nonce in camera.wsse_nonces:
        camera.record.violation("wsse-replay", "a UsernameToken's nonce used twice")
    camera.wsse_nonces.add(nonce)
    camera.logins.worked()


def _in_window(camera, created):
    match = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,3})?Z", created)
    if not match:
        camera.record.violation("wsse-created", f"Created {created!r}")
        return False
    when = datetime.datetime.fromisoformat(match.group(1) + "+00:00").timestamp()
    return abs(when - camera.clock()) <= camera.config.wsse_window


# what

def _spoiled(camera, operation):
    """The response of a camera that errs, or None."""
    prefix, _ = split(operation.tag)
    if prefix == "tr2" and "media2-html-500" in camera.quirks:
        return Response(500, b"<html><body><h1>Internal Error</h1></body></html>", "text/html")
    kind = camera.quirks.get("hostile-soap")
    if kind is None:
        return None
    if kind == "html":
        return Response(200, b"<html><body><p>Welcome<br></body></html>", "text/html")
    if kind == "big":
        return Response(200, envelope("<x>" + "y" * (8 << 20) + "</x>"))
    if kind == "deep":
        return Response(200, envelope("<a>" * 100000 + "</a>" * 100000))
    entities = '<!ENTITY a0 "ha">' + "".join(
        f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    text = (f'<?xml version="1.0"?><!DOCTYPE x [{entities}<!ENTITY f SYSTEM "file:///etc/passwd">]>'
            f'<env:Envelope xmlns:env="{SOAP12}"><env:Body><x>&a11;&f;</x></env:Body></env:Envelope>')
    return Response(200, text.encode())


def _perform(camera, request, operation):
    record = camera.record
    prefix, name = split(operation.tag)
    record.count("soap_requests")
    record.soap[f"{prefix}:{name}"] += 1
    handler = services.OPERATIONS.get((prefix, name))
    missing = {"GetServices": "no-get-services"}.get(name) in camera.quirks or (
        prefix == "tr2" and "no-media2" in camera.quirks)
    if handler is None or missing:
        record.note("soap-unknown", f"{prefix}:{name} ({operation.tag})")
        raise Fault(400, "Receiver", ["ActionNotSupported"], "Optional Action Not Implemented")
    if is_write(name):
        may_write(camera, name)
        record.count("soap_writes")
    if request.target != camera.service_path(PATHS[prefix]):
        record.violation("soap-path", f"{prefix}:{name} at {request.target}")
    answered = handler(camera, Arguments(camera, operation, request.scheme))
    return f"<{prefix}:{name}Response>{answered}</{prefix}:{name}Response>"

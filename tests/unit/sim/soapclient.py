# pipewire-onvif
# SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors
# SPDX-License-Identifier: MIT
"""SOAP requests as clients send them, and as they should not."""
import base64
import datetime
import hashlib
import http.client
import os
import ssl
import time

from client import Client

SOAP = "http://www.w3.org/2003/05/soap-envelope"
TDS = "http://www.onvif.org/ver10/device/wsdl"
TRT = "http://www.onvif.org/ver10/media/wsdl"
TR2 = "http://www.onvif.org/ver20/media/wsdl"
TT = "http://www.onvif.org/ver10/schema"
DN = "http://www.onvif.org/ver10/network/wsdl"
WSA = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
WSD = "http://schemas.xmlsoap.org/ws/2005/04/discovery"
WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
AUTH = ("--user", "admin", "--password", "pw", "--auth")


def envelope(body, header=""):
    return (f'<s:Envelope xmlns:s="{SOAP}" xmlns:tds="{TDS}" xmlns:trt="{TRT}" xmlns:tr2="{TR2}" '
            f'xmlns:tt="{TT}"><s:Header>{header}</s:Header><s:Body>{body}</s:Body></s:Envelope>').encode()


def post(sim, body, header="", path="/onvif/device_service", headers=None, raw=None, tls=False):
    """(status, text, headers)"""
    if tls:
        connection = http.client.HTTPSConnection(sim.ready["address"], sim.ready["https"], timeout=5,
                                                 context=ssl._create_unverified_context())
    else:
        connection = http.client.HTTPConnection(sim.ready["address"], sim.ready["http_port"], timeout=5)
    connection.request("POST", path, raw or envelope(body, header),
                       {"Content-Type": "application/soap+xml; charset=utf-8", **(headers or {})})
    reply = connection.getresponse()
    result = reply.status, reply.read().decode("utf-8"), reply.headers
    connection.close()
    return result


def token(user="admin", password="pw", offset=0.0, created=None, nonce=None):
    nonce = nonce or os.urandom(16)
    when = datetime.datetime.fromtimestamp(time.time() + offset, datetime.timezone.utc)
    created = created or when.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    digest = base64.b64encode(hashlib.sha1(nonce + created.encode() + password.encode()).digest()).decode()
    return (f'<w:Security xmlns:w="{WSS}wssecurity-secext-1.0.xsd" xmlns:u="{WSS}wssecurity-utility-1.0.xsd">'
            f'<w:UsernameToken><w:Username>{user}</w:Username>'
            f'<w:Password Type="{WSS}username-token-profile-1.0#PasswordDigest">{digest}</w:Password>'
            f'<w:Nonce>{base64.b64encode(nonce).decode()}</w:Nonce><u:Created>{created}</u:Created>'
            "</w:UsernameToken></w:Security>")


INFORMATION = "<tds:GetDeviceInformation/>"
MEDIA, MEDIA2 = "/onvif/media_service", "/onvif/media2_service"
STREAM1 = ("<trt:GetStreamUri><trt:StreamSetup><tt:Stream>RTP-Unicast</tt:Stream><tt:Transport>"
           "<tt:Protocol>RTSP</tt:Protocol></tt:Transport></trt:StreamSetup>"
           "<trt:ProfileToken>profile_1</trt:ProfileToken></trt:GetStreamUri>")
STREAM2 = ("<tr2:GetStreamUri><tr2:Protocol>RTSP</tr2:Protocol>"
           "<tr2:ProfileToken>profile_2</tr2:ProfileToken></tr2:GetStreamUri>")


def digest(sim, body, uri="/onvif/device_service", **options):
    challenge = post(sim, body)[2]["WWW-Authenticate"]
    line = Client.digest(None, challenge, "POST", uri=uri, **options)
    return post(sim, body, headers=dict([line.split(": ", 1)]))

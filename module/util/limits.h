/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_LIMITS_H
#define ONVIF_LIMITS_H

/*
 * Every limit on what a peer, a file or a user can make this code hold or do.
 * Exceeding one is -E2BIG (or the item is dropped where noted), never a
 * truncation that changes meaning.
 */

/* cameras */
#define LIMIT_CAMERAS_DEFAULT		128u
#define LIMIT_CAMERAS_MAX		256u
#define LIMIT_NAME_LEN			64u	/* bytes of UTF-8, after sanitising */
#define LIMIT_ID_LEN			128u	/* endpoint reference */
#define LIMIT_TEXT_LEN			128u	/* manufacturer, model, firmware... */
#define LIMIT_ERROR_LEN			256u	/* onvif.error */
#define LIMIT_LOGIN_DOUBTS		3u	/* refusals in a row of a login that worked */

/* devices that announced themselves and did not yet answer over TCP */
#define LIMIT_STRANGERS_PER_S		8u	/* asked what they are */
#define LIMIT_STRANGERS_AT_ONCE		32u	/* after a quiet time */
#define LIMIT_STRANGERS_ASKED		16u	/* at the same time */
#define LIMIT_STRANGERS_WAITING		128u
#define LIMIT_STRANGERS_PER_ADDRESS	32u

/* WS-Discovery */
#define LIMIT_DATAGRAM_LEN		8192u
#define LIMIT_DATAGRAMS_PER_S		200u	/* in all, before XML is touched */
#define LIMIT_DATAGRAMS_PER_SOURCE_S	10u	/* of one address */
#define LIMIT_DATAGRAMS_PER_SOURCE	40u	/* of one address at once */
#define LIMIT_XADDRS			8u
#define LIMIT_SCOPES			64u
#define LIMIT_INTERFACES		64u
#define LIMIT_WSD_MATCHES		8u	/* in one datagram: a camera sends one, a proxy several */
#define LIMIT_DATAGRAMS_PER_TURN	64u	/* then others have their turn */
#define LIMIT_LIVE_PROBES		16u	/* to which an answer is expected */
#define LIMIT_SEEN			256u	/* answers that are recognised when they come again */
#define LIMIT_SOURCE_SETS		64u	/* sources that are remembered, in sets of ... */
#define LIMIT_SOURCE_WAYS		4u	/* ... of which the one heard longest ago makes room */

/* SOAP */
#define LIMIT_SOAP_LEN			(256u * 1024u)
#define LIMIT_XML_DEPTH			64u
#define LIMIT_PROFILES			32u
#define LIMIT_URI_LEN			1024u
#define LIMIT_HOST_LEN			255u	/* of a name or address that is dialled */
#define LIMIT_SERVICES			64u	/* that are looked at */
#define LIMIT_DECODER_OPTIONS		64u
#define LIMIT_CONFIGURATIONS		64u
#define LIMIT_STREAM_URIS		4u	/* profiles whose stream URI is asked for */
#define LIMIT_SILENT_STEPS		2u	/* optional requests in a row without an answer */
#define LIMIT_SOAP_TRIES		4u	/* of one request: nothing, Digest, after stale=true, and one spare */
#define LIMIT_XML_TAG_LEN		8192u
#define LIMIT_XML_PREFIX_LEN		64u
#define LIMIT_XML_NODES			16384u

/* HTTP and RTSP messages */
#define LIMIT_TUNNEL_HEAD_LEN		8192u	/* of an HTTP reply's header, in RTSP over HTTP */
#define LIMIT_TUNNEL_EARLY_LEN		8192u	/* RTSP that comes before the tunnel is open */
#define LIMIT_LINE_LEN			4096u
#define LIMIT_HEADERS			64u
#define LIMIT_RTSP_BODY_LEN		(64u * 1024u)
#define LIMIT_RTSP_RESYNC_LEN		65536u	/* junk skipped between messages */
#define LIMIT_RTSP_RESYNC_CHANNEL	32u	/* a '$' behind junk is a frame's on one of so many channels, */
#define LIMIT_RTSP_RESYNC_FRAME_LEN	2048u	/* and no longer: as cameras and networks have them */
#define LIMIT_CHALLENGES		8u
#define LIMIT_RTSP_PENDING		32u	/* requests that wait for a reply */
#define LIMIT_RTSP_FORGOTTEN		8u	/* requests whose late reply is still recognised */
#define LIMIT_RTSP_TRIES		3u	/* of one request: a camera may call each nonce stale */
#define LIMIT_RTSP_ANSWERS_LEN		4096u	/* unsent bytes beyond which the camera's requests get no answer */
#define LIMIT_RTSP_READS_PER_TURN	32u	/* then others have their turn */
#define LIMIT_RTSP_HEAD_LEN		(64u * 1024u)	/* start line and headers */
#define LIMIT_RTSP_METHOD_LEN		32u
#define LIMIT_STALE_ROUNDS		3u	/* in a row, of nonces that are called stale */
#define LIMIT_HTTP_INTERIM		4u	/* replies that announce another one */
#define LIMIT_TUNNEL_DRAIN_LEN		65536u	/* bytes at once, of what nobody wants */
#define LIMIT_CONTENT_TYPE_LEN		256u
#define LIMIT_SESSION_ID_LEN		128u

/* SDP */
#define LIMIT_SDP_MEDIA			32u
#define LIMIT_SDP_RTPMAPS		64u	/* per media section */
#define LIMIT_FORWARD_TRACKS		4u	/* of the camera's own that are set up */

/* media */
#define LIMIT_PACKET_LEN		1400u	/* RTP payload, bytes */
#define LIMIT_UDP_LEN			2048u	/* of a datagram; longer ones are dropped */
#define LIMIT_UDP_PER_TURN		16u	/* datagrams; then others have their turn */
#define LIMIT_SENDQ_LEN			(64u * 1024u)	/* bytes waiting for one camera */
#define LIMIT_SENDQ_MEDIA_MS		500u	/* oldest media beyond this is dropped */

/* files */
#define LIMIT_CONF_LEN			(1024u * 1024u)
#define LIMIT_CONF_DEPTH		64u	/* brackets inside each other, the text itself counted */
#define LIMIT_CREDENTIALS		1024u
#define LIMIT_CREDENTIAL_LEN		256u	/* user, password: bytes */
#define LIMIT_REGEX_SIZE		10000u	/* of a rule: bytes times repetitions */
#define LIMIT_PATH_PARTS		64	/* links and directories on the way to a file */

#endif /* ONVIF_LIMITS_H */

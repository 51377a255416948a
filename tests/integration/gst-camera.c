/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

/*
 * A camera that nobody here wrote: GStreamer's RTSP server with its ONVIF
 * backchannel. Writes what it heard (S16LE, 8 kHz, mono) and one line per packet:
 * seconds, sequence number, timestamp, payload bytes; and one that begins with # for
 * each request.
 *
 *	gst-camera PORT PCM-FILE PACKET-FILE [--codec PCMU|PCMA] [--user U --password P]
 *		[--protocols tcp|udp|both] [--tls PEM-FILE] [--no-backchannel]
 *
 * --tls: RTSPS instead of RTSP; the file holds certificate and key. RTSP tunnelled over
 * HTTP (over HTTPS with --tls) the server takes on the same port by itself.
 */

#include <stdio.h>
#include <string.h>

#include <gst/gst.h>
#include <gst/rtp/gstrtpbuffer.h>
#include <gst/rtsp-server/rtsp-onvif-media-factory.h>
#include <gst/rtsp-server/rtsp-onvif-media.h>
#include <gst/rtsp-server/rtsp-onvif-server.h>
#include <gst/rtsp-server/rtsp-server.h>

static FILE *pcm_file;
static FILE *packet_file;

static gboolean no_backchannel;
static gchar *user;
static gchar *password;
static gchar *codec;
static gchar *protocols;
static gchar *tls_file;

static const GOptionEntry option_entries[] = {
	{ "codec", 0, 0, G_OPTION_ARG_STRING, &codec, "PCMU or PCMA", "C" },
	{ "user", 0, 0, G_OPTION_ARG_STRING, &user, "Digest with this user", "U" },
	{ "password", 0, 0, G_OPTION_ARG_STRING, &password, "and this password", "P" },
	{ "protocols", 0, 0, G_OPTION_ARG_STRING, &protocols, "tcp, udp or both", "P" },
	{ "tls", 0, 0, G_OPTION_ARG_FILENAME, &tls_file, "RTSPS with this certificate and key", "PEM" },
	{ "no-backchannel", 0, 0, G_OPTION_ARG_NONE, &no_backchannel, "no loudspeaker", NULL },
	{ NULL, 0, 0, 0, NULL, NULL, NULL },
};

static GstPadProbeReturn on_packet(GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
	GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;

	if (gst_rtp_buffer_map(GST_PAD_PROBE_INFO_BUFFER(info), GST_MAP_READ, &rtp)) {
		fprintf(packet_file, "%.6f %u %u %u\n", (double)g_get_monotonic_time() / 1e6,
				gst_rtp_buffer_get_seq(&rtp), gst_rtp_buffer_get_timestamp(&rtp),
				gst_rtp_buffer_get_payload_len(&rtp));
		fflush(packet_file);
		gst_rtp_buffer_unmap(&rtp);
	}
	return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn on_audio(GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
	GstMapInfo map;

	if (gst_buffer_map(GST_PAD_PROBE_INFO_BUFFER(info), &map, GST_MAP_READ)) {
		fwrite(map.data, 1, map.size, pcm_file);
		fflush(pcm_file);
		gst_buffer_unmap(GST_PAD_PROBE_INFO_BUFFER(info), &map);
	}
	return GST_PAD_PROBE_OK;
}

static void add_probe(GstElement *bin, const char *element, const char *pad_name,
		GstPadProbeCallback func)
{
	GstElement *e = gst_bin_get_by_name(GST_BIN(bin), element);
	GstPad *pad = e ? gst_element_get_static_pad(e, pad_name) : NULL;

	if (pad != NULL)
		gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, func, NULL, NULL);
	g_clear_object(&pad);
	g_clear_object(&e);
}

static void media_configure(GstRTSPMediaFactory *factory, GstRTSPMedia *media, gpointer data)
{
	GstElement *element = gst_rtsp_media_get_element(media);

	add_probe(element, "depay_backchannel", "sink", on_packet);
	add_probe(element, "decoded", "src", on_audio);
	gst_object_unref(element);
}

/* 1.22.0: with only the backchannel set up, the receiving appsrc is sometimes left in
 * state NULL and swallows everything. Not what is tested here: mend it after PLAY. */
static gboolean resync(gpointer data)
{
	GstRTSPMedia *media = data;
	GstElement *element = gst_rtsp_media_get_element(media);
	GstObject *top = GST_OBJECT(element), *parent;
	GstIterator *it;
	GValue item = G_VALUE_INIT;

	gst_object_ref(top);
	while ((parent = gst_object_get_parent(top)) != NULL) {
		gst_object_unref(top);
		top = parent;
	}
	it = gst_bin_iterate_recurse(GST_BIN(top));
	while (gst_iterator_next(it, &item) == GST_ITERATOR_OK) {
		GstElement *e = g_value_get_object(&item);

		if (GST_STATE(e) == GST_STATE_NULL)
			gst_element_sync_state_with_parent(e);
		g_value_reset(&item);
	}
	gst_iterator_free(it);
	gst_object_unref(top);
	gst_object_unref(element);
	g_object_unref(media);
	return G_SOURCE_REMOVE;
}

static void play_request(GstRTSPClient *client, GstRTSPContext *ctx, gpointer data)
{
	fprintf(packet_file, "# PLAY %.6f\n", (double)g_get_monotonic_time() / 1e6);
	fflush(packet_file);
	if (ctx->media != NULL)
		g_timeout_add(20, resync, g_object_ref(ctx->media));
}

static void log_request(GstRTSPClient *client, GstRTSPContext *ctx, gpointer data)
{
	fprintf(packet_file, "# %s\n", (const char *)data);
	fflush(packet_file);
}

/* how the client reaches us */
static void describe_request(GstRTSPClient *client, GstRTSPContext *ctx, gpointer data)
{
	fprintf(packet_file, "# DESCRIBE %s\n",
			gst_rtsp_connection_is_tunneled(ctx->conn) ? "tunnelled" : "plain");
	fflush(packet_file);
}

static void setup_request(GstRTSPClient *client, GstRTSPContext *ctx, gpointer data)
{
	gchar *transport = NULL;

	gst_rtsp_message_get_header(ctx->request, GST_RTSP_HDR_TRANSPORT, &transport, 0);
	fprintf(packet_file, "# SETUP %s\n", transport ? transport : "");
	fflush(packet_file);
}

static void client_connected(GstRTSPServer *server, GstRTSPClient *client, gpointer data)
{
	g_signal_connect(client, "play-request", G_CALLBACK(play_request), NULL);
	g_signal_connect(client, "teardown-request", G_CALLBACK(log_request), (gpointer)"TEARDOWN");
	g_signal_connect(client, "describe-request", G_CALLBACK(describe_request), NULL);
	g_signal_connect(client, "setup-request", G_CALLBACK(setup_request), NULL);
}

static void allow(GstRTSPMediaFactory *factory, const char *role)
{
	gst_rtsp_media_factory_add_role(factory, role,
			GST_RTSP_PERM_MEDIA_FACTORY_ACCESS, G_TYPE_BOOLEAN, TRUE,
			GST_RTSP_PERM_MEDIA_FACTORY_CONSTRUCT, G_TYPE_BOOLEAN, TRUE, NULL);
}

/* Without a user the certificate is all there is: anybody may. */
static gboolean set_auth(GstRTSPServer *server, GstRTSPMediaFactory *factory)
{
	GstRTSPAuth *auth = gst_rtsp_auth_new();
	GstRTSPToken *token = gst_rtsp_token_new(GST_RTSP_TOKEN_MEDIA_FACTORY_ROLE,
			G_TYPE_STRING, "user", NULL);
	GTlsCertificate *certificate = NULL;
	GError *error = NULL;

	if (tls_file && !(certificate = g_tls_certificate_new_from_file(tls_file, &error))) {
		fprintf(stderr, "gst-camera: %s\n", error->message);
		return FALSE;
	}
	if (certificate)
		gst_rtsp_auth_set_tls_certificate(auth, certificate);
	gst_rtsp_auth_set_supported_methods(auth, GST_RTSP_AUTH_DIGEST);
	if (user && password)
		gst_rtsp_auth_add_digest(auth, user, password, token);
	else
		gst_rtsp_auth_set_default_token(auth, token);
	gst_rtsp_token_unref(token);
	gst_rtsp_server_set_auth(server, auth);
	g_object_unref(auth);
	g_clear_object(&certificate);
	allow(factory, "user");
	return TRUE;
}

static GstRTSPLowerTrans lower_transports(void)
{
	if (!g_strcmp0(protocols, "tcp"))
		return GST_RTSP_LOWER_TRANS_TCP;
	if (!g_strcmp0(protocols, "udp"))
		return GST_RTSP_LOWER_TRANS_UDP;
	return GST_RTSP_LOWER_TRANS_TCP | GST_RTSP_LOWER_TRANS_UDP;
}

static GstRTSPMediaFactory *make_factory(gboolean alaw)
{
	GstRTSPMediaFactory *factory = gst_rtsp_onvif_media_factory_new();
	char *launch = g_strdup_printf("( capsfilter caps=\"application/x-rtp, media=audio, "
			"payload=%d, clock-rate=8000, encoding-name=%s\" name=depay_backchannel ! "
			"%s ! %s name=decoded ! fakesink async=false sync=false )",
			alaw ? 8 : 0, alaw ? "PCMA" : "PCMU",
			alaw ? "rtppcmadepay" : "rtppcmudepay", alaw ? "alawdec" : "mulawdec");

	/* without a forward stream the server crashes after its 400 */
	gst_rtsp_media_factory_set_launch(factory,
			"( audiotestsrc is-live=true wave=silence ! audio/x-raw,rate=8000,channels=1 ! "
			"mulawenc ! rtppcmupay name=pay0 pt=0 )");
	if (!no_backchannel)
		gst_rtsp_onvif_media_factory_set_backchannel_launch(
				GST_RTSP_ONVIF_MEDIA_FACTORY(factory), launch);
	gst_rtsp_media_factory_set_protocols(factory, lower_transports());
	gst_rtsp_media_factory_set_media_gtype(factory, GST_TYPE_RTSP_ONVIF_MEDIA);
	g_signal_connect(factory, "media-configure", G_CALLBACK(media_configure), NULL);
	g_free(launch);
	return factory;
}

static gboolean parse_arguments(int *argc, char ***argv)
{
	GOptionContext *context = g_option_context_new("PORT PCM-FILE PACKET-FILE");
	GError *error = NULL;
	gboolean good;

	g_option_context_add_main_entries(context, option_entries, NULL);
	g_option_context_add_group(context, gst_init_get_option_group());
	good = g_option_context_parse(context, argc, argv, &error);
	if (!good)
		fprintf(stderr, "gst-camera: %s\n", error->message);
	g_clear_error(&error);
	g_option_context_free(context);
	return good && *argc == 4;
}

int main(int argc, char *argv[])
{
	GstRTSPServer *server;
	GstRTSPMountPoints *mounts;
	GstRTSPMediaFactory *factory;

	if (!parse_arguments(&argc, &argv)) {
		fprintf(stderr, "gst-camera --help tells how\n");
		return 2;
	}
	pcm_file = fopen(argv[2], "wb");
	packet_file = fopen(argv[3], "w");
	if (pcm_file == NULL || packet_file == NULL) {
		perror("gst-camera");
		return 1;
	}
	server = gst_rtsp_onvif_server_new();
	gst_rtsp_server_set_address(server, "127.0.0.1");
	gst_rtsp_server_set_service(server, argv[1]);
	factory = make_factory(!g_strcmp0(codec, "PCMA"));
	if ((user || tls_file) && !set_auth(server, factory))
		return 1;
	mounts = gst_rtsp_server_get_mount_points(server);
	gst_rtsp_mount_points_add_factory(mounts, "/test", factory);
	g_object_unref(mounts);
	g_signal_connect(server, "client-connected", G_CALLBACK(client_connected), NULL);

	if (gst_rtsp_server_attach(server, NULL) == 0) {
		fprintf(stderr, "gst-camera: can't listen on port %s\n", argv[1]);
		return 1;
	}
	printf("ready %s://127.0.0.1:%d/test\n", tls_file ? "rtsps" : "rtsp",
			gst_rtsp_server_get_bound_port(server));
	fflush(stdout);
	g_main_loop_run(g_main_loop_new(NULL, FALSE));
	return 0;
}

/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

/*
 * What can be had with GStreamer: rtspsrc as the client of N backchannels, each fed from
 * what a PipeWire sink plays.
 *
 *	gst-client SINK CAPS URI...
 *
 * CAPS: in which format it is taken from PipeWire. Without a rate here, PipeWire resamples,
 * at its default quality; with the graph's, GStreamer does.
 */

#include <stdio.h>

#include <gst/app/gstappsink.h>
#include <gst/gst.h>

struct stream {
	GstElement *pipeline, *rtspsrc, *audio;
	const char *sink, *caps;
	guint id;
};

static GstFlowReturn on_sample(GstElement *appsink, gpointer data)
{
	struct stream *s = data;
	GstSample *sample = gst_app_sink_pull_sample(GST_APP_SINK(appsink));
	GstFlowReturn res = GST_FLOW_OK;

	/* the signal takes over the reference (as of 1.22) */
	if (sample != NULL)
		g_signal_emit_by_name(s->rtspsrc, "push-backchannel-sample", s->id, sample, &res);
	return GST_FLOW_OK;
}

static gboolean start_audio(struct stream *s)
{
	GError *error = NULL;
	gchar *text = g_strdup_printf("pipewiresrc target-object=%s "
			"stream-properties=\"props,stream.capture.sink=true,node.name=bench_gst\" ! "
			"%s ! audioconvert ! audioresample ! audio/x-raw,rate=8000,channels=1 ! mulawenc ! "
			"rtppcmupay min-ptime=20000000 max-ptime=20000000 ! appsink name=out emit-signals=true sync=false", s->sink, s->caps);
	GstElement *out;

	s->audio = gst_parse_launch(text, &error);
	g_free(text);
	if (error != NULL) {
		fprintf(stderr, "gst-client: %s\n", error->message);
		g_clear_error(&error);
		return FALSE;
	}
	out = gst_bin_get_by_name(GST_BIN(s->audio), "out");
	g_signal_connect(out, "new-sample", G_CALLBACK(on_sample), s);
	gst_object_unref(out);
	gst_element_set_state(s->audio, GST_STATE_PLAYING);
	return TRUE;
}

/* only the backchannel is set up */
static gboolean on_select(GstElement *rtspsrc, guint id, GstCaps *caps, gpointer data)
{
	struct stream *s = data;

	if (!gst_structure_has_field(gst_caps_get_structure(caps, 0), "a-sendonly"))
		return FALSE;
	s->id = id;
	return TRUE;
}

static gboolean on_message(GstBus *bus, GstMessage *message, gpointer data)
{
	struct stream *s = data;
	GError *error = NULL;
	const GstStructure *structure = gst_message_get_structure(message);
	const gchar *text = structure ? gst_structure_get_string(structure, "text") : NULL;

	if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
		gst_message_parse_error(message, &error, NULL);
		fprintf(stderr, "gst-client: %s\n", error->message);
		g_clear_error(&error);
	} else if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_PROGRESS && s->audio == NULL &&
			g_strcmp0(gst_structure_get_string(structure, "code"), "request") == 0 &&
			g_strcmp0(text, "Sent PLAY request") == 0) {
		start_audio(s);
	}
	return TRUE;
}

static void start_stream(struct stream *s, const char *sink, const char *caps, const char *uri)
{
	GstBus *bus;

	s->sink = sink;
	s->caps = caps;
	s->pipeline = gst_pipeline_new(NULL);
	s->rtspsrc = gst_element_factory_make("rtspsrc", NULL);
	gst_util_set_object_arg(G_OBJECT(s->rtspsrc), "backchannel", "onvif");
	gst_util_set_object_arg(G_OBJECT(s->rtspsrc), "protocols", "tcp");
	g_object_set(s->rtspsrc, "location", uri, NULL);
	g_signal_connect(s->rtspsrc, "select-stream", G_CALLBACK(on_select), s);
	gst_bin_add(GST_BIN(s->pipeline), s->rtspsrc);
	bus = gst_element_get_bus(s->pipeline);
	gst_bus_add_watch(bus, on_message, s);
	gst_object_unref(bus);
	gst_element_set_state(s->pipeline, GST_STATE_PLAYING);
}

int main(int argc, char *argv[])
{
	struct stream *streams;
	int i;

	gst_init(&argc, &argv);
	if (argc < 4) {
		fprintf(stderr, "usage: gst-client SINK CAPS URI...\n");
		return 2;
	}
	streams = g_new0(struct stream, (gsize)argc);
	for (i = 3; i < argc; i++)
		start_stream(&streams[i], argv[1], argv[2], argv[i]);
	g_main_loop_run(g_main_loop_new(NULL, FALSE));
	return 0;
}

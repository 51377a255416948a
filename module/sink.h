/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_SINK_H
#define ONVIF_SINK_H

#include <stdbool.h>
#include <stdint.h>

#include <pipewire/pipewire.h>

#include "module/util/audio-ring.h"

/*
 * The node of one camera: a pw_stream with stereo ports that takes F32 at 16 kHz from
 * its adapter and puts mono S16 at 8 kHz into the ring. Stereo because players mix down to
 * a mono sink 3 dB too loud on PipeWire 0.3.65. The only file that touches audio buffers.
 * Main thread, except for the stream's process(), which is the data thread's.
 */
struct sink;

#define SINK_RATE	8000u	/* of the samples in the ring */
/*
 * What the adapter resamples to, and the quality for that. Straight to 8 kHz nothing below 7 is
 * flat to 3.4 kHz (PipeWire's default, 4, loses 6 dB there), and 7 takes 640 taps for
 * each sample, 0.66 MB of them for each camera, and 6.6 ms. To 16 kHz there is so much
 * room between 3.4 and 11.4 kHz, which is where it would fold back to 4.6, that 96 taps do;
 * the rest is the decimator's. Both together: two fifths of the multiplications, a seventh of the memory, 2.8 ms.
 */
#define SINK_ADAPTER_RATE	(2 * SINK_RATE)
#define SINK_RESAMPLE_QUALITY	"2"
#define SINK_RESAMPLE_NS	(1 * SPA_NSEC_PER_MSEC)

struct sink_events {
#define SINK_VERSION_EVENTS	0
	uint32_t version;
	/** the node has an id now (links can be watched), or lost it: SPA_ID_INVALID */
	void (*bound)(void *data, uint32_t node_id);
	/** samples flow, or no longer */
	void (*streaming)(void *data, bool streaming);
	/** the stream broke, not the connection: destroy it, later make a new one.
	 * The sink may be destroyed here. */
	void (*failed)(void *data, const char *error);
	/** Somebody set Props: params = [ key value ]: of the converter's, or ours. value NULL: none */
	void (*param)(void *data, const char *key, const char *value);
};

/** Makes and connects the stream. props: all properties of the node, copied.
 * The ring must outlive the sink. \return 0 or -errno */
int sink_new(struct pw_core *core, struct pw_loop *loop, const struct spa_dict *props,
		struct audio_ring *ring, const struct sink_events *events, void *data,
		struct sink **ret);
/** NULL is fine; afterwards nothing writes to the ring */
void sink_destroy(struct sink *s);

bool sink_is_streaming(struct sink *s);
/** Changes properties; those that are as they were do not count (each change
 * wakes every mixer on the desktop). \return how many changed */
int sink_update_props(struct sink *s, const struct spa_dict *props);
/** Tells the graph how long samples take from the sink's port to the camera. packet_ns: the
 * length of a packet. waiting_ns: what waits in the ring when a packet goes out, on
 * average; 0: nothing flows, what a session will need is told. */
void sink_set_latency(struct sink *s, uint64_t packet_ns, uint64_t waiting_ns);

#endif /* ONVIF_SINK_H */

/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_CONFIGURE_H
#define ONVIF_CONFIGURE_H

#include "module/onvif/replies.h"
#include "module/util/buf.h"

/*
 * Bodies of the requests that change a camera. Pure; all append to dst and \return 0 or its error.
 */

/** of trt:AddAudioOutputConfiguration and trt:AddAudioDecoderConfiguration */
int configure_write_add1(struct buf *dst, const char *profile, const char *token);
/** of tr2:AddConfiguration. NULL: not this one. The decoder depends on the output and comes
 * after it: the other order is a ConfigurationConflict */
int configure_write_add2(struct buf *dst, const char *profile, const char *output, const char *decoder);
/** of SetAudioOutputConfiguration, Media1 or Media2: as it was read, but with half duplex given to
 * the client */
int configure_write_primacy(struct buf *dst, const struct reply_output *output, bool media2);

#endif /* ONVIF_CONFIGURE_H */

/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_LOG_H
#define ONVIF_LOG_H

#include <pipewire/log.h>

/* PIPEWIRE_DEBUG="2,mod.onvif*:4". Defined in module-onvif.c. */
PW_LOG_TOPIC_EXTERN(onvif_topic);
#undef PW_LOG_TOPIC_DEFAULT
#define PW_LOG_TOPIC_DEFAULT onvif_topic

#endif /* ONVIF_LOG_H */

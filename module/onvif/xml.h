/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#ifndef ONVIF_XML_H
#define ONVIF_XML_H

#include <stddef.h>

#include "module/util/str.h"

/*
 * Hostile XML, read once into a tree and walked with a cursor. No DTD, no entity
 * but the five predefined ones, at most LIMIT_XML_NODES elements and attributes,
 * LIMIT_XML_DEPTH levels; the caller has bounded the length. Bytes that XML forbids
 * are replaced, not refused: cameras put GBK and stray control bytes into names.
 * Any one thread. The only user of libxml2.
 */

struct xml_doc;
struct xml_node;

/** \return 0, -EBADMSG not well formed, or with a DTD; -E2BIG over a limit; -ENOTSUP an
 * unknown encoding; -ENOMEM */
int xml_parse(struct str text, struct xml_doc **ret);
void xml_free(struct xml_doc *doc);

const struct xml_node *xml_root(const struct xml_doc *doc);
/** true if node is an element of that name; ns NULL: of any namespace */
bool xml_is(const struct xml_node *node, const char *ns, const char *name);
/** The first child element of that name; ns and name NULL: any; node NULL gives NULL. */
const struct xml_node *xml_child(const struct xml_node *node, const char *ns, const char *name);
/** The next sibling element of that name. */
const struct xml_node *xml_next(const struct xml_node *node, const char *ns, const char *name);
/** The child of a child...: names separated by '/', any namespace. NULL where absent. */
const struct xml_node *xml_path(const struct xml_node *node, const char *path);
/** The text of an element, trimmed; empty for NULL. Valid as long as the document. */
struct str xml_text(const struct xml_node *node);
/** The value of an attribute without a namespace; empty where absent. */
struct str xml_attr(const struct xml_node *node, const char *name);
const char *xml_name(const struct xml_node *node);
/** Splits a QName in the scope of node. \return the namespace, "" when its prefix is unknown */
const char *xml_qname(const struct xml_node *node, struct str qname, struct str *ret_local);

#endif /* ONVIF_XML_H */

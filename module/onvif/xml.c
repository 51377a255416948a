/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "module/onvif/xml.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/tree.h>

#include "module/util/limits.h"

/* libxml2 looks for duplicate attributes in quadratic time */

struct budget {
	startElementNsSAX2Func start;
	endElementNsSAX2Func end;
	uint32_t nodes;
	uint32_t depth;
	int res;
};

static const xmlNode *to_node(const struct xml_node *node)
{
	return (const xmlNode *)(const void *)node;
}

static const struct xml_node *from_node(const xmlNode *node)
{
	return (const struct xml_node *)(const void *)node;
}

static void stop(xmlParserCtxt *ctxt, struct budget *b, int res)
{
	b->res = res;
	xmlStopParser(ctxt);
}

static void on_start(void *ctx, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri,
		int n_ns, const xmlChar **ns, int n_attrs, int n_default, const xmlChar **attrs)
{
	xmlParserCtxt *ctxt = ctx;
	struct budget *b = ctxt->_private;

	b->nodes += 1 + (uint32_t)n_attrs + (uint32_t)n_ns;
	b->depth++;
	if (b->nodes > LIMIT_XML_NODES || b->depth > LIMIT_XML_DEPTH) {
		stop(ctxt, b, -E2BIG);
		return;
	}
	b->start(ctx, local, prefix, uri, n_ns, ns, n_attrs, n_default, attrs);
	/* without memory for it, the element has no namespace, and nobody says so */
	if (uri != NULL && (ctxt->node == NULL || ctxt->node->ns == NULL))
		stop(ctxt, b, -ENOMEM);
}

static void on_end(void *ctx, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri)
{
	xmlParserCtxt *ctxt = ctx;
	struct budget *b = ctxt->_private;

	b->depth--;
	b->end(ctx, local, prefix, uri);
}

static void on_dtd(void *ctx, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
	xmlParserCtxt *ctxt = ctx;

	stop(ctxt, ctxt->_private, -EBADMSG);
}

/* Only encodings in which '<' is always the byte '<', so that check_tags() sees what
 * libxml2 sees. Chinese cameras declare GB2312 and mean GBK. */
static int check_encoding(struct str text)
{
	static const char *const known[] = {
		"utf-8", "utf8", "us-ascii", "iso-8859-1", "gb2312", "gbk",
	};
	struct str decl, value;
	ptrdiff_t at;
	char quote;

	if (!str_has_prefix(text, STR_LIT("<?xml")))
		return 0;
	if ((at = str_search(text, STR_LIT("?>"))) < 0)
		return -EBADMSG;
	decl = str_make(text.p, (size_t)at);
	if ((at = str_search(decl, STR_LIT("encoding"))) < 0)
		return 0;
	decl = str_make(decl.p + at + 8, decl.len - (size_t)at - 8);
	decl = str_trim(decl);
	if (str_char(&decl, '=') < 0)
		return -EBADMSG;
	decl = str_trim(decl);
	if (decl.len == 0 || (decl.p[0] != '"' && decl.p[0] != '\''))
		return -EBADMSG;
	quote = decl.p[0];
	decl = str_make(decl.p + 1, decl.len - 1);
	if (str_until(&decl, quote, decl.len, &value) < 0)
		return -EBADMSG;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (str_ieq(value, str_from(known[i])))
			return 0;
	return -ENOTSUP;
}

/* \return the offset after the tag that starts at i, 0 when it has no end or is too long */
static size_t skip_tag(struct str text, size_t i)
{
	size_t end = i + LIMIT_XML_TAG_LEN < text.len ? i + LIMIT_XML_TAG_LEN : text.len;
	char quote = 0;

	for (; i < end; i++) {
		char c = text.p[i];

		if (quote)
			quote = c == quote ? 0 : quote;
		else if (c == '"' || c == '\'')
			quote = c;
		else if (c == '>')
			return i + 1;
	}
	return 0;
}

/* \return the offset after the next terminator, 0 when there is none */
static size_t skip_past(struct str text, size_t i, struct str terminator)
{
	ptrdiff_t at = str_search(str_make(text.p + i, text.len - i), terminator);

	return at < 0 ? 0 : i + (size_t)at + terminator.len;
}

static int check_tags(struct str text)
{
	size_t i = 0;

	while (i < text.len) {
		const char *p = memchr(text.p + i, '<', text.len - i);
		struct str rest;

		if (p == NULL)
			return 0;
		i = (size_t)(p - text.p);
		rest = str_make(p, text.len - i);
		if (str_has_prefix(rest, STR_LIT("<!--")))
			i = skip_past(text, i + 4, STR_LIT("-->"));
		else if (str_has_prefix(rest, STR_LIT("<![CDATA[")))
			i = skip_past(text, i + 9, STR_LIT("]]>"));
		else if (str_has_prefix(rest, STR_LIT("<?")))
			i = skip_past(text, i + 2, STR_LIT("?>"));
		else if (str_has_prefix(rest, STR_LIT("<!")))
			return -EBADMSG;	/* a DTD: SOAP 1.2 part 1, 5 */
		else
			i = skip_tag(text, i);
		if (i == 0)
			return -EBADMSG;
	}
	return 0;
}

/* \return the length of the valid UTF-8 sequence at p, 0 when there is none */
static size_t utf8_len(const unsigned char *p, size_t len)
{
	size_t n = p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;

	if (n == 0 || n > len)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f) ||
	    (p[0] == 0xef && p[1] == 0xbf && p[2] >= 0xbe))
		return 0;
	return n;
}

static bool is_multibyte(struct str text)
{
	ptrdiff_t end = str_search(text, STR_LIT("?>"));
	struct str decl = str_make(text.p, end < 0 ? 0 : (size_t)end);

	if (!str_has_prefix(text, STR_LIT("<?xml")))
		return false;
	return str_search(decl, STR_LIT("GB")) >= 0 || str_search(decl, STR_LIT("gb")) >= 0 ||
		str_search(decl, STR_LIT("8859")) >= 0;
}

/* \return a copy in which what XML 1.0 forbids reads '?' */
static char *scrub(struct str text)
{
	bool foreign = is_multibyte(text);
	unsigned char *copy = malloc(text.len + 1);

	if (copy == NULL)
		return NULL;
	memcpy(copy, text.p, text.len);
	copy[text.len] = '\0';
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = copy[i];

		if (c < 0x20 ? (c != '\t' && c != '\n' && c != '\r') : c == 0x7f)
			copy[i] = '?';
		else if (c >= 0x80 && !foreign) {
			size_t n = utf8_len(copy + i, text.len - i);

			if (n == 0)
				copy[i] = '?';
			else
				i += n - 1;
		}
	}
	return (char *)copy;
}

/* libxml2 2.12 made the error const */
#if LIBXML_VERSION >= 21200
static void on_error(void *data, const xmlError *error)
#else
static void on_error(void *data, xmlError *error)
#endif
{
	bool *no_memory = data;

	*no_memory |= error && error->code == XML_ERR_NO_MEMORY;
}

static int read_tree(const char *data, size_t len, struct xml_doc **ret)
{
	struct budget b = { 0 };
	xmlParserCtxt *ctxt = xmlNewParserCtxt();
	xmlDoc *doc;
	bool bad;

	if (ctxt == NULL)
		return -ENOMEM;
	b.start = ctxt->sax->startElementNs;
	b.end = ctxt->sax->endElementNs;
	ctxt->sax->startElementNs = on_start;
	ctxt->sax->endElementNs = on_end;
	ctxt->sax->internalSubset = on_dtd;
	ctxt->sax->externalSubset = on_dtd;
	ctxt->_private = &b;
	/* never NOENT, DTDLOAD, HUGE: NOENT reads local files even with NONET */
	doc = xmlCtxtReadMemory(ctxt, data, (int)len, NULL, NULL,
			XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA);
	bad = b.res < 0 || doc == NULL || xmlDocGetRootElement(doc) == NULL ||
		xmlGetIntSubset(doc) != NULL;
	if (bad && b.res == 0)
		/* (it says nothing where it cannot even begin) */
		b.res = ctxt->errNo == XML_ERR_NO_MEMORY || (doc == NULL && ctxt->errNo == XML_ERR_OK) ?
			-ENOMEM : -EBADMSG;
	xmlFreeParserCtxt(ctxt);
	if (bad) {
		xmlFreeDoc(doc);
		return b.res;
	}
	*ret = (struct xml_doc *)(void *)doc;
	return 0;
}

/* Out of memory, libxml2 writes what it was parsing to standard error, NOERROR or not.
 * The handler is this thread's; the host process may have one of its own. */
static int parse(const char *data, size_t len, struct xml_doc **ret)
{
	xmlStructuredErrorFunc func = xmlStructuredError;
	void *context = xmlStructuredErrorContext;
	struct xml_doc *doc = NULL;
	bool no_memory = false;
	int res;

	xmlSetStructuredErrorFunc(&no_memory, on_error);
	res = read_tree(data, len, &doc);
	xmlSetStructuredErrorFunc(context, func);
	/* it goes on without the attribute, or the text, that it had no room for */
	if (no_memory && res != -E2BIG) {
		xml_free(doc);
		return -ENOMEM;
	}
	if (res == 0)
		*ret = doc;
	return res;
}

int xml_parse(struct str text, struct xml_doc **ret)
{
	char *copy;
	int res;

	text = str_trim(text);
	if (text.len >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0)
		text = str_trim(str_make(text.p + 3, text.len - 3));
	if (text.len == 0)
		return -EBADMSG;
	if (text.len > INT_MAX)
		return -E2BIG;
	/* some end the body with NULs; inside it they would hide UTF-16 from check_tags() */
	while (text.len > 0 && text.p[text.len - 1] == '\0')
		text.len--;
	if (text.len == 0 || memchr(text.p, '\0', text.len) != NULL)
		return -EBADMSG;
	if ((res = check_encoding(text)) < 0 || (res = check_tags(text)) < 0)
		return res;
	if ((copy = scrub(text)) == NULL)
		return -ENOMEM;
	res = parse(copy, text.len, ret);
	free(copy);
	return res;
}

void xml_free(struct xml_doc *doc)
{
	xmlFreeDoc((xmlDoc *)(void *)doc);
}

const struct xml_node *xml_root(const struct xml_doc *doc)
{
	const xmlNode *n = ((const xmlDoc *)(const void *)doc)->children;

	while (n != NULL && n->type != XML_ELEMENT_NODE)
		n = n->next;
	return from_node(n);
}

static bool is_element(const xmlNode *n, const char *ns, const char *name, size_t name_len)
{
	if (n->type != XML_ELEMENT_NODE)
		return false;
	if (name != NULL && (strncmp((const char *)n->name, name, name_len) != 0 ||
			n->name[name_len] != '\0'))
		return false;
	return ns == NULL || (n->ns != NULL && n->ns->href != NULL &&
			strcmp((const char *)n->ns->href, ns) == 0);
}

static const xmlNode *find(const xmlNode *n, const char *ns, const char *name, size_t name_len)
{
	while (n != NULL && !is_element(n, ns, name, name_len))
		n = n->next;
	return n;
}

bool xml_is(const struct xml_node *node, const char *ns, const char *name)
{
	return node != NULL && is_element(to_node(node), ns, name, name ? strlen(name) : 0);
}

const struct xml_node *xml_child(const struct xml_node *node, const char *ns, const char *name)
{
	if (node == NULL)
		return NULL;
	return from_node(find(to_node(node)->children, ns, name, name ? strlen(name) : 0));
}

const struct xml_node *xml_next(const struct xml_node *node, const char *ns, const char *name)
{
	if (node == NULL)
		return NULL;
	return from_node(find(to_node(node)->next, ns, name, name ? strlen(name) : 0));
}

const struct xml_node *xml_path(const struct xml_node *node, const char *path)
{
	const xmlNode *n = to_node(node);

	while (n != NULL && *path != '\0') {
		size_t len = strcspn(path, "/");

		n = find(n->children, NULL, path, len);
		path += len + (path[len] == '/');
	}
	return from_node(n);
}

static struct str content(const xmlNode *n)
{
	for (; n != NULL; n = n->next) {
		struct str s;

		if ((n->type != XML_TEXT_NODE && n->type != XML_CDATA_SECTION_NODE) || n->content == NULL)
			continue;
		s = str_trim(str_from((const char *)n->content));
		if (s.len > 0)
			return s;
	}
	return STR_LIT("");
}

struct str xml_text(const struct xml_node *node)
{
	return content(node ? to_node(node)->children : NULL);
}

struct str xml_attr(const struct xml_node *node, const char *name)
{
	const xmlAttr *a = node ? to_node(node)->properties : NULL;

	for (; a != NULL; a = a->next)
		if (a->ns == NULL && strcmp((const char *)a->name, name) == 0)
			return content(a->children);
	return STR_LIT("");
}

const char *xml_name(const struct xml_node *node)
{
	return (const char *)to_node(node)->name;
}

const char *xml_qname(const struct xml_node *node, struct str qname, struct str *ret_local)
{
	ptrdiff_t colon = str_find(qname, ':');
	char prefix[LIMIT_XML_PREFIX_LEN] = "";
	const xmlNode *n;

	*ret_local = qname;
	if (colon >= 0) {
		if (str_copy(str_make(qname.p, (size_t)colon), prefix, sizeof(prefix)) < 0)
			return "";
		*ret_local = str_make(qname.p + colon + 1, qname.len - (size_t)colon - 1);
	}
	for (n = to_node(node); n != NULL && n->type == XML_ELEMENT_NODE; n = n->parent)
		for (const xmlNs *ns = n->nsDef; ns != NULL; ns = ns->next)
			if (strcmp(ns->prefix ? (const char *)ns->prefix : "", prefix) == 0)
				return ns->href ? (const char *)ns->href : "";
	return "";
}

/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "module/util/str.h"
#include "tools/pw-onvif/doctor.h"

/*
 * A camera's answer comes from UDP port 3702 of an address that we did not send to, so that no
 * firewall takes it for an answer. Only a hint: rules can be seen by root alone, and not all
 * that they can say is understood here.
 */

#define MAX_RULES	(256u * 1024)
#define PORT		"3702"

/* the chain of incoming packets that drops what no rule of it accepts */
struct chain {
	char family_table[128];
	char name[64];
};

static void take_words(struct str line, size_t skip, char *dst, size_t size)
{
	struct str word;

	while (skip-- > 0)
		if (str_token(&line, " \t", &word) < 0)
			return;
	line = str_trim(line);
	if (line.len > 0 && line.p[line.len - 1] == '{')
		line = str_trim(str_make(line.p, line.len - 1));
	str_copy(line, dst, size);
}

/* nft list ruleset: "table FAMILY NAME {", in it "chain NAME {", in that
 * "type filter hook input priority ...; policy drop;" */
static bool find_nft_chain(const char *text, struct chain *ret)
{
	struct str rest = str_from(text), line;
	struct chain at = { 0 };

	while (str_token(&rest, "\n", &line) == 0) {
		line = str_trim(line);
		if (str_has_prefix(line, STR_LIT("table ")))
			take_words(line, 1, at.family_table, sizeof(at.family_table));
		else if (str_has_prefix(line, STR_LIT("chain ")))
			take_words(line, 1, at.name, sizeof(at.name));
		else if (str_search(line, STR_LIT("hook input")) >= 0 &&
			 str_search(line, STR_LIT("policy drop")) >= 0) {
			*ret = at;
			return true;
		}
	}
	return false;
}

static void say(struct doctor *d, const char *what, const char *remedy)
{
	doctor_say(d, DOCTOR_WARNING, "firewall", remedy,
			"%s drops what nobody asked for, and no rule speaks of port " PORT ": "
			"cameras' answers to a search come from UDP port " PORT " and may be lost", what);
}

/* \return whether there were rules to see */
static bool check_nft(struct doctor *d, char *text)
{
	static const char * const argv[] = { "nft", "list", "ruleset", NULL };
	struct chain chain;
	char remedy[512];

	if (doctor_run(argv, text, MAX_RULES) != 0 || text[0] == '\0')
		return false;
	if (!find_nft_chain(text, &chain) || strstr(text, PORT)) {
		doctor_say(d, DOCTOR_OK, "firewall", NULL, "Nothing is seen that drops cameras' answers");
		return true;
	}
	snprintf(remedy, sizeof(remedy), "Let them in: nft insert rule %s %s udp sport " PORT " accept",
			chain.family_table, chain.name);
	say(d, "nftables", remedy);
	return true;
}

static bool drops_by_iptables(const char *text)
{
	struct str rest = str_from(text), line;

	while (str_token(&rest, "\n", &line) == 0)
		if (str_eq(line, STR_LIT("-P INPUT DROP")) || str_eq(line, STR_LIT("-A INPUT -j DROP")) ||
		    str_has_prefix(line, STR_LIT("-A INPUT -j REJECT")))
			return true;
	return false;
}

static void check_iptables(struct doctor *d, char *text)
{
	static const char * const argv[] = { "iptables", "-S", "INPUT", NULL };

	if (doctor_run(argv, text, MAX_RULES) != 0 || text[0] == '\0')
		return;
	if (!drops_by_iptables(text) || strstr(text, PORT))
		doctor_say(d, DOCTOR_OK, "firewall", NULL, "Nothing is seen that drops cameras' answers");
	else
		say(d, "iptables", "Let them in: iptables -I INPUT -p udp --sport " PORT " -j ACCEPT");
}

void doctor_check_firewall(struct doctor *d)
{
	char *text;

	if ((text = malloc(MAX_RULES)) == NULL)
		return;
	if (!check_nft(d, text))
		check_iptables(d, text);
	free(text);
}

/* pipewire-onvif */
/* SPDX-FileCopyrightText: Copyright © 2026 pipewire-onvif contributors */
/* SPDX-License-Identifier: MIT */

#include "tools/pw-onvif/ask.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <spa/utils/defs.h>

#include "module/util/limits.h"

/* That end us, or stop us while the terminal does not echo. The last two come from what we do
 * with the terminal: where they are blocked, it fails. */
static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU };
#define N_BLOCKED	5u

static volatile sig_atomic_t caught[_NSIG];

static void on_signal(int number)
{
	caught[number] = 1;
}

struct guard {
	struct sigaction old[SPA_N_ELEMENTS(signals)];
	sigset_t mask;
	struct termios tty;
	bool is_hidden;
};

/* They are heard while we wait for a key, and only then: one that came just before would leave
 * us waiting. SA_RESTART is left out: read() has to come back. */
static void catch_signals(struct guard *g)
{
	struct sigaction sa = { .sa_handler = on_signal };
	sigset_t blocked;

	sigemptyset(&blocked);
	for (size_t i = 0; i < N_BLOCKED; i++)
		sigaddset(&blocked, signals[i]);
	pthread_sigmask(SIG_BLOCK, &blocked, &g->mask);
	for (size_t i = 0; i < SPA_N_ELEMENTS(signals); i++) {
		caught[signals[i]] = 0;
		sigaction(signals[i], NULL, &g->old[i]);
		/* nohup has its reasons */
		if (g->old[i].sa_handler != SIG_IGN)
			sigaction(signals[i], &sa, NULL);
	}
}

static void hide(struct guard *g)
{
	struct termios quiet;

	if (tcgetattr(STDIN_FILENO, &g->tty) < 0)
		return;
	quiet = g->tty;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	/* (what was typed before it was asked for was seen: it is no password) */
	g->is_hidden = tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
}

static void say(const char *text)
{
	size_t len = strlen(text);

	/* not through stdio: nothing of a prompt may wait for the answer */
	while (len > 0) {
		ssize_t n = write(STDERR_FILENO, text, len);

		if (n <= 0 && errno != EINTR)
			return;
		text += SPA_MAX(n, 0);
		len -= (size_t)SPA_MAX(n, 0);
	}
}

static void restore(struct guard *g)
{
	while (g->is_hidden && tcsetattr(STDIN_FILENO, TCSAFLUSH, &g->tty) < 0 && errno == EINTR &&
	    !caught[SIGTTOU])
		;
	pthread_sigmask(SIG_SETMASK, &g->mask, NULL);
	for (size_t i = 0; i < SPA_N_ELEMENTS(signals); i++)
		sigaction(signals[i], &g->old[i], NULL);
}

static ssize_t read_key(const struct guard *g, char *ret)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };

	return ppoll(&in, 1, NULL, &g->mask) < 0 ? -1 : read(STDIN_FILENO, ret, 1);
}

/* \return the length; a line that is too long is read to its end */
static ssize_t read_line(const struct guard *g, char *line, size_t size)
{
	size_t len = 0;
	char c = 0;
	ssize_t n;

	while ((n = read_key(g, &c)) == 1 && c != '\n') {
		if (len < size)
			line[len] = c;
		len = SPA_MIN(len + 1, size + 1);
	}
	explicit_bzero(&c, 1);
	if (n < 0)
		return -errno;
	if (n == 0 && len == 0)
		return -ENODATA;
	if (len > size)
		return -E2BIG;
	if (len > 0 && line[len - 1] == '\r')
		len--;
	return (ssize_t)len;
}

static int take_line(const char *line, ssize_t len, struct secret *ret)
{
	if (len < 0)
		return (int)len;
	if (memchr(line, '\0', (size_t)len) != NULL)
		return -EILSEQ;
	return secret_set(ret, line);
}

/* \return true when it stopped us, and we go on */
static bool raise_caught(void)
{
	bool again = false;

	for (size_t i = 0; i < SPA_N_ELEMENTS(signals); i++) {
		if (!caught[signals[i]])
			continue;
		again |= signals[i] == SIGTSTP || signals[i] == SIGTTIN || signals[i] == SIGTTOU;
		kill(getpid(), signals[i]);
	}
	return again;
}

int ask_line(const char *prompt, bool hidden, struct secret *ret)
{
	char line[LIMIT_CREDENTIAL_LEN + 2];
	struct guard g;
	ssize_t len;
	int res;

	do {
		memset(line, 0, sizeof(line));
		g.is_hidden = false;
		catch_signals(&g);
		if (hidden)
			hide(&g);
		if (prompt)
			say(prompt);
		len = read_line(&g, line, sizeof(line) - 1);
		if (g.is_hidden)
			say("\n");
		restore(&g);
	} while (raise_caught() && len == -EINTR);
	if (len > (ssize_t)LIMIT_CREDENTIAL_LEN)
		len = -E2BIG;
	/* (the '\r' that was cut off) */
	if (len >= 0)
		memset(line + len, 0, sizeof(line) - (size_t)len);
	res = take_line(line, len, ret);
	explicit_bzero(line, sizeof(line));
	return res;
}

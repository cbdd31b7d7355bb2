// SPDX-License-Identifier: LGPL-2.1-or-later

#include "hvctl/facts/judgement.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void judgement_say(struct judgement *judgement, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(judgement->text, sizeof(judgement->text), format, arguments);
	va_end(arguments);
}

/* The first line will do, without the blanks that fill up a disk's vendor. */
static void put_line(const char *text, char *ret, size_t ret_size)
{
	size_t size = strcspn(text, "\n");

	while (size > 0 && text[size - 1] == ' ')
		size--;
	if (size < ret_size)
		(void)snprintf(ret, ret_size, "%.*s", (int)size, text);
	else /* told as what it is, which is not all */
		(void)snprintf(ret, ret_size, "%.*s...", (int)ret_size - 4, text);
}

static void put(const struct fact *fact, char *ret, size_t ret_size)
{
	switch (fact->kind) {
	case FACT_MISSING:
		(void)snprintf(ret, ret_size, "missing");
		break;
	case FACT_FOLDER:
		(void)snprintf(ret, ret_size, "there");
		break;
	case FACT_ERROR:
		(void)snprintf(ret, ret_size, "cannot be read (%s)", fact->text);
		break;
	case FACT_LINK: /* a name is enough of what is beside it: a driver, an adapter */
		(void)snprintf(ret, ret_size, "%s",
			fact->text[0] == '/' ? fact->text : fact_target(fact));
		break;
	case FACT_FILE:
		put_line(fact->text, ret, ret_size);
		break;
	}
}

void judgement_because(struct judgement *judgement, struct fact fact)
{
	struct evidence *evidence = &judgement->evidence[judgement->n_evidence];

	if (judgement->n_evidence == JUDGEMENT_EVIDENCE_MAX)
		return;
	(void)snprintf(evidence->path, sizeof(evidence->path), "%s", fact.path);
	put(&fact, evidence->text, sizeof(evidence->text));
	judgement->n_evidence++;
}

void judgement_because_of(
	struct judgement *judgement, const char *path, const char *format, ...)
{
	struct evidence *evidence = &judgement->evidence[judgement->n_evidence];
	va_list arguments;

	if (judgement->n_evidence == JUDGEMENT_EVIDENCE_MAX)
		return;
	(void)snprintf(evidence->path, sizeof(evidence->path), "%s", path);
	va_start(arguments, format);
	(void)vsnprintf(evidence->text, sizeof(evidence->text), format, arguments);
	va_end(arguments);
	judgement->n_evidence++;
}

void judgement_fix(struct judgement *judgement, const char *format, ...)
{
	char line[512];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	if (judgement->fix[0] != '\0')
		(void)hvg_text_append(judgement->fix, sizeof(judgement->fix), "\n");
	(void)hvg_text_append(judgement->fix, sizeof(judgement->fix), line);
}

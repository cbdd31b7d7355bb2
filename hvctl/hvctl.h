/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef HVG_HVCTL_H
#define HVG_HVCTL_H

/*
 * What the verbs of hvctl share: how they were called, their exit codes, and the bus.
 */

#include "hvctl/options.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <systemd/sd-bus.h>
#include <time.h>

/* Documented in hvctl(1). */
enum hvctl_exit {
	HVCTL_OK = 0,
	HVCTL_WRONG = 1,	 /* something is wrong, or what was asked for is not there */
	HVCTL_USAGE = 2,
	HVCTL_NOT_HYPERV = 3,	 /* this is not a Hyper-V guest */
	HVCTL_NOT_PERMITTED = 4,
};

struct hvctl {
	bool json;
	bool pager;
	sd_bus *bus; /* opened when first asked for; then done closes it */
	void (*done)(struct hvctl *hvctl);
};

/* A verb: argv[0] is its name, argv[1] may be "--help"; hvctl's own options are gone. */
typedef int hvctl_run(struct hvctl *hvctl, int argc, char *argv[]);

struct hvctl_verb {
	const char *name;
	const char *arguments; /* as --help shows them */
	const char *help;      /* one line */

	hvctl_run *run; /* NULL: hvctl_NAME of the module */
	bool has_options; /* of its own, long ones: they stay where they are in argv */

	/*
	 * Instead: options.h. --help is answered by this row then. A verb that has both tells about itself, and
	 * the rows are for shells.
	 */
	const struct hvctl_option *options;
	const char *example;
};

extern const struct hvctl_verb hvctl_verbs[]; /* ends with a row without a name */

/* module.c: a verb that asks others. Does not return if the module cannot be loaded. */
hvctl_run *hvctl_module_verb(const char *name);

/* client.c: the system bus, or NULL if it cannot be reached. */
sd_bus *hvctl_bus(struct hvctl *hvctl);

/* What serves a name on the bus, and the feature that tells why nobody does. */
struct hvctl_service {
	const char *name, *daemon, *feature;
	bool comes_when_asked; /* it ends when there is nothing to do, and the bus starts it */
};

/* Whether somebody has the name, or has started and will. */
bool hvctl_is_served(struct hvctl *hvctl, const struct hvctl_service *service);

/*
 * HVCTL_OK if the service can be called, over hvctl->bus; or an exit code, after having said on stderr what
 * was wanted and why that is not to be had.
 */
int hvctl_reach(struct hvctl *hvctl, const struct hvctl_service *service, const char *what);

/* Says on stderr what went wrong with a call, and returns the exit code for it. */
int hvctl_bus_failed(const sd_bus_error *error, int r, const char *what);

/* Whether an error says that nobody offers the service. */
bool hvctl_is_absent(const sd_bus_error *error);

/* hyperv.c: whether this is a Hyper-V guest; the exit code if it is not, after having said so. */
bool hvctl_is_hyperv(void);
int hvctl_is_no_guest(void);

/*
 * escape.c: text without anything that a terminal would obey (hvctl(1) tells how), on one line. The
 * caller frees; NULL without memory.
 */
char *hvctl_escape(const char *text);

/* output.c: printf to stderr as "hvctl: …". */
void hvctl_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "2026-11-28T12:38:28+0000", in local time; "" if that cannot be told. */
#define HVCTL_TIME_SIZE 32
void hvctl_render_time(time_t when, char ret[static HVCTL_TIME_SIZE]);

/* "1.5 GiB", "17 bytes" */
#define HVCTL_SIZE_SIZE 32
void hvctl_render_size(double bytes, char ret[static HVCTL_SIZE_SIZE]);

/* Whether somebody is at a terminal; and whether that one says yes. */
bool hvctl_can_ask(void);
bool hvctl_ask(const char *question);

/* Prints and frees a JSON value: indented, or as one line. */
int hvctl_print_json(json_t *value, bool one_line);

/*
 * Text that need not be UTF-8, as UTF-8: what is not becomes U+FFFD. The caller frees; NULL without
 * memory. And the same as a JSON string.
 */
char *hvctl_repair(const char *text);
json_t *hvctl_json_text(const char *text);

/*
 * table.c: a table that prints itself: headings end with NULL. Rows are added as arrays of the same
 * length. A tree has its branches in the first column.
 */
struct hvctl_table;
typedef struct libscols_line hvctl_row;
struct hvctl_table *hvctl_table_new(struct hvctl *hvctl, const char *const headings[]);
struct hvctl_table *hvctl_tree_new(struct hvctl *hvctl, const char *const headings[]);
void hvctl_table_align_right(struct hvctl_table *table, size_t column);
void hvctl_table_add(struct hvctl_table *table, const char *const cells[]);
hvctl_row *hvctl_table_add_below(struct hvctl_table *table, hvctl_row *parent, const char *const cells[]);
void hvctl_row_paint(hvctl_row *row, size_t column, const char *color); /* NULL: as it is */
int hvctl_table_print(struct hvctl_table *table);			/* and frees it */

/* Whether what is printed is for a terminal, and nobody (NO_COLOR, TERM=dumb) objects to colours. */
bool hvctl_wants_colors(void);

/* How many columns of a terminal the text takes. */
size_t hvctl_width(const char *text);

/* The text with line feeds between words, so that lines have that width where they can. To be freed. */
char *hvctl_wrap(const char *text, size_t width);

/* Text that is about to be long goes through a pager, if there is a terminal and a pager. */
void hvctl_pager_begin(struct hvctl *hvctl);
void hvctl_pager_end(struct hvctl *hvctl);

/* Of the terminal that what is printed comes to, by itself or through a pager; 0: it comes to none. */
unsigned int hvctl_terminal_width(void);

/*
 * subcommand.c: verbs with subcommands. Their table ends with a row without a name; words are what --help
 * says below it. find returns NULL, and the exit code, when all has been said.
 */
struct hvctl_subcommand {
	const char *name;
	int least, most; /* arguments, the name itself included */

	const char *usage;
	int (*run)(struct hvctl *hvctl, int argc, char *argv[]);
};

const struct hvctl_subcommand *hvctl_subcommand_find(const struct hvctl_subcommand *subcommands, const char *words,
	int argc, char *argv[], int *ret_code);
int hvctl_subcommand_run(struct hvctl *hvctl, const struct hvctl_subcommand *subcommands, const char *words, int argc,
	char *argv[]);

/* main.c: says how to learn the use of a verb; HVCTL_USAGE. */
int hvctl_misuse(const char *verb);

/* The verbs, and their options. */
extern const struct hvctl_option completion_options[], devices_options[], disk_options[], doctor_options[], features_options[],
	host_options[], report_options[], status_options[];
int hvctl_completion(struct hvctl *hvctl, int argc, char *argv[]);
int hvctl_devices(struct hvctl *hvctl, int argc, char *argv[]);
int hvctl_disk(struct hvctl *hvctl, int argc, char *argv[]);
int hvctl_doctor(struct hvctl *hvctl, int argc, char *argv[]);
int hvctl_features(struct hvctl *hvctl, int argc, char *argv[]);
int hvctl_fcopy(struct hvctl *hvctl, int argc, char *argv[]);
int hvctl_host(struct hvctl *hvctl, int argc, char *argv[]);
int hvctl_kvp(struct hvctl *hvctl, int argc, char *argv[]);
int hvctl_monitor(struct hvctl *hvctl, int argc, char *argv[]);
int hvctl_net(struct hvctl *hvctl, int argc, char *argv[]);
int hvctl_report(struct hvctl *hvctl, int argc, char *argv[]);
int hvctl_status(struct hvctl *hvctl, int argc, char *argv[]);
int hvctl_time(struct hvctl *hvctl, int argc, char *argv[]);
int hvctl_vss(struct hvctl *hvctl, int argc, char *argv[]);

#endif

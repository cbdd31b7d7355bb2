// SPDX-License-Identifier: LGPL-2.1-or-later

/*
 * hvctl completion: what shells need to complete hvctl's command lines, from the table of
 * verbs, so that none of them can know anything else than hvctl does.
 */

#include "hvctl/hvctl.h"

#include "hvctl/doctor/doctor.h"
#include "hvctl/features/feature.h"

#include "base/units.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char *const common[] = { "json", "no-pager", "help" };

/* What may stand behind a verb: a subcommand and what it takes, or names. */

/* "list|get POOL …" lists subcommands: words of small letters, with '|' between them. */
static bool has_subcommands(const struct hvctl_verb *verb)
{
	return strchr(verb->arguments, '|') && islower((unsigned char)*verb->arguments);
}

static void print_subcommands(const struct hvctl_verb *verb, const char *between)
{
	const char *at = verb->arguments;

	if (!has_subcommands(verb))
		return;
	while (islower((unsigned char)*at)) {
		size_t size = strspn(at, "abcdefghijklmnopqrstuvwxyz-");

		printf("%.*s%s", (int)size, at, between);
		at += size + (at[size] == '|');
	}
}

static void print_names(const struct hvctl_verb *verb, const char *between)
{
	print_subcommands(verb, between);
	if (verb->run == hvctl_features)
		for (const struct feature *feature = features; feature->name; feature++)
			printf("%s%s", feature->name, between);
	if (verb->run == hvctl_doctor)
		for (const struct check *check = checks; check->id; check++)
			printf("%s%s", check->id, between);
}

/* Behind a subcommand: a pool, or what is a file, a disk or a mount point. */
static const char *pools_of(const struct hvctl_verb *verb)
{
	return strcmp(verb->name, "kvp") == 0 ? "external guest auto host" : NULL;
}

static bool is_file(const struct hvctl_option *option)
{
	return option->argument && strcmp(option->argument, "FILE") == 0;
}

/* bash */

static void print_bash_verb(const struct hvctl_verb *verb)
{
	printf("\t%s) words=\"", verb->name);
	print_names(verb, " ");
	for (const struct hvctl_option *option = verb->options; option && option->name;
		option++)
		printf("--%s ", option->name);
	printf("--json --no-pager --help\"");
	if (has_subcommands(verb) && pools_of(verb))
		printf(" behind=\"%s\"", pools_of(verb));
	else if (has_subcommands(verb))
		printf(" files=1");
	printf(" ;;\n");
}

static void print_bash(void)
{
	printf("# bash completion for hvctl; made by: hvctl completion bash\n"
	       "_hvctl() {\n"
	       "\tlocal word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} given=() words behind files i\n"
	       "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	       "\t\tcase ${COMP_WORDS[i]} in -*) ;; *) given+=(\"${COMP_WORDS[i]}\") ;; esac\n"
	       "\tdone\n"
	       "\tcase $before in --from | --output | -o | --svg)\n"
	       "\t\tCOMPREPLY=($(compgen -f -- \"$word\"))\n"
	       "\t\treturn\n"
	       "\tesac\n"
	       "\tcase ${given[0]} in\n"
	       "\t'') words=\"");
	for (const struct hvctl_verb *verb = hvctl_verbs; verb->name; verb++)
		printf("%s ", verb->name);
	printf("--json --no-pager --version --help\" ;;\n");
	for (const struct hvctl_verb *verb = hvctl_verbs; verb->name; verb++)
		print_bash_verb(verb);
	printf("\tesac\n"
	       "\tif [ ${#given[@]} -gt 1 ] && [[ $word != -* ]] && [ -n \"$behind$files\" ]; then\n"
	       "\t\t[ ${#given[@]} -gt 2 ] || COMPREPLY=($(compgen ${files:+-f} -W \"$behind\" -- \"$word\"))\n"
	       "\t\treturn\n"
	       "\tfi\n"
	       "\tCOMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
	       "}\n"
	       "complete -F _hvctl hvctl\n");
}

/* zsh: an apostrophe ends a word there, brackets and colons end descriptions. */

static void print_zsh_text(const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			printf("'\\''");
		else
			printf(strchr("[]:", *text) ? "\\%c" : "%c", *text);
	}
}

static void print_zsh_option(const struct hvctl_option *option)
{
	printf(" '--%s[", option->name);
	print_zsh_text(option->help);
	printf("]%s%s'", option->argument ? ":argument" : "",
		is_file(option)            ? ":_files"
			: option->argument ? ": "
					   : "");
}

static void print_zsh_verb(const struct hvctl_verb *verb)
{
	printf("\t%s) _arguments", verb->name);
	for (const struct hvctl_option *option = verb->options; option && option->name;
		option++)
		print_zsh_option(option);
	for (size_t i = 0; i < HVG_ELEMENTS(common); i++)
		printf(" '--%s'", common[i]);
	printf(has_subcommands(verb) ? " '1:subcommand:(" : " '*:name:(");
	print_names(verb, " ");
	printf(")'");
	if (has_subcommands(verb) && pools_of(verb))
		printf(" '2:pool:(%s)'", pools_of(verb));
	else if (has_subcommands(verb))
		printf(" '*:file:_files'");
	printf(" ;;\n");
}

static void print_zsh(void)
{
	printf("#compdef hvctl\n"
	       "# zsh completion for hvctl; made by: hvctl completion zsh\n"
	       "local -a verbs\n"
	       "verbs=(\n");
	for (const struct hvctl_verb *verb = hvctl_verbs; verb->name; verb++) {
		printf("\t'%s:", verb->name);
		print_zsh_text(verb->help);
		printf("'\n");
	}
	printf(")\n"
	       "_arguments -C '--json' '--no-pager' '--version' '--help' '1: :->verb' '*:: :->rest'\n"
	       "case $state in\n"
	       "verb) _describe verb verbs ;;\n"
	       "rest)\n"
	       "\tcase $words[1] in\n");
	for (const struct hvctl_verb *verb = hvctl_verbs; verb->name; verb++)
		print_zsh_verb(verb);
	printf("\tesac ;;\n"
	       "esac\n");
}

/* fish */

static void print_fish_text(const char *text)
{
	for (; *text; text++)
		printf(strchr("'\\", *text) ? "\\%c" : "%c", *text);
}

static void print_fish_verb(const struct hvctl_verb *verb)
{
	printf("complete -c hvctl -n '__hvctl_is_at' -a %s -d '", verb->name);
	print_fish_text(verb->help);
	printf("'\n");
	printf("complete -c hvctl -n '__hvctl_is_at %s%s' -a '", verb->name,
		has_subcommands(verb) ? " 1" : "");
	print_names(verb, " ");
	printf("'\n");
	if (has_subcommands(verb) && pools_of(verb))
		printf("complete -c hvctl -n '__hvctl_is_at %s 2' -a '%s'\n", verb->name,
			pools_of(verb));
	else if (has_subcommands(verb))
		printf("complete -c hvctl -n '__hvctl_is_at %s 2' -F\n", verb->name);
	for (const struct hvctl_option *option = verb->options; option && option->name;
		option++) {
		printf("complete -c hvctl -n '__hvctl_is_at %s' -l %s%s -d '",
			verb->name, option->name,
			is_file(option)            ? " -r -F"
				: option->argument ? " -x"
						   : "");
		print_fish_text(option->help);
		printf("'\n");
	}
}

static void print_fish(void)
{
	printf("# fish completion for hvctl; made by: hvctl completion fish\n"
	       "function __hvctl_is_at # [VERB [COUNT]]: behind that verb, or none, and behind that many words\n"
	       "\tset -l words (string match -v -- '-*' (commandline -opc))\n"
	       "\ttest \"$words[2]\" = \"$argv[1]\"; or return 1\n"
	       "\ttest -z \"$argv[2]\"; or test (count $words) -eq (math $argv[2] + 1)\n"
	       "end\n"
	       "complete -c hvctl -f\n"
	       "complete -c hvctl -l version\n");
	for (size_t i = 0; i < HVG_ELEMENTS(common); i++)
		printf("complete -c hvctl -l %s\n", common[i]);
	for (const struct hvctl_verb *verb = hvctl_verbs; verb->name; verb++)
		print_fish_verb(verb);
}

const struct hvctl_option completion_options[] = { { NULL } };

int hvctl_completion(struct hvctl *hvctl, int argc, char *argv[])
{
	static const struct {
		const char *name;
		void (*print)(void);
	} shells[] = { { "bash", print_bash }, { "zsh", print_zsh }, { "fish", print_fish } };
	struct hvctl_given given;

	if (hvctl_take_options(completion_options, &argc, argv, &given) < 0)
		return HVCTL_USAGE;
	for (size_t i = 0; argc == 2 && i < HVG_ELEMENTS(shells); i++)
		if (strcmp(argv[1], shells[i].name) == 0) {
			shells[i].print();
			return HVCTL_OK;
		}
	hvctl_complain("usage: hvctl completion bash|zsh|fish");
	return HVCTL_USAGE;
}

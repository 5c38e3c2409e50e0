/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/silicon/rules.h - what the host processor cannot judge, and where processors differ: three
 * small tables, each entry with its reason. Nothing else is left out of the comparison.
 */
#ifndef TESTS_SILICON_RULES_H
#define TESTS_SILICON_RULES_H

#include "cpu/insn_table.h"
#include "machine/case.h"

/* Why the row has no native judge at CPL 3; NULL: it has. */
const char *rule_excludes(const struct row *row);

/* Does it load, read or enter segments other than those a program begins with? */
bool rule_asks_descriptors(const struct row *row);
/* May FS, GS or their bases be others behind it? */
bool rule_asks_bases(const struct row *row);

/* Is it an encoding that makers take differently? Adds to used[] (rejection_count entries). */
bool rule_rejects(const struct insn *insn, const struct test_case *tc, uint64_t *used);
extern const unsigned rejection_count;
const char *rejection_reason(unsigned rejection);

/*
 * Where the manual leaves the result to the processor, take the host's over into the model's result,
 * as far as the rule allows. `insn` as decoded. Adds to used[] (rule_count entries).
 */
void rule_adjust(const struct insn *insn, const struct test_case *tc,
                 const struct case_result *host, struct case_result *model, uint64_t *used);
extern const unsigned rule_count;
const char *rule_reason(unsigned rule);

#endif

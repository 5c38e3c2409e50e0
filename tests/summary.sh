#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/summary.sh LOG... - adds up the test cases of a `make check`: the closing lines of Check
# suites ("100%: Checks: 12, Failures: 0, Errors: 0") and of scripts ("12 passed, 0 failed,
# 0 skipped"). A test without such a line counts as one case. Exit status 1 when anything failed.
exec awk '
function case_counts(log_file,   result_file, line, word, n, result, p, f, s, counted)
{
    result_file = log_file
    sub(/\.log$/, ".trs", result_file)
    result = "MISSING"
    while ((getline line < result_file) > 0)
        if (line ~ /^:test-result:/) {
            split(line, word, " ")
            result = word[2]
        }
    close(result_file)
    p = f = s = counted = 0
    while ((getline line < log_file) > 0) {
        if (line ~ /^[0-9]+%: Checks: [0-9]+, Failures: [0-9]+, Errors: [0-9]+/) {
            gsub(/[^0-9]+/, " ", line)
            split(line, word, " ")
            f += word[3] + word[4]
            p += word[2] - word[3] - word[4]
            counted = 1
        } else if (line ~ /^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/) {
            split(line, word, " ")
            p += word[1]
            f += word[3]
            s += word[5]
            counted = 1
        }
    }
    close(log_file)
    if (!counted && result == "PASS")
        p = 1
    else if (!counted && result == "SKIP")
        s = 1
    else if (f == 0 && result != "PASS" && result != "SKIP")
        f = 1
    if (f > 0)
        print "failed: " log_file " (" result ", " f ")"
    passed += p
    failed += f
    skipped += s
}
BEGIN {
    passed = failed = skipped = 0
    for (i = 1; i < ARGC; i++)
        case_counts(ARGV[i])
    print passed " passed, " failed " failed, " skipped " skipped"
    exit failed > 0
}' "$@"

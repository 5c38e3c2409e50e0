# SPDX-License-Identifier: GPL-3.0-or-later
# tests/bench/table.awk - the table of work.sh. Reads lines "EMULATOR ITEM SECONDS CPU CHECKSUM", one
# a run; prints medians, ratios and how they stand to the targets. Exit status 1: something was wrong.

function median(key, n, i, j, v)
{
    n = count[key]
    for (i = 1; i <= n; i++) {
        for (j = i; j > 1 && v[j - 1] > time[key, i]; j--)
            v[j] = v[j - 1]
        v[j] = time[key, i]
    }
    return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
}

# Is the word in the list?
function among(word, list)
{
    return index(" " list " ", " " word " ") != 0
}

function ratio(item, slower, faster)
{
    if (!((slower, item) in seconds) || !((faster, item) in seconds) || seconds[faster, item] <= 0)
        return 0
    return seconds[slower, item] / seconds[faster, item]
}

# A ratio beside what it should be: "4.20 ok", "0.31 (4)", "-"
function judged(value, target)
{
    if (!value)
        return "-"
    if (!target)
        return sprintf("%.2f    ", value)
    return sprintf("%.2f %s", value, value >= target ? "ok " : sprintf("(%s)", target))
}

# The translator against QEMU.
function tb_target(item)
{
    if (among(item, floating))
        return 4
    if (among(item, changing))
        return 5
    return item == "boot" ? 1 : 0.8
}

# The interpreter against Bochs: these at least twice as fast.
function interp_target(item)
{
    return among(item, floating) || among(item, "memcpy memset fault pipe exec") ? 2 : 0
}

# Geometric means; the rows of self-modifying code count as one item.
function add(kind, item, value, weight)
{
    if (item == "boot")
        return
    asked[kind]++
    if (!value)
        return
    found[kind]++
    weight = among(item, changing) ? 1 / changing_rows : 1
    logs[kind] += weight * log(value)
    weights[kind] += weight
}

function mean(kind)
{
    return weights[kind] ? exp(logs[kind] / weights[kind]) : 0
}

function say(text)
{
    problems[++problem] = text
}

BEGIN {
    floating = "matmul nbody mandelbrot simd"
    changing = "smc smc-data smc-jit"
    while ((getline name < names) > 0) {
        order[++rows] = name
        changing_rows += among(name, changing)
    }
}

$2 == "total" {
    if ($5 != 0 && !($1 == "bochs" && $5 == 1)) # Bochs ends with 1 at a power-off
        say($1 ": ended with status " $5 ($5 == 124 ? ", it took longer than TIMEOUT" : ""))
    next
}

$1 == "host" {
    expected[$2] = $5
    next
}

{
    key = $1 SUBSEP $2
    time[key, ++count[key]] = clock == "cpu" ? $4 : $3
    if (!($2 in expected))
        expected[$2] = $5 # no native run: the first emulator's
    if ($5 != expected[$2])
        wrong[key] = $5
}

END {
    number = split("interp tb qemu bochs", column, " ")
    printf "%-12s", clock == "cpu" ? "CPU seconds" : "seconds"
    for (c = 1; c <= number; c++)
        printf " %8s", column[c]
    printf "  %12s %12s %12s\n", "interp/tb   ", "qemu/tb   ", "bochs/interp"
    for (r = 1; r <= rows; r++) {
        item = order[r]
        printf "%-12s", item
        for (c = 1; c <= number; c++) {
            key = column[c] SUBSEP item
            if (!among(column[c], emulators)) {
                cell = "-"
            } else if (key in wrong) {
                cell = "WRONG"
                say(column[c] ": " item ": checksum " wrong[key] ", expected " expected[item])
            } else if (!(key in count)) {
                cell = "none"
                say(column[c] ": " item ": not done; see bench/" \
                    (item == "boot" ? "boot." : "work.") column[c] ".out")
            } else {
                seconds[column[c], item] = median(key)
                cell = sprintf("%.3f", seconds[column[c], item])
            }
            printf " %8s", cell
        }
        over_tb = ratio(item, "interp", "tb")
        over_qemu = ratio(item, "qemu", "tb")
        over_bochs = ratio(item, "bochs", "interp")
        printf "  %12s %12s %12s\n", judged(over_tb, 0), judged(over_qemu, tb_target(item)),
            judged(over_bochs, interp_target(item))
        add("interp/tb", item, over_tb)
        add("qemu/tb", item, over_qemu)
        add("qemu/interp", item, ratio(item, "qemu", "interp"))
        add("bochs/interp", item, over_bochs)
        if (among(item, floating))
            add("floating", item, over_qemu)
        if (among(item, changing))
            add("changing", item, over_qemu)
    }
    printf "%-12s %8s %8s %8s %8s  %12s %12s %12s\n", "mean", "", "", "", "",
        judged(mean("interp/tb"), 0), judged(mean("qemu/tb"), 1.5), judged(mean("bochs/interp"), 1.4)
    print ""
    print "mean: geometric, without boot, the smc rows as one. (N): below its target N."
    print "Targets, tb against qemu: mean 1.5; each 0.8; matmul nbody mandelbrot simd 4; smc 5; boot 1."
    print "Targets, interp against bochs: mean 1.4; floating point, memcpy, memset, fault, pipe, exec 2."
    number = split("qemu/tb bochs/interp", column, " ")
    for (c = 1; c <= number; c++) {
        if (found[column[c]] && found[column[c]] < asked[column[c]])
            printf "%s: the mean is of %d rows of %d\n", column[c], found[column[c]], asked[column[c]]
    }
    if (mean("floating"))
        printf "qemu/tb, mean of floating point and SIMD: %.2f (target 4)\n", mean("floating")
    if (mean("changing"))
        printf "qemu/tb, mean of self-modifying code: %.2f (target 5)\n", mean("changing")
    if (mean("qemu/interp"))
        printf "qemu/interp, mean: %.2f\n", mean("qemu/interp")
    for (p = 1; p <= problem; p++)
        print problems[p] > "/dev/stderr"
    exit problem != 0
}

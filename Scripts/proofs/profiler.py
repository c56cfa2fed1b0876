"""What the records of Scripts/proofs/profiler say, beside what is claimed. Ends with 1 where that does
not hold.

    profiler.py unwinding NAME RECORD      stacks that reach the start of their thread, names, callers
    profiler.py cost NAME RECORD           server CPU per operation of the target on, against off
    profiler.py sample GAPS… -- GAPS:RECORD…   what a sample costs, by the gaps in what a program does
    profiler.py injected RECORD…           +50 ns in injectedSpin, and nothing else
    profiler.py alarms RECORD…             differences of rounds drawn from those of equal servers
    profiler.py difference RECORD          what moved from the first target to the second
    profiler.py process NAME FUNCTION SHARE RECORD   the share of samples below a function
    profiler.py doctor JSON CHECK=LEVEL…   what a doctor found; LEVEL may be LEVEL|LEVEL
    profiler.py rounds JSON                how many rounds a doctor's noise is of
    profiler.py noise JSON:RECORD…         the floors that doctors stated, and comparisons of equals
"""

import json
import math
import random
import re
import statistics
import sys

import profiles
import records

HERTZ = 997


class Claims:
    def __init__(self):
        self.broken = 0

    def check(self, words, is_so):
        print(f"{'holds' if is_so else 'DOES NOT HOLD'}: {words}")
        self.broken += not is_so


claims = Claims()


def percent(part, whole):
    return 100 * part / whole if whole else 0.0


def most_of(count, share):
    """As many of `count` as chance gives with that probability each, but for one time in 40."""
    below = 0.0
    for number in range(count + 1):
        ways = math.comb(count, number)
        below += ways * share**number * (1 - share) ** (count - number)
        if below >= 0.975:
            return number
    return count


def read(path):
    return [profiles.Profile(one) for one in records.Record(path).profiles]


def tell_quality(name, quality):
    share = quality.get("sampled_share")
    told = "not known" if share is None else f"{share:.3f}"
    claims.check(
        f"{name}: {quality['lost']} samples lost of {quality['samples']} at {HERTZ} Hz; samples "
        f"over CPU time {told}",
        quality["lost"] == 0 and quality["samples"] > 0,
    )
    for remark in quality["remarks"]:
        print(f"       {remark}")


# The C library's ways into the kernel, whatever it calls them inside.
WRITES = re.compile(r"_*(libc_)?(send|sendto|sendmsg|write|writev)")
WAITS = re.compile(r"_*epoll_p?wait2?")


def callers(profile, wanted):
    """Who calls such a function, by samples of it; None: nobody, as the stacks say."""
    found = {}
    for stack, weight in zip(profile.stacks, profile.weights()):
        path = [profile.frames[frame] for frame in stack]
        for index, frame in enumerate(path):
            if frame["kind"] != "kernel" and wanted.fullmatch(frame["function"]):
                caller = path[index - 1]["function"] if index > 0 else None
                found[caller] = found.get(caller, 0) + weight
                break
    return sorted(found.items(), key=lambda one: -one[1])


def unwinding(name, path):
    for profile in read(path):
        quality = profile.quality
        complete = percent(quality["complete"], quality["samples"])
        named = percent(quality["named_user_leaves"], quality["user_samples"])
        claims.check(f"{name}: {complete:.2f} % of the samples unwound to their thread's start (99)",
                     complete >= 99)
        claims.check(f"{name}: {named:.2f} % of the user samples named (98)", named >= 98)
        for what, wanted in (("send and write", WRITES), ("epoll_wait", WAITS)):
            found = callers(profile, wanted)
            of_all = sum(weight for _, weight in found)
            shown = ", ".join(f"{caller} {percent(weight, of_all):.1f} %"
                              for caller, weight in found[:4])
            unknown = sum(weight for caller, weight in found if caller is None)
            claims.check(f"{name}: callers of {what} in {of_all:.0f} samples: {shown or 'none'}",
                         of_all > 0 and unknown <= 0.01 * of_all)
        tell_quality(name, quality)


def cost(name, path):
    record = records.Record(path)
    ratios = record.log_ratios(records.SERVER_CPU, "off", "on")
    centre, low, high = (value and 100 * math.expm1(value) for value in records.interval(ratios))
    base = record.by_target(records.SERVER_CPU)["off"]["value"]
    told = "too few rounds" if high is None else f"{low:+.2f} … {high:+.2f} %"
    claims.check(
        f"{name}: sampled at {HERTZ} Hz {centre:+.2f} % ({told}) of {base:.0f} ns of server CPU "
        f"per operation, {len(ratios)} rounds (upper end at most 5 %)",
        len(ratios) >= 40 and high is not None and high <= 5,
    )
    for profile in read(path):
        tell_quality(name, profile.quality)


def gaps(path):
    """Share of its time that a spinning program was kept from spinning, and for how long it span."""
    with open(path) as file:
        elapsed, lost = (float(word) for word in file.read().split()[:2])
    return lost / elapsed, elapsed


def sample(*words):
    cut = words.index("--")
    alone = [gaps(path)[0] for path in words[:cut]]
    shares, each = [], []
    for pair in words[cut + 1 :]:
        path, record = pair.split(":", 1)
        share, elapsed = gaps(path)
        count = sum(profile.quality["samples"] for profile in read(record))
        taken = share - statistics.median(alone)
        shares.append(taken)
        each.append(taken * elapsed / max(count, 1) / 1_000)
    # The samples say how often it was interrupted; a rate of HERTZ is what they are asked for.
    cost_each = statistics.median(each)
    share = 100 * cost_each * 1e-6 * HERTZ
    print(f"       without: {100 * statistics.median(alone):.3f} % of the time lost; sampled: "
          + ", ".join(f"{100 * one:+.2f}" for one in shares) + " points")
    claims.check(f"a sample costs {cost_each:.1f} µs; {HERTZ} a second are {share:.2f} % of a core "
                 "(2)", share <= 2)


def injected(*paths):
    truth, name = 50, "injectedSpin"
    sizes, false, covered, marked = [], [], 0, 0
    for path in paths:
        _, changes = profiles.difference(profiles.pairs(*read(path)[:2]))
        spin = next((change for change in changes if name in change.name), None)
        others = [change for change in changes if change.is_marked and name not in change.name]
        if spin:
            sizes.append(spin.size)
            covered += spin.interval[0] <= truth + 10 and spin.interval[1] >= truth - 10
            marked += spin.is_marked
        false.append(len(others))
        print(f"       {spin or 'injectedSpin is not among them'}; also marked: "
              + (", ".join(map(str, others)) or "none"))
    runs = len(paths)
    claims.check(f"{marked} of {runs} runs mark {name}", marked == runs)
    middle = statistics.median(sizes) if sizes else math.nan
    claims.check(f"it is {middle:+.1f} ns in the median of the runs (+50 ± 10), and 50 ± 10 within "
                 f"the interval in {covered}", abs(middle - truth) <= 10 and covered == runs)
    wrong, most = sum(count > 0 for count in false), most_of(runs, profiles.LEVEL)
    claims.check(f"another function marked in {wrong} of {runs} runs: chance gives up to {most} at "
                 f"the stated {profiles.LEVEL:.0%}", wrong <= most)


def alarms(*paths):
    """Draws without putting back: a drawn mean scatters about the truth as one measured anew."""
    rounds = [pair for path in paths for pair in profiles.pairs(*read(path)[:2])]
    draws, size = 200, 10
    if len(rounds) < 3 * size:
        sys.exit(f"DOES NOT HOLD: {len(rounds)} rounds are too few to draw {size} from")
    generator = random.Random(1)
    marked = distinct = looked_at = 0
    for _ in range(draws):
        _, changes = profiles.difference(generator.sample(rounds, size))
        marked += any(change.is_marked for change in changes)
        distinct += sum(change.is_distinct for change in changes)
        looked_at += len(changes)
    most = most_of(draws, profiles.LEVEL)
    claims.check(f"{marked} of {draws} differences of equal servers mark a function: up to {most} "
                 f"at the stated {profiles.LEVEL:.0%} ({len(rounds)} rounds, {size} drawn)",
                 marked <= most)
    share = percent(distinct, looked_at)
    claims.check(f"{share:.1f} % of {looked_at} functions' intervals leave 0 out (stated: 5; at "
                 "most 7)", share <= 7)


def difference(path):
    before, after = read(path)[:2]
    rounds = profiles.pairs(before, after)
    whole, changes = profiles.difference(rounds)
    print(f"{before.target} {whole.baseline:.0f} ns per operation, {after.target} "
          f"{whole.candidate:.0f}: {whole}, {len(rounds)} rounds")
    moved = [change for change in changes if change.is_marked]
    print(f"{len(moved)} of {len(changes)} functions stand out:")
    for change in moved:
        print(f"       {change}: {change.baseline:.1f} → {change.candidate:.1f}")
    for profile in (before, after):
        tell_quality(profile.target, profile.quality)
    claims.check("a function stands out", bool(moved))


def process(name, function, share, path):
    for profile in read(path):
        found = profile.share(lambda stack: any(one["function"] == function for one in stack))
        quality = profile.quality
        whole = percent(quality["complete"], quality["samples"])
        claims.check(
            f"{name}: {quality['samples']} samples, {whole:.1f} % whole, {100 * found:.1f} % below "
            f"{function} ({100 * float(share):.0f})",
            quality["samples"] > 0 and found >= float(share),
        )
        for remark in quality["remarks"]:
            print(f"       {remark}")


def doctor(path, *wanted):
    with open(path) as file:
        report = json.load(file)
    findings = {finding["check"]: finding for finding in report["findings"]}
    for words in wanted:
        check, levels = words.rsplit("=", 1)
        found = findings.get(check, {"level": "absent", "value": ""})
        claims.check(f"{check}: {found['level']}, {found['value']} ({levels})",
                     found["level"] in levels.split("|"))
        if found["level"] in ("warn", "block"):
            claims.check(f"       {found.get('remedy')}", bool(found.get("remedy")))
    print(f"       {report['headline']}")


def rounds(path):
    with open(path) as file:
        print(json.load(file)["noise"]["rounds"])


def noise(*pairs_of_files):
    """What a doctor states is what so many rounds show in 8 of 10 runs, at most. Equal servers
    scatter by a 2.8th of that (0.975 and 0.8 of a normal), so no run should see so much."""
    stated = {records.SERVER_CPU: [], records.THROUGHPUT: []}
    seen = {metric: [] for metric in stated}
    void = 0
    for pair in pairs_of_files:
        path, run = pair.split(":", 1)
        with open(path) as file:
            floor = json.load(file)["noise"]
        void += bool(floor["void"])
        record = records.Record(run)
        for one in floor["floors"]:
            if "detectable" not in one:
                continue
            ratios = record.log_ratios(one["metric"], "one", "same")
            stated[one["metric"]].append(math.log1p(one["detectable"]))
            seen[one["metric"]].append(records.hodges_lehmann(ratios))
    print(f"       {void} of {len(pairs_of_files)} doctors call their noise void")
    for metric, floors in stated.items():
        if len(floors) < 3:
            claims.check(f"{metric}: {len(floors)} floors are too few", False)
            continue
        beyond = sum(abs(found) > floor for floor, found in zip(floors, seen[metric]))
        scatter = math.expm1(2.8 * statistics.stdev(seen[metric]))
        middle = math.expm1(statistics.median(floors))
        claims.check(f"{metric}: {beyond} of {len(floors)} comparisons of equals see more than the "
                     "doctor before them states (0)", beyond == 0)
        claims.check(f"{metric}: {100 * middle:.2f} % stated in the median; by the scatter of the "
                     f"comparisons {100 * scatter:.2f} %", scatter <= middle)


if __name__ == "__main__":
    parts = {
        "unwinding": unwinding, "cost": cost, "sample": sample, "injected": injected,
        "alarms": alarms, "difference": difference, "process": process, "doctor": doctor,
        "rounds": rounds, "noise": noise,
    }
    parts[sys.argv[1]](*sys.argv[2:])
    sys.exit(claims.broken > 0)

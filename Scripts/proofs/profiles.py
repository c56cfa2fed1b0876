"""Call stacks of run records as the proofs read them, and their differences, computed anew: Student's
interval over the rounds, and Holm's adjustment for all functions that are looked at."""

import math
import statistics

# Of the whole, baseline and candidate together: smaller functions are not looked at.
LEAST_SHARE = 0.001
LEVEL = 0.05


class Profile:
    """The stacks of one target under one load."""

    def __init__(self, content):
        self.target = content["target"]
        self.frames = content.get("frames", [])
        self.stacks = content.get("stacks", [])
        self.rounds = content.get("rounds", [])
        self.quality = content["quality"]

    def weights(self):
        """Samples of each stack, over all rounds."""
        sums = [0.0] * len(self.stacks)
        for one in self.rounds:
            for stack, weight in enumerate(one["weights"]):
                sums[stack] += weight
        return sums

    def share(self, is_so):
        """Of all samples, those whose stacks, lists of frames from the root on, are so."""
        weights = self.weights()
        found = sum(
            weight
            for stack, weight in zip(self.stacks, weights)
            if is_so([self.frames[frame] for frame in stack])
        )
        return found / sum(weights) if sum(weights) else 0.0

    def own_by_round(self):
        """Ns per operation that each function has of its own; None for a round without samples."""
        rounds = []
        for one in self.rounds:
            weights, operations = one["weights"], one.get("operations")
            whole = sum(weights)
            if not whole or not operations:
                rounds.append(None)
                continue
            own = {}
            for stack, weight in zip(self.stacks, weights):
                if stack:
                    leaf = self.frames[stack[-1]]
                    name = (leaf["function"], leaf["kind"] == "kernel")
                    value = weight / whole * one["total"] / operations
                    own[name] = own.get(name, 0.0) + value
            rounds.append(own)
        return rounds


def pairs(baseline, candidate):
    """Rounds that both have."""
    both = zip(baseline.own_by_round(), candidate.own_by_round())
    return [(before, after) for before, after in both if before and after]


class Change:
    """Of one function: ns per operation on both sides, and what its rounds leave open."""

    def __init__(self, name, values):
        self.name = name
        self.baseline = statistics.fmean(before for before, _ in values)
        self.candidate = statistics.fmean(after for _, after in values)
        differences = [after - before for before, after in values]
        self.size = statistics.fmean(differences)
        error = statistics.stdev(differences) / math.sqrt(len(differences))
        degrees = len(differences) - 1
        reach = error * student_quantile(1 - LEVEL / 2, degrees)
        self.interval = (self.size - reach, self.size + reach)
        if error > 0:
            self.p_value = 2 * student_tail(abs(self.size) / error, degrees)
        else:
            self.p_value = 1.0 if self.size == 0 else 0.0
        self.adjusted = None

    @property
    def is_distinct(self):
        return not self.interval[0] <= 0 <= self.interval[1]

    @property
    def is_marked(self):
        return self.adjusted is not None and self.adjusted <= LEVEL

    def __str__(self):
        low, high = self.interval
        return f"{self.name} {self.size:+.1f} ns/op ({low:+.1f} … {high:+.1f})"


def difference(rounds):
    """The whole, and the functions that are looked at, of pairs of rounds."""
    whole = Change("all", [(sum(before.values()), sum(after.values())) for before, after in rounds])
    least = LEAST_SHARE * (whole.baseline + whole.candidate)
    names = {name for before, after in rounds for name in (*before, *after)}
    changes = []
    for name in sorted(names):
        values = [(before.get(name, 0.0), after.get(name, 0.0)) for before, after in rounds]
        if statistics.fmean(before + after for before, after in values) >= least:
            changes.append(Change(name[0], values))
    adjust(changes)
    return whole, sorted(changes, key=lambda change: -abs(change.size))


def adjust(changes):
    """Holm's, over all of them."""
    worst = 0.0
    for rank, change in enumerate(sorted(changes, key=lambda change: change.p_value)):
        worst = max(worst, min(1.0, change.p_value * (len(changes) - rank)))
        change.adjusted = worst


def student_tail(t, degrees):
    """How probable a value of Student's t above `t` (0 or more) is."""
    return 0.5 * incomplete_beta(degrees / 2, 0.5, degrees / (degrees + t * t))


def student_quantile(probability, degrees):
    """The value of Student's t that so much is below; more than a half."""
    low, high = 0.0, 1e6
    for _ in range(200):
        middle = (low + high) / 2
        if 1 - student_tail(middle, degrees) < probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def incomplete_beta(a, b, x):
    """The regularised one, by Lentz's continued fraction (DLMF 8.17.22)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - incomplete_beta(b, a, 1 - x)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    front = math.exp(log_front + a * math.log(x) + b * math.log1p(-x)) / a
    tiny = 1e-300
    value, c, d = 1.0, 1.0, 0.0
    for step in range(400):
        m = step // 2
        if step == 0:
            numerator = 1.0
        elif step % 2 == 0:
            numerator = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        else:
            numerator = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d = 1 + numerator * d
        d = 1 / (d if abs(d) > tiny else tiny)
        c = 1 + numerator / c
        c = c if abs(c) > tiny else tiny
        value *= c * d
        if abs(1 - c * d) < 1e-14:
            break
    return front * (value - 1)

"""Run records as the proofs read them: results by target and metric, and the rounds' log-ratios."""

import json
import math
import statistics

THROUGHPUT = "throughput_ops_per_s"
SERVER_CPU = "server_cpu_ns_per_op"


class Record:
    """A run record: that of a file, or of a text."""

    def __init__(self, path=None, text=None):
        if text is None:
            with open(path) as file:
                text = file.read()
        # All of it, as JSON has it.
        self.content = json.loads(text)
        self.label = self.content.get("label")
        self.partial = self.content.get("partial", False)
        self.results = self.content.get("results", [])
        self.profiles = self.content.get("profiles", [])
        self.nodes = self.content.get("nodes", [])
        self.series = self.content.get("series", [])
        self.load_hosts = self.content.get("load_hosts", [])
        self.rounds = self.content.get("rounds", [])
        self.warnings = self.content.get("warnings", [])
        self.environment = self.content.get("environment", {})
        self.placements = self.content.get("placements", [])

    def of(self, *metrics):
        """Results of these metrics, in the order of the record."""
        return [result for result in self.results if result["metric"] in metrics]

    def value(self, metric, target):
        """The first value of a target's metric; None where none was read."""
        values = [result["value"] for result in self.of(metric) if result["target"] == target]
        return values[0] if values else None

    def by_target(self, metric):
        """Results of a metric that each target has one of."""
        return {result["target"]: result for result in self.of(metric)}

    def log_ratios(self, metric, baseline, candidate):
        """One a round, of those that both have."""
        targets = self.by_target(metric)
        pairs = zip(targets[baseline]["samples"], targets[candidate]["samples"])
        return [math.log(mine / base) for base, mine in pairs if base and mine]


def history(path):
    """The records of a history, a line each."""
    with open(path) as file:
        return [Record(text=line) for line in file]


def walsh_averages(values):
    """Means of all pairs, a value with itself included, in order: what the Hodges-Lehmann centre is
    the median of, and the signed-rank test's interval is cut from."""
    pairs = ((x + y) / 2 for i, x in enumerate(values) for y in values[i:])
    return sorted(pairs)


def interval(values, level=0.95):
    """Centre and ends of the signed-rank interval of that level, exact; None for the ends where
    there are too few values for one."""
    averages = walsh_averages(values)
    # How many of the 2^n ways to sign the ranks add up to each sum.
    ways = [1]
    for rank in range(1, len(values) + 1):
        longer = ways + [0] * rank
        for total, count in enumerate(ways):
            longer[total + rank] += count
        ways = longer
    tail = (1 - level) / 2 * 2 ** len(values)
    cut, below = -1, 0
    while below + ways[cut + 1] <= tail:
        cut += 1
        below += ways[cut]
    centre = statistics.median(averages)
    if cut < 0:
        return centre, None, None
    return centre, averages[cut], averages[-1 - cut]


def hodges_lehmann(values):
    """The centre of values that scatter about it alike on both sides."""
    return statistics.median(walsh_averages(values))

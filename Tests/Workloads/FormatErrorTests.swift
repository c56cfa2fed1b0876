// Every way a workload file can be wrong: one line each, with file, line, cause and remedy.
import Foundation
import Testing
import Workloads

private let good = """
    schema: hashmark.workload/1
    name: good
    title: A file without fault
    sources:
      paper: {cite: A paper}
    provenance:
      keyspaces: observed paper
      operations: derived paper
      load: assumed
      phases: assumed
      expect: observed paper
    keyspaces:
      - name: users
        keys: 1000
        prefix: "u:"
        key_size: 16
        value_size:
          quantiles: {p0: 10, p50: 80, p100: 400}
        popularity:
          zipf: {alpha: 1.1, offset: 10}
        ttl: {discrete: [{value: 1d, weight: 1}, {value: none, weight: 1}]}
      - name: items
        keys: 10
        weight: 2
        prefix: "i:"
        key_size: {uniform: {min: 4, max: 8}}
        value_size: 20
    operations:
      - command: GET {key}
        weight: 3
      - command: SET {key} {value} {expiry}
        weight: 1
        keyspace: users
    load: {connections: 10, pipeline: 2}
    phases:
      - prefill
      - verify: {sample: 10}
      - settle
      - warm_up: {requests: 10}
      - measure: {duration: 1s}
    expect:
      keys:
        key_size: {mean: 16}

    """

private func problems(_ text: String) -> [WorkloadProblem] {
    do {
        _ = try Workload(yaml: Array(text.utf8), file: "w.yaml")
        return []
    } catch {
        return error.problems
    }
}

@Test func theGoodFileIsGood() {
    #expect(problems(good) == [])
}

/// What is replaced by what, part of the message, and the text on the line that it names (that of
/// the replacement when empty).
struct Fault: Sendable, CustomTestStringConvertible {
    let old: String
    let new: String
    let message: String
    let at: String

    init(_ old: String, _ new: String, _ message: String, at: String = "") {
        self.old = old
        self.new = new
        self.message = message
        self.at = at.isEmpty ? new.split(separator: "\n").first.map(String.init) ?? "" : at
    }

    var testDescription: String { "\(old) → \(new)" }
}

private let faults: [Fault] = [
    // spelling and structure
    Fault("title: A", "titel: A", "unknown key `titel`: did you mean `title`?"),
    Fault(
        "    keys: 10\n", "    keys: 10\n    colour: red\n", "unknown key `colour`", at: "colour"),
    Fault("name: good", "name: a b", "cannot be a label"),
    Fault("name: good\n", "", "the file has no `name`", at: "schema"),
    Fault("schema: hashmark.workload/1\n", "", "the file has no `schema`", at: "name: good"),
    Fault(
        "hashmark.workload/1", "hashmark.workload/2", "is not `hashmark.workload/1`", at: "schema"),
    Fault("title: A", "title: [A]\n#", "not text"),
    Fault("load: {", "load: {connections: 5}\nload: {", "more than once"),
    Fault("load: {connections: 10, pipeline: 2}", "load: 7", "not a mapping"),
    Fault("weight: 3", "weight: [3", "not YAML", at: "  - command: SET"),
    Fault("weight: 3", "weight: \"3\"", "not a number"),
    Fault("keys: 1000", "keys: 10.5", "not a whole number"),
    Fault("keys: 1000", "keys: many", "not a whole number"),
    Fault("    keys: 1000\n", "", "has no `keys`", at: "- name: users"),
    Fault("    key_size: 16\n", "", "has no `key_size`", at: "- name: users"),
    Fault("keys: 1000", "keys: -1", "-1 keys"),
    Fault("keys: 1000", "keys: 0", "0 keys"),
    Fault("prefix: \"i:\"", "prefix: [i]", "not text"),
    // keyspaces
    Fault("weight: 2", "weight: 0", "weight 0 is not above 0"),
    Fault("weight: 2", "populated: 1.5", "populated 1.5"),
    Fault("prefix: \"i:\"", "prefix: \"i :\"", "prefix with spaces"),
    Fault("prefix: \"i:\"", "prefix: \"u:1\"", "can be equal", at: "- name: items"),
    Fault(
        "- name: items", "- name: users", "two keyspaces are named",
        at: "- name: users\n    keys: 10\n"),
    Fault("weight: 2", "seed: -4", "is negative"),
    Fault("alpha: 1.1", "alpha: 0", "alpha 0 is not in"),
    Fault("offset: 10}", "offset: -1}", "is negative"),
    Fault("zipf: {alpha: 1.1, offset: 10}", "zipf: {offset: 10}", "has no `alpha`"),
    Fault("zipf: {alpha", "zopf: {alpha", "unknown key `zopf`"),
    Fault(
        "    popularity:\n      zipf: {alpha: 1.1, offset: 10}", "    popularity: zipf",
        "popularity `zipf`"),
    Fault(
        "zipf: {alpha: 1.1, offset: 10}", "uniform: {}", "names no popularity", at: "popularity:"),
    // sizes
    Fault("key_size: 16", "key_size: 4", "need 3 digits after the prefix `u:`, 5 bytes"),
    Fault("{uniform: {min: 4, max: 8}}", "{uniform: {min: 2, max: 8}}", "keys can be 2 bytes"),
    Fault("{uniform: {min: 4, max: 8}}", "{uniform: {min: 8, max: 4}}", "uniform from 8 to 4"),
    Fault("{uniform: {min: 4, max: 8}}", "{uniform: {min: 4.5, max: 8}}", "fractions of a byte"),
    Fault("{uniform: {min: 4, max: 8}}", "{uniform: {min: 4}}", "has no `max`"),
    Fault(
        "{uniform: {min: 4, max: 8}}", "{uniform: {min: 4, max: 8}, bind: write}",
        "cannot change from write to write"),
    Fault("key_size: 16", "key_size: 16s", "not a number of bytes"),
    Fault("key_size: 16", "key_size: 100000", "is too much"),
    Fault("value_size: 20", "value_size: 1e12", "is too much"),
    Fault("value_size: 20", "value_size: -3", "negative size"),
    Fault(
        "value_size: 20", "value_size: {constant: 1, uniform: {min: 1, max: 2}}",
        "names constant and uniform"),
    Fault("value_size: 20", "value_size: {min: 3}", "names no distribution"),
    Fault(
        "value_size: 20", "value_size: {constant: 20, min: 30, max: 25}", "min 30 is above max 25"),
    Fault("value_size: 20", "value_size: {constant: 20, max: 30}", "max 30 does nothing"),
    Fault("value_size: 20", "value_size: {constant: 20, min: 3}", "min 3 does nothing"),
    Fault("value_size: 20", "value_size: {constant: 20, bind: none}", "bind `none`"),
    Fault(
        "value_size: 20", "value_size: {constant: 20, hot: {top: 0.1, constant: 3}}",
        "no key is hot"),
    Fault("p100: 400}", "p100: 400}\n      hot: {constant: 3}", "has no `top`", at: "hot:"),
    Fault(
        "p100: 400}", "p100: 400}\n      hot: {top: 1, constant: 3}", "top 1 is not between",
        at: "hot:"),
    Fault("p50: 80", "p50: 8", "p0 10 is above p50 8", at: "quantiles:"),
    Fault("p0: 10, ", "", "p0 or p100 is missing", at: "quantiles:"),
    Fault("p50: 80", "p500: 80", "`p500: 80` is no percentile", at: "quantiles:"),
    Fault("p50: 80", "p50: x", "`p50: x` is no percentile", at: "quantiles:"),
    Fault("quantiles: {p0: 10, p50: 80, p100: 400}", "quantiles: 7", "not a mapping"),
    Fault("value_size: 20", "value_size: {discrete: 7}", "not a list"),
    Fault("value_size: 20", "value_size: {discrete: [{value: 3}]}", "has no `weight`"),
    Fault("value_size: 20", "value_size: {discrete: [{value: 3, weight: 0}]}", "sum to 0"),
    Fault(
        "value_size: 20", "value_size: {discrete: [{value: 3, weight: 1}, {value: 3, weight: 1}]}",
        "listed twice"),
    Fault("value_size: 20", "value_size: {discrete: [{value: -3, weight: 1}]}", "negative value"),
    Fault("value: 1d", "value: 1y", "not a duration", at: "ttl:"),
    Fault("value: 1d", "value: 90000d", "is too much", at: "ttl:"),
    // formulas, ranges, mixtures
    Fault("value_size: 20", "value_size: {normal: {mean: 3}}", "has no `deviation`"),
    Fault(
        "value_size: 20", "value_size: {normal: {mean: 3, deviation: 0}}", "a spread of 0"),
    Fault(
        "value_size: 20", "value_size: {lognormal: {median: 0, sigma: 1}}", "a spread of 0"),
    Fault(
        "value_size: 20", "value_size: {gpd: {location: 1, scale: 2, shape: 1}}",
        "shape 1 is not between"),
    Fault(
        "value_size: 20", "value_size: {gev: {location: 1, scale: 2, shape: 0.9}}", "is too much"),
    Fault(
        "value_size: 20", "value_size: {gev: {location: x, scale: 2, shape: 0.1}}", "not a number"),
    Fault("value_size: 20", "value_size: {piecewise: [{from: 1, to: 5}]}", "has no `weight`"),
    Fault(
        "value_size: 20", "value_size: {piecewise: [{from: 5, to: 1, weight: 1}]}",
        "a range from 5 to 1"),
    Fault("value_size: 20", "value_size: {piecewise: []}", "sum to 0"),
    Fault("value_size: 20", "value_size: {mixture: [{constant: 3}]}", "has no `weight`"),
    Fault("value_size: 20", "value_size: {mixture: [{weight: 1}]}", "names no distribution"),
    Fault(
        "value_size: 20", "value_size: {mixture: [{weight: 0, constant: 3}]}", "sum to 0"),
    Fault(
        "value_size: 20", "value_size: {mixture: [{weight: 1, constant: -3}]}", "negative size"),
    Fault("value_size: 20", "value_size: {joint: [{constant: 3}]}", "has no `key_up_to`"),
    Fault(
        "value_size: 20",
        "value_size: {joint: [{key_up_to: 8, constant: 3}, {key_up_to: 5, constant: 2}]}",
        "must ascend"),
    Fault("value_size: 20", "value_size: {constant: 20, jitter: 1}", "jitter 1 is not in"),
    Fault(
        "p100: 400}",
        """
        p100: 400}
              hot: {top: 0.1, constant: 3}
              joint: [{key_up_to: 9, constant: 3}]
        """,
        "both `hot` and `joint`", at: "hot:"),
    // popularities
    Fault("zipf: {alpha: 1.1, offset: 10}", "latest: {offset: 1}", "has no `alpha`"),
    Fault("zipf: {alpha: 1.1, offset: 10}", "latest: {alpha: 11}", "latest alpha 11"),
    Fault("zipf: {alpha: 1.1, offset: 10}", "buckets: [{keys: 1}]", "has no `requests`"),
    Fault(
        "zipf: {alpha: 1.1, offset: 10}", "buckets: [{keys: 0.5, requests: 1}]",
        "make both sums 1"),
    Fault(
        "zipf: {alpha: 1.1, offset: 10}",
        "buckets: [{keys: 0.5, requests: 0.1}, {keys: 0.5, requests: 0.9}]", "hottest keys first"),
    Fault(
        "zipf: {alpha: 1.1, offset: 10}", "hotspot: {keys: 0, requests: 1}", "without keys",
        at: "popularity:"),
    Fault("zipf: {alpha: 1.1, offset: 10}", "gaussian: {}", "has no `deviation`"),
    Fault("zipf: {alpha: 1.1, offset: 10}", "gaussian: {deviation: 0}", "deviation 0 is not in"),
    Fault(
        "zipf: {alpha: 1.1, offset: 10}", "exponential: {keys: 0.5, requests: 1}",
        "1 of the requests to 0.5"),
    Fault("zipf: {alpha: 1.1, offset: 10}", "keyrange: {ranges: 5}", "has no `a`"),
    Fault(
        "zipf: {alpha: 1.1, offset: 10}",
        "keyrange: {ranges: 5000, a: 1, b: 0, c: 0, d: 0, key_a: 0.1, key_b: 0.5}",
        "5000 ranges of 1000 keys"),
    Fault(
        "zipf: {alpha: 1.1, offset: 10}", "zipf: {alpha: 1}\n      hotspot: {keys: 1, requests: 1}",
        "or more than one", at: "popularity:"),
    // what keyspaces add
    Fault("weight: 2", "hash_tags: 0", "0 hash tags"),
    Fault("weight: 2", "hash_tags: 11", "11 hash tags for 10 keys"),
    Fault("weight: 2", "fill: zeros", "fill `zeros`"),
    Fault("weight: 2", "fill: {compressibility: 1}", "compressibility 1 is not in"),
    Fault("weight: 2", "fill: {}", "has no `compressibility`"),
    Fault("weight: 2", "fill: digits", "numbers of 20 digits"),
    Fault("weight: 2", "members: 4", "no command has members"),
    Fault("weight: 2", "member_size: 4", "without `members`"),
    Fault("weight: 2", "churn: {share: 0.5}", "has no `requests`"),
    Fault("weight: 2", "churn: {share: 0.5, requests: 100}", "no key is hot"),
    Fault(
        "    keys: 1000", "    keys: 1000\n    churn: {share: 2, requests: 5}",
        "2 of the keys replaced", at: "churn"),
    Fault("weight: 2", "negative_lookups: 1", "negative_lookups 1 is not in"),
    Fault("weight: 2", "on_miss: SET {key", "is no placeholder"),
    Fault("weight: 2", "on_miss: FLUSHALL", "names no key"),
    Fault("weight: 2", "prefill: PING", "names no key"),
    // operations
    Fault("keyspace: users", "keyspace: users\n    keys: any", "keys `any`", at: "keys: any"),
    Fault(
        "keyspace: users", "keyspace: users\n    keys: new", "all are there from the start",
        at: "keys: new"),
    Fault("keyspace: users", "keyspace: users\n    then: PING", "follows on no key", at: "then"),
    Fault("keyspace: users", "keyspace: users\n    length: 5", "go together", at: "length"),
    Fault("GET {key}", "MGET {keys}", "go together", at: "- command: MGET"),
    Fault("GET {key}", "HGET {key} {member}", "has members, but keyspace `users` has none"),
    Fault("weight: 3", "weight: 0", "weight 0 is not above 0"),
    Fault("weight: 3", "name: set", "two operations are named `set`", at: "- command: SET"),
    Fault(
        "keyspace: users", "keyspace: user",
        "there is no keyspace `user`: name one of `users`, `items`"),
    Fault("GET {key}", "GET {kee}", "`{kee}` in command"),
    Fault("GET {key}", "GET x{key}", "is no placeholder"),
    Fault("GET {key}", "GET {key} {key}", "more than once"),
    Fault("GET {key}", "''", "names no command"),
    Fault("GET {key}", "PING {value}", "but no key"),
    Fault("  - command: GET {key}\n    weight: 3", "  - weight: 3", "has no `command`"),
    Fault("GET {key}", "EXPIRE {key} {ttl}", "needs a time to live, but keyspace `users`"),
    Fault("    value_size: 20\n", "", "keyspace `items` has no value_size", at: "  - prefill"),
    // phases and load
    Fault("pipeline: 2", "streams: 0", "0 streams", at: "load: {"),
    Fault("pipeline: 2", "seed: -1", "seed -1 is negative", at: "load: {"),
    Fault("pipeline: 2", "arrival: often", "arrival `often`", at: "load: {"),
    Fault("pipeline: 2", "arrival: {}", "names no schedule", at: "load: {"),
    Fault("pipeline: 2", "arrival: {poisson: {}}", "has no `rate`", at: "load: {"),
    Fault("pipeline: 2", "arrival: {poisson: {rate: 0}}", "cannot be kept", at: "load: {"),
    Fault("pipeline: 2", "arrival: {trace: {speed: 2}}", "has no `file`", at: "load: {"),
    Fault(
        "pipeline: 2", "arrival: {trace: {file: t.csv, speed: 0}}", "at 0 times its speed",
        at: "load: {"),
    Fault(
        "pipeline: 2", "arrival: {sine: {mean: 5, amplitude: 6, period: 1s}}", "cannot be kept",
        at: "load: {"),
    Fault("warm_up: {requests: 10}", "warm_up: {steady: {window: 1ms}}", "windows of 1 ms"),
    Fault("{duration: 1s}", "{steady: {}}", "only a warm-up", at: "- measure"),
    Fault(
        "{duration: 1s}", "{duration: 1s, events: [{at: 2s, command: BGSAVE}]}",
        "2000 ms into a phase of 1000 ms", at: "- measure"),
    Fault(
        "{duration: 1s}", "{requests: 10, events: [{at: 2s, command: BGSAVE}]}",
        "a phase without a duration", at: "- measure"),
    Fault(
        "{duration: 1s}", "{duration: 1s, events: [{at: 2s}]}", "an event with 0 of command",
        at: "- measure"),
    Fault("connections: 10", "connections: 0", "0 connections", at: "load: {"),
    Fault("pipeline: 2", "pipeline: 1000000", "pipeline of 1000000", at: "load: {"),
    Fault("- prefill", "- prefil", "unknown phase `prefil`: did you mean `prefill`?"),
    Fault(
        "  - settle\n", "  - measure: {requests: 1}\n", "phase `warm_up` after `measure`",
        at: "- warm_up"),
    Fault("- settle", "- prefill", "phase `prefill` after `verify`", at: "- prefill\n  - warm_up"),
    Fault("  - measure: {duration: 1s}\n", "", "there is no phase `measure`", at: "phases:\n"),
    Fault("{duration: 1s}", "{duration: soon}", "not a duration", at: "- measure"),
    Fault("{duration: 1s}", "{duration: 0s}", "of length 0", at: "- measure"),
    Fault("{duration: 1s}", "{duration: 1s, requests: 5}", "exactly one of", at: "- measure"),
    Fault("- settle", "- {settle: {}, verify: {}}", "a phase with 2 names"),
    Fault("{sample: 10}", "{sample: 0}", "of length 0", at: "- verify"),
    Fault("- prefill", "- prefill: {command: FLUSHALL}", "needs {key}"),
    Fault("- prefill", "- prefill: {command: 'SET {key'}", "is no placeholder"),
    // expectations
    Fault(
        "  keys:\n    key_size: {mean", "  hit_ratio: 2\n  keys:\n    key_size: {mean",
        "hit ratio 2", at: "hit_ratio"),
    Fault(
        "expect:\n  keys", "expect:\n  tolerance: 2\n  keys", "tolerance 2 is not between",
        at: "tolerance"),
    Fault("{mean: 16}", "{medium: 16}", "`medium` is no statistic"),
    Fault("{mean: 16}", "[16]", "is a list"),
    // provenance
    Fault("load: assumed", "load: guessed", "provenance `guessed`"),
    Fault("load: assumed", "load: [assumed]", "is a list"),
    Fault("load: assumed", "load: assumed book", "there is no source `book`"),
    Fault("load: assumed", "load: observed", "`observed` without a source"),
    Fault("load: assumed", "load: fitted", "`fitted` without a source"),
    Fault(
        "  load: assumed\n", "", "no entry of `provenance` covers `load.connections`", at: "load: {"
    ),
    Fault(
        "  load: assumed", "  load: assumed\n  lead: assumed", "provenance of `lead`", at: "lead"),
    Fault(
        "sources:\n", "sources:\n  other: {cite: B}\n", "source `other` is not used", at: "other"),
    Fault("{cite: A paper}", "{url: x}", "has no `cite`"),
]

@Test(arguments: faults)
func faultsNameLineAndRemedy(fault: Fault) throws {
    #expect(good.contains(fault.old), "the test's own text: \(fault.old)")
    let range = try #require(good.range(of: fault.old))
    let text = good.replacingCharacters(in: range, with: fault.new)
    let found = problems(text)
    let problem = found.first { $0.description.contains(fault.message) }
    guard let problem else {
        Issue.record("\(fault.message) is not among \(found)")
        return
    }
    let place = try #require(text.range(of: fault.at), "\(fault.at)")
    let line = text[..<place.lowerBound].count { $0 == "\n" } + 1
    #expect(problem.line == line, "\(problem)")
    #expect(problem.file == "w.yaml" && !problem.remedy.isEmpty)
    #expect(!problem.description.contains("\n"))
    #expect(problem.description.hasPrefix("w.yaml:\(line): "))
}

@Test func unusedFieldsAreFaults() {
    let readOnly = """
        schema: hashmark.workload/1
        name: reads
        keyspaces: [{keys: 10, key_size: 4, value_size: 9, ttl: 5s, populated: 0.5}]
        operations: [{command: 'GET {key}'}]
        phases: [measure]
        """
    let found = problems(readOnly).map(\.problem)
    #expect(found.contains { $0.contains("no command writes a value") })
    #expect(found.contains { $0.contains("no command sets a time to live") })
    #expect(found.contains { $0.contains("no prefill that could leave keys out") })
    let expecting = """
        schema: hashmark.workload/1
        name: reads
        keyspaces: [{keys: 10, key_size: 4}]
        operations: [{command: 'GET {key}'}]
        phases: [measure]
        expect: {keys: {value_size: 3}}
        """
    #expect(
        problems(expecting).map(\.problem) == ["it expects value sizes, but no keyspace has them"])
}

@Test func allFaultsOfAFileAreShownAtOnce() {
    let text = good.replacingOccurrences(of: "weight:", with: "waist:")
    #expect(problems(text).map(\.line) == [21, 21, 21, 21, 24, 30, 32])
}

@Test func filesThatAreNoWorkload() throws {
    #expect(problems("").first?.description.contains("the file is empty") == true)
    #expect(problems("[]").first?.description.contains("not a mapping") == true)
    #expect(
        problems("schema: hashmark.workload/1\n---\nb: 1").first?.problem.contains("not YAML")
            == true)
    #expect(problems("schema: *nobody").first?.problem.contains("not YAML") == true)
    let bytes: [UInt8] = [0x61, 0x3a, 0xff, 0xfe]
    #expect(throws: WorkloadProblems.self) { try Workload(yaml: bytes, file: "b") }
    do {
        _ = try Workload(file: "/nowhere/at-all.yaml")
        Issue.record("read a file that is not there")
    } catch {
        #expect(error.description.hasPrefix("/nowhere/at-all.yaml: cannot be read (No such file"))
    }
}

@Test func workloadsMadeInCodeAreJudgedAlike() throws {
    let plain = Workload.plain(
        keys: 1_000, keySize: 8, valueSize: 8, ttlSeconds: 60, readShare: 0.5)
    #expect(plain.findings().isEmpty)
    #expect(try CompiledWorkload(plain).workload == plain)
    let tooShort = Workload.plain(keys: 1_000, keySize: 2, valueSize: 8)
    #expect(throws: WorkloadProblems.self) { try CompiledWorkload(tooShort) }
    #expect(tooShort.findings().map(\.path) == ["keyspaces[0].key_size"])
}

// Mixes: requested against realised, read off the bytes that would be sent.
import LoadGenerator
import RESP
import TestSupport
import Testing
import Workloads

private struct Sent {
    var command: String
    var key: String
    var value: String?
    var arguments: Int
}

private let alone = WorkerPlace(index: 0, count: 1)

/// The requests that a source writes, parsed.
private func requests(
    _ source: consuming WorkloadSource, _ count: Int, batches: Int = 100
) -> [Sent] {
    var source = source
    var sent: [Sent] = []
    var batch = RequestBatch(requests: batches)
    defer { batch.deallocate() }
    var left = count
    while left > 0 {
        let part = min(left, batches)
        source.fill(&batch, part)
        left -= part
        let text = String(
            decoding: UnsafeBufferPointer(start: batch.bytes, count: batch.length), as: UTF8.self)
        // No key or value of a mix holds a line end.
        var lines = text.components(separatedBy: "\r\n")[...]
        while let head = lines.popFirst(), head.hasPrefix("*") {
            let count = Int(head.dropFirst())!
            var words: [String] = []
            for _ in 0..<count {
                let size = Int(lines.popFirst()!.dropFirst())!
                words.append(lines.popFirst()!)
                #expect(words.last?.utf8.count == size)
            }
            sent.append(
                Sent(
                    command: words[0], key: words[1], value: count > 2 ? words[2] : nil,
                    arguments: count))
        }
    }
    #expect(sent.count == count)
    return sent
}

extension String {
    fileprivate func components(separatedBy separator: String) -> [String] {
        split(separator: separator, omittingEmptySubsequences: false).map { String($0) }
    }
}

private func number(_ key: String) -> UInt64 { UInt64(key.dropFirst(4))! }

/// χ² over its degrees of freedom, as a standard normal number (Wilson and Hilferty).
private func chiSquare(_ observed: [Int], _ shares: [Double]) -> Double {
    let total = Double(observed.reduce(0, +))
    let sum = zip(observed, shares).reduce(0.0) {
        $0 + (Double($1.0) - $1.1 * total) * (Double($1.0) - $1.1 * total) / ($1.1 * total)
    }
    let degrees = Double(observed.count - 1)
    let cube = 2 / (9 * degrees)
    return (cubeRoot(sum / degrees) - (1 - cube)) / cube.squareRoot()
}

private func cubeRoot(_ x: Double) -> Double {
    var root = 1.0
    for _ in 0..<60 { root = (2 * root + x / (root * root)) / 3 }
    return root
}

private func plan(
    _ mix: String = "get=80,set=18,del=2", keys: UInt64 = 1_000, values: String = "64",
    _ distribution: String = "uniform"
) throws -> MixPlan {
    var plan = try MixPlan(mix, keys: keys, valueSizes: SizeText.parse(values))
    plan.popularity = try MixPlan.popularity(distribution)
    return plan
}

/// The mix's own requests, on a server that somebody else has filled.
private func source(
    _ plan: MixPlan, seed: UInt64, _ place: WorkerPlace = alone
) throws -> WorkloadSource {
    WorkloadSource(try plan.compiled(seed: seed, populates: false), seed: seed, place)
}

@Suite struct MixTests {
    @Test func commandsFit() throws {
        let sent = requests(try source(try plan(), seed: 1), 50_000)
        let counts = ["GET", "SET", "DEL"].map { name in sent.count { $0.command == name } }
        #expect(chiSquare(counts, [0.8, 0.18, 0.02]) < 3.1, "\(counts)")
        #expect(sent.allSatisfy { ($0.value != nil) == ($0.command == "SET") })
    }

    /// Observed counts per key, most popular class first where there are classes.
    @Test func keysFit() throws {
        let n = 100_000
        func counts(_ distribution: String, keys: UInt64) throws -> [Int] {
            var counts = [Int](repeating: 0, count: Int(keys))
            for request in requests(
                try source(try plan("get=1", keys: keys, distribution), seed: 5), n)
            {
                counts[Int(number(request.key))] += 1
            }
            return counts
        }
        #expect(
            chiSquare(try counts("uniform", keys: 100), .init(repeating: 0.01, count: 100)) < 3.1)

        let zipf = try counts("zipf:0.99", keys: 100).sorted(by: >)
        let weights = (1...100).map { rank in power(Double(rank), 0.99) }
        let total = weights.reduce(0, +)
        // Sorting favours the largest; classes of ranks, not single ones, are compared.
        let edges = [0, 1, 3, 10, 30, 100]
        let classes = zip(edges, edges.dropFirst()).map { zipf[$0..<$1].reduce(0, +) }
        let shares = zip(edges, edges.dropFirst()).map { weights[$0..<$1].reduce(0, +) / total }
        for (count, share) in zip(classes, shares) {
            #expect(abs(Double(count) / Double(n) - share) < 0.01, "\(classes) \(shares)")
        }

        let hot = try counts("hot:90/10", keys: 100).sorted(by: >)
        #expect(abs(Double(hot[..<10].reduce(0, +)) / Double(n) - 0.9) < 0.005)
        #expect(hot.allSatisfy { $0 > 0 })

        #expect(try counts("sequential", keys: 100).allSatisfy { $0 == n / 100 })

        let gaussian = try counts("gaussian", keys: 100).sorted(by: >)
        // Of a bell whose deviation is a sixth of the keys, the 32 most popular are within 0.96 of
        // it.
        #expect(abs(Double(gaussian[..<32].reduce(0, +)) / Double(n) - 0.663) < 0.02)
    }

    /// rank^−exponent without a C library: by repeated square roots.
    private func power(_ base: Double, _ exponent: Double) -> Double {
        var (result, root, rest) = (1.0, base, exponent)
        for _ in 0..<50 {
            root = root.squareRoot()
            rest *= 2
            if rest >= 1 {
                result *= root
                rest -= 1
            }
        }
        return 1 / result
    }

    @Test func sizesFit() throws {
        var mixed = try plan("set=1", values: "64:0.9,1024:0.1")
        mixed.keySizes = try SizeText.parse("16-23")
        let sent = requests(try source(mixed, seed: 1), 50_000)
        let small = sent.count { $0.value?.count == 64 }
        #expect(chiSquare([small, sent.count - small], [0.9, 0.1]) < 3.1)
        var sizes: [String: Int] = [:]
        for request in sent {
            #expect((16...23).contains(request.key.count))
            let key = "\(number(request.key))"
            #expect(sizes[key, default: request.key.count] == request.key.count)
            sizes[key] = request.key.count
        }
        // A key's size is its own, so it is the keys that have the distribution.
        let counts = (16...23).map { size in sizes.values.count { $0 == size } }
        #expect(chiSquare(counts, .init(repeating: 1 / 8, count: 8)) < 3.1, "\(counts)")
    }

    /// A key's value is known by the key, and most have one that no other has.
    @Test func valuesAreTheKeysAndTimesToLiveSent() throws {
        var mixed = try plan("set=3,get=1", values: "24")
        mixed.ttlSeconds = 300
        let sent = requests(try source(mixed, seed: 1), 20_000)
        var values: [String: String] = [:]
        for request in sent {
            guard let value = request.value else { continue }
            #expect(values[request.key, default: value] == value)
            values[request.key] = value
        }
        #expect(values.count > 900 && Set(values.values).count > 900)
        #expect(sent.allSatisfy { $0.arguments == ($0.command == "SET" ? 5 : 2) })
    }

    /// The keys of valkey-benchmark, from 0 up to the range.
    @Test func keysAreSpelledAsThere() throws {
        let keys = Set(requests(try source(try plan(keys: 11), seed: 2), 2_000).map(\.key))
        let expected = (0..<11).map { "key:0000000000" + ($0 < 10 ? "0" : "") + "\($0)" }
        #expect(keys == Set(expected))
        let one = requests(try source(try plan(keys: 1, "hot:90/10"), seed: 2), 100)
        #expect(one.allSatisfy { $0.key == "key:000000000000" })
    }

    @Test func populationWritesEveryKeyOnce() throws {
        let server = try RedisServer()
        var mixed = try plan(keys: 5_003, values: "16-64", "zipf:0.99")
        mixed.keySizes = try SizeText.parse("16-32")
        var options = LoadOptions()
        options.threads = 3
        options.connections = 7
        options.pipeline = 8
        let chosen = mixed
        let filled = try chosen.compiled(seed: 9, populates: true)
        var fill = try LoadSession(to: server.address, options) {
            PrefillSource(filled, seed: 9, $0)
        }
        #expect(try fill.run(.requests(5_003)).errors == 0)
        #expect(try server.client().ask("DBSIZE") == .integer(5_003))
        // The mix then finds every key, and in it what was written: both spell each key alike.
        let mix = try chosen.compiled(seed: 9, populates: false)
        var load = try LoadSession(to: server.address, options) {
            WorkloadSource(mix, seed: 9, checksAnswers: false, $0)
        }
        var reads = chosen
        reads.commands = [.init(name: "get", weight: 1)]
        let gets = try reads.compiled(seed: 9, populates: true)
        var read = try LoadSession(to: server.address, options) {
            WorkloadSource(gets, seed: 9, $0)
        }
        let found = try read.run(.requests(20_000))
        #expect(found.misses == 0 && found.answers.wrong == 0)
        let sample = try load.run(.requests(20_000))
        #expect(sample.errors == 0 && sample.operations == 20_000)
        #expect(sample.commands.map(\.label.name) == ["GET", "SET", "DEL"])
        #expect(sample.commands.allSatisfy { $0.latency.count == $0.operations })
    }

    /// The stream of a worker is a function of seed and place, however it is cut into batches.
    @Test func sameSeedSameRequests() throws {
        let mixed = try plan("get=5,set=4,del=1", values: "16-300", "zipf:0.99")
        func stream(_ seed: UInt64, _ place: WorkerPlace, batches: Int) throws -> [String] {
            requests(try source(mixed, seed: seed, place), 3_000, batches: batches).map {
                "\($0.command) \($0.key) \($0.value ?? "-")"
            }
        }
        let (first, second) = (WorkerPlace(index: 0, count: 2), WorkerPlace(index: 1, count: 2))
        let once = try stream(4, first, batches: 100)
        for batches in [1, 17] { #expect(try stream(4, first, batches: batches) == once) }
        #expect(try stream(5, first, batches: 100) != once)
        #expect(try stream(4, second, batches: 100) != once)
    }

    /// What a source draws fits what it was asked for, and nothing else.
    @Test(arguments: [
        "uniform", "zipf:0.99", "zipf:1.2,10", "hot:90/10", "gaussian", "sequential",
    ])
    func realisedIsWhatWasRequested(_ distribution: String) throws {
        func realised(_ drawn: MixPlan, as asked: MixPlan) throws -> [RealisedDistribution] {
            asked.realised(
                try drawn.compiled(seed: 7, populates: false), seed: 7, workers: 2,
                requests: 200_000)
        }
        for keys: UInt64 in [3, 1_000, 1_000_003] {
            var asked = try plan(
                keys: keys, values: "p0=1,p50=100,p90=2000,p100=9000", distribution)
            asked.keySizes = try SizeText.parse("16-64")
            let found = try realised(asked, as: asked)
            #expect(found.map(\.name) == ["commands", "keys", "key_sizes", "value_sizes"])
            #expect(found[0].count == 200_000 && found[1].count == 200_000)
            for one in found {
                #expect(one.pValue ?? 1 > 1e-4, "\(distribution) \(keys): \(one)")
                #expect(abs(one.classes.reduce(0) { $0 + $1.requested } - 1) < 1e-6)
            }
            #expect((found[1].pValue == nil) == (distribution == "sequential"))
        }
        // Judged against another request, the same draws do not pass.
        var other = try plan("get=79,set=19,del=2", values: "p0=1,p50=110,p100=9000", distribution)
        other.keySizes = try SizeText.parse("16-60")
        let drawn = try plan(values: "p0=1,p50=110,p100=9000", distribution)
        let wrong = try realised(drawn, as: other)
        #expect(wrong[0].pValue ?? 1 < 1e-6)
        var skewed = drawn
        skewed.popularity = try MixPlan.popularity("zipf:1.01")
        if distribution == "zipf:0.99" {
            let judged = try realised(drawn, as: skewed)
            #expect(judged[1].pValue ?? 1 < 1e-6)
        }
    }

    @Test func spellings() throws {
        for text in ["", "get", "get=0", "get=1,get=2", "lpush=1", "get=x", "get=0x1p3"] {
            #expect(throws: MixProblem.self) {
                try MixPlan(text, keys: 1, valueSizes: .constant(1))
            }
        }
        for text in ["", "x", "5-3", "p50=3", "p0=9,p100=3", "1:0", "-1", "1.5", "1.5:1", "1GiB"] {
            #expect(throws: MixProblem.self) { try SizeText.parse(text) }
        }
        for (text, plain) in [
            ("4KiB", "4096"), ("1k-64KiB", "1000-65536"), ("1kb:0.9,1mb:.1", "1024:9,1048576:1"),
            ("p0=16,p100=4kib", "p0=16,p100=4096"),
        ] {
            let (parsed, expected) = (try SizeText.parse(text), try SizeText.parse(plain))
            #expect("\(parsed)" == "\(expected)", "\(text)")
        }
        for text in ["", "zipf", "zipf:x", "hot:90", "hot:0/10", "uniform:1", "zipf:1,2,3"] {
            #expect(throws: MixProblem.self) { try MixPlan.popularity(text) }
        }
        var tight = try plan(keys: 1_000_000)
        tight.keySizes = try SizeText.parse("9")
        #expect(throws: MixProblem.self) { try tight.check() }
        // What a workload cannot be, a mix cannot either.
        let vast = try plan(keys: 1 << 50)
        #expect(throws: MixProblem.self) { try vast.check() }
        try plan(keys: 1, "hot:90/10").check()
        try plan("get=1", keys: 9, "hot:10/90").check()
    }
}

@Suite struct CommandSequenceTests {
    private func bytes(_ words: [String], last: String? = nil) throws -> String {
        let sequence = try CommandSequence(words, last: last.map { Array($0.utf8) }, dataBytes: 3)
        return sequence.commands.map { command in
            command.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
        }.joined(separator: "|")
    }

    @Test func sequences() throws {
        #expect(try bytes(["SET", "a", "b"]) == "SET a b")
        #expect(try bytes(["SET", "a", "__data__x"]) == "SET a VXKx")
        #expect(try bytes(["2", "GET", "a", ";", "SET", "a", "1", ";"]) == "GET a|GET a|SET a 1")
        #expect(try bytes(["SET", "a"], last: "in put") == "SET a in put")
        #expect(throws: CommandSequence.Problem.self) { try bytes([";"]) }
        #expect(throws: CommandSequence.Problem.self) {
            try bytes(["2", "GET", "a", ";", "\(Int.max)", "GET", "a"])
        }
    }

    @Test func placeholdersAreSharedInASequence() throws {
        let sequence = try CommandSequence(
            ["SET", "__rand_1st__", "x", ";", "GET", "__rand_1st__"], last: nil, dataBytes: 3)
        let test = sequence.test(title: "x")
        var source = TemplateSource(test.template, range: 1_000_000, seed: 1, alone)
        #expect(source.unit == 2)
        var batch = RequestBatch(requests: 4)
        defer { batch.deallocate() }
        source.fill(&batch, 4)
        let numbers = String(
            decoding: UnsafeBufferPointer(start: batch.bytes, count: batch.length), as: UTF8.self
        ).split(separator: "\r\n").filter { $0.count == 12 }
        #expect(numbers.count == 4)
        #expect(numbers[0] == numbers[1] && numbers[2] == numbers[3] && numbers[0] != numbers[2])
        #expect((0..<4).map { batch.commands[$0] } == [0, 1, 0, 1])
    }

    /// As many requests as the range is large meet every number once, whatever the threads.
    @Test(arguments: [1, 3]) func sequentialNumbersCoverTheRange(_ threads: Int) throws {
        let server = try RedisServer()
        var options = LoadOptions()
        options.threads = threads
        options.connections = 5
        let template = RequestTemplate(
            RequestEncoder.encode(["SET", "__rand_int__", "x"]), [CommandLabel("SET")])
        var load = try LoadSession(to: server.address, options) {
            TemplateSource(template, range: 1_000, seed: 1, isSequential: true, $0)
        }
        _ = try load.run(.requests(1_000))
        #expect(try server.client().ask("DBSIZE") == .integer(1_000))
    }

    @Test func connectionPerBatch() throws {
        let server = try RedisServer()
        var options = LoadOptions()
        options.connections = 3
        options.keepsConnections = false
        options.latencyMode = .batch
        let ping = RequestTemplate(RequestEncoder.encode(["PING"]), [CommandLabel("PING")])
        var load = try LoadSession(to: server.address, options) {
            TemplateSource(ping, range: nil, seed: 1, $0)
        }
        #expect(try load.run(.requests(300)).operations == 300)
        let stats = try server.client().ask("INFO", "stats").text ?? ""
        let line = stats.split(whereSeparator: \.isNewline)
            .first { $0.hasPrefix("total_connections_received:") }
        #expect((line.flatMap { Int($0.split(separator: ":")[1]) } ?? 0) >= 300)
    }
}

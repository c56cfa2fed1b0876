// Options that would have no effect beside the others are refused: whoever gives one expects one.
// Under the originals' names all are accepted, as there.
import ArgumentParser
import Experiments
import LoadGenerator

extension BenchVerb {
    /// Whether each option was given, as far as its value tells.
    private var given: [(name: String, isGiven: Bool)] {
        [
            ("--target", !server.target.isEmpty), ("--cluster", server.cluster),
            ("--rfr", server.rfr != nil), ("--also-count", !server.alsoCount.isEmpty),
            ("--base-rtt", load.baseRtt), ("--keys-per-op", tests.keysPerOp != nil),
            ("-t", tests.list != nil), ("-n", load.requests != nil),
            ("--duration", load.duration != nil), ("--warmup", load.warmup.count > 0),
            ("-P", load.pipeline != 1), ("-d", tests.dataSize != nil), ("-r", tests.range != nil),
            ("-k", load.keepAlive != 1), ("--sequential", tests.sequential),
            ("--range-per-client", tests.rangePerClient),
            ("-x", tests.readsStandardInput), ("--num-functions", tests.numFunctions != 10),
            ("--num-keys-in-fcall", tests.numKeysInFcall != 1),
            ("--dataset", tests.datasetPath != nil), ("--rps", load.rps != 0),
            ("--qps", load.qps != nil), ("--arrival", load.arrival != nil),
            ("--latency-mode", load.latencyMode != .command), ("--mix", mixed.mix != nil),
            ("--populate", load.populate), ("--allow-flush", load.allowFlush),
            ("--hit-ratio", load.hitRatio != nil), ("--saturate", load.saturate != nil),
            ("--grid", !load.grid.grid.isEmpty), ("--objective", load.grid.objective != nil),
            ("--verify-writes", server.verifyWrites),
            ("--handshakes", server.encryption.handshakes != nil),
            ("--repeat", load.repeats != 1), ("--on-errors", load.onErrors != nil),
            ("-q", output.quiet), ("--csv", output.csv), ("--precision", output.precision != 3),
            ("-l", output.loop), ("--json", output.outputs.json != nil),
            ("--out", output.outputs.out != nil),
            ("--hdr-log", output.hdrLog != nil), ("--strict", output.outputs.strict),
            ("--export", !output.outputs.exports.exports.isEmpty),
            ("--server-node", nodes.serverNode != nil), ("--client-node", nodes.clientNode != nil),
            ("--numa-policy", nodes.numaPolicy != nil),
            ("a command", !words.isEmpty),
        ]
    }

    /// What each mode leaves without effect.
    private var modes: [(name: String, isOn: Bool, drops: (String) -> Bool)] {
        let saturation: Set = [
            "-n", "--repeat", "--csv", "--hdr-log", "--precision", "--rps", "--grid",
            "--verify-writes",
        ]
        let mix: Set = [
            "--sequential", "--range-per-client", "--num-functions", "--num-keys-in-fcall", "-x",
            "--keys-per-op",
        ]
        let own: Set = [
            "--num-functions", "--num-keys-in-fcall", "--populate", "-t", "--keys-per-op",
        ]
        let endless: Set = ["--json", "--out", "--hdr-log", "--export"]
        let values: Set = ["-d"]
        let handshakes: Set = [
            "-t", "-n", "--duration", "-P", "-d", "-r", "-k", "--sequential", "-x", "--dataset",
            "--range-per-client",
            "--num-functions", "--num-keys-in-fcall", "--rps", "--qps", "--arrival", "--mix",
            "--latency-mode", "--populate", "--allow-flush", "--hit-ratio", "--saturate",
            "--grid", "--verify-writes", "a command",
        ]
        return [
            ("-I", idle, { $0 != "--cluster" && $0 != "--rfr" }),
            ("--self-test", selfTest, { $0 != "-d" }),
            ("--saturate", load.saturate != nil, saturation.contains),
            ("--handshakes", server.encryption.handshakes != nil, handshakes.contains),
            ("--mix", mixed.mix != nil, mix.contains),
            ("--value-size", mixed.valueSize != nil, values.contains),
            ("a command", !words.isEmpty, own.contains),
            ("--csv", output.csv, { $0 == "-q" }),
            ("-l", output.loop, endless.contains),
            ("--target", !server.target.isEmpty, { $0 == "-l" }),
        ]
    }

    func checkEffects() throws {
        if idle {
            try GivenOptions.refuse(["--seed", "--stall-timeout"], "has no effect beside -I")
        }
        for mode in modes where mode.isOn {
            for option in given where option.isGiven && option.name != mode.name {
                guard mode.drops(option.name) else { continue }
                throw ValidationError(
                    "\(option.name) has no effect beside \(mode.name); drop one of them")
            }
        }
        for (option, isGiven, needed, hasNeeded) in [
            ("--sequential", tests.sequential, "-r", tests.range != nil),
            ("--range-per-client", tests.rangePerClient, "-r", tests.range != nil),
            ("--allow-flush", load.allowFlush, "--populate", fills),
            ("--user", server.user != nil, "-a", server.hasPassword),
        ] where isGiven && !hasNeeded {
            throw ValidationError("\(option) needs \(needed)")
        }
        for (flag, setting) in BenchGridOptions.flags where load.grid.varies(setting) {
            try GivenOptions.refuse([flag], "has no effect beside --grid \(setting)=…")
        }
        if server.target.isEmpty {
            try GivenOptions.refuse(GivenOptions.nodes, "needs --target, whose server it places")
        }
        if output.csv && server.target.count > 1 {
            throw ValidationError("--csv has no column for the target; give one --target")
        }
    }

    /// The same of what a cluster leaves without effect, or what has none without one.
    func checkEffects(isCluster: Bool) throws {
        if isCluster && tests.rangePerClient {
            throw ValidationError(
                "--range-per-client has no effect with --cluster, or on a target that is one: any "
                    + "client's connections carry any key; drop one of them")
        }
        if isCluster && load.keepAlive == 0 {
            throw ValidationError(
                "-k 0 has no effect with --cluster, or on a target that is one: connections stay "
                    + "open; drop one of them")
        }
        if server.verifyWrites, !isCluster {
            throw ValidationError(
                "--verify-writes needs --cluster, or a target that is one: one server loses "
                    + "nothing that it acknowledged while it runs")
        }
        if server.rfr != nil, !isCluster, BenchOriginal.current == nil {
            throw ValidationError("--rfr has no effect: no target is a cluster; leave it out")
        }
    }

    /// Whether the server is filled before it is measured: a target is.
    var fills: Bool { load.populate || !server.target.isEmpty }

    /// The same of what depends on the works.
    func checkEffects(on options: BenchOptions) throws {
        let works = options.works
        if load.hitRatio != nil, !works.contains(where: \.looksUp) {
            throw ValidationError("--hit-ratio needs a test that looks keys up, such as -t get")
        }
        if mixed.mix == nil, !works.contains(where: \.hasPlaceholders) {
            if tests.range != nil {
                throw ValidationError(
                    "-r has no effect: no request has a placeholder such as __rand_int__")
            }
            if load.populate {
                throw ValidationError(
                    "--populate writes keys that no request asks for; drop it, or ask for "
                        + "key:__rand_int__")
            }
        }
        for (option, isGiven, test) in [
            ("--num-functions", tests.numFunctions != 10, "function_load"),
            ("--num-keys-in-fcall", tests.numKeysInFcall != 1, "fcall"),
        ] where isGiven && !tests.asks(for: test) {
            throw ValidationError("\(option) has no effect without the test \(test)")
        }
        if tests.keysPerOp != nil, !tests.asks(for: "mset"), !tests.asks(for: "mget") {
            throw ValidationError("--keys-per-op has no effect without the tests mset and mget")
        }
        try checkValues(works)
        try checkReadBack(options)
        try checkParts(options)
        if load.latencyMode == .batch, load.pipeline == 1, !load.grid.varies("pipeline"),
            !works.contains(where: \.isSequence)
        {
            throw ValidationError(
                "--latency-mode batch has no effect on pipelines of one request; add -P")
        }
        // A target's hash takes it.
        if load.seed != nil, server.target.isEmpty, !selfTest, !draws(works) {
            throw ValidationError("--seed has no effect: nothing is drawn; drop it, or add -r")
        }
    }

    /// Parts of the range, one for each client.
    private func checkParts(_ options: BenchOptions) throws {
        guard options.hasOwnParts else { return }
        if tests.datasetPath != nil {
            throw ValidationError("--range-per-client has no effect with --dataset; drop it")
        }
        let clients = options.largest.connections
        guard let range = options.range, range >= UInt64(clients) else {
            throw ValidationError(
                "--range-per-client needs a number for each of \(clients) clients; raise -r, or "
                    + "lower -c")
        }
    }

    /// Writes that can be read back: to keys that are not there before, and stay.
    private func checkReadBack(_ options: BenchOptions) throws {
        guard options.readsBack else { return }
        guard options.works.contains(where: \.keepsWrites) else {
            throw ValidationError(
                "--verify-writes needs a test that writes keys and takes none away, such as -t set")
        }
        if options.populates {
            throw ValidationError(
                "--verify-writes cannot tell lost writes of keys that are there before; drop "
                    + "--populate and tests that read, or ask for -t set alone")
        }
    }

    /// Sizes and lives of values that nothing writes.
    private func checkValues(_ works: [BenchWork]) throws {
        if selfTest { return }
        if case .mix(let plan)? = works.first {
            for (option, isGiven, isWritten) in [
                ("-d", tests.dataSize != nil, plan.writesValues),
                ("--value-size", mixed.valueSize != nil, plan.writesValues),
                ("--ttl", mixed.ttl != nil, plan.writesExpiring),
            ] where isGiven && !isWritten && !fills {
                throw ValidationError(
                    "\(option) has no effect: the mix writes no such entries; add set=N to it, or "
                        + "--populate")
            }
            return
        }
        let isOwn = !words.isEmpty
        guard tests.dataSize != nil, !load.populate,
            !(isOwn ? words.contains { $0.contains("__data__") } : tests.haveValues)
        else { return }
        throw ValidationError(
            isOwn
                ? "-d has no effect: the command has no __data__ in it"
                : "-d has no effect: no test writes or reads a value; drop it, or add -t set")
    }

    /// Whether random numbers are in the requests, or in the moments that they are sent at.
    func draws(_ works: [BenchWork]) -> Bool {
        if mixed.mix != nil || load.saturate != nil { return true }
        if let arrival = load.arrival, arrival != .constant { return true }
        return tests.range != nil && !tests.sequential && works.contains(where: \.hasPlaceholders)
    }

    /// A server's name in place of a command: what people type who take bench for a launcher.
    func checkCommand(_ command: [String]) throws {
        guard let word = command.first, BenchOriginal.current == nil else { return }
        let schemes = [
            "ref:", "exec:", "build:", "tcp://", "unix://", "redis://", "valkey://", "rediss://",
            "valkeys://", "cluster:",
        ]
        if schemes.contains(where: word.hasPrefix) {
            throw ValidationError("'\(word)' is a server and no command; write --target \(word)")
        }
        let program = word.split(separator: "/").last.map { String($0) } ?? word
        if program.hasSuffix("-server") {
            throw ValidationError(
                "'\(word)' is a program and no command of a server; write --target exec:\(word)")
        }
    }
}

// hashmark gate selftest: what this runner's gates are worth: how often they raise a false alarm,
// and what they catch.
import ArgumentParser
import Experiments
import Foundation
import Gate
import LinuxSystem
import Quantities
import Reporting
import RunRecord
import Targets
import Workloads

struct GateSelfTest: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "selftest",
        abstract: "False alarms and power of the gate on this runner.",
        discussion: """
            Runs live rounds of a target against copies of itself and against a slowed one, then \
            thousands of gates on rounds drawn from them, with slow-downs of 1 to 10 %; bytes and \
            misses are injected into live counts. Prints the certificate and stores it in \
            Reports/selftest.json, where later gates read what they will be able to see.
            """)

    @Option(help: "What is tried; injections need a ref: target.")
    var target = "ref:valkey-9.1"

    @Option(help: "A policy file, or the name of one in Workloads/policies/.")
    var policy = "default"

    @Option(help: "Time for live rounds, as 90s or 10m.", transform: NumberOption.time(nil))
    var live = Nanoseconds(10, .minutes)

    @Option(
        help: "Budget of the gates that are tried, instead of the policy's.",
        transform: NumberOption.time(nil))
    var budget: Nanoseconds?

    @Option(
        help: "Gates drawn per slow-down; twice as many without one.",
        transform: NumberOption.count(1...100_000))
    var gates = 200

    @Option(help: "Recorded rounds to draw from, instead of live ones; repeat to join files.")
    var rounds: [String] = []

    @Option(help: "Keep the live rounds in FILE.")
    var saveRounds: String?

    @Flag(
        help: "Try the policy on made-up rounds of known scatter instead: no server is started.")
    var modelled = false

    @Flag(help: "Leave out live counts of injected bytes and misses.")
    var noCounts = false

    @OptionGroup var options: MeasuringOptions

    func validate() throws {
        if !rounds.isEmpty && modelled {
            throw ValidationError("--rounds and --modelled exclude each other")
        }
        if !rounds.isEmpty || modelled {
            try GivenOptions.refuse(
                [
                    "--target", "--live", "--save-rounds", "--no-counts", "--json", "--out",
                    "--export", "--strict",
                ]
                    + GivenOptions.prices, "has no effect with --rounds or --modelled")
        }
    }

    func run() throws {
        let home = MeasuringOptions.home
        var policy = try GateFiles.policy(policy, home: home)
        if let budget { policy.budgetSeconds = budget.seconds }
        if modelled {
            for scatter in SelfTest.scatters {
                Output.print(modelTable(policy, RoundModel(cell: scatter)))
            }
            return
        }
        if !rounds.isEmpty {
            let certificate = certify(try Self.pool(rounds), policy, [])
            Output.print(text(certificate), terminator: "")
            return try Self.require(certificate)
        }
        let targets = try contestants(policy)
        var certificate: Certificate?
        func table(_ record: RunRecord) -> String { certificate.map(text) ?? "" }
        func store(_ record: RunRecord) throws(RunRecordError) {
            // What certifies nothing is not kept for later gates to believe.
            guard let certificate, certificate.shortage == nil else { return }
            try AtomicFile.write(certificate.json(), to: "\(home)/\(GateFiles.certificatePath)")
        }
        let written = [saveRounds, "\(home)/\(GateFiles.certificatePath)"].compactMap(\.self)
        try options.measure(text: table, alsoWrites: written, finish: store) {
            recorder throws(ExperimentFailure) in
            var counts: [Certificate.Row] = []
            if !noCounts { counts = try self.counts(policy, recorder) }
            let pool = try self.pool(targets, policy, recorder)
            if let saveRounds {
                do throws(RunRecordError) {
                    try OutputFiles.write(pool.json(), to: saveRounds)
                } catch {
                    throw ExperimentFailure(.setUp, "\(error)")
                }
            }
            certificate = certify(pool, policy, counts)
        }
        if let certificate { try Self.require(certificate) }
    }

    private static func require(_ certificate: Certificate) throws {
        guard let shortage = certificate.shortage else { return }
        MeasuringOptions.complain("\(shortage); give it a longer --live, or a shorter --budget")
        throw ExitCode.invalid
    }

    // MARK: live

    static let slowed = "slowed"
    private static let labels = ["baseline", "sentinel", "same"]
    /// Half of the margin more than the policy's for CPU time, at about 500 ns per operation.
    private static let slowedNanoseconds = 25

    /// The target, its copies, and a slowed one where it can be.
    private func contestants(_ policy: Policy) throws -> [Target] {
        var spellings = Self.labels.map { "\($0)=\(target)" }
        if target.hasPrefix("ref:") {
            spellings.append("\(Self.slowed)=\(injected("cpu-ns:\(Self.slowedNanoseconds)"))")
        }
        return try TargetList.parse(spellings)
    }

    private func injected(_ what: String) -> String {
        target + (target.contains("?") ? "&" : "?") + "inject=\(what)"
    }

    private func pool(
        _ targets: [Target], _ policy: Policy, _ recorder: Recorder
    ) throws(ExperimentFailure) -> RoundPool {
        let start = recorder.now
        let rounds = try GateRounds.record(
            targets, policy, seconds: live.seconds, recorder)
        // A gate's rounds have three servers.
        let seconds = Nanoseconds(recorder.now - start).seconds / Double(max(rounds, 1))
        return RoundPool(
            recorder.record, policy, secondsPerRound: seconds * 3 / Double(targets.count))
    }

    /// Live gates of counted metrics alone, with bytes and misses injected.
    private func counts(
        _ policy: Policy, _ recorder: Recorder
    ) throws(ExperimentFailure) -> [Certificate.Row] {
        guard target.hasPrefix("ref:") else { return [] }
        var policy = policy
        policy.rules.removeAll { $0.kind == .timed }
        var rows: [Certificate.Row] = []
        for (change, injection) in [
            ("nothing (counts)", nil), ("+8 B per entry", "entry-bytes:8"),
            ("+16 B per entry", "entry-bytes:16"), ("one miss per operation", "chase:1"),
        ] {
            let spelling = injection.map(injected) ?? target
            let scratch = Recorder(
                arguments: recorder.record.arguments, seed: recorder.record.seed, quiet: true)
            recorder.progress("self-test: \(change)")
            var run = try Self.gateRun(policy, target, spelling)
            try run.run(scratch)
            var row = Certificate.Row(change: change, how: "live")
            if let verdict = scratch.record.verdict { row.count(verdict) }
            rows.append(row)
        }
        return rows
    }

    private static func gateRun(
        _ policy: Policy, _ baseline: String, _ candidate: String
    ) throws(ExperimentFailure) -> GateRun {
        do {
            let targets = try TargetList.parse(["baseline=\(baseline)", "candidate=\(candidate)"])
            let simulated = try WorkloadFile.compiled(
                policy.simulatedWorkload ?? "get-16x64",
                entries: UInt64(policy.simulated.entries))
            let sides = Sides(
                baseline: "baseline", candidate: "candidate", sentinel: Sides.sentinelLabel)
            return GateRun(
                gate: Gate(policy, sides), baseline: targets[0],
                candidate: targets[1], cells: [], simulated: simulated)
        } catch {
            throw ExperimentFailure(.setUp, "\(error)")
        }
    }

    // MARK: recorded

    private static func pool(_ paths: [String]) throws -> RoundPool {
        do {
            var joined: RoundPool?
            for path in paths {
                let pool = try RoundPool(json: RunRecord.contents(of: path), name: path)
                guard joined?.append(pool) != false else {
                    throw RunRecordError(
                        cause: "\(path) has rounds of other targets, or of another machine",
                        remedy: "evaluate it by itself")
                }
                joined = joined ?? pool
            }
            return joined!
        } catch {
            MeasuringOptions.complain("\(error)")
            throw ExitCode.error
        }
    }

    private func certify(
        _ pool: RoundPool, _ policy: Policy, _ counts: [Certificate.Row]
    ) -> Certificate {
        let test = SelfTest(policy, pool, candidate: "same", copy: "sentinel")
        let seed = options.seed ?? 1
        var rows = [test.row("nothing", gates: 2 * gates, seed: seed)]
        for slowDown in SelfTest.slowDowns {
            rows.append(
                test.row(
                    "CPU +\(slowDown.wholePercent) %", gates: gates, slowDown: slowDown,
                    seed: seed))
        }
        if pool.targets.contains(Self.slowed) {
            let what = pool.spellings.last?.split(separator: "?").last.map(String.init) ?? ""
            rows.append(test.row(what, gates: gates, label: Self.slowed, seed: seed))
        }
        return Certificate(
            pool, policy, candidate: "same", startedAt: Date().formatted(.iso8601),
            rows: rows + counts)
    }

    private func text(_ certificate: Certificate) -> String {
        let scatter = certificate.scatter.sorted { $0.key < $1.key }.filter { $0.value < 1 }
            .map { metric, deviation in
                "\(Metric.named(metric)?.title ?? metric) \((deviation * 100).fixed(2)) %"
            }
        return table(certificate.rows)
            + "\(certificate.rounds) rounds from \(certificate.hours.count) hours, "
            + "\(certificate.secondsPerRound.fixed(1)) s each; "
            + "budget \(Int(certificate.budgetSeconds)) s; scatter of a round, all loads: "
            + scatter.joined(separator: ", ") + "\n"
            + "For \(certificate.target) under the policy \(certificate.policy) alone.\n"
    }

    private func table(_ rows: [Certificate.Row]) -> String {
        var table = TextTable([
            .init(["injected"], .left), .init(["gates"]), .init(["worth"]),
            .init(["regression"]), .init(["95 % interval"]), .init(["pass"]),
            .init(["inconclusive"]), .init(["from"], .left),
        ])
        for row in rows {
            let interval = row.interval
            table.append([
                row.change, "\(row.gates)", "\(row.disjoint ?? row.gates)", "\(row.regressions)",
                "\((interval.lower * 100).fixed(2)) … "
                    + "\((interval.upper * 100).fixed(2)) %",
                "\(row.passes)", "\(row.inconclusive)", row.how,
            ])
        }
        return table.text()
    }

    /// False alarms and power of a policy by ``RoundModel``.
    private func modelTable(_ policy: Policy, _ model: RoundModel) -> String {
        model.words + "\n"
            + table(
                (SelfTest.harmless(policy) + SelfTest.harmful).map {
                    SelfTest.modelled($0, policy, model, gates: gates, seed: options.seed ?? 1)
                })
    }
}

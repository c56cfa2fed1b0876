// hashmark gate selftest: what this runner's gates are worth: how often they raise a false alarm,
// and what they catch.
import ArgumentParser
import Experiments
import Foundation
import Gate
import Gating
import LinuxSystem
import Progress
import Quantities
import RunRecord
import ShippedFiles
import Targets

struct GateSelfTest: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "selftest",
        abstract: "False alarms and power of the gate on this runner.",
        discussion: """
            Runs live rounds of a target against copies of itself and against a slowed one, then \
            thousands of gates on rounds drawn from them, with slow-downs of 1 to 10 %; bytes and \
            misses are injected into live counts. Prints the certificate and stores it in the \
            project's Reports/, where later gates read what they will be able to see.

            Example:
              hashmark gate selftest --live 10m
            """)

    @Option(
        help: .value("TARGET", "What is tried; injections need a ref: target."),
        completion: .target)
    var target = "ref:valkey-9.1"

    @Option(help: .value("POLICY", "A policy: a file, or the name of one."), completion: .policy)
    var policy = "default"

    @Option(
        help: .value("TIME", "Time for live rounds, as 90s or 10m."),
        transform: NumberOption.time(nil))
    var live = Nanoseconds(10, .minutes)

    @Option(
        help: .value("TIME", "Budget of the gates that are tried, instead of the policy's."),
        transform: NumberOption.time(nil))
    var budget: Nanoseconds?

    @Option(
        help: .value("N", "Gates drawn per slow-down; twice as many without one."),
        transform: NumberOption.count(1...100_000))
    var gates = 200

    @Option(
        help: .value(
            "FILE",
            "Recorded rounds instead of live ones: of --save-rounds, or the record of a gate of "
                + "two servers that are the same; repeat to join files."),
        completion: .file(extensions: ["json"]))
    var rounds: [String] = []

    @Option(help: .value("FILE", "Keep the live rounds in FILE."), completion: .file())
    var saveRounds: String?

    @Flag(
        help: """
            Try the policy on made-up rounds instead, of known scatter or, with --rounds, of \
            those rounds': no server is started.
            """)
    var modelled = false

    @Flag(help: "Leave out live counts of injected bytes and misses.")
    var noCounts = false

    @OptionGroup var kept: CertificateOption

    @OptionGroup var builds: BuildOptions

    @OptionGroup(title: "Outputs, progress, seed") var options: MeasuringOptions

    func validate() throws {
        try GivenOptions.refuse(["--detail"], "has no effect on a certificate")
        if !rounds.isEmpty || modelled {
            try GivenOptions.refuse(
                [
                    "--target", "--live", "--save-rounds", "--no-counts", "--json", "--out",
                    "--export", "--strict", "--certificate", "--cache",
                ], "has no effect with --rounds or --modelled")
        }
    }

    func run() throws {
        try FileKind.policy.check(self.policy)
        let search = ProjectFiles.search
        var policy = try GateVerb.reading { try GateFiles.policy(self.policy, in: search) }
        if let budget { policy.budgetSeconds = budget.seconds }
        if rounds.isEmpty {
            return modelled ? tryModelled(policy) : try tryLive(policy, search)
        }
        let pool = try GateVerb.reading { try GateFiles.pool(rounds) }
        if modelled { return try tryFitted(policy, pool) }
        let progress = ProgressBar(quiet: options.quiet)
        progress.start("gate selftest")
        let certificate = certify(pool, policy, [], progress, 0...1)
        progress.finish()
        Output.print(certificate.text(options.tables.style), terminator: "")
        try Self.require(certificate)
    }

    private func tryModelled(_ policy: Policy) {
        let progress = ProgressBar(quiet: options.quiet)
        progress.start("gate selftest")
        defer { progress.finish() }
        for (index, scatter) in SelfTest.scatters.enumerated() {
            progress.begin(
                "scatter \(scatter.percent())", Course.part(index, of: SelfTest.scatters.count))
            defer { progress.end() }
            Output.print(text(policy, RoundModel(cell: scatter), progress))
        }
    }

    private func text(
        _ policy: Policy, _ model: RoundModel, _ progress: ProgressBar
    ) -> String {
        SelfTest.text(
            policy, model, gates: gates, seed: options.seed ?? 1, options.tables.style, progress)
    }

    private func tryFitted(_ policy: Policy, _ pool: RoundPool) throws {
        guard
            let model = RoundModel(
                fitting: pool, candidate: SelfTest.unchangedLabel, copy: SelfTest.copyLabel, policy)
        else {
            MeasuringOptions.complain(
                "\(pool.rounds.count) rounds are too few for a model's parameters; give "
                    + "\(RoundModel.leastRounds) with CPU times, or more")
            throw ExitCode.invalid
        }
        let progress = ProgressBar(quiet: options.quiet)
        progress.start("gate selftest")
        let text = text(policy, model, progress)
        progress.finish()
        Output.print(text)
    }

    private func tryLive(_ policy: Policy, _ search: SearchPath) throws {
        let targets = try TargetList.parse(
            LiveSelfTest.contestants(of: target), cache: builds.cache)
        let counted = noCounts ? [] : LiveSelfTest.countedGates(of: target)
        let sides = try counted.map { try TargetList.parse($0.sides) }
        let test = try GateVerb.reading { try LiveSelfTest(policy, in: search) }
        let path = kept.path
        var certificate: Certificate?
        func store(_ record: RunRecord) throws(RunRecordError) {
            // What certifies nothing is not kept for later gates to believe.
            guard let certificate, certificate.shortage == nil else { return }
            try AtomicFile.write(certificate.json(), to: path)
        }
        try options.measure(
            alsoWrites: [saveRounds, path].compactMap(\.self), finish: store
        ) { recorder throws(ExperimentFailure) in
            let parts = weights(policy, countedGates: counted.count)
            let spans = Course.spans(parts)
            recorder.progress.start("gate selftest", seconds: parts.reduce(0, +))
            var counts: [Certificate.Row] = []
            for (index, (gate, sides)) in zip(counted, sides).enumerated() {
                recorder.progress.begin(gate.change, spans[index])
                defer { recorder.progress.end() }
                counts.append(try test.row(gate, sides, recorder))
            }
            let pool = try liveRounds(test, targets, spans[counted.count], recorder)
            try keep(pool)
            let found = certify(
                pool, policy, counts, recorder.progress, spans[counted.count + 1])
            certificate = found
            recorder.add(found.recorded)
        }
        if let certificate { try Self.require(certificate) }
    }

    private func liveRounds(
        _ test: LiveSelfTest, _ targets: [Target], _ span: ClosedRange<Double>,
        _ recorder: Recorder
    ) throws(ExperimentFailure) -> RoundPool {
        recorder.progress.begin("", span)
        defer { recorder.progress.end() }
        return try test.rounds(of: targets, seconds: live.seconds, recorder)
    }

    /// How long each part will probably take, in s: gates of counts, live rounds, gates drawn.
    private func weights(_ policy: Policy, countedGates: Int) -> [Double] {
        let counted = Forecast.usual(policy, target: target)
            .leastSeconds(policy, comparesLive: false)
        // Some milliseconds a gate, of which there are eight times as many as were asked for.
        let drawn = Double(8 * gates) * 0.003
        return Array(repeating: counted, count: countedGates) + [live.seconds, drawn]
    }

    private func keep(_ pool: RoundPool) throws(ExperimentFailure) {
        guard let saveRounds else { return }
        do throws(RunRecordError) {
            try OutputFiles.write(pool.json(), to: saveRounds)
        } catch {
            throw ExperimentFailure(.setUp, "\(error)")
        }
    }

    private func certify(
        _ pool: RoundPool, _ policy: Policy, _ counts: [Certificate.Row],
        _ progress: ProgressBar, _ span: ClosedRange<Double>
    ) -> Certificate {
        progress.begin("gates drawn from these rounds", span)
        defer { progress.end() }
        return SelfTest.certificate(
            pool, policy, counts: counts, gates: gates, seed: options.seed ?? 1,
            startedAt: Date().formatted(.iso8601)
        ) { progress.advance(to: $0) }
    }

    private static func require(_ certificate: Certificate) throws {
        guard let shortage = certificate.shortage else { return }
        MeasuringOptions.complain("\(shortage); give it a longer --live, or a shorter --budget")
        throw ExitCode.invalid
    }
}

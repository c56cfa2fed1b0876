// The same requests to two servers in lockstep, and every reply held against the other's: what an
// upgrade would change for those who use the data.
//
//     source ─► pair 0   ═► both reply ═► compared
//           ─► pair 1                               in turn, a pipeline each
//           …
//
// One pipeline is under way at a time, so that both servers execute all requests in one order
// whatever the number of connections. Servers are not measured here: nothing is timed.
import LinuxSystem
import LoadGenerator
import Quantities
import RESP
import RunRecord
import Targets
import Traces
import Workloads

public struct LockstepCheck {
    /// Whose replies are taken for right.
    public let reference: Target
    /// nil: the workload's; of a trace one, for its order is all that there is to them.
    public var connections: Int?
    /// nil: the workload's; of a trace ``usualPipeline``.
    public var pipeline: Int?
    /// nil: the workload's measured phase, or the whole trace.
    public var limit: BurstLimit?
    public var allowFlush = false

    /// Deep enough that round trips cost little.
    public static let usualPipeline = 64

    public init(against reference: Target) { self.reference = reference }

    // MARK: workloads

    /// Fills both servers, sends them a workload's requests and adds what was found to the record.
    /// - Throws: `.invalid` when replies differ.
    public func run(
        _ target: Target, _ asked: CompiledWorkload, _ plan: RoundPlan, _ recorder: Recorder
    ) throws(ExperimentFailure) {
        let workload = try Self.withoutWaits(asked)
        let able = try CommandSupport.targets([target, reference], that: workload, recorder)
        guard able.count == 2 else {
            throw ExperimentFailure(
                .setUp,
                "\(target.label) and \(reference.label) do not both have the commands of "
                    + "\(workload.workload.name); check a workload of commands that both have")
        }
        recorder.add([target, reference])
        recorder.warn(ofWaits: asked.workload)
        recorder.add(workload: workload.workload.name, contentHash: workload.workload.contentHash)
        var servers: [RunningServer] = []
        defer { for server in servers { server.stop() } }
        for (index, one) in [target, reference].enumerated() {
            recorder.progress.begin(
                "\(one.label): filling", (0.25 * Double(index))...(0.25 * Double(index + 1)))
            defer { recorder.progress.end() }
            servers.append(
                try Fill.launch(
                    one, [workload], seed: plan.seed, readsMemory: false,
                    allowFlush: allowFlush, recorder))
        }
        let load = workload.workload.load
        let connections = connections ?? load.connections
        let pipeline = pipeline ?? load.pipeline
        let source = EncodedRequests(
            WorkloadSource(
                workload, seed: load.seed ?? plan.seed, WorkerPlace(index: 0, count: 1)),
            connections: connections, pipeline: pipeline)
        let limit = limit ?? workload.workload.measuredExtent.limit
        let conditions = conditions(connections, pipeline)
        try compare(
            servers, source, connections, pipeline, limit, 0.5...1, workload.workload.name,
            conditions, recorder)
    }

    /// What a wait says hangs on time, and on replicas: both servers get the writes alone.
    private static func withoutWaits(
        _ asked: CompiledWorkload
    ) throws(ExperimentFailure) -> CompiledWorkload {
        guard !asked.workload.waits.isEmpty || asked.workload.load.replicas > 0 else {
            return asked
        }
        do throws(WorkloadProblems) {
            return try CompiledWorkload(asked.workload.withoutWaits())
        } catch {
            throw ExperimentFailure(.setUp, "\(error)")
        }
    }

    // MARK: traces

    /// Sends two empty servers a trace's requests and adds what was found to the record. Of formats
    /// that record commands, those are sent as they stand.
    /// - Throws: `.invalid` when replies differ, or the trace is damaged.
    public func run(
        _ target: Target, _ trace: TraceReplay, _ recorder: Recorder
    ) throws(ExperimentFailure) {
        let feed = try trace.openTrace()
        recorder.add([target, reference])
        recorder.add(workload: trace.name, contentHash: nil)
        var launch = LaunchOptions()
        launch.seed = recorder.record.seed
        var servers: [RunningServer] = []
        defer { for server in servers { server.stop() } }
        for one in [target, reference] {
            let server = try Launching.launch(one, launch, recorder)
            servers.append(server)
            let control = try server.controlConnection()
            try Launching.requireEmpty(server, control, allowFlush: allowFlush)
        }
        let connections = connections ?? 1
        let pipeline = pipeline ?? Self.usualPipeline
        let source: any CheckedSource
        if feed.reader.hasCommands {
            source = RecordedRequests(
                feed.reader, ownsServers: servers.allSatisfy { $0.target.isOwned },
                followsDatabases: servers.allSatisfy {
                    $0.endpoint.database == 0 && !$0.endpoint.isCluster
                })
        } else {
            var options = trace.options
            options.seed = recorder.record.seed
            source = EncodedRequests(
                TraceSource(feed, options, WorkerPlace(index: 0, count: 1)),
                connections: connections, pipeline: pipeline, feed: feed)
        }
        var conditions = conditions(connections, pipeline)
        conditions["trace_format"] = .string(feed.reader.format.name)
        try compare(
            servers, source, connections, pipeline, limit, 0...1, trace.name, conditions, recorder
        ) {
            feed.reader.progress.map { Double($0.position) / Double($0.size) }
        }
        if let first = feed.reader.firstDamage {
            recorder.warn(
                "\(feed.reader.damagedCount) damaged records were left out; the first: \(first)",
                remedy: "fetch the trace again if they are many", target: target.label)
        }
    }

    private func conditions(_ connections: Int, _ pipeline: Int) -> Conditions {
        [
            "checked_against": .string(reference.label), "connections": .number(connections),
            "pipeline": .number(pipeline),
        ]
    }

    // MARK: comparing

    /// - Parameter share: how far the source is, where it knows.
    private func compare(
        _ servers: [RunningServer], _ source: any CheckedSource, _ connections: Int,
        _ pipeline: Int, _ limit: BurstLimit?, _ span: ClosedRange<Double>, _ workload: String,
        _ conditions: Conditions, _ recorder: Recorder, share: () -> Double? = { nil }
    ) throws(ExperimentFailure) {
        let label = servers[0].target.label
        var pairs: [LockstepPair] = []
        let databases = CheckedDatabases(allowFlush: allowFlush)
        for _ in 0..<connections {
            pairs.append(try LockstepPair(servers[0], servers[1], databases))
        }
        recorder.progress.begin("\(label): comparing replies with \(reference.label)'s", span)
        var report = LockstepReport()
        var failure: ExperimentFailure?
        do throws(ExperimentFailure) {
            try recorder.phase("check", label) { () throws(ExperimentFailure) in
                try drive(source, pairs, pipeline, limit, &report) {
                    if let share = share() ?? $0 { recorder.progress.advance(to: share) }
                }
            }
        } catch {
            failure = error
        }
        recorder.progress.end()
        if report.total.compared > 0 {
            report.addResults(target: label, workload: workload, conditions: conditions, recorder)
        }
        if let words = report.leftOutWords {
            recorder.warn(
                "left out of the comparison: \(words)",
                remedy: "judge no more than the rest by it", target: label)
        }
        if let words = report.refusedWords, let first = report.firstRefusal {
            recorder.warn(
                "\(report.total.refused) of \(report.total.compared) requests were refused by both "
                    + "alike: \(words); the first: \(first)",
                remedy: "judge no more by them than that both refuse", target: label)
        }
        try conclude(report, source, failure, label, workload, recorder)
    }

    /// Says what was found, the gravest first.
    private func conclude(
        _ report: LockstepReport, _ source: any CheckedSource, _ failure: ExperimentFailure?,
        _ label: String, _ workload: String, _ recorder: Recorder
    ) throws(ExperimentFailure) {
        if let first = report.first {
            recorder.add(
                RunRecord.Incident(
                    target: label, kind: .wrongValues, workload: workload,
                    count: Int(report.total.different), of: Int(report.total.compared),
                    detail: "others than \(reference.label)'s, first \(first)"))
        }
        if let failure { throw failure }
        if let damage = source.failure {
            throw ExperimentFailure(
                report.total.compared > 0 ? .invalid : .setUp, "\(damage)")
        }
        guard report.total.compared > 0 else {
            throw ExperimentFailure(
                .setUp,
                "\(workload) has no request whose replies can be compared"
                    + (report.leftOutWords.map { " (left out: \($0))" } ?? "")
                    + "; check one with commands on data")
        }
        guard let first = report.first else { return try requireAnswers(report, label, workload) }
        let rows = report.differing.prefix(5).map { row in
            "\(row.command) \(row.count.different) of \(row.count.compared)"
        }
        throw ExperimentFailure(
            .invalid,
            "\(label): \(report.total.different) of \(report.total.compared) replies are others "
                + "than \(reference.label)'s (\(rows.joined(separator: ", "))), first \(first); "
                + "look whether that change is meant",
            isAfterAll: true)
    }

    /// Servers that refuse everything alike are not the same for that.
    private func requireAnswers(
        _ report: LockstepReport, _ label: String, _ workload: String
    ) throws(ExperimentFailure) {
        guard report.total.refused == report.total.compared else { return }
        throw ExperimentFailure(
            .invalid,
            "\(label) and \(reference.label) refused all \(report.total.compared) requests of "
                + "\(workload) alike (\(report.refusedWords ?? "")): nothing was compared; check "
                + "one with commands that they have",
            isAfterAll: true)
    }

    private func drive(
        _ source: any CheckedSource, _ pairs: [LockstepPair], _ pipeline: Int, _ limit: BurstLimit?,
        _ report: inout LockstepReport, told: (Double?) -> Void
    ) throws(ExperimentFailure) {
        let start = Clock.monotonicNanoseconds()
        var sent: UInt64 = 0
        var turn = 0
        while true {
            if Interruption.requested { throw ExperimentFailure(.interrupted, "interrupted") }
            var wanted = pipeline
            var share: Double?
            switch limit {
            case nil: break
            case .requests(let count):
                wanted = Int(min(UInt64(wanted), count - min(sent, count)))
                share = Double(sent) / Double(count)
            case .duration(let nanoseconds):
                let passed = Clock.monotonicNanoseconds() - start
                if passed >= nanoseconds { wanted = 0 }
                share = Double(passed) / Double(nanoseconds)
            }
            guard wanted > 0 else { return }
            let requests = source.next(wanted, for: turn)
            if requests.isEmpty { return }
            sent += UInt64(requests.count)
            try exchange(requests, pairs[turn], source, &report)
            turn = (turn + 1) % pairs.count
            told(share)
        }
    }

    private func exchange(
        _ requests: [CheckedRequest], _ pair: LockstepPair, _ source: any CheckedSource,
        _ report: inout LockstepReport
    ) throws(ExperimentFailure) {
        var rest = requests[...]
        while let first = rest.first {
            let part = rest.prefix { $0.database == first.database }
            rest = rest.dropFirst(part.count)
            try exchange(part, of: first.database, pair, source, &report)
        }
    }

    /// Requests for one database.
    private func exchange(
        _ requests: ArraySlice<CheckedRequest>, of database: UInt64?, _ pair: LockstepPair,
        _ source: any CheckedSource, _ report: inout LockstepReport
    ) throws(ExperimentFailure) {
        var rules: [ReplyRule] = requests.map { $0.isLeftOut ? .leftOut : ReplyRule($0.arguments) }
        if let database, rules.contains(where: { $0 != .leftOut }),
            try !pair.select(database, &report)
        {
            rules = rules.map { _ in .leftOut }
        }
        let asked = zip(requests, rules).filter { $0.1 != .leftOut }.map { $0.0 }
        let replies = try pair.exchange(asked)
        var next = 0
        for (request, rule) in zip(requests, rules) {
            guard rule != .leftOut else {
                if request.isSelection { report.pass() } else { report.leaveOut(request) }
                continue
            }
            let (reply, expected) = replies[next]
            next += 1
            report.add(request, rule, reply, expected)
            if let ticket = request.ticket, reply == .null { source.missed(ticket) }
        }
    }
}

extension Workload {
    /// Of the phase that is measured.
    fileprivate var measuredExtent: PhaseSpec.Extent {
        for case .measure(let extent) in phases { return extent }
        return .milliseconds(0)
    }
}

extension PhaseSpec.Extent {
    /// As the end of a load.
    fileprivate var limit: BurstLimit {
        switch self {
        case .requests(let count): .requests(UInt64(max(count, 1)))
        case .milliseconds(let time): .duration(nanoseconds: Nanoseconds(milliseconds: time).count)
        case .steady(_, _, let timeout):
            .duration(nanoseconds: Nanoseconds(milliseconds: timeout).count)
        }
    }
}

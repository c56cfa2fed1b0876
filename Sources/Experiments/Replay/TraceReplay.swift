// A trace played to a target: its requests in their order, as fast as replies come or with the gaps
// that they had. Nothing is filled first; the trace itself brings the server to its state.
//
//     reader ─► feed ─► source ─► one worker's connections ─► server
//                                   every 250 ms: a slice, and how far it is
//
// One pass in bounded memory. What was replayed until a damaged record, a failing server or Ctrl-C
// is measured and kept.
import Foundation
import LinuxSystem
import LoadGenerator
import Quantities
import RunRecord
import Targets
import Traces

public struct TraceReplay {
    public let path: String
    /// The trace, where ``path`` is but its name.
    public var contents: [UInt8]?
    /// nil: found by name and contents.
    public var format: (any TraceDecoder)?
    public var skipsDamaged = false
    /// Original gaps divided by this; nil: as fast as replies come.
    public var speed: Double?
    public var options = TraceOptions()
    /// Where the replay ends before the trace does.
    public var limit: BurstLimit?
    public var connections = LoadOptions().connections
    public var pipeline = LoadOptions().pipeline
    public var allowFlush = false
    public var errorPolicy = ErrorPolicy.invalid

    public init(_ path: String) { self.path = path }

    /// Replays the trace on one target and adds its results to the record.
    public func run(_ target: Target, _ recorder: Recorder) throws(ExperimentFailure) {
        let feed = try openTrace()
        recorder.add([target])
        recorder.add(workload: name, contentHash: nil)
        var launch = LaunchOptions()
        launch.seed = recorder.record.seed
        let server = try Launching.launch(target, launch, recorder)
        defer {
            recorder.notePages(of: server)
            server.stop()
        }
        let control = try server.controlConnection()
        try Launching.requireEmpty(server, control, allowFlush: allowFlush)
        var readings = TraceReadings(server, recorder)
        var progress = TraceProgress(feed, limit, recorder.progress)
        progress.begin(target.label)
        var failure: ExperimentFailure?
        do throws(ExperimentFailure) {
            try recorder.phase("measure", target.label) { () throws(ExperimentFailure) in
                try drive(feed, server, &readings, &progress)
            }
        } catch {
            failure = error
        }
        recorder.progress.end()
        warn(about: feed.reader, target, recorder)
        if readings.sample.operations > 0 {
            readings.finish(name, conditions(feed))
        }
        if failure == nil, let damage = feed.failure {
            failure = ExperimentFailure(
                readings.sample.operations > 0 ? .invalid : .setUp, "\(damage)")
        }
        if let failure { throw failure }
        warn(ofItsEnd: feed, readings.sample, target, recorder)
        let incidents = Answers.incidents(
            of: readings.sample, target: target.label, workload: name)
        for incident in incidents { recorder.add(incident) }
        if let problem = Answers.problem(incidents, errorPolicy) {
            throw ExperimentFailure(.invalid, problem, isAfterAll: true)
        }
    }

    /// What a trace is not, as far as it was read.
    private func warn(about reader: TraceReader, _ target: Target, _ recorder: Recorder) {
        if let first = reader.firstDamage {
            recorder.warn(
                "\(reader.damagedCount) damaged records were left out; the first: \(first)",
                remedy: "fetch the trace again if they are many", target: target.label)
        }
        let others = reader.passedOver
        if !others.isEmpty {
            let names = others.prefix(10).map { "\($0.name) \($0.count)" }
            recorder.warn(
                "left out, as a replay sends commands on strings alone: "
                    + names.joined(separator: ", ")
                    + (others.count > names.count ? " and \(others.count - names.count) more" : ""),
                remedy: "judge no more than the rest by it", target: target.label)
        }
        if speed != nil && reader.backwardCount > 0 {
            let isOne = reader.backwardCount == 1
            recorder.warn(
                "\(reader.backwardCount) of \(reader.recordCount) records \(isOne ? "is" : "are") "
                    + "earlier than one before \(isOne ? "it" : "them"), by up to "
                    + "\(Self.seconds(reader.furthestBack)), and sent at once",
                remedy: "sort the trace by its times for their schedule", target: target.label)
        }
    }

    /// A trace that was over before the end that was asked for.
    private func warn(
        ofItsEnd feed: TraceFeed, _ sample: LoadSample, _ target: Target, _ recorder: Recorder
    ) {
        guard feed.isExhausted else { return }
        let reached: String
        switch limit {
        case nil: return
        case .requests(let asked):
            guard sample.operations < asked else { return }
            reached = "\(sample.operations) of the \(asked) requests"
        case .duration(let asked):
            // Milliseconds: the two ends are never the same moment.
            let end = Nanoseconds(sample.spanNanoseconds).whole(.milliseconds)
            guard end < Nanoseconds(asked).whole(.milliseconds) else { return }
            reached = "\(Self.seconds(sample.spanNanoseconds)) of the \(Self.seconds(asked))"
        }
        recorder.warn(
            "the trace ended after \(reached) asked for",
            remedy: "use a longer trace, or ask for less", target: target.label)
    }

    /// To a millisecond; below a tenth of a second to two digits.
    private static func seconds(_ nanoseconds: UInt64) -> String {
        let value = Nanoseconds(nanoseconds).seconds
        let text = value < 0.1 ? value.significant(2) : value.fixed(3)
        guard text.contains("."), !text.contains("e") else { return "\(text) s" }
        let digits = text.reversed().drop { $0 == "0" }.drop { $0 == "." }
        return "\(String(digits.reversed())) s"
    }

    /// How long one target will probably take, in s: what was asked for, where that is a time.
    public var expectedSeconds: Double? {
        guard case .duration(let nanoseconds) = limit else { return nil }
        return Nanoseconds(nanoseconds).seconds
    }

    /// What results are called: the file's name.
    var name: String { path.split(separator: "/").last.map { String($0) } ?? path }

    func openTrace() throws(ExperimentFailure) -> TraceFeed {
        let feed: TraceFeed
        do throws(TraceError) {
            let reader = try TraceReader(
                path, contents: contents, format: format, skipsDamaged: skipsDamaged)
            feed = TraceFeed(reader, speed: speed)
        } catch {
            throw ExperimentFailure(.setUp, "\(error)")
        }
        try ExperimentFailure.check(keySize: options.keySize, of: feed.reader)
        return feed
    }

    private func drive(
        _ feed: TraceFeed, _ server: RunningServer, _ readings: inout TraceReadings,
        _ progress: inout TraceProgress
    ) throws(ExperimentFailure) {
        var settings = LoadOptions(for: server)
        settings.connections = connections
        settings.pipeline = pipeline
        settings.errorPolicy = errorPolicy
        var options = options
        options.seed = readings.seed
        do throws(LoadFailure) {
            let load = try SessionLoad(to: server.endpoint.address, settings) {
                TraceSource(feed, options, $0)
            }
            readings.begin()
            // Without a limit the trace's end is the end: more requests than any trace has.
            readings.sample = try load.run(
                limit ?? .requests(1 << 60), pace: speed == nil ? nil : .ofSource
            ) {
                readings.step($0.operations)
                progress.show($0)
            }
        } catch {
            readings.sample = error.sample
            throw ExperimentFailure(error, server)
        }
        readings.step(readings.sample.operations)
    }

    private func conditions(_ feed: TraceFeed) -> Conditions {
        var conditions: Conditions = [
            "connections": .number(connections), "pipeline": .number(pipeline),
            "trace_format": .string(feed.reader.format.name),
            "set_on_miss": .bool(options.setsOnMiss ?? feed.reader.format.onlyLooksUp),
        ]
        if let speed { conditions["speed"] = .number(speed) }
        if !feed.reader.format.hasKeySizes {
            conditions["key_size"] = .number(options.keySize ?? TraceOptions.usualKeySize)
        }
        switch limit {
        case .requests(let count): conditions["requests"] = .number(Int(count))
        case .duration(let time): conditions["duration"] = .number(Nanoseconds(time).seconds)
        case nil: break
        }
        return conditions
    }
}

extension ExperimentFailure {
    /// Complains of a size of keys for a trace that has its own.
    static func check(keySize: Int?, of reader: TraceReader) throws(ExperimentFailure) {
        guard keySize != nil, reader.format.hasKeySizes else { return }
        throw ExperimentFailure(
            .usage,
            "--key-size has no effect: the trace has key sizes of its own "
                + "(\(reader.format.name)); leave it out")
    }
}

// What a cluster acknowledged and does not have: behind each test the keys that it wrote are read
// back, all of them or an even sample (WrittenKeys). After a failover some are gone, for a primary
// acknowledges a write before its replicas have it.
//
// Only keys count that were not there before: of others an older value cannot be told from the one
// that was written. So the run says so where it begins with keys.
//
// Non-goals: writes with a time to live, or beside others that remove keys.
import LinuxSystem
import LoadGenerator
import Quantities
import RunRecord
import Statistics
import Targets

public struct BenchReadBack: Sendable {
    /// Writes that were acknowledged, of whichever keys.
    public var acknowledged: UInt64
    /// Keys that were looked for, and those of them that were not there.
    public var read: UInt64
    public var missing: UInt64
    /// Keys of whose nodes no answer came.
    public var unread: UInt64
    /// Written keys that each of those stands for.
    public var weight: Double

    /// Keys that are lost, in all; nil where none could be read.
    public var lost: Double? { read > unread ? Double(missing) * weight : nil }

    /// `12 lost writes of 90,000 acknowledged: of 10,000 keys, one in 4 of those that were written,
    /// 3 are not there`
    public var text: String {
        let keys = Double(read - min(unread, read))
        var text = "\(lost?.grouped(0) ?? "n/a") lost writes of "
        text += "\(Double(acknowledged).grouped(0)) acknowledged: of \(keys.grouped(0)) keys"
        if weight > 1 { text += ", one in \(weight.grouped(0)) of those that were written" }
        text += ", \(Double(missing).grouped(0)) are not there"
        if unread > 0 { text += "; \(Double(unread).grouped(0)) could not be read" }
        return text
    }

    /// The metric, of tests that were read back.
    static func results(
        _ group: [BenchTestResult], target: String, workload: String, conditions: Conditions
    ) -> [RunRecord.Result] {
        guard group.contains(where: { $0.readBack != nil }) else { return [] }
        let samples = group.map { $0.readBack?.lost }
        guard let median = Descriptive.median(samples.compactMap(\.self)) else {
            return [
                .init(
                    .lostWrites, target: target, workload: workload, conditions: conditions,
                    unavailable: "none of the keys could be read back")
            ]
        }
        return [
            .init(
                .lostWrites, target: target, workload: workload, conditions: conditions,
                value: median, samples: group.count > 1 ? samples : [])
        ]
    }
}

extension BenchRun {
    /// Round trips would be most of the time of a read whose pipelines are shorter.
    private static let readBackPipeline = 16

    /// Says what reading back cannot see.
    func announceReadBack(
        _ control: ControlConnection, _ observer: inout some BenchObserver
    ) throws(ExperimentFailure) {
        guard options.readsBack else { return }
        let size: Int
        do throws(TargetError) {
            size = try control.databaseSize()
        } catch {
            throw failure(error)
        }
        guard size > 0 else { return }
        warn(
            "the database holds \(size) keys already, and of those a lost write cannot be told",
            "empty it first, or let --verify-writes write keys of its own (-r)", &observer)
    }

    /// Looks for the keys whose writing a burst was told of.
    mutating func readBack(_ outcome: inout BenchTestResult) {
        guard let written = outcome.sample.cluster?.written, var cluster = options.cluster,
            !written.keys.isEmpty, result.failure == nil
        else { return }
        // Replicas may be behind.
        cluster.reads = .no
        cluster.notesWrites = false
        var load = loadOptions()
        load.keepsConnections = true
        load.pipeline = max(options.pipeline, Self.readBackPipeline)
        load.errorPolicy = .ignore
        load.cluster = cluster
        let keys = Array(written.keys)
        var found = BenchReadBack(
            acknowledged: written.acknowledged, read: UInt64(keys.count), missing: 0,
            unread: UInt64(keys.count), weight: written.weight)
        do throws(LoadFailure) {
            let session = try SessionLoad(to: options.endpoint.address, load) {
                WrittenKeySource(keys, $0)
            }
            let sample = try session.run(.requests(UInt64(keys.count)))
            found.missing = sample.misses
            found.unread = sample.errors
        } catch {
            outcome.readBack = found
            if Interruption.requested {
                result.failure = error
            } else {
                doubts.add(
                    "lost writes were not looked for, for no key could be read back",
                    in: outcome.title, "\(error)", "see whether all slots are served")
            }
            return
        }
        outcome.readBack = found
        if found.missing > 0 {
            invalidate(
                outcome.title,
                "\(outcome.title): the cluster does not have writes that it acknowledged: "
                    + found.text,
                "see which primary was lost, or what was evicted, and WAIT or "
                    + "min-replicas-to-write")
        } else if found.unread > 0 {
            doubts.add(
                "written keys could not be read back", in: outcome.title, found.text,
                "see whether all slots are served")
        }
    }

    /// Says that nothing was read back behind what ended the run early, or behind no writes.
    func judgeReadBack(_ observer: inout some BenchObserver) {
        guard options.readsBack else { return }
        let isReadBack = result.tests.contains { $0.readBack != nil }
        let reason: String
        if let failure = result.failure {
            reason = "\(failure)"
        } else if isReadBack {
            return
        } else if let first = result.invalid.first {
            reason = first.cause
        } else {
            reason = "no write was acknowledged"
        }
        let place = isReadBack ? " behind the last test" : ""
        warn(
            "lost writes were not looked for\(place): \(reason)",
            "mend what ended the run, and measure again", &observer)
    }
}

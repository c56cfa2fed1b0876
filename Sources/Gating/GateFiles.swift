// The files that a gate reads: policies, acceptances, stored baselines, recorded gates and rounds,
// and this runner's certificate.
//
// What cannot be read is a failure of kind `.incomparable` for a baseline and `.setUp` for all
// others: exit 5 and 1.
import Experiments
import Foundation
import Gate
import RunRecord
import ShippedFiles
import StrictYAML
import Workloads

public enum GateFiles {
    /// `2026-11-21`, UTC: by it acceptances expire.
    public static var today: String { String(Date().formatted(.iso8601).prefix(10)) }

    /// The policy of a name or a path.
    public static func policy(
        _ nameOrPath: String, in search: SearchPath
    ) throws(ExperimentFailure) -> Policy {
        do throws(FileProblems) {
            let (bytes, title) = try search.yaml(nameOrPath, .policy)
            return try Policy(yaml: bytes, file: title)
        } catch {
            throw ExperimentFailure(.setUp, "\(error)")
        }
    }

    /// Those of a file; none where it is not there.
    public static func acceptances(at path: String) throws(ExperimentFailure) -> [Acceptance] {
        guard access(path, F_OK) == 0 else { return [] }
        do throws(FileProblems) {
            let bytes = try readYAML(path, remedy: "make it readable")
            return try AcceptanceFile.read(bytes, file: path)
        } catch {
            throw ExperimentFailure(.setUp, "\(error)")
        }
    }

    /// A recorded gate, judged again: by its own policy where none is given.
    public static func judged(
        _ path: String, policy: Policy?
    ) throws(ExperimentFailure) -> RunRecord {
        do {
            let data = try RunRecord.contents(of: path, remedy: "give the run.json of a gate")
            var record = try RunRecord(json: data, name: path)
            record.verdict = try Gate.judge(record, name: path, policy: policy)
            return record
        } catch {
            throw ExperimentFailure(.setUp, "\(error)")
        }
    }

    /// The record of a stored baseline.
    public static func stored(_ path: String) throws(ExperimentFailure) -> RunRecord {
        do throws(RunRecordError) {
            let remedy = "store one with `hashmark gate --save-baseline`"
            guard access(path, F_OK) == 0 else {
                throw RunRecordError(cause: "there is no baseline \(path)", remedy: remedy)
            }
            let data = try RunRecord.contents(of: path, remedy: remedy)
            return try StoredBaseline(json: data, name: path).record
        } catch {
            throw ExperimentFailure(.incomparable, "\(error)")
        }
    }

    /// By the certificate of this runner for that target and policy, else the usual one.
    /// - Parameters:
    ///   - target: the baseline's spelling.
    ///   - path: the certificate's.
    public static func forecast(
        _ policy: Policy, target: String?, certificate path: String
    ) -> Forecast {
        guard let data = try? RunRecord.contents(of: path),
            let certificate = try? Certificate(json: data, name: path),
            certificate.holds(on: .current(), target: target ?? "", policy: policy)
        else { return .usual(policy, target: target) }
        return certificate.forecast(policy)
    }

    /// Recorded rounds of one or several files, in one pool: of a self-test (`--save-rounds`), or
    /// the record of a gate whose two servers were the same.
    public static func pool(_ paths: [String]) throws(ExperimentFailure) -> RoundPool {
        do {
            var joined: RoundPool?
            for path in paths {
                let data = try RunRecord.contents(of: path)
                let record = try? RunRecord(json: data, name: path)
                let pool =
                    try record.map { try RoundPool(ofGate: $0, name: path) }
                    ?? RoundPool(json: data, name: path)
                guard pool.targets.first == SelfTest.baselineLabel,
                    Set(pool.targets).isSuperset(of: RoundPool.labels)
                else {
                    throw RunRecordError(
                        cause: "\(path) has no rounds of "
                            + RoundPool.labels.joined(separator: ", ") + " in this order",
                        remedy: "record rounds again with `hashmark gate selftest --save-rounds`")
                }
                guard joined?.append(pool) != false else {
                    throw RunRecordError(
                        cause: "\(path) has rounds of other targets, or of another machine",
                        remedy: "evaluate it by itself")
                }
                joined = joined ?? pool
            }
            guard let joined else {
                throw RunRecordError(cause: "there are no rounds", remedy: "give their file")
            }
            return joined
        } catch {
            throw ExperimentFailure(.setUp, "\(error)")
        }
    }
}

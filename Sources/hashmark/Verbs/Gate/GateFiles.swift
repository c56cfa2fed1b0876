// The files that a gate reads, with the exit code for each that is bad: 1 for a policy or an
// acceptance, 5 for a baseline.
import ArgumentParser
import Experiments
import Foundation
import Gate
import RunRecord
import StrictYAML
import Workloads

enum GateFiles {
    /// `2026-11-21`, UTC: by it acceptances expire.
    static var today: String { String(Date().formatted(.iso8601).prefix(10)) }

    static let acceptancesPath = "Reports/acceptances.yaml"
    static let certificatePath = "Reports/selftest.json"

    /// The policy of a name or a path; the built-in one where Workloads/policies/ is not there.
    static func policy(_ nameOrPath: String, home: String) throws -> Policy {
        let path = Workload.locate(nameOrPath, home: home, folder: "Workloads/policies")
        if nameOrPath == "default", access(path, F_OK) != 0 { return Policy() }
        do throws(FileProblems) {
            return try Policy(file: path)
        } catch {
            MeasuringOptions.complain("\(error)")
            throw ExitCode.error
        }
    }

    static func acceptances(home: String) throws -> [Acceptance] {
        let path = "\(home)/\(acceptancesPath)"
        guard access(path, F_OK) == 0 else { return [] }
        do throws(FileProblems) {
            let bytes = try readYAML(path, remedy: "make it readable")
            return try AcceptanceFile.read(bytes, file: acceptancesPath)
        } catch {
            MeasuringOptions.complain("\(error)")
            throw ExitCode.error
        }
    }

    /// A recorded gate, judged again.
    static func judged(_ path: String, policy: Policy?) throws -> RunRecord {
        do {
            let data = try RunRecord.contents(of: path, remedy: "give the run.json of a gate")
            var record = try RunRecord(json: data, name: path)
            record.verdict = try Gate.judge(record, name: path, policy: policy)
            return record
        } catch {
            MeasuringOptions.complain("\(error)")
            throw ExitCode.error
        }
    }

    static func stored(_ path: String) throws -> RunRecord {
        do {
            let remedy = "store one with `hashmark gate --save-baseline`"
            guard access(path, F_OK) == 0 else {
                throw RunRecordError(cause: "there is no baseline \(path)", remedy: remedy)
            }
            let data = try RunRecord.contents(of: path, remedy: remedy)
            return try StoredBaseline(json: data, name: path).record
        } catch {
            MeasuringOptions.complain("\(error)")
            throw ExitCode.incomparable
        }
    }

    /// By the certificate of this runner for that target and policy, else the usual one.
    static func forecast(_ policy: Policy, target: String?, home: String) -> Forecast {
        guard let data = try? RunRecord.contents(of: "\(home)/\(certificatePath)"),
            let certificate = try? Certificate(json: data, name: certificatePath),
            certificate.holds(on: .current(), target: target ?? "", policy: policy)
        else { return .usual(policy, target: target) }
        return certificate.forecast(policy)
    }
}

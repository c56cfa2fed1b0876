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

    static func stored(_ path: String) throws -> RunRecord {
        do {
            guard let data = FileManager.default.contents(atPath: path) else {
                throw RunRecordError(
                    cause: "there is no baseline \(path)",
                    remedy: "store one with `hashmark gate --save-baseline`")
            }
            return try StoredBaseline(json: data, name: path).record
        } catch {
            MeasuringOptions.complain("\(error)")
            throw ExitCode.incomparable
        }
    }

    /// By the certificate of this runner, else the usual one.
    static func forecast(home: String) throws -> Forecast {
        guard let data = FileManager.default.contents(atPath: "\(home)/\(certificatePath)"),
            let certificate = try? Certificate(json: data, name: certificatePath),
            certificate.holds(on: .current())
        else { return .usual }
        return certificate.forecast
    }
}

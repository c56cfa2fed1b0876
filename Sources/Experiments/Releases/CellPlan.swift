// A sweep for a fleet: its releases as numbered cells, each of which any machine can run alone.
//
//     sweep … --plan   ─►  FOLDER/cells.json          what every cell needs, commits by hash
//     sweep --cell 1   ─►  FOLDER/node-….json         this machine's reference, once
//                          FOLDER/LABEL-PLAN.json     the cell's record
//     sweep --collect  ─►  the history                as a sweep on one machine writes it
//
// The folder is one that all machines see, or copies of one whose files are gathered. Records have
// the names that a sweep gives them, and appear in one step: a cell that was killed has left
// nothing, and one that is run twice finds what there is.
import Foundation
import RunRecord
import Targets

public struct CellPlan: Codable, Equatable, Sendable {
    public static let schema = "hashmark.cells/1"

    /// A release whose commit is fixed.
    public struct Build: Codable, Equatable, Sendable {
        public var label: String
        /// A commit's hash; nil of a folder of sources.
        public var commit: String?
        /// An absolute path.
        public var folder: String?

        public var release: Release {
            Release(
                label: label, source: folder.map { .folder($0) } ?? .ref(commit ?? label))
        }
    }

    public var schema = CellPlan.schema
    public var seed: UInt64
    /// An absolute path, the same on every machine.
    public var repository: String
    public var make: String
    public var server: String?
    /// `NAME=VALUE|VALUE`.
    public var variables: [String]
    /// As the suite names them, and the hashes of their files.
    public var workloads: [String]
    public var workloadHashes: [String]
    public var entries: UInt64?
    public var rounds: Int
    public var simulated: Bool
    public var memory: Bool
    public var reference: Build
    /// Cell 1 first.
    public var cells: [Build]

    private enum CodingKeys: String, CodingKey {
        case schema, seed, repository, make, server, variables, workloads, entries, rounds
        case simulated, memory, reference, cells
        case workloadHashes = "workload_hashes"
    }

    /// - Parameters:
    ///   - workloads: as they are named.
    ///   - entries: keys per workload, instead of their own number.
    /// - Throws: where a commit is not found.
    public init(
        _ sweep: Sweep, workloads: [String], entries: UInt64?
    ) throws(TargetError) {
        seed = sweep.seed
        repository = Self.absolute(sweep.request.repository)
        make = sweep.request.make
        server = sweep.request.server
        variables = sweep.variables.map { "\($0.name)=\($0.values.joined(separator: "|"))" }
        self.workloads = workloads
        workloadHashes = sweep.workloads.map(\.workload.contentHash)
        self.entries = entries
        rounds = sweep.rounds
        simulated = sweep.simulated
        memory = sweep.memory
        reference = try Self.pinned(sweep.reference, sweep)
        cells = []
        for release in sweep.releases { cells.append(try Self.pinned(release, sweep)) }
    }

    private static func pinned(
        _ release: Release, _ sweep: Sweep
    ) throws(TargetError) -> Build {
        if case .folder(let path) = release.source {
            return Build(label: release.label, commit: nil, folder: absolute(path))
        }
        var request = sweep.request
        request.source = release.source
        return Build(
            label: release.label, commit: try sweep.cache.identity(request), folder: nil)
    }

    private static func absolute(_ path: String) -> String {
        URL(filePath: path).standardizedFileURL.path
    }

    // MARK: its file

    /// Where the plan of a sweep lies, from the folder of its records.
    public static func path(in folder: String) -> String { "\(folder)/cells.json" }

    /// Writes the plan into the folder of the records (``path(in:)``).
    /// - Throws: where the file cannot be written.
    public func write(to folder: String) throws(RunRecordError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else {
            throw RunRecordError(
                cause: "the plan cannot be written as JSON", remedy: "name releases in UTF-8")
        }
        try AtomicFile.write(data + [UInt8(ascii: "\n")], to: Self.path(in: folder))
    }

    /// The plan that lies in a folder.
    /// - Throws: where there is none, or it is damaged or of another version.
    public static func read(from folder: String) throws(RunRecordError) -> CellPlan {
        let path = path(in: folder)
        let data = try RunRecord.contents(
            of: path, remedy: "write it with `hashmark sweep … --plan --out \(folder)`")
        guard let plan = try? JSONDecoder().decode(CellPlan.self, from: data),
            plan.schema == schema, !plan.cells.isEmpty
        else {
            throw RunRecordError(
                cause: "\(path) is no plan of the schema \(schema)",
                remedy: "write it anew with `hashmark sweep … --plan`")
        }
        return plan
    }
}

// One cell of a sweep, and all of them gathered (CellPlan).
import Foundation
import LinuxSystem
import Progress
import RunRecord
import Targets

extension Sweep {
    /// Runs one release alone; before that, where this machine has none, its reference.
    /// - Parameter number: of the release, from 1.
    /// - Returns: at once what was measured before.
    public func run(
        cell number: Int, _ progress: ProgressBar, told: (String) -> Void
    ) throws(ExperimentFailure) -> Outcome {
        let release = releases[number - 1]
        let path = path(of: release, try referenceIdentity())
        if let record = earlier(path) {
            told("cell \(number), \(release.label), was measured before: \(path)")
            return Outcome(
                release: release, record: record, file: path, isOld: true, hole: nil)
        }
        let reference = try builtReference(told)
        defer { reference.tree.release() }
        try measureNode(reference, progress, told)
        progress.begin(release.label, Self.share...1)
        defer { progress.end() }
        return try measured(release, at: path, beside: reference.target, progress, told)
    }

    /// The part of a cell's time that the reference takes, where it has to be measured.
    private static let share = 0.3

    /// What cells have left in the folder.
    public struct Cells {
        /// In the order of the releases.
        public var outcomes: [Outcome] = []
        /// Numbers of cells without a record.
        public var missing: [Int] = []
        /// Cells whose record cannot be used: why, with the file's name.
        public var damaged: [(cell: Int, reason: String)] = []
        /// Of the machines that the records are from.
        public var nodes: [NodeReference] = []
    }

    /// What the folder of the records holds of this sweep's cells.
    /// - Throws: where the reference cannot be told, or records cannot be put together.
    public func collected() throws(ExperimentFailure) -> Cells {
        var found = Cells()
        let reference = try referenceIdentity()
        for (index, release) in releases.enumerated() {
            let file = path(of: release, reference)
            guard FileManager.default.fileExists(atPath: file) else {
                found.missing.append(index + 1)
                continue
            }
            let record: RunRecord
            do throws(RunRecordError) {
                record = try RunRecord.read(file)
            } catch {
                let hasName = error.cause.contains(file)
                found.damaged.append(
                    (index + 1, hasName ? error.cause : "\(file): \(error.cause)"))
                continue
            }
            guard !record.partial else {
                let reason = record.warnings.last?.cause ?? "it was not measured to the end"
                found.damaged.append((index + 1, "\(file) is incomplete: \(reason)"))
                continue
            }
            let hole = record.results.isEmpty ? record.warnings.first?.cause ?? "no result" : nil
            found.outcomes.append(
                Outcome(release: release, record: record, file: file, isOld: true, hole: hole))
        }
        let machines = Set(
            found.outcomes.filter { $0.hole == nil }.map { Self.node(of: $0.record) })
        for node in machines.sorted() {
            let file = nodePath(node, reference)
            guard FileManager.default.fileExists(atPath: file) else {
                throw ExperimentFailure(
                    .incomparable,
                    "there is no reference of node \(node) in \(folder), so nobody knows whether "
                        + "it is like the others; gather its node-… file too")
            }
            do throws(RunRecordError) {
                found.nodes.append(NodeReference(node: node, record: try RunRecord.read(file)))
            } catch {
                throw ExperimentFailure(
                    .incomparable,
                    "the reference of node \(node) is damaged: \(error.cause); gather its file "
                        + "again, or remove it and run a cell there")
            }
        }
        return found
    }

    private func referenceIdentity() throws(ExperimentFailure) -> String {
        var request = self.request
        request.source = reference.source
        do throws(TargetError) {
            return try cache.identity(request)
        } catch {
            throw ExperimentFailure(.setUp, "the reference: \(error)")
        }
    }

    private static func node(of record: RunRecord) -> String {
        record.environment.hostnameHash ?? "unknown"
    }

    private func nodePath(_ node: String, _ reference: String) -> String {
        "\(folder)/node-\(node)-\(referenceDigest(reference)).json"
    }

    /// The reference beside itself, in timed rounds: what this machine makes of it.
    private func measureNode(
        _ reference: (target: Target, tree: BuiltTree), _ progress: ProgressBar,
        _ told: (String) -> Void
    ) throws(ExperimentFailure) {
        let recorder = Recorder(arguments: arguments, seed: seed, progress: progress)
        let path = nodePath(Self.node(of: recorder.record), reference.tree.identity)
        guard earlier(path) == nil else { return }
        told("measuring this node's reference")
        progress.begin("reference", 0...Self.share)
        defer { progress.end() }
        var timed = self
        timed.simulated = false
        timed.memory = false
        let again: (target: Target, tree: BuiltTree)
        do throws(TargetError) {
            again = try build(self.reference, [], label: "again", told)
        } catch {
            throw ExperimentFailure(.setUp, "the reference: \(error)")
        }
        defer { again.tree.release() }
        if let hole = try timed.measure([reference.target, again.target], recorder) {
            throw ExperimentFailure(.invalid, "the reference of this node: \(hole)")
        }
        recorder.finish(partial: false)
        do throws(RunRecordError) {
            try recorder.record.write(to: path)
        } catch {
            throw ExperimentFailure(.invalid, "\(error)")
        }
    }
}

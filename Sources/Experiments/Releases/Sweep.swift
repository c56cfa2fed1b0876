// Every release of a history under one load, one record for each:
//
//     for each release    build it in every variant    rounds beside the reference build
//                         bytes per entry, simulated counts of each by itself
//                         FOLDER/LABEL-PLAN.json, a line of the history
//
// Timed readings of different days do not compare; those of one round do. So a build that is the
// same in all records, the reference, takes part in each: what is told of a release is how far it
// is from that.
//
// A record's name holds a hash of all that it depends on. A sweep that is begun again finds the
// records that are there and goes on behind them; another load, build line or commit has other
// names. What does not build or run is a hole: a record without results whose warning says why; it
// is tried again by the next sweep.
//
// Disk: the builds of a release may go once it is measured, the reference's stays.
import Foundation
import LinuxSystem
import Progress
import RunRecord
import StrictYAML
import Targets
import Workloads

public struct Sweep {
    public let releases: [Release]
    /// The one that stands beside all others.
    public let reference: Release
    /// What all are built with, but for the source and the variables.
    public let request: BuildRequest
    public let variables: [BuildVariable]
    public let cache: BuildCache
    public let workloads: [CompiledWorkload]
    public var rounds = Suite.defaultRounds
    public var simulated = true
    public var memory = true
    /// Where the records lie.
    public let folder: String
    /// The command line, for the records.
    public var arguments: [String] = []
    public var seed: UInt64 = 0

    public static let referenceLabel = "reference"
    private static let releaseLabel = "release"

    public init(
        _ releases: [Release], reference: Release, _ request: BuildRequest,
        _ variables: [BuildVariable], _ cache: BuildCache, _ workloads: [CompiledWorkload],
        folder: String
    ) {
        self.releases = releases
        self.reference = reference
        self.request = request
        self.variables = variables
        self.cache = cache
        self.workloads = workloads
        self.folder = folder
    }

    /// What came of one release.
    public struct Outcome {
        public let release: Release
        public let record: RunRecord
        /// Where the record is.
        public let file: String
        /// Whether the record was there already.
        public let isOld: Bool
        /// Why there is nothing of it, or not all; nil where it is whole.
        public let hole: String?
    }

    private var variants: [[String]] { BuildVariable.combinations(variables) }

    /// How long one release will probably take once it is built, in s.
    private func seconds(_ targets: [Target]) -> Double {
        workloads.reduce(0) {
            $0 + InterleavedRounds(targets, $1, plan).totalSeconds(countsMisses: simulated)
        }
    }

    private var plan: RoundPlan {
        var plan = RoundPlan()
        plan.rounds = rounds
        plan.readsMemory = memory
        plan.seed = seed
        return plan
    }

    /// - Parameters:
    ///   - told: what goes on, for people.
    ///   - done: called with each release's outcome as soon as it is there; what it throws ends the
    ///     sweep.
    public func run(
        _ progress: ProgressBar, told: (String) -> Void,
        done: (Outcome) throws(ExperimentFailure) -> Void
    ) throws(ExperimentFailure) {
        let reference = try builtReference(told)
        defer { reference.tree.release() }
        var isForecast = false
        for (index, release) in releases.enumerated() {
            let path = path(of: release, reference.tree.identity)
            if let record = earlier(path) {
                told("\(release.label) was measured before: \(path)")
                try done(
                    Outcome(release: release, record: record, file: path, isOld: true, hole: nil))
                continue
            }
            progress.begin(release.label, Course.part(index, of: releases.count))
            defer { progress.end() }
            let outcome = try measured(
                release, at: path, beside: reference.target, progress, told,
                built: { targets in
                    if !isForecast { tellForecast(targets, left: releases.count - index, told) }
                    isForecast = true
                })
            try done(outcome)
        }
    }

    func builtReference(
        _ told: (String) -> Void
    ) throws(ExperimentFailure) -> (target: Target, tree: BuiltTree) {
        do throws(TargetError) {
            return try build(reference, [], label: Self.referenceLabel, told)
        } catch {
            throw ExperimentFailure(.setUp, "the reference: \(error)")
        }
    }

    /// Builds one release in every variant, measures it and writes its record.
    /// - Parameter built: hears of the servers, before they are measured.
    func measured(
        _ release: Release, at path: String, beside reference: Target, _ progress: ProgressBar,
        _ told: (String) -> Void, built: ([Target]) -> Void = { _ in }
    ) throws(ExperimentFailure) -> Outcome {
        let recorder = Recorder(arguments: arguments, seed: seed, progress: progress)
        var trees: [BuiltTree] = []
        defer { for tree in trees { tree.release() } }
        var targets = [reference]
        var hole = try buildVariants(of: release, &targets, &trees, recorder, told)
        if targets.count > 1 {
            built(targets)
            hole = try measure(targets, recorder)
        }
        recorder.finish(partial: hole != nil && targets.count > 1)
        var record = recorder.record
        record.label = release.label
        do throws(RunRecordError) {
            try record.write(to: path)
        } catch {
            throw ExperimentFailure(.invalid, "\(error)")
        }
        return Outcome(release: release, record: record, file: path, isOld: false, hole: hole)
    }

    private func tellForecast(_ targets: [Target], left: Int, _ told: (String) -> Void) {
        let time = ProgressText.duration(seconds(targets) * Double(left))
        told("\(left) release\(left == 1 ? "" : "s") to measure: about \(time), and the builds")
    }

    /// Adds the release's servers; what does not build is a warning.
    /// - Returns: why the last one that does not build does not.
    private func buildVariants(
        of release: Release, _ targets: inout [Target], _ trees: inout [BuiltTree],
        _ recorder: Recorder, _ told: (String) -> Void
    ) throws(ExperimentFailure) -> String? {
        var hole: String?
        for variant in variants {
            let label = variant.isEmpty ? Self.releaseLabel : variant.joined(separator: ",")
            do throws(TargetError) {
                let built = try build(release, variant, label: label, told)
                targets.append(built.target)
                trees.append(built.tree)
            } catch {
                if Interruption.requested { throw ExperimentFailure(.interrupted, "interrupted") }
                hole = "\(error)"
                recorder.warn(
                    "\(release.label) (\(label)) is left out: \(error)",
                    remedy: "correct the build line, or leave the release out")
            }
        }
        return hole
    }

    /// - Returns: why it was not measured to the end; nil where it was.
    func measure(
        _ targets: [Target], _ recorder: Recorder
    ) throws(ExperimentFailure) -> String? {
        do throws(ExperimentFailure) {
            for workload in workloads {
                let able = try CommandSupport.targets(targets, that: workload, recorder)
                guard able.count > 1 else { continue }
                var rounds = InterleavedRounds(able, workload, plan)
                try rounds.run(recorder, countsMisses: simulated)
            }
            return nil
        } catch {
            if Interruption.requested || error.kind == .usage { throw error }
            recorder.warn(
                "it was not measured to the end: \(error)",
                remedy: "look into that server, or leave the release out")
            return "\(error)"
        }
    }

    /// The record of an earlier sweep, unless it is a hole.
    func earlier(_ path: String) -> RunRecord? {
        guard let record = try? RunRecord.read(path), !record.partial, !record.results.isEmpty
        else { return nil }
        return record
    }

    func build(
        _ release: Release, _ variant: [String], label: String, _ told: (String) -> Void
    ) throws(TargetError) -> (target: Target, tree: BuiltTree) {
        var request = self.request
        request.source = release.source
        request.variables = variant
        let tree = try cache.tree(request, told: told)
        do throws(TargetError) {
            return (try Target(request, tree, label: label), tree)
        } catch {
            tree.release()
            throw error
        }
    }

    /// `FOLDER/LABEL-PLAN.json`.
    /// - Parameter reference: the identity of its tree.
    func path(of release: Release, _ reference: String) -> String {
        var request = self.request
        request.source = release.source
        // What cannot be found is a hole under its label.
        let identity = (try? cache.identity(request)) ?? release.label
        var texts = [identity, reference] + measuring
        for variant in variants { texts += variant + [""] }
        let name = release.label.map { "/ ".contains($0) ? "_" : String($0) }.joined()
        return "\(folder)/\(name)-\(digest(texts + loads)).json"
    }

    /// What a node's reference depends on.
    /// - Parameter reference: the identity of its tree.
    func referenceDigest(_ reference: String) -> String {
        digest([reference] + measuring + loads)
    }

    private var measuring: [String] {
        [request.make, request.server ?? "", "\(rounds)", "\(simulated)", "\(memory)"]
    }

    private var loads: [String] {
        workloads.flatMap { workload in
            let hash = workload.workload.contentHash
            return [workload.workload.name, hash, "\(workload.populatedKeys)"]
        }
    }

    private func digest(_ texts: [String]) -> String {
        var digest = StreamDigest()
        for text in texts { digest.add(Array(text.utf8) + [0]) }
        return "\(digest)"
    }
}

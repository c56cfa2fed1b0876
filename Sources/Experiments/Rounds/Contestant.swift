// A target that is alive in a round: its server, the load of the cell that runs, and what that has
// cost so far.
//
//     open cell ─ warm up ─ begin ─ slice, pause, slice, pause … ─ end ─ sampled slices ─ close
//                           └─ CPU time of the whole family counts from here to there ─┘
//
// CPU time is read at both ends of the cell and not around slices: what a server does in the
// pauses, while others have their turn, is work that its load has caused. All servers of a cell
// have equal pauses, so what an idle server does by itself is the same on each.
import LoadGenerator
import Profiling
import RunRecord
import Targets
import Workloads

final class Contestant {
    let target: Target
    let server: any MeasuredServer
    /// Position in the launch order.
    let order: Int
    /// Nil where the server's process is not on this machine.
    private(set) var family: (any FamilyAccounts)?
    /// Requests of all cells, and of their warm-ups.
    private(set) var operations = 0
    private var warmUps = 0
    /// Those of sampled slices.
    private var sampledOperations = 0
    /// The server's own count of bytes once it was warm, and all requests before that.
    private var mark: (bytes: Int, requests: Int)?

    // of the cell that runs
    private var load: (any Load)?
    /// Of the load that was closed last.
    private var closedHosts: [HostBurst] = []
    private(set) var slices: [RunRecord.Slice] = []
    private(set) var totals = RunRecord.Totals(ops: 0, nanoseconds: 0)
    /// Everything of the measured slices together.
    private(set) var total = LoadSample(commands: [])
    /// Of slices on a schedule, those from which the machine took next to nothing: what it took
    /// would stand in the percentiles as the server's.
    private(set) var undisturbed = LoadSample(commands: [])
    private var cpuBefore: UInt64?
    /// Of the measured slices; nil: they are not sampled.
    private var sampler: (any StackSampler)?
    private var window = StackProfile.Round.empty

    /// The share of a slice that the machine may take before its latencies say more about the
    /// machine: half of what a p99 sees. Timer interrupts are a tenth of it.
    private static let disturbance = 0.005

    init(_ server: any MeasuredServer, order: Int) {
        target = server.target
        self.server = server
        self.order = order
        family = server.family()
    }

    /// Connects for a cell.
    func open(
        _ cell: RoundCell, _ plan: RoundPlan, seed: UInt64
    ) throws(ExperimentFailure) {
        closedHosts = []
        load = try server.load(cell, plan, seed: seed)
    }

    func warmUp(_ limit: BurstLimit) throws(ExperimentFailure) {
        guard let load else { preconditionFailure("no cell is open") }
        do throws(LoadFailure) {
            warmUps += Int(clamping: try load.warmUp(limit))
        } catch {
            throw ExperimentFailure(error, server)
        }
    }

    /// Begins the cell's account.
    func begin() {
        guard let load else { preconditionFailure("no cell is open") }
        slices = []
        totals = RunRecord.Totals(ops: 0, nanoseconds: 0)
        total = LoadSample(commands: load.commands)
        undisturbed = total
        cpuBefore = family?.cpuNanoseconds()
    }

    /// Load for one slice.
    /// - Parameter all: of every server that is alive in the round.
    func slice(
        _ limit: BurstLimit, pace: Pace? = nil, _ machine: MachineShare,
        among all: [any FamilyAccounts], _ recorder: Recorder
    ) throws(ExperimentFailure) {
        guard let load else { preconditionFailure("no cell is open") }
        sampler?.start()
        let before = family.map { machine.mark($0, among: all) }
        let account = SliceAccount(server, machine.host)
        let sample: LoadSample
        do throws(LoadFailure) {
            sample = try load.run(limit, pace: pace)
        } catch {
            _ = sampler?.stop(operations: nil)
            throw ExperimentFailure(error, server)
        }
        var slice = account.slice(of: sample, recorder)
        if let sampler { window.add(sampler.stop(operations: sample.operations)) }
        total.merge(sample)
        let duration = Int(sample.durationNanoseconds)
        var taken = 0
        if let family, let before {
            taken = machine.nanoseconds(
                from: before, to: machine.mark(family, among: all), of: duration,
                overslept: Int(clamping: sample.pacing?.oversleptNanoseconds ?? 0))
        }
        slice.machineNanoseconds = family == nil ? nil : taken
        slices.append(slice)
        totals.add(sample, machine: taken)
        if pace != nil, Double(taken) <= Self.disturbance * Double(duration) {
            undisturbed.merge(sample)
        }
    }

    /// Samples the slices of this cell, which are measured all the same.
    func sampleSlices(_ sampler: any StackSampler) {
        self.sampler = sampler
        window = .empty
    }

    /// What they were sampled to; nil where they were not. Later ones are not sampled.
    func takeProfile(workload: String) -> StackProfile? {
        guard let sampler else { return nil }
        self.sampler = nil
        return sampler.profile(target: target.label, workload: workload, rounds: [window])
    }

    /// Whether fewer than `requests` were answered in slices that the machine left alone.
    func isDisturbed(_ requests: Double) -> Bool { Double(undisturbed.operations) < requests }

    /// Load for one slice while its stacks are sampled: no part of the cell's account.
    /// - Returns: the window of the sampler that the slice was.
    func sampledSlice(
        _ limit: BurstLimit, _ sampler: any StackSampler
    ) throws(ExperimentFailure) -> StackProfile.Round {
        guard let load else { preconditionFailure("no cell is open") }
        sampler.start()
        do throws(LoadFailure) {
            let sample = try load.run(limit)
            let window = sampler.stop(operations: sample.operations)
            // Its answers count as all others do.
            total.merge(sample)
            sampledOperations += Int(clamping: sample.operations)
            return window
        } catch {
            _ = sampler.stop(operations: nil)
            throw ExperimentFailure(error, server)
        }
    }

    /// Ends the cell's account; its connections stay open.
    func end() {
        if let before = cpuBefore, let after = family?.cpuNanoseconds() {
            totals.serverCPUNanoseconds = Int(clamping: after - before)
        }
        operations += totals.ops
    }

    /// Closes the cell's connections.
    func close() {
        closedHosts = hosts
        load = nil
    }

    /// What each of several load hosts had of the cell.
    var hosts: [HostBurst] { load?.hosts ?? closedHosts }

    /// Reads the server's own count of bytes, 0 or more; nil where it does not tell.
    private func reportedBytes() -> Int? {
        (try? server.info("memory"))?["used_memory"].flatMap { Int($0) }
            .map { max($0, 0) }
    }

    /// Remembers how much memory it has now that it is filled and warm.
    func noteBytes() { mark = reportedBytes().map { ($0, requests) } }

    /// All that it was sent, whatever for.
    private var requests: Int { operations + warmUps + sampledOperations }

    /// Growth of its memory per request, those of warm-ups too, since ``noteBytes()``.
    func growthPerOperation() -> Double? {
        guard let mark, requests > mark.requests, let after = reportedBytes() else { return nil }
        return Double(after - mark.bytes) / Double(requests - mark.requests)
    }
}

extension RunRecord.Totals {
    /// Adds a slice.
    /// - Parameter machine: how much of it the machine took, in ns.
    mutating func add(_ sample: LoadSample, machine: Int) {
        ops += Int(clamping: sample.operations)
        nanoseconds += Int(clamping: sample.durationNanoseconds)
        machineNanoseconds += machine
        clientCPUNanoseconds = (clientCPUNanoseconds ?? 0) + Int(sample.clientCPUNanoseconds)
        count(sample, machine: machine)
    }

    /// Adds what a sample tells and its slices do not: stalls and what was answered.
    mutating func count(_ sample: LoadSample, machine: Int = 0) {
        stallNanoseconds += max(0, Int(clamping: sample.stalledNanoseconds) - machine)
        longestStallNanoseconds = max(
            longestStallNanoseconds, Int(clamping: sample.longestStallNanoseconds) - machine)
        errors += Int(clamping: sample.errors)
        wrongValues += Int(clamping: sample.answers.wrong)
        lostKeys += Int(clamping: sample.answers.lost)
    }
}

// What one burst of load came to: plain values, merged from the workers after they are done.
import Quantities
import Statistics
import Transport

public struct CommandSample: Sendable, Codable {
    public var label: CommandLabel
    /// Replies, errors included.
    public var operations: UInt64 = 0
    public var errors: UInt64 = 0
    /// Null replies.
    public var nulls: UInt64 = 0
    /// Of every single command: from the sending of its batch to the wake-up that read its reply.
    public var latency = LatencyHistogram()
    /// The same from the moment the schedule wanted the command sent; nil in a closed loop.
    public var intendedLatency: LatencyHistogram?

    public var misses: UInt64 { label.nullIsMiss ? nulls : 0 }
}

/// One kind of error reply.
public struct ErrorCount: Hashable, Sendable, Codable {
    /// The first word: ERR, WRONGTYPE, OOM, MOVED, …
    public var kind: String
    public var count: UInt64
    /// The first such reply, whole.
    public var firstText: String
}

public struct LoadSample: Sendable, Codable {
    /// Clock.monotonicNanoseconds of the first send and of the last reply.
    public var startNanoseconds: UInt64 = 0
    public var endNanoseconds: UInt64 = 0
    public var commands: [CommandSample]
    public var errorKinds: [ErrorCount] = []
    /// What the replies were, beside what they had to be.
    public var answers = AnswerTally()
    public var bytesSent: UInt64 = 0
    public var bytesReceived: UInt64 = 0
    /// Messages of RESP3 that answered no request: invalidations, where keys are tracked.
    public var pushes: UInt64 = 0
    /// What went over the sockets, where it was encrypted.
    public var encryptedTraffic: TLSTraffic?
    /// Handshakes of connections that were opened meanwhile, where they are encrypted.
    public var handshakes: HandshakeSample?
    /// CPU time of the workers' threads, user and system.
    public var clientCPUNanoseconds: UInt64 = 0
    /// Time those threads were ready but had to wait for a CPU; nil when not read.
    public var clientQueuedNanoseconds: UInt64?
    /// Of a closed loop: time in which replies were awaited and none came for longer than 5 ms, and
    /// the longest such time, of a cluster also of one of its nodes; merged, of whichever sample
    /// had most.
    public var stalledNanoseconds: UInt64 = 0
    public var longestStallNanoseconds: UInt64 = 0
    /// Threads that made the load.
    public var workers = 0
    /// Of an open loop.
    public var pacing: PacingSample?
    /// Of a load on a cluster.
    public var cluster: ClusterSample?

    public init(commands: [CommandLabel]) {
        self.commands = commands.map { CommandSample(label: $0) }
    }

    public var durationNanoseconds: UInt64 {
        endNanoseconds > startNanoseconds ? endNanoseconds - startNanoseconds : 0
    }
    /// Replies, errors included.
    public var operations: UInt64 { commands.reduce(0) { $0 + $1.operations } }
    public var errors: UInt64 { commands.reduce(0) { $0 + $1.errors } }
    public var misses: UInt64 { commands.reduce(0) { $0 + $1.misses } }
    /// Share of the look-ups that found their key; nil without look-ups.
    public var hitRatio: Double? {
        let lookUps = commands.filter(\.label.nullIsMiss).reduce(0) { $0 + $1.operations }
        return lookUps > 0 ? 1 - Double(misses) / Double(lookUps) : nil
    }
    /// What rates are over: the burst, or the schedule where that is longer, for the gap behind the
    /// last request belongs to it.
    public var spanNanoseconds: UInt64 {
        max(durationNanoseconds, pacing?.scheduleNanoseconds ?? 0)
    }
    public var operationsPerSecond: Double {
        spanNanoseconds > 0
            ? Double(operations) * Nanoseconds.perSecond / Double(spanNanoseconds) : 0
    }

    /// The latencies of all commands together. - Complexity: O(buckets)
    public var latency: LatencyHistogram {
        guard var all = commands.first?.latency else { return LatencyHistogram() }
        for command in commands.dropFirst() { all.merge(command.latency) }
        return all
    }

    /// The latencies from the intended moments, of all commands together; nil in a closed loop.
    public var intendedLatency: LatencyHistogram? {
        guard var all = commands.first?.intendedLatency else { return nil }
        for command in commands.dropFirst() {
            if let more = command.intendedLatency { all.merge(more) }
        }
        return all
    }

    /// Share of the workers' wall time in which they computed or were in the kernel.
    public var clientShare: Double? { share(clientCPUNanoseconds) }
    /// Share in which they were ready to run and did not.
    public var queuedShare: Double? { clientQueuedNanoseconds.flatMap { share($0) } }

    private func share(_ nanoseconds: UInt64) -> Double? {
        let whole = durationNanoseconds * UInt64(workers)
        return whole > 0 ? min(1, Double(nanoseconds) / Double(whole)) : nil
    }

    /// Adds a sample of the same commands; the time span becomes the one that covers both.
    public mutating func merge(_ other: LoadSample) {
        if startNanoseconds == 0 || other.startNanoseconds < startNanoseconds {
            startNanoseconds = other.startNanoseconds
        }
        endNanoseconds = max(endNanoseconds, other.endNanoseconds)
        for index in commands.indices {
            commands[index].operations += other.commands[index].operations
            commands[index].errors += other.commands[index].errors
            commands[index].nulls += other.commands[index].nulls
            commands[index].latency.merge(other.commands[index].latency)
            if let more = other.commands[index].intendedLatency {
                if commands[index].intendedLatency == nil {
                    commands[index].intendedLatency = more
                } else {
                    commands[index].intendedLatency!.merge(more)
                }
            }
        }
        for error in other.errorKinds {
            if let index = errorKinds.firstIndex(where: { $0.kind == error.kind }) {
                errorKinds[index].count += error.count
            } else {
                errorKinds.append(error)
            }
        }
        answers.merge(other.answers)
        bytesSent += other.bytesSent
        bytesReceived += other.bytesReceived
        pushes += other.pushes
        if let more = other.encryptedTraffic {
            if encryptedTraffic == nil { encryptedTraffic = TLSTraffic() }
            encryptedTraffic! += more
        }
        if let more = other.handshakes {
            if handshakes == nil { handshakes = more } else { handshakes!.merge(more) }
        }
        clientCPUNanoseconds += other.clientCPUNanoseconds
        if let more = other.clientQueuedNanoseconds {
            clientQueuedNanoseconds = (clientQueuedNanoseconds ?? 0) + more
        }
        workers = max(workers, other.workers)
        stalledNanoseconds = max(stalledNanoseconds, other.stalledNanoseconds)
        longestStallNanoseconds = max(longestStallNanoseconds, other.longestStallNanoseconds)
        if let more = other.pacing {
            if pacing == nil { pacing = more } else { pacing!.merge(more) }
        }
        if let more = other.cluster {
            if cluster == nil { cluster = more } else { cluster!.merge(more) }
        }
    }
}

/// How far a burst is, for progress lines and time series.
public struct LoadProgress: Sendable, Codable {
    public var elapsedNanoseconds: UInt64
    public var operations: UInt64
    /// Sum of all latencies so far, for running means.
    public var latencySumNanoseconds: UInt64
    /// Requests that wait for nodes of a cluster which are away, at this moment.
    public var waiting: UInt64 = 0

    public init(elapsedNanoseconds: UInt64, operations: UInt64, latencySumNanoseconds: UInt64) {
        self.elapsedNanoseconds = elapsedNanoseconds
        self.operations = operations
        self.latencySumNanoseconds = latencySumNanoseconds
    }
}

/// Where a burst ends. Requests on the way at that point are awaited in either case.
public enum BurstLimit: Hashable, Sendable {
    /// Exactly so many, over all workers.
    case requests(UInt64)
    /// Nothing is sent after so many ns.
    case duration(nanoseconds: UInt64)
}

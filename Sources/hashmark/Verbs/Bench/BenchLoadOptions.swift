// How `bench` puts load on the server: valkey-benchmark's flags, then ours. Values may begin with a
// dash (a number below 0, a password), as they may there: parsing is unconditional.
import ArgumentParser
import Experiments
import LinuxSystem
import LoadGenerator
import Quantities
import RunRecord

extension Arrival: ExpressibleByArgument {}
extension LatencyMode: ExpressibleByArgument {}
extension ErrorPolicy: ExpressibleByArgument {}

struct BenchLoadOptions: ParsableArguments {
    @Option(
        name: [.customShort("c")], parsing: .unconditional,
        help: .value("N", "Parallel connections."),
        transform: NumberOption.count(1...1 << 20))
    var connections = 50
    @Option(
        name: [.customShort("n")], parsing: .unconditional,
        help: .value("N", "Requests per test. (default: 100000; 2 s with --target)"),
        transform: NumberOption.count(1...Self.mostRequests) { UInt64($0) })
    var requests: UInt64?
    @Option(
        parsing: .unconditional,
        help: .value("TIME", "Seconds per test instead of requests (-n), or a time such as 5m."),
        transform: NumberOption.time(.seconds))
    var duration: Nanoseconds?
    @Option(
        parsing: .unconditional,
        help: .value("TIME", "Load before each test that is not counted, in s, or such as 500ms."),
        transform: NumberOption.time(.seconds, from: Nanoseconds(0, .seconds)))
    var warmup = Nanoseconds(0, .seconds)
    @Option(
        name: [.customShort("P")], parsing: .unconditional,
        help: .value("N", "Requests in flight per connection."),
        transform: NumberOption.count(1...1 << 20))
    var pipeline = 1
    @Option(
        parsing: .unconditional,
        help: .value("N", "Client threads. (default: one event loop)"),
        transform: NumberOption.count(1...Int.max))
    var threads: Int?
    @Option(
        name: [.customShort("k")], parsing: .unconditional,
        help: .value("0|1", "1: keep connections open; 0: one for every batch."),
        transform: NumberOption.count(0...1))
    var keepAlive = 1
    @Option(
        parsing: .unconditional,
        help: .value(
            "RATE", "At most so many requests per second, in whole pipelines; 0 is no limit."),
        transform: NumberOption.count(0...1_000_000_000) { UInt64($0) })
    var rps: UInt64 = 0
    @Option(
        parsing: .unconditional,
        help: .value("N", "Seed of the random numbers. (default: from the clock)"),
        transform: NumberOption.seed)
    var seed: UInt64?

    @Option(
        parsing: .unconditional,
        help: .value(
            "RATE", "Open loop: requests per second by a schedule, or a ramp as FROM..TO."))
    var qps: String?
    @Option(
        parsing: .unconditional,
        help: .value("GAPS", "Gaps of the schedule: constant, poisson or gpd (bursty)."))
    var arrival: Arrival?
    @Option(
        parsing: .unconditional,
        help: .value("MODE", "command: latency of each; batch: as valkey-benchmark takes it."))
    var latencyMode = LatencyMode.command
    @Option(
        parsing: .unconditional,
        help: .value("CPUS", "CPUs of the client threads, as 0,2 or 4-7."))
    var cpus: String?
    @Flag(help: "First what a round trip takes: PING and a GET that misses, on one connection.")
    var baseRtt = false
    @Flag(help: "Write every key of -r once before, and verify their number.")
    var populate = false
    @Flag(help: "Empty the selected database before --populate.")
    var allowFlush = false
    @Option(
        parsing: .unconditional,
        help: .value(
            "WHAT",
            "Error replies: stop at the first, invalid: exit 3 (the default), ignore: measure."))
    var onErrors: ErrorPolicy?
    @Option(
        parsing: .unconditional,
        help: .value("SHARE", "Fail unless this share of the look-ups finds its key (0 to 1)."),
        transform: NumberOption.real(0...1))
    var hitRatio: Double?
    @Option(
        parsing: .unconditional,
        help: .value(
            "OBJECTIVE", "Search the highest rate that meets an objective such as p99=1ms."))
    var saturate: String?
    @OptionGroup var grid: BenchGridOptions
    @Option(
        name: .customLong("repeat"), parsing: .unconditional,
        help: .value("N", "Measure each test so many times."),
        transform: NumberOption.count(1...10_000))
    var repeats = 1
    @Option(
        parsing: .unconditional,
        help: .value(
            "TIME",
            "Give up on a server, or on a node of a cluster that nobody stands in for, which sends "
                + "nothing for so long, in s."),
        transform: NumberOption.time(.seconds))
    var stallTimeout = Nanoseconds(30, .seconds)
    /// It has had no effect for years.
    @Flag(name: [.customShort("e")], help: .hidden)
    var errors = false

    func check() throws {
        guard duration == nil || requests == nil else {
            throw ValidationError("options -n and --duration are mutually exclusive")
        }
        guard warmup.count == 0 || warmup >= Self.shortestWarmup else {
            throw ValidationError("--warmup is 0, or 0.001 to 1e9 seconds")
        }
        guard qps == nil || rps == 0 else {
            throw ValidationError("--qps and --rps exclude each other; --rps is only a limit")
        }
        try grid.check()
        _ = try pace(0)
        _ = try cpuList()
        _ = try objective()
    }

    /// A rate of 10⁹ per second has as many in eleven days.
    private static let mostRequests = 1_000_000_000_000_000
    /// Less than any burst that says something.
    private static let shortestWarmup = Nanoseconds(1, .milliseconds)
    /// Requests per second: one in a quarter of an hour, and more than any client can send.
    private static let rates = 0.001...1e9

    /// What is odd about the flags and yet allowed, as valkey-benchmark allows it.
    var oddities: [RunRecord.Warning] {
        var found: [RunRecord.Warning] = []
        if errors {
            let remedy =
                BenchOriginal.current == nil
                ? "errors are counted and reported; see --on-errors"
                : "the first error ends the run"
            found.append(.init(cause: "-e has no effect", remedy: remedy))
        }
        if threads ?? 0 > Self.mostThreads {
            found.append(
                .init(
                    cause: "--threads \(threads ?? 0) is too many",
                    remedy: "\(Self.mostThreads) are started"))
        }
        if keepAlive == 0 {
            found.append(
                .init(
                    cause: "-k 0 leaves a closed socket behind for every batch",
                    remedy: "many requests may need 'sysctl -w net.ipv4.tcp_tw_reuse=1' not to run "
                        + "out of ports"))
        }
        return found
    }

    /// Of a test of a target: eight points of its series, a steady state for most servers.
    private static let targetTime = Nanoseconds(2, .seconds)

    /// Where a test ends.
    /// - Parameter isTarget: whether it is a target that is measured.
    private func limit(isTarget: Bool) -> BurstLimit {
        if let duration { return .duration(nanoseconds: duration.count) }
        if let requests { return .requests(requests) }
        return isTarget
            ? .duration(nanoseconds: Self.targetTime.count) : .requests(Self.usualRequests)
    }

    /// redis-benchmark's.
    private static let usualRequests: UInt64 = 100_000

    /// valkey-benchmark's limit.
    private static let mostThreads = 500

    /// Threads of the client; nil is one event loop.
    var clientThreads: Int? {
        threads.map { min($0, Self.mostThreads) }
    }

    /// `50000` or `50k` requests per second; nil where it is no rate.
    static func rate(_ text: some StringProtocol) -> Double? {
        let number =
            (try? Real.parse(text, in: rates)) ?? (try? Count.parse(text)).map { Double($0) }
        return number.flatMap { rates.contains($0) ? $0 : nil }
    }

    /// `50000`, or `1000..50000` over the whole duration.
    private func pace(_ seed: UInt64) throws -> Pace? {
        if let qps {
            let ends = qps.split(separator: "..", omittingEmptySubsequences: false)
            let isRamp = ends.count > 1
            let numbers = ends.compactMap { Self.rate($0) }
            guard ends.count <= 2, numbers.count == ends.count else {
                throw ValidationError(
                    "--qps has '\(qps)'; write 0.001 to 1e9 requests per second, or a ramp as "
                        + "1000..50000")
            }
            var pace = Pace(rate: numbers[0], arrival: arrival ?? .constant, seed: seed)
            if isRamp {
                guard let duration else {
                    throw ValidationError("--qps \(qps) is a ramp and needs --duration")
                }
                pace.finalRate = numbers[1]
                pace.ramp = duration
            }
            return pace
        }
        let findsRate = saturate != nil || grid.varies("qps")
        guard arrival == nil || findsRate else {
            throw ValidationError("--arrival needs --qps")
        }
        if let arrival, findsRate { return Pace(rate: 1, arrival: arrival, seed: seed) }
        guard rps > 0 else { return nil }
        var pace = Pace(rate: Double(rps), seed: seed)
        pace.sendsWholePipelines = true
        return pace
    }

    private func cpuList() throws -> [Int] {
        guard let cpus else { return [] }
        do throws(QuantityError) {
            return try CPUList.parse(cpus)
        } catch {
            throw ValidationError("--cpus: \(error)")
        }
    }

    private func objective() throws -> LatencyObjective? {
        guard let saturate else { return nil }
        guard qps == nil else {
            throw ValidationError("--saturate searches the rate itself; drop --qps")
        }
        guard let objective = LatencyObjective(saturate) else {
            throw ValidationError("--saturate has '\(saturate)'; write p99=1ms or p99.9=500us")
        }
        return objective
    }

    /// - Parameter isTarget: whether it is a target that is measured.
    func apply(to options: inout BenchOptions, isTarget: Bool) throws {
        options.connections = connections
        options.pipeline = pipeline
        options.threads = clientThreads ?? 1
        options.cpus = try cpuList()
        options.limit = limit(isTarget: isTarget)
        options.warmup = warmup
        options.keepsConnections = keepAlive != 0
        options.latencyMode = latencyMode
        options.stallTimeout = stallTimeout
        options.seed = seed ?? FleetLink.current?.seed ?? Clock.monotonicNanoseconds()
        options.pace = try pace(options.seed)
        options.mustKeepPace = rps == 0
        options.populates = populate
        options.flushes = allowFlush
        options.errorPolicy = onErrors ?? (BenchOriginal.current == nil ? .invalid : .stop)
        options.repeats = repeats
        options.measuresBase = baseRtt
        options.hitRatio = hitRatio
        options.objective = try objective()
        options.grid = try grid.plan()
    }
}

// What happens to the server while it is measured: a snapshot, a changed setting, a flush.

public struct ServerEvent: Sendable, Equatable {
    /// The phase it belongs to (`warm_up`, `measure`, `cool_down`).
    public var phase: String
    /// After the phase began.
    public var atMilliseconds: Int
    /// As sent, words separated by spaces: `BGSAVE`, `CONFIG SET maxmemory 100mb`.
    public var command: String

    public init(phase: String, atMilliseconds: Int, command: String) {
        self.phase = phase
        self.atMilliseconds = atMilliseconds
        self.command = command
    }
}

/// When requests are sent.
public enum ArrivalSpec: Sendable, Equatable {
    /// The next ones as soon as the last ones are answered.
    case closed
    /// Requests per second, whatever the server does.
    case constant(rate: Double)
    case poisson(rate: Double)
    /// Generalised Pareto gaps, as a Facebook pool had them.
    case gpd(rate: Double)
    /// Poisson arrivals at `rate` for a while, then none for a while.
    case burst(rate: Double, onMilliseconds: Int, offMilliseconds: Int)
    /// Poisson arrivals at mean + amplitude·sin(2πt ÷ period).
    case sine(mean: Double, amplitude: Double, periodMilliseconds: Int)
    /// As many each second as a trace has, `speed` times as fast, over and over. Of `format`, which
    /// its name or its contents say where it is nil, and without its damaged records if so.
    case trace(file: String, speed: Double, format: String? = nil, skipsDamaged: Bool = false)
}

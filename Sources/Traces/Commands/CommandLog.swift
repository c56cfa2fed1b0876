// Commands as servers recorded them, whole: every argument with its bytes, for whoever sends them
// as they are (a trace's records know sizes alone).
//
//     decoder ─► argument by argument ─► command ─► taken some hundreds at a time
//
// Bounded by `isFull`, which decoders ask between two commands, and by the largest single one.

/// A command that a server recorded.
public struct LoggedCommand: Sendable, Equatable {
    public var database: UInt64
    /// Its name first; never empty.
    public var arguments: [[UInt8]]

    public init(database: UInt64, arguments: [[UInt8]]) {
        self.database = database
        self.arguments = arguments
    }
}

/// A format that records commands whole. Where `log` is set, they go there and are no records.
protocol CommandDecoder: TraceDecoder {
    var log: CommandLog? { get set }
}

/// One reader's alone.
final class CommandLog {
    private var commands: [LoggedCommand] = []
    /// Arguments of the one under way.
    private var arguments: [[UInt8]] = []
    private var bytes = 0
    /// Of a snapshot that comes before the commands.
    private var entries = SnapshotCommands(.moment)

    /// Taken together: enough that it costs little, and some milliseconds of a server's work.
    private static let mostCommands = 500
    private static let mostBytes = 1 << 20

    var isEmpty: Bool { commands.isEmpty }
    var isFull: Bool { commands.count >= Self.mostCommands || bytes >= Self.mostBytes }

    /// A command begins; one that was under way is forgotten.
    func begin() { arguments = [] }

    /// The next argument, or the beginning of a long one.
    func append(_ argument: UnsafeBufferPointer<UInt8>) { arguments.append(Array(argument)) }

    /// More of the latest argument.
    func extend(_ start: UnsafePointer<UInt8>, _ count: Int) {
        guard !arguments.isEmpty else { return }
        arguments[arguments.count - 1].append(
            contentsOf: UnsafeBufferPointer(start: start, count: count))
    }

    /// The command is whole.
    func end(database: UInt64) {
        guard !arguments.isEmpty else { return }
        bytes += arguments.reduce(0) { $0 + $1.count }
        commands.append(LoggedCommand(database: database, arguments: arguments))
        arguments = []
    }

    /// Takes the commands that write a snapshot's entries, up to where it is full or needs more.
    func take(_ stream: SnapshotStream, _ input: inout TraceInput) {
        while !isFull, stream.step(&input, &entries) {
            let database = stream.reader.entry.database
            for command in entries.take() {
                begin()
                arguments = command
                end(database: database)
            }
        }
        if stream.isBroken { input.taken = input.filled }
    }

    /// What there is, oldest first.
    func take() -> [LoggedCommand] {
        defer {
            commands = []
            bytes = 0
        }
        return commands
    }
}

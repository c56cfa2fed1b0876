// What the data of an RDB file, or of a server that runs, costs on each target: entries are written
// there by commands, and memory is read when it is settled. Those of a file have their own keys and
// values; of a server, which is only read, types, sizes and numbers alone are taken, once, and keys
// and values made up.
//
// Entries that expire get a day to live, so that none is gone before it is counted; what a server
// keeps for an expiry does not depend on when it is. Streams and modules are left out, and so is
// every database but the first: commands write to one. The largest entry is held whole.
import LinuxSystem
import Progress
import RESP
import RunRecord
import Targets
import Traces

public struct SnapshotMemory {
    private enum Origin {
        case file(String)
        case server(Target)
    }

    private let origin: Origin
    public var skipsDamaged = false

    public init(_ path: String) { origin = .file(path) }

    /// - Parameter server: one that runs already; it is only read.
    public init(of server: Target) { origin = .server(server) }

    /// What results are called: the file's name, or the server's.
    private var name: String {
        switch origin {
        case .file(let path): path.split(separator: "/").last.map { String($0) } ?? path
        case .server(let target): target.label
        }
    }

    /// Measures targets, one after the other.
    public func run(
        _ targets: [Target], _ launch: LaunchOptions, _ recorder: Recorder,
        allowFlush: Bool = false
    ) throws(ExperimentFailure) {
        let shapes = try liveShapes(recorder)
        for (index, target) in targets.enumerated() {
            recorder.progress.begin("", Course.part(index, of: targets.count))
            defer { recorder.progress.end() }
            try run(target, shapes, launch, recorder, allowFlush: allowFlush)
        }
    }

    /// What a running server holds; nil of a file.
    private func liveShapes(
        _ recorder: Recorder
    ) throws(ExperimentFailure) -> [EntryShape: UInt64]? {
        guard case .server(let target) = origin else { return nil }
        let endpoint = try ServerCapture.running(target)
        recorder.progress.begin("\(target.label): looking at every key", nil)
        defer { recorder.progress.end() }
        let shapes: LiveShapes
        do throws(TargetError) {
            shapes = try LiveShapes(try ControlConnection(to: endpoint), recorder.progress)
        } catch {
            throw ExperimentFailure(.setUp, "\(target.label): \(error)")
        }
        if Interruption.requested { throw ExperimentFailure(.interrupted, "interrupted") }
        guard shapes.entries > 0 else {
            throw ExperimentFailure(
                .setUp,
                "\(target.label) holds no entry in database \(endpoint.database); name the one "
                    + "that has some, as tcp://HOST:PORT/3")
        }
        return shapes.counts
    }

    private func source(
        _ shapes: [EntryShape: UInt64]?, seed: UInt64
    ) throws(ExperimentFailure) -> any SnapshotSource {
        switch origin {
        case .server: return MadeEntries(shapes ?? [:], seed: seed)
        case .file(let path):
            do throws(TraceError) {
                return try SnapshotFile(path, skipsDamaged: skipsDamaged)
            } catch {
                throw ExperimentFailure(.setUp, "\(error)")
            }
        }
    }

    private func run(
        _ target: Target, _ shapes: [EntryShape: UInt64]?, _ launch: LaunchOptions,
        _ recorder: Recorder, allowFlush: Bool
    ) throws(ExperimentFailure) {
        let reader = try source(shapes, seed: recorder.record.seed)
        let server = try Launching.launch(target, launch, recorder)
        defer {
            recorder.notePages(of: server)
            server.stop()
        }
        let connection = try server.controlConnection()
        try Launching.requireEmpty(server, connection, allowFlush: allowFlush)
        try useEveryCommand(server, connection)
        let empty = try MemoryReading.takeEmpty(server, connection)
        recorder.progress.begin("\(target.label): \(name)", 0...0.8)
        let loader = try recorder.phase("fill", target.label) { () throws(ExperimentFailure) in
            try load(reader, server, connection, recorder)
        }
        recorder.progress.end()
        try check(loader, reader, server, recorder)
        recorder.progress.begin("settling", 0.8...1)
        try recorder.phase("settle", target.label) { () throws(ExperimentFailure) in
            try Settling.wait(server, connection, .memory)
        }
        recorder.progress.end()
        try Fill.verify(server, connection, count: loader.loaded)
        let full = try MemoryReading.take(server, connection)
        recorder.add(workload: name, contentHash: nil)
        full.grown(since: empty).addResults(
            entries: loader.loaded, target: target.label, workload: name,
            conditions: ["snapshot": .string(name)], recorder)
    }

    /// What servers keep for a command from its first use on is no part of the entries
    /// (`MemoryReading.takeEmpty`, which does this for strings).
    private func useEveryCommand(
        _ server: RunningServer, _ connection: ControlConnection
    ) throws(ExperimentFailure) {
        let key = "hashmark:first-use"
        do throws(TargetError) {
            for command in [
                ["RPUSH", key, "1"], ["SADD", key, "1"], ["ZADD", key, "1", "1"],
                ["HSET", key, "1", "1"], ["SET", key, "1", "EX", "60"], ["EXPIRE", key, "60"],
            ] {
                // A server that lacks one says so, and again when it is needed.
                _ = try connection.send(command)
                _ = try connection.send(["DEL", key])
            }
        } catch {
            throw ExperimentFailure(error, server)
        }
    }

    private func load(
        _ reader: any SnapshotSource, _ server: RunningServer, _ connection: ControlConnection,
        _ recorder: Recorder
    ) throws(ExperimentFailure) -> SnapshotLoader {
        var loader = SnapshotLoader()
        while true {
            if Interruption.requested { throw ExperimentFailure(.interrupted, "interrupted") }
            let isMore: Bool
            do throws(TraceError) {
                isMore = try reader.next(&loader)
            } catch {
                throw ExperimentFailure(.setUp, "\(error)")
            }
            if loader.isFull || !isMore {
                do throws(TargetError) {
                    try loader.send(to: connection)
                } catch {
                    throw ExperimentFailure(error, server)
                }
                if let share = reader.progress { recorder.progress.advance(to: share) }
            }
            if !isMore { return loader }
        }
    }

    /// Says what is not there, and that something is.
    private func check(
        _ loader: SnapshotLoader, _ reader: any SnapshotSource, _ server: RunningServer,
        _ recorder: Recorder
    ) throws(ExperimentFailure) {
        let target = server.target.label
        if let damage = reader.damage {
            recorder.warn(
                "the snapshot is damaged, and what follows is left out: \(damage)",
                remedy: "fetch it again", target: target)
        }
        for (reason, count) in loader.leftOut.sorted(by: { $0.key < $1.key }) {
            recorder.warn(
                "\(count) of \(reader.entryCount) entries were left out: \(reason)",
                remedy: "compare targets that take the same entries", target: target)
        }
        if loader.expiringFields > 0 {
            recorder.warn(
                "\(loader.expiringFields) fields of hashes expire in the snapshot and not here",
                remedy: "count what an expiry of a field takes to these bytes", target: target)
        }
        guard loader.loaded > 0 else {
            throw ExperimentFailure(
                .setUp,
                "\(target) took none of \(reader.entryCount) entries of \(name); give some of "
                    + "types that it has")
        }
    }
}

/// Makes a snapshot's entries commands, and counts what came of them.
struct SnapshotLoader: SnapshotVisitor {
    /// Entries that a server holds now.
    private(set) var loaded: UInt64 = 0
    /// Those that it does not, by reason.
    private(set) var leftOut: [String: UInt64] = [:]
    /// Fields of hashes that expire, and here do not.
    private(set) var expiringFields: UInt64 = 0

    private var made = SnapshotCommands(.life(seconds: Self.life))
    private var commands: [[[UInt8]]] = []
    /// For each command, the entry it belongs to.
    private var owners: [UInt64] = []
    private var bytes = 0
    /// Entries begun, and the kinds of those under way.
    private var entries: UInt64 = 0
    private var kinds: [UInt64: SnapshotEntry.Kind] = [:]
    /// Those of which a command was refused.
    private var refused: Set<UInt64> = []
    private var database: UInt64?
    private var isTaken = false

    /// Sent together: what a socket's buffers hold of replies, and some milliseconds of work.
    private static let mostCommands = 500
    private static let mostBytes = 1 << 20
    /// A day, in s.
    private static let life = 86_400

    var wantsContents: Bool { true }
    var isFull: Bool { commands.count >= Self.mostCommands || bytes >= Self.mostBytes }

    mutating func begin(_ entry: SnapshotEntry, key: UnsafeRawBufferPointer) {
        isTaken = false
        database = database ?? entry.database
        guard entry.database == database else {
            return leave("they are of another database than \(database ?? 0)")
        }
        guard SnapshotCommands.canWrite(entry.kind) else {
            return leave("\(entry.kind.rawValue)s cannot be written by commands")
        }
        isTaken = true
        entries &+= 1
        kinds[entries] = entry.kind
        made.begin(entry, key: key)
    }

    mutating func element(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer?) {
        guard isTaken else { return }
        made.element(first, second)
        collect()
    }

    mutating func end(_ entry: SnapshotEntry) {
        guard isTaken else { return }
        expiringFields &+= entry.expiringFields
        made.end(entry)
        collect()
    }

    /// Takes the commands that are whole.
    private mutating func collect() {
        for command in made.take() {
            commands.append(command)
            owners.append(entries)
            bytes += command.reduce(0) { $0 + $1.count }
        }
    }

    private mutating func leave(_ reason: String) { leftOut[reason, default: 0] += 1 }

    /// Sends what there is, between two entries, and counts the entries that were taken.
    mutating func send(to connection: ControlConnection) throws(TargetError) {
        guard !commands.isEmpty else { return }
        let replies = try connection.pipeline(commands)
        for (reply, owner) in zip(replies, owners) {
            guard case .error(let text) = reply, refused.insert(owner).inserted else { continue }
            let kind = kinds[owner]?.rawValue ?? "entry"
            // Behind a comma some servers repeat the arguments: keys.
            let reason = ErrorReply.printable(String(text.prefix { $0 != "," }.prefix(60)))
            leave("\(kind)s are refused (\(reason))")
        }
        loaded += UInt64(kinds.count - refused.count)
        commands = []
        owners = []
        bytes = 0
        kinds = [:]
        refused = []
    }
}

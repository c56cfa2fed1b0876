// A server on a thread of this process, and a client that writes and reads raw bytes.
import CAllocationCounter
import Glibc
import Keyspaces
import LinuxSystem
import RESP
import ReferenceServer
import Synchronization
import TestSupport
import Testing

/// Counters that the server's thread writes and a test reads.
final class Meter: Sendable {
    nonisolated(unsafe) let slot: UnsafeMutablePointer<UInt64>

    init() {
        slot = .allocate(capacity: 1)
        slot.initialize(to: 0)
    }

    deinit { slot.deallocate() }

    /// Heap allocations of the server's thread so far.
    var allocations: UInt64 { hashmark_read_allocations(slot) }
}

extension Table {
    /// The releases, for each of which a server is compiled, and one of the rivals, for which one
    /// is.
    static let served = releases + [.swiss]

    /// The one that a thread model asks for, or any.
    static func executed(by threads: String) -> Table {
        threads.hasPrefix("lock-free") ? .tsavorite : .valkey91
    }

    /// The examples of Sources/CTable: one can all that a built-in table can, the other little.
    static let foreignIndex = try! parse(ForeignTables.chainedIndex)
    static let foreignStore = try! parse(ForeignTables.linearStore)
}

/// One of each thread model that has one keyspace, and so all commands.
let threadModels = ["single", "io:2", "global-lock:2"]

/// One of each thread model.
let allThreadModels = threadModels + ["sharded:2"]

/// Runs a server as `configuration` says while `body` talks to its port.
func withServer(
    _ configuration: ServerConfiguration, meter: Meter = Meter(),
    _ body: (UInt16) throws -> Void
) throws {
    let port = Mutex<UInt16>(0)
    let failure = Mutex<String?>(nil)
    let control = try ServerControl()
    let shared = Shared(port: port, failure: failure)
    let worker = try Worker {
        hashmark_count_allocations(meter.slot)
        do throws(SystemCallError) {
            try ReferenceServer.run(configuration, control) { ready in
                shared.port.withLock { $0 = ready.encrypted ?? ready.plain }
            }
        } catch {
            shared.failure.withLock { $0 = "\(error)" }
        }
        hashmark_count_allocations(nil)
    }
    let result = Result {
        for _ in 0..<5_000 where shared.port.withLock({ $0 }) == 0 {
            Clock.sleep(milliseconds: 1)
        }
        try #require(shared.failure.withLock { $0 } == nil)
        try body(shared.port.withLock { $0 })
    }
    control.requestStop()
    worker.join()
    try result.get()
}

private final class Shared: Sendable {
    let port: Mutex<UInt16>
    let failure: Mutex<String?>

    init(port: consuming sending Mutex<UInt16>, failure: consuming sending Mutex<String?>) {
        self.port = port
        self.failure = failure
    }
}

/// A raw connection: what is sent and received is bytes.
struct RawClient: ~Copyable {
    let descriptor: CInt

    init(port: UInt16) throws {
        descriptor = try Socket.connect(to: .tcp(host: "127.0.0.1", port: port))
    }

    init(path: String) throws {
        descriptor = try Socket.connect(to: .unix(path: path))
    }

    deinit { close(descriptor) }

    /// Writes all of `bytes`, waiting where the socket is full.
    func send(_ bytes: [UInt8]) throws {
        var position = 0
        while position < bytes.count {
            let result = bytes.withUnsafeBytes {
                LinuxSystem.send(descriptor, $0.baseAddress! + position, bytes.count - position)
            }
            switch result {
            case .bytes(let count): position += count
            case .wouldBlock: try #require(Socket.waitWritable(descriptor, milliseconds: 10_000))
            case .failed(let error): throw SystemCallError("send", error)
            }
        }
    }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    /// No more will be sent.
    func endOutput() { shutdown(descriptor, CInt(SHUT_WR)) }

    /// The next bytes, at most `limit`; empty at the end of the stream, nil after `milliseconds`.
    func receive(limit: Int = 65_536, milliseconds: Int = 60_000) throws -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: limit)
        while true {
            let result = buffer.withUnsafeMutableBytes {
                LinuxSystem.receive(descriptor, into: $0.baseAddress!, limit)
            }
            switch result {
            case .bytes(let count): return Array(buffer[..<count])
            case .wouldBlock:
                if !Socket.waitReadable(descriptor, milliseconds: milliseconds) { return nil }
            case .failed(let error): throw SystemCallError("recv", error)
            }
        }
    }

    /// Exactly `count` bytes, or fewer when the stream ends.
    func receive(exactly count: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let more = try #require(
                try receive(limit: min(count - bytes.count, 1 << 20)),
                "after \(String(decoding: bytes, as: UTF8.self))")
            if more.isEmpty { break }
            bytes += more
        }
        return bytes
    }

    /// The next reply, whole; nothing may follow it.
    func reply() throws -> RESPValue {
        var bytes: [UInt8] = []
        while true {
            let more = try #require(try receive())
            try #require(!more.isEmpty)
            bytes += more
            if let value = try ReplyDecoder.first(in: bytes) { return value }
        }
    }

    /// Everything until the peer closes.
    func receiveAll() throws -> String {
        var bytes: [UInt8] = []
        while let more = try receive(), !more.isEmpty { bytes += more }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Sends `request` and expects exactly `reply`.
    func exchange(
        _ request: String, _ reply: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try send(request)
        let bytes = try receive(exactly: reply.utf8.count)
        #expect(String(decoding: bytes, as: UTF8.self) == reply, sourceLocation: sourceLocation)
    }
}

/// A request as an array of bulk strings.
func encode(_ words: String...) -> String { encode(words) }

func encode(_ words: [String]) -> String {
    "*\(words.count)\r\n" + words.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined()
}

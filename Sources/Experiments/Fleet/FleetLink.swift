// The line to `hashmark-mpi`, the program that started this one as one of several load hosts and
// speaks to the others. This process knows no MPI: it says when it is ready for a window of load
// and what it made of it, and is told when the window begins and what all of them made of it.
//
//     us → it    W                  ready for a window; rank 0 may say what is to be done in it
//     it → us    S  start, offset, bound      begin at `start` on this host's monotonic clock;
//                                             behind it what rank 0 said (all but rank 0)
//                L  text                      somebody is lost: there will be no window
//     us → it    G  document        this host's share (HostBurst)
//     it → us    R  every rank's share, or why there is none           (rank 0 alone)
//     us → it    B  document        what all made of it (FleetBurst)   (rank 0 alone)
//     it → us    B  the same                                           (all others)
//
//     frame      kind, 1 byte │ length, 4 bytes, little-endian │ that many bytes
//
// A window that rank 0 has a command for (FleetCommand) has no B: whoever obeys decides nothing.
// One whose command is to close a load has no G either.
//
// During a window nothing is said. Each share is written to a file of the rank's own before it is
// sent: what becomes of the others costs nothing of it.
import Foundation
import LinuxSystem
import LoadGenerator
import Synchronization

/// Why the hosts do not get on with each other, in one line.
struct FleetError: Error {
    let text: String
}

public final class FleetLink: Sendable {
    /// Nil where this process makes all of the load.
    public static let current = FleetLink(environment: "HASHMARK_FLEET")

    /// Which host of how many; rank 0 adds up and writes the record.
    public let place: WorkerPlace
    public let host: String
    /// What all draw from unless a seed was given.
    public let seed: UInt64
    private let descriptor: CInt
    /// The file of this rank's own.
    private let path: String
    private let windows = Mutex<Int>(0)
    private let otherName = Mutex<String?>(nil)

    public var isRoot: Bool { place.index == 0 }

    private enum Kind: UInt8 {
        case window = 0x57  // W
        case start = 0x53  // S
        case lost = 0x4c  // L
        case share = 0x47  // G
        case shares = 0x52  // R
        case total = 0x42  // B
    }

    /// A window's documents have some tens of kB a host.
    private static let mostBytes = 1 << 30
    private static let headBytes = 5

    /// - Parameters:
    ///   - descriptor: of a stream to hashmark-mpi.
    ///   - path: of the file of this rank's own.
    package init(descriptor: CInt, place: WorkerPlace, seed: UInt64, host: String, path: String) {
        self.descriptor = descriptor
        self.place = place
        self.seed = seed
        self.host = host
        self.path = path
        // Servers and tools that we start have no part in it.
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        _ = FileManager.default.createFile(atPath: path, contents: nil)
    }

    /// `DESCRIPTOR RANK COUNT SEED HOST FILE`.
    private convenience init?(environment name: String) {
        let text = ProcessInfo.processInfo.environment[name] ?? ""
        let words = text.split(separator: " ", maxSplits: 5)
        guard words.count == 6, let descriptor = CInt(words[0]), let rank = Int(words[1]),
            let count = Int(words[2]), let seed = UInt64(words[3]), 0 <= rank, rank < count
        else { return nil }
        self.init(
            descriptor: descriptor, place: WorkerPlace(index: rank, count: count), seed: seed,
            host: String(words[4]), path: String(words[5]))
        unsetenv(name)
    }

    /// The name by which the other hosts reach this one; as it calls itself, unless told.
    var name: String { otherName.withLock(\.self) ?? host }

    /// Says by which name the other hosts reach this one.
    public func isReached(as name: String) { otherName.withLock { $0 = name } }

    /// When a window begins.
    struct Start {
        /// On this host's monotonic clock.
        let nanoseconds: UInt64
        /// Our clock less that of rank 0, and by how much that may be wrong.
        let offset: Int64
        let bound: UInt64
        let window: Int
        /// What rank 0 has all others do in it; empty where they know by themselves.
        let command: [UInt8]
    }

    /// Says that this host is ready, and waits for all others.
    /// - Parameter command: rank 0's.
    func nextWindow(_ command: [UInt8] = []) throws(FleetError) -> Start {
        try send(.window, command)
        let (kind, bytes) = try receive()
        switch kind {
        case .start where bytes.count >= 24:
            let window = windows.withLock { number in
                defer { number += 1 }
                return number
            }
            return Start(
                nanoseconds: Self.number(bytes[0..<8]),
                offset: Int64(bitPattern: Self.number(bytes[8..<16])),
                bound: Self.number(bytes[16..<24]), window: window,
                command: Array(bytes.dropFirst(24)))
        case .lost:
            throw FleetError(text: Self.text(bytes))
        default: throw Self.broken
        }
    }

    /// Tells what this host made of a window.
    /// - Returns: what all made of it; at rank 0 also each by itself.
    func exchange(
        _ burst: HostBurst
    ) throws(FleetError) -> (total: FleetBurst, shares: [HostBurst]) {
        try hand(burst)
        guard isRoot else {
            let (kind, bytes) = try receive()
            guard kind == .total else { throw Self.broken }
            return (try Self.decoded(FleetBurst.self, bytes), [])
        }
        let (shares, lost) = try receivedShares()
        let total = FleetBurst(shares, lost: lost)
        try send(.total, Self.encoded(total))
        return (total, shares)
    }

    /// Tells what this host made of a window, and hears nothing of the others.
    func hand(_ burst: HostBurst) throws(FleetError) {
        let document = try Self.encoded(burst)
        try keep(document)
        try send(.share, document)
    }

    /// Rank 0: what every host made of a window, this one's share included.
    func gather(
        _ burst: HostBurst
    ) throws(FleetError) -> (shares: [HostBurst], lost: [String]) {
        try hand(burst)
        return try receivedShares()
    }

    private func receivedShares() throws(FleetError) -> (shares: [HostBurst], lost: [String]) {
        let (kind, bytes) = try receive()
        guard kind == .shares else { throw Self.broken }
        let found = try Self.shares(bytes)
        guard !found.shares.isEmpty else { throw Self.broken }
        return found
    }

    /// Of each rank: 0 and its share, or 1 and why there is none; each with its length.
    private static func shares(
        _ bytes: [UInt8]
    ) throws(FleetError) -> (shares: [HostBurst], lost: [String]) {
        var shares: [HostBurst] = []
        var lost: [String] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            guard rest.count >= headBytes, let status = rest.first else { throw broken }
            let length = Int(number(rest.dropFirst().prefix(4)))
            let body = rest.dropFirst(headBytes).prefix(length)
            guard body.count == length else { throw broken }
            rest = rest.dropFirst(headBytes + length)
            if status == 0 {
                shares.append(try decoded(HostBurst.self, Array(body)))
            } else {
                lost.append(text(Array(body)))
            }
        }
        return (shares, lost)
    }

    // MARK: documents

    static let broken = FleetError(
        text: "hashmark-mpi and hashmark do not understand each other; use those of one build")

    static func encoded(_ document: some Encodable) throws(FleetError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(document) else { throw broken }
        return Array(data)
    }

    static func decoded<Document: Decodable>(
        _ type: Document.Type, _ bytes: [UInt8]
    ) throws(FleetError) -> Document {
        guard let document = try? JSONDecoder().decode(type, from: Data(bytes)) else {
            throw broken
        }
        return document
    }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private func keep(_ document: [UInt8]) throws(FleetError) {
        let line = document + [UInt8(ascii: "\n")]
        guard let file = FileHandle(forWritingAtPath: path) else {
            throw FleetError(text: "cannot write \(path); check that folder")
        }
        do {
            try file.seekToEnd()
            try file.write(contentsOf: Data(line))
            try file.close()
        } catch {
            throw FleetError(text: "cannot write \(path); make room on that disk")
        }
    }

    // MARK: frames

    private static let gone = FleetError(
        text: "hashmark-mpi is gone, which speaks to the other load hosts; run it again")

    private func send(_ kind: Kind, _ bytes: [UInt8]) throws(FleetError) {
        var frame: [UInt8] = [kind.rawValue]
        let length = UInt32(bytes.count)
        for byte in 0..<4 { frame.append(UInt8(truncatingIfNeeded: length >> (8 * UInt32(byte)))) }
        frame += bytes
        var sent = 0
        while sent < frame.count {
            let result = frame.withUnsafeBytes { bytes in
                LinuxSystem.send(descriptor, bytes.baseAddress! + sent, bytes.count - sent)
            }
            guard case .bytes(let count) = result else { throw Self.gone }
            sent += count
        }
    }

    private func receive() throws(FleetError) -> (Kind, [UInt8]) {
        let head = try receive(Self.headBytes)
        let length = Int(Self.number(head[1...]))
        guard let kind = Kind(rawValue: head[0]), length <= Self.mostBytes else {
            throw Self.broken
        }
        return (kind, try receive(length))
    }

    private func receive(_ count: Int) throws(FleetError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let result = bytes.withUnsafeMutableBytes { buffer in
                LinuxSystem.read(descriptor, into: buffer.baseAddress! + filled, count - filled)
            }
            guard case .bytes(let more) = result, more > 0 else { throw Self.gone }
            filled += more
        }
        return bytes
    }
}

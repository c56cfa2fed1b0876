// What the keyspace tests share: random numbers, keys as strings, and one way to run a generic
// check over every table.

import CAllocationCounter
import Distributions
import Glibc
import Keyspaces
import TestSupport
import Testing

/// Set by Scripts/test-keyspaces: more seeds, longer sequences, full tables.
let isSlowRun = getenv("HASHMARK_SLOW_TESTS") != nil

/// As `#expect`, which cannot hold an expression with a noncopyable operand.
func expect(
    _ condition: Bool, _ comment: @autoclosure () -> String = "not as expected",
    _ sourceLocation: SourceLocation = #_sourceLocation
) {
    if !condition { Issue.record(Comment(rawValue: comment()), sourceLocation: sourceLocation) }
}

/// A failing seed reproduces its run anywhere.
typealias Random = SplitMix64

extension SplitMix64 {
    mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &self) }
}

extension Keyspace where Self: ~Copyable {
    /// `body` with the key spelled `name`.
    mutating func with<R>(
        _ name: String, _ body: (inout Self, Key) -> R
    ) -> R {
        let bytes = Array(name.utf8)
        return bytes.withUnsafeBytes { body(&self, key($0)) }
    }

    @discardableResult
    mutating func set(_ name: String, _ value: String, _ expiry: Expiry = .never) -> Bool {
        let value = Array(value.utf8)
        return with(name) { keyspace, key in
            value.withUnsafeBytes { keyspace.set(key, $0, expiry: expiry) }
        }
    }

    mutating func get(_ name: String) -> String? {
        with(name) { keyspace, key in keyspace.find(key).map(text) }
    }

    mutating func delete(_ name: String) -> Bool {
        with(name) { keyspace, key in keyspace.remove(key) }
    }

    /// The new length in bytes.
    mutating func append(_ name: String, _ suffix: String) -> Int {
        let suffix = Array(suffix.utf8)
        return with(name) { keyspace, key in suffix.withUnsafeBytes { keyspace.append(key, $0) } }
    }

    mutating func ttl(_ name: String) -> Expiry? {
        with(name) { keyspace, key in keyspace.expiry(of: key) }
    }

    mutating func expire(_ name: String, _ expiry: Expiry) -> Bool {
        with(name) { keyspace, key in keyspace.setExpiry(of: key, expiry) }
    }

    /// Until no resize is in progress.
    mutating func settle() {
        while maintain(budgetMicroseconds: 10_000) {}
    }

    /// Every invariant holds, or the test fails with where and what.
    func expectSound(_ place: @autoclosure () -> String) {
        let violations = invariantViolations()
        if !violations.isEmpty {
            Issue.record("\(place()): \(violations.prefix(5).joined(separator: "; "))")
        }
    }
}

func text(_ value: ValueView) -> String {
    switch value {
    case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
    case .integer(let number): String(number)
    }
}

extension Table {
    /// The example of a foreign index, which can all that a built-in table can.
    static let foreignIndex = try! parse(ForeignTables.chainedIndex)
    static let foreignStore = try! parse(ForeignTables.linearStore)
    /// Those that can all that can be asked of strings; Segcache's has no record of use.
    static let complete = builtIn + [foreignIndex]
    static let holdingCollections = complete.filter { !$0.lacks.contains(.collections) }

    /// Whether it gives room back when it is emptied by deletes.
    var shrinks: Bool { ![.dash, .tsavorite, .segcache].contains(self) }
    /// Whether a cursor names a slot in cluster mode.
    var hasSlotCursors: Bool { ![.valkey72, .dash, .tsavorite, .segcache].contains(self) }
    /// Whether the entries that an eviction takes are sampled, and not those that lie together.
    var evictsOneByOne: Bool { self != .segcache }

    /// A release of chained dicts, not buckets.
    var isDict: Bool { self == .valkey72 || self == .valkey80 }

    func options(_ hash: HashFunction = .siphash, seed: UInt64 = 1) -> KeyspaceOptions {
        var options = KeyspaceOptions(self)
        options.hash = hash
        options.seed = seed
        return options
    }
}

/// A table, with or without hash slots.
struct Setup: Sendable, CustomTestStringConvertible {
    var table: Table
    var cluster: Bool

    static let all = Table.complete.flatMap { table in
        [false, true].map { Setup(table: table, cluster: $0) }
    }
    static let releases = all.filter { Table.releases.contains($0.table) }
    /// Those that remember when, or how often, an entry was used.
    static let recordingUse = all.filter { !$0.table.lacks.contains(.usage) }

    var testDescription: String { table.label + (cluster ? ", cluster" : "") }
}

/// A check that is generic over the table; `on` runs it with a fresh keyspace.
protocol Check: KeyspaceVisitor where Output == Void, Failure == Never {}

extension Check {
    func on(_ table: Table, _ options: KeyspaceOptions? = nil) {
        var copy = self
        table.withKeyspace(options ?? table.options(), &copy)
    }

    /// As `on`, where a rival has a type of its own.
    func onConcrete(_ table: Table, _ options: KeyspaceOptions) {
        var copy = self
        table.withConcreteKeyspace(options, &copy)
    }

    func on(_ setup: Setup, _ options: KeyspaceOptions? = nil) {
        var options = options ?? setup.table.options()
        options.cluster = setup.cluster
        on(setup.table, options)
    }
}

/// Mallocs of this thread during `body`.
func mallocs(_ body: () -> Void) -> UInt64 {
    let slot = UnsafeMutablePointer<UInt64>.allocate(capacity: 1)
    defer { slot.deallocate() }
    slot.pointee = 0
    hashmark_count_allocations(slot)
    body()
    hashmark_count_allocations(nil)
    return hashmark_read_allocations(slot)
}

/// Zero-padded decimals of one width, rewritten in place: a million keys without a String.
struct DecimalKey: ~Copyable {
    private let storage: UnsafeMutableRawBufferPointer

    init(width: Int) {
        storage = .allocate(byteCount: width, alignment: 8)
    }

    deinit { storage.deallocate() }

    func spell(_ number: Int) -> Bytes {
        var rest = number
        for i in stride(from: storage.count - 1, through: 0, by: -1) {
            storage[i] = UInt8(48 + rest % 10)
            rest /= 10
        }
        return Bytes(storage)
    }
}

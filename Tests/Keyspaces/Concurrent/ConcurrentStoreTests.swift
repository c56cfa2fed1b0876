// A store that threads share, by several of them: what each sees of a key is whole, no update is
// lost, and nothing goes away while somebody looks at it. The schedule is the system's; what must
// hold holds under each.
import Keyspaces
import LinuxSystem
import Synchronization
import Testing

/// What threads found wrong.
private final class Faults: Sendable {
    private let texts = Mutex<[String]>([])

    func add(_ text: String) { texts.withLock { $0.append(text) } }

    var first: [String] { texts.withLock { Array($0.prefix(5)) } }
}

@Suite(.serialized) struct ConcurrentStoreTests {
    private static let threads = 4

    private static func store(
        _ threads: Int, _ hash: HashFunction = .siphash
    ) -> ConcurrentStore {
        ConcurrentStore(Table.tsavorite.options(hash, seed: 5), threads: threads)
    }

    /// Runs `body` on so many threads, each with a keyspace of its own.
    private static func run(
        _ threads: Int, on store: ConcurrentStore,
        _ body: @escaping @Sendable (inout ConcurrentKeyspace, _ number: Int) -> Void
    ) throws {
        var workers = WorkerGroup(capacity: threads)
        for number in 0..<threads {
            try workers.start {
                var keyspace = ConcurrentKeyspace(store)
                body(&keyspace, number)
                keyspace.endBatch()
            }
        }
        workers.join()
    }

    // MARK: Few keys

    private static let steps = 20_000
    private static let sharedKeys = 8

    /// All that one thread does: reads that must be whole, increments that must not be lost, keys
    /// of its own that nobody else changes, background work.
    private static func act(
        _ keyspace: inout ConcurrentKeyspace, _ number: Int, _ faults: Faults
    ) {
        var random = Random(seed: UInt64(number) + 1)
        var own: [String: String] = [:]
        for step in 0..<steps {
            let name = "shared:\(random.below(sharedKeys))"
            switch random.below(10) {
            case 0, 1, 2:
                // One letter throughout, and as long as the letter says.
                let letter = UInt8(97 + random.below(26))
                let value = String(
                    repeating: Character(Unicode.Scalar(letter)), count: Int(letter) * 3)
                keyspace.set(name, value)
            case 3, 4, 5:
                let value = keyspace.get(name) ?? ""
                let letter = value.utf8.first ?? 0
                let isWhole = value.utf8.allSatisfy { $0 == letter }
                if !isWhole || value.utf8.count != Int(letter) * 3 { faults.add("torn: \(value)") }
            case 6:
                increment(&keyspace, "count:\(random.below(2))")
            case 7:
                _ = keyspace.delete(name)
            default:
                actOnOwn(&keyspace, &own, &random, number, faults)
            }
            if step % 32 == 31 { keyspace.endBatch() }
            if step % 2_000 == 1_999 { _ = keyspace.maintain(budgetMicroseconds: 200) }
        }
        for (name, value) in own where keyspace.get(name) != value {
            faults.add("\(name) is lost")
        }
    }

    private static func actOnOwn(
        _ keyspace: inout ConcurrentKeyspace, _ own: inout [String: String],
        _ random: inout Random, _ number: Int, _ faults: Faults
    ) {
        let name = "own:\(number):\(random.below(2_000))"
        if keyspace.get(name) != own[name] { faults.add("\(name): not what was written") }
        if random.below(4) == 0 {
            if keyspace.delete(name) != (own.removeValue(forKey: name) != nil) {
                faults.add("\(name): deleted, or not")
            }
            return
        }
        let value = String(repeating: "v", count: random.below(300))
        own[name] = value
        keyspace.set(name, value)
    }

    /// As INCR: a look-up and a write, in one step.
    private static func increment(_ keyspace: inout ConcurrentKeyspace, _ name: String) {
        keyspace.with(name) { keyspace, key in
            keyspace.hold(key)
            var old = 0
            if let value = keyspace.find(key) { old = Int(text(value)) ?? 0 }
            let new = Array("\(old + 1)".utf8)
            new.withUnsafeBytes { _ = keyspace.set(key, $0, expiry: .keep) }
            keyspace.letGo()
        }
    }

    @Test(arguments: [HashFunction.siphash, .colliding(lowBits: 3, highBits: 2)])
    func whatThreadsSeeIsWhole(_ hash: HashFunction) throws {
        let store = Self.store(Self.threads + 1, hash)
        let faults = Faults()
        try Self.run(Self.threads, on: store) { Self.act(&$0, $1, faults) }
        #expect(faults.first.isEmpty)
        var keyspace = ConcurrentKeyspace(store)
        keyspace.settle()
        keyspace.expectSound("after all threads")
        var found = 0
        // swift-format-ignore: ReplaceForEachWithForLoop
        keyspace.forEach { _, _, _ in found += 1 }
        expect(found == keyspace.count)
    }

    @Test func noUpdateIsLost() throws {
        let store = Self.store(Self.threads + 1)
        try Self.run(Self.threads, on: store) { keyspace, _ in
            for step in 0..<10_000 {
                Self.increment(&keyspace, "count:\(step % 3)")
                if step % 20 == 19 { keyspace.endBatch() }
            }
        }
        var keyspace = ConcurrentKeyspace(store)
        var sum = 0
        for number in 0..<3 { sum += Int(keyspace.get("count:\(number)") ?? "") ?? 0 }
        expect(sum == Self.threads * 10_000, "\(sum) increments")
        expect(keyspace.count == 3)
        keyspace.expectSound("after all increments")
    }

    /// The index doubles ten times while all threads insert.
    @Test func growth() throws {
        let store = Self.store(Self.threads + 1)
        let each = 10_000
        let faults = Faults()
        try Self.run(Self.threads, on: store) { keyspace, number in
            for step in 0..<each {
                let isNew = keyspace.set("\(number):\(step)", "\(step)")
                if !isNew { faults.add("\(number):\(step) was there") }
                if step % 16 == 15 { keyspace.endBatch() }
                let earlier = step / 2
                if keyspace.get("\(number):\(earlier)") != "\(earlier)" {
                    faults.add("\(number):\(earlier) is gone")
                }
            }
        }
        #expect(faults.first.isEmpty)
        var keyspace = ConcurrentKeyspace(store)
        keyspace.settle()
        expect(keyspace.count == Self.threads * each)
        expect(keyspace.statistics.capacity >= Self.threads * each)
        keyspace.expectSound("grown")
    }

    /// Whatever was there before is gone, and what comes after stays.
    @Test func everythingIsRemovedWhileOthersWrite() throws {
        let store = Self.store(Self.threads + 1)
        try Self.run(Self.threads, on: store) { keyspace, number in
            for step in 0..<4_000 {
                keyspace.set("\(number):\(step % 500)", String(repeating: "x", count: step % 400))
                if step % 8 == 7 { keyspace.endBatch() }
                if number == 0, step % 200 == 199 { keyspace.removeAll() }
            }
            keyspace.set("last:\(number)", "here")
        }
        var keyspace = ConcurrentKeyspace(store)
        // It was written after the last removal.
        expect(keyspace.get("last:0") == "here")
        keyspace.expectSound("removed now and then")
        keyspace.removeAll()
        expect(keyspace.count == 0 && keyspace.get("last:0") == nil)
        keyspace.expectSound("empty")
    }

    // MARK: Epochs

    /// A page in which everything is dead stays as long as somebody is in who may have come to it,
    /// and goes then.
    @Test func pagesStayWhileSomebodyLooks() {
        let store = Self.store(2)
        var writer = ConcurrentKeyspace(store)
        var reader = ConcurrentKeyspace(store)
        let value = String(repeating: "r", count: 1_000)
        for number in 0..<400 { writer.set("key:\(number)", value) }
        writer.endBatch()
        _ = writer.maintain(budgetMicroseconds: 1_000)
        let full = writer.memory.allocated
        // The reader's latch is given back; the record's memory must stay all the same.
        let seen = Self.bytes(&reader, "key:1")
        reader.letGo()
        for number in 0..<390 { expect(writer.delete("key:\(number)")) }
        writer.endBatch()
        for _ in 0..<3 { writer.settle() }
        expect(writer.memory.allocated >= full, "\(writer.memory.allocated) of \(full) bytes")
        expect(seen?.count == 1_000 && seen?.allSatisfy { $0 == 0x72 } == true)
        // Outside, and in again: what was given up before is none of its business.
        reader.endBatch()
        expect(reader.get("key:1") == nil && reader.get("key:395") == value)
        reader.letGo()
        writer.settle()
        expect(writer.memory.allocated < full - 4 * 65_536)
        reader.endBatch()
        writer.expectSound("pages given up")
        for number in 390..<400 { expect(writer.get("key:\(number)") == value) }
        writer.endBatch()
    }

    /// Where the value lies.
    private static func bytes(_ keyspace: inout ConcurrentKeyspace, _ name: String) -> Bytes? {
        keyspace.with(name) { keyspace, key -> Bytes? in
            guard case .bytes(let bytes) = keyspace.find(key) else { return nil }
            return bytes
        }
    }

    /// What is due goes, whoever looks at it and when.
    @Test func expiredEntriesGo() {
        let store = Self.store(2)
        var first = ConcurrentKeyspace(store)
        var second = ConcurrentKeyspace(store)
        first.now = 1_000
        second.now = 1_000
        for number in 0..<300 {
            first.set("key:\(number)", "v", .at(number < 200 ? 2_000 : 9_000))
        }
        first.endBatch()
        second.now = 2_001
        expect(second.get("key:1") == nil && second.count == 299 && second.expiredCount == 1)
        expect(second.get("key:250") == "v")
        second.endBatch()
        first.now = 2_001
        for _ in 0..<200 { _ = first.maintain(budgetMicroseconds: 1_000) }
        expect(first.count == 100 && first.expiringCount == 100 && first.expiredCount == 200)
        first.expectSound("expired")
    }
}

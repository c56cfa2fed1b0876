// Foreign tables do what a built-in one does, as far as they go. The index that can everything is
// among the tables of all other tests (`Table.complete`).
import Keyspaces
import TestSupport
import Testing

@Suite struct ForeignTests {
    @Test(arguments: OracleTests.hashes) func aStoreAgainstADictionary(_ hash: HashFunction) {
        let options = Table.foreignStore.options(hash, seed: 4)
        RandomRun(
            seed: 4, keys: 120, steps: 3_000, checkEvery: 1, lacks: Table.foreignStore.lacks
        ).on(.foreignStore, options)
    }

    @Test func aLargeStore() {
        var options = Table.foreignStore.options(seed: 5)
        options.quantum = .sixteen
        RandomRun(
            seed: 5, keys: 20_000, steps: 60_000, checkEvery: 5_000,
            lacks: Table.foreignStore.lacks
        ).on(.foreignStore, options)
    }

    @Test(arguments: [0, 3, 13]) func everyShortSequenceOfAStore(_ prefilled: Int) {
        let options = Table.foreignStore.options(.colliding(lowBits: 0, highBits: 0))
        EverySequence(
            prefilled: prefilled, longest: 2, policy: .noeviction, lacks: Table.foreignStore.lacks
        ).on(.foreignStore, options)
    }

    @Test func everyValueOfAStoreComesBack() {
        BehaviourTests.ValuesComeBack().on(.foreignStore)
        BehaviourTests.NoMallocs(ttl: .never).on(.foreignStore)
    }

    /// Without scan, random and steps: expiries and slots are still Hashmark's.
    @Test(arguments: [false, true]) func anIndexWithNothingOptional(_ cluster: Bool) throws {
        let folder = TemporaryFolder()
        let path = try ForeignTables.compile(ForeignSource.plainIndex, in: folder)
        let table = try Table.parse("foreign:\(path)")
        RandomRun(
            seed: 6, keys: 120, steps: cluster ? 300 : 2_000, checkEvery: 1, lacks: table.lacks
        ).on(Setup(table: table, cluster: cluster))
    }

    // MARK: Batches

    /// Look-ups of a batch find what single ones find, whatever happens between them; with nothing
    /// in between, none is made one by one. The table counts those as its places.
    struct Batches: Check {
        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
            for i in 0..<300 { keyspace.set("k\(i)", "v\(i)") }
            keyspace.settle()
            var random = Random(seed: 8)
            var gone: Set<String> = []
            for round in 0..<60 {
                let before = keyspace.statistics.capacity
                let size = round == 0 ? 1_500 : 1 + random.below(70)
                let names = (0..<size).map { _ in "k\(random.below(400))" }
                let changes = round % 3 == 2
                read(&keyspace, names, &random, changes, &gone)
                let singles = keyspace.statistics.capacity - before
                if !changes { expect(singles == max(size - 1_024, 0), "\(singles) of \(size)") }
                if round % 7 == 0 { keyspace.expectSound("batch \(round)") }
            }
        }

        private func read<K: Keyspace & ~Copyable>(
            _ keyspace: inout K, _ names: [String], _ random: inout Random, _ changes: Bool,
            _ gone: inout Set<String>
        ) {
            // One place for each key, as in the buffer of a connection.
            let bytes = names.map { name in
                let copy = UnsafeMutableRawBufferPointer.allocate(
                    byteCount: name.utf8.count, alignment: 1)
                copy.copyBytes(from: name.utf8)
                return Bytes(copy)
            }
            defer { for copy in bytes { copy.deallocate() } }
            let keys = bytes.map { keyspace.key($0) }
            for key in keys { keyspace.prefetchIndex(key) }
            for key in keys { keyspace.prefetchEntry(key) }
            for key in keys { keyspace.prefetchValue(key) }
            for key in keys { keyspace.prefetchPayload(key) }
            for (name, key) in zip(names, keys) {
                if changes, random.below(9) == 0 {
                    // Some other key goes or comes, and what was looked up ahead is void.
                    let other = "k\(random.below(400))"
                    if keyspace.delete(other) {
                        gone.insert(other)
                    } else if gone.remove(other) != nil {
                        keyspace.set(other, "v\(other.dropFirst())")
                    }
                }
                if changes, random.below(9) == 0 { continue }
                let number = Int(name.dropFirst()) ?? 0
                let expected = number < 300 && !gone.contains(name) ? "v\(number)" : nil
                expect(keyspace.find(key).map { text($0) } == expected, "\(name)")
            }
            keyspace.endBatch()
        }
    }

    private static let countingIndex = ForeignSource.chained(
        """
        static uint64_t singles;
        static uint64_t *single(void *t, uint64_t hash, const void *key, size_t length) {
            singles++;
            return find(t, hash, key, length);
        }
        static uint64_t told(const void *t) { (void)t; return singles; }
        static const hashmark_index counting = {
            .create = create, .destroy = destroy, .count = count, .find = single,
            .insert = insert, .erase = erase, .each = each, .find_many = find_many,
            .more = {.resize_step = resize_step, .capacity = told}};
        \(ForeignSource.descriptor(index: "&counting"))
        """)

    private static let countingStore = ForeignSource.linear(
        """
        static uint64_t singles;
        static int single(void *t, uint64_t hash, const void *key, size_t n, hashmark_bytes *v) {
            singles++;
            return get(t, hash, key, n, v);
        }
        static void many(void *t, const hashmark_query *q, size_t count, hashmark_bytes *values) {
            for (size_t i = 0; i < count; i++)
                if (!get(t, q[i].hash, q[i].key, q[i].length, &values[i]))
                    values[i] = (hashmark_bytes){NULL, 0};
        }
        static uint64_t told(const void *t) { (void)t; return singles; }
        static const hashmark_store counting = {
            create, destroy, count, single, put, erase, each, many, {.capacity = told}};
        \(ForeignSource.descriptor(store: "&counting"))
        """)

    @Test(arguments: [false, true]) func batchesAreOneCall(_ isStore: Bool) throws {
        let source = isStore ? Self.countingStore : Self.countingIndex
        let folder = TemporaryFolder()
        Batches().on(try Table.parse("foreign:" + ForeignTables.compile(source, in: folder)))
    }

    // MARK: Accounts

    struct Account: Check {
        var foreign: Int?
        var leak: Bool

        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
            let empty = keyspace.memory
            for i in 0..<100 { keyspace.set("k\(i)", "value") }
            expect(keyspace.memory.allocations > empty.allocations + 99)
            expect(keyspace.foreignBytes == foreign)
            expect(keyspace.recount() == keyspace.memory)
            keyspace.expectSound("account")
            keyspace.removeAll()
            expect(keyspace.memory == empty && keyspace.count == 0)
            let kept = keyspace.invariantViolations().filter { $0.contains("kept") }
            expect(kept.isEmpty != leak, "\(kept)")
        }
    }

    @Test func bytesTakenElsewhereAreTold() throws {
        Account(foreign: nil, leak: false).on(.foreignStore)
        Account(foreign: nil, leak: false).on(.foreignIndex)
        let source = ForeignSource.linear(
            """
            static uint64_t elsewhere(const void *t) { return count(t) ? 1234 : 0; }
            static const hashmark_store s = {
                create, destroy, count, get, put, erase, each, NULL, {.foreign_bytes = elsewhere}};
            \(ForeignSource.descriptor(store: "&s"))
            """)
        let folder = TemporaryFolder()
        let path = try ForeignTables.compile(source, in: folder)
        Account(foreign: 1234, leak: false).on(try Table.parse("foreign:\(path)"))
    }

    @Test func whatADestroyedTableKeepsIsAViolation() throws {
        let source = ForeignSource.linear(
            """
            static void forget(void *t) { (void)t; }
            static const hashmark_store s = {
                create, forget, count, get, put, erase, each, NULL, {0}};
            \(ForeignSource.descriptor(store: "&s"))
            """)
        let folder = TemporaryFolder()
        let path = try ForeignTables.compile(source, in: folder)
        Account(foreign: nil, leak: true).on(try Table.parse("foreign:\(path)"))
    }

    /// The table's own invariants are among those that a test sees.
    struct Faulty: Check {
        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
            keyspace.set("key", "value")
            let found = keyspace.invariantViolations()
            expect(found.contains { $0.contains("it is broken") }, "\(found)")
            expect(keyspace.statistics.probeLengths == [2, 0, 1])
            expect(keyspace.statistics.capacity == 8 && keyspace.statistics.loadFactor == 0.125)
        }
    }

    @Test func whatATableTellsOfItselfIsHandedOn() throws {
        let more = """
            static const char *fault(const void *t) { (void)t; return "it is\\nbroken"; }
            static void lengths(const void *t, uint64_t *l, size_t n) {
                (void)t; (void)n; l[0] += 2; l[2] += 1;
            }
            static uint64_t places(const void *t) { (void)t; return 8; }
            """
        let optional = "{.violation = fault, .probe_lengths = lengths, .capacity = places}"
        let store = ForeignSource.linear(
            more + "\nstatic const hashmark_store s = {create, destroy, count, get, put, erase, "
                + "each, NULL, \(optional)};\n" + ForeignSource.descriptor(store: "&s"))
        let index = ForeignSource.chained(
            more
                + "\nstatic const hashmark_index i = {create, destroy, count, find, insert, erase, "
                + "each, NULL, \(optional)};\n" + ForeignSource.descriptor(index: "&i"))
        for source in [store, index] {
            let folder = TemporaryFolder()
            Faulty().on(try Table.parse("foreign:" + ForeignTables.compile(source, in: folder)))
        }
    }
}

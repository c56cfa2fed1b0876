// Tables as they are spelled: labels, options of their own, options of all, and what is refused.
import TableBench
import TestSupport
import Testing

@Suite struct TableSpecificationTests {
    private func refusal(
        _ words: [String], _ defaults: [(option: TableSpecification.Option, value: String)] = []
    ) -> String? {
        do throws(TableSpecificationError) {
            _ = try TableSpecification.list(words, defaults: defaults)
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test func labelsAndSpellings() throws {
        let tables = try TableSpecification.list(
            [
                "valkey-9.1", "valkey-9.1?match=scalar&seed=7", "a.b_c-1=valkey-8.1?lookahead=1",
                "wide=valkey-7.2?hash=wide",
            ], defaults: [])
        #expect(
            tables.map(\.label) == [
                "valkey-9.1", "valkey-9.1?match=scalar&seed=7", "a.b_c-1", "wide",
            ])
        #expect(tables[2].spelling == "valkey-8.1?lookahead=1")
        #expect(try TableSpecification.list([], defaults: []).count > 3)
    }

    @Test(arguments: [
        ("valkey9.1", "there is no table 'valkey9.1'; did you mean `valkey-9.1`?"),
        ("a=valkey9.1", "there is no table 'valkey9.1'; did you mean `valkey-9.1`?"),
        ("", "there is no table ''"),
        ("a=foriegn:./x.so", "there is no table 'foriegn:./x.so'; did you mean `foreign:./x.so`?"),
        ("=valkey-9.1", "'' in '=valkey-9.1' is no label"),
        ("a b=valkey-9.1", "is no label; write letters"),
        ("valkey-9.1?hsh=wide", "there is no option 'hsh'; did you mean `hash`?"),
        ("valkey-7.2?lookahead=1", "lookahead is about buckets, which valkey-7.2 has not"),
        ("valkey-9.1?match=avx", "match is 'avx'; write scalar or simd"),
        ("valkey-9.1?quantum=9", "quantum is '9'; write 8 or 16"),
        ("valkey-9.1?seed=-1", "seed is '-1'; write an integer from 0"),
        ("valkey-9.1?seed=1&seed=2", "has 'seed' twice; keep one"),
        ("valkey-9.1?", "'' in 'valkey-9.1?' is no key=value"),
        ("valkey-9.1?hash", "'hash' in 'valkey-9.1?hash' is no key=value"),
        ("valkey-9.1?hash=", "is no key=value; write valkey-9.1?key=value"),
    ])
    func whatIsRefused(_ text: String, _ reason: String) {
        let told = refusal([text])
        #expect(told?.contains(reason) == true, "\(told ?? "nothing")")
    }

    @Test func twoOfOneNameAreRefused() {
        let told = refusal(["a=valkey-9.1", "a=valkey-8.1"])
        #expect(told == "two tables are called 'a'; name one, as LABEL=valkey-8.1")
        let store = ForeignTables.linearStore
        #expect(
            refusal([store, store])
                == "two tables are called 'linear_store'; name one, as LABEL=\(store)")
    }

    /// A loaded table is called by its own name, and gets those keys that are none of ours.
    @Test func loadedTables() throws {
        let (store, index) = (ForeignTables.linearStore, ForeignTables.chainedIndex)
        let words = [
            index, store + "?hash=wide&places=64&seed=7", "a.b=\(store)?places=2&quantum=16",
        ]
        let tables = try TableSpecification.list(words, defaults: [(.hash, "wide")])
        #expect(
            tables.map(\.label) == [
                "chained_index", "linear_store?places=64&hash=wide&seed=7", "a.b",
            ])
        #expect(tables.map(\.spelling) == [words[0], words[1], "\(store)?places=2&quantum=16"])
        #expect(tables[0].lacks.isEmpty && tables[1].lacks.contains(.slots))
    }

    @Test(arguments: [
        ("?places=3", "linear_store refuses 'places=3': places=N takes powers of two"),
        ("?match=scalar", "match is about buckets, which linear_store has not; leave it out"),
        ("?hash=md5", "hash is 'md5'; write siphash or wide"),
        ("?seed=1&seed=2", "has 'seed' twice; keep one"),
        ("?places", "'places' in 'foreign:"), ("?", "'' in 'foreign:"),
        ("=x.so?places=64", "linear_store.so=x.so': No such file"),
    ])
    func whatIsRefusedOfLoadedTables(_ rest: String, _ reason: String) {
        let told = refusal([ForeignTables.linearStore + rest])
        #expect(told?.contains(reason) == true, "\(told ?? "nothing")")
    }

    @Test func whatIsAskedOfAllGoesToThoseThatDoNotSay() {
        #expect(refusal(["valkey-7.2", "valkey-9.1"], [(.match, "scalar")]) == nil)
        #expect(refusal([], [(.hash, "wide"), (.lookahead, "0")]) == nil)
        let none = refusal(["valkey-7.2"], [(.match, "scalar")])
        #expect(none?.hasPrefix("--match has no effect") == true)
        let own = refusal(["valkey-9.1?match=sse2", "valkey-7.2"], [(.match, "scalar")])
        #expect(own?.hasPrefix("--match has no effect") == true)
        #expect(refusal([], [(.hash, "md5")]) == "--hash is 'md5'; write siphash or wide")
    }
}

// Suites of tables: as one is shipped, as people write them and as nobody should.
import Experiments
import Foundation
import ShippedFiles
import StrictYAML
import TestSupport
import Testing

@Suite struct TableSuiteTests {
    private static func suite(_ lines: String...) throws(FileProblems) -> TableSuite {
        let head = ["schema: hashmark.suite/1", "name: s"]
        let text = (head + lines).joined(separator: "\n") + "\n"
        return try TableSuite(yaml: Array(text.utf8), file: "s.yaml")
    }

    @Test func theShippedOneHasTheReleasesAndTheAdapters() throws {
        let file = try SuiteFile(file: "tables", in: SearchPath())
        guard case .tables(let suite) = file else {
            Issue.record("tables.yaml is no suite of tables")
            return
        }
        #expect(file.isOfTables && file.title == suite.title && suite.name == "tables")
        #expect(suite.tables.first == .table("valkey-9.1") && suite.tables.last == .adapter(nil))
        #expect(suite.tables.count == 5 && suite.entries?.count == 3)
        guard case .comparison = try SuiteFile(file: "smoke", in: SearchPath()) else {
            Issue.record("smoke.yaml is taken for a suite of tables")
            return
        }
    }

    @Test func numbersAreOneOrMany() throws {
        let one = try Self.suite(
            "tables: [valkey-9.1]", "entries: 10k", "key_size: 16", "hits: 0.5", "batch: 16")
        #expect(one.entries == [10_000] && one.keySizes == [16])
        #expect(one.hits == [50] && one.batch == [16] && one.rounds == nil)
        let many = try Self.suite(
            "tables: ['a=valkey-9.1?match=scalar', foreign:./x.so, adapters/judy]",
            "entries: [100, 1M]", "key_size: [16, 32]", "value_size: 1KiB", "hits: [1, 0.25, 0]",
            "batch: [1, 16]", "rounds: 7", "growth: 0", "curve: 0", "hash: wide")
        #expect(
            many.tables == [
                .table("a=valkey-9.1?match=scalar"), .table("foreign:./x.so"), .adapter("judy"),
            ])
        #expect(many.entries == [100, 1_000_000] && many.keySizes == [16, 32])
        #expect(many.valueSize == 1_024 && many.hits == [100, 25, 0] && many.batch == [1, 16])
        #expect(many.rounds == 7 && many.growth == 0 && many.curve == 0 && many.hash == "wide")
    }

    @Test(arguments: [
        ("tables: []", "add at least one"), ("tables: valkey-9.1", "not a list"),
        ("tables: [valky-9.1]", "did you mean `valkey-9.1`?"),
        ("tables: ['valkey-9.1?macth=scalar']", "did you mean `match`?"),
        ("tables: [[valkey-9.1]]", "not a table"), ("tables: [adapters/../x]", "no adapter's name"),
        ("tables: [adapters/]", "no adapter's name"),
        ("tables: [valkey-9.1]\nentries: 0", "out of range"),
        ("tables: [valkey-9.1]\nentries: []", "is empty"),
        ("tables: [valkey-9.1]\nentries: [1.5]", "not a whole number"),
        ("tables: [valkey-9.1]\nbatch: [1, 2000]", "out of range"),
        ("tables: [valkey-9.1]\nhits: [2]", "out of range"),
        ("tables: [valkey-9.1]\nhits: 0.001", "no whole percentage"),
        ("tables: [valkey-9.1]\nhits: x", "not a number"),
        ("tables: [valkey-9.1]\nhash: md5", "write siphash or wide"),
        ("tables: [valkey-9.1]\ntargets: [ref:valkey-9.1]", "unknown key `targets`"),
        ("tables: [valkey-9.1]\nkey_size: 1", "out of range"),
        ("tables: [valkey-9.1]\nrounds: 0", "out of range"),
    ])
    func mistakesHaveALineAndARemedy(lines: String, words: String) {
        let error = #expect(throws: FileProblems.self) { try Self.suite(lines) }
        let text = error.map { "\($0)" } ?? ""
        let last = 2 + lines.split(separator: "\n").count
        #expect(text.contains("s.yaml:\(last):") && text.contains(words), "\(text)")
    }

    @Test func adaptersAreThoseThatAreBuilt() throws {
        let folder = TemporaryFolder()
        let suite = try Self.suite("tables: [adapters/judy, valkey-9.1, adapters]")
        let none = suite.spellings(adapters: folder.file("none"))
        #expect(none.tables == ["valkey-9.1"])
        #expect(none.missing.map(\.cause).first?.contains("the adapter judy is not in") == true)
        #expect(none.missing.last?.remedy.contains("--adapters") == true)
        #expect(none.missing.count == 2)
        for name in ["uthash.so", "boost.so", ".boost.so", "check"] {
            try "".write(toFile: folder.file(name), atomically: true, encoding: .utf8)
        }
        let some = suite.spellings(adapters: folder.path)
        #expect(
            some.tables == [
                "valkey-9.1", "boost=foreign:\(folder.path)/boost.so",
                "uthash=foreign:\(folder.path)/uthash.so",
            ])
        #expect(some.missing.count == 1)
    }
}

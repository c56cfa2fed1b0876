// Foreign tables: what is loaded, what is refused and in which words, and what is known of it.
import Foundation
import Keyspaces
import TestSupport
import Testing

/// C sources that are loaded in tests, each around an example.
enum ForeignSource {
    /// `chained_index.c` under another name, with `more` behind it.
    static func chained(_ more: String) -> String { around("chained_index", more) }
    /// `linear_store.c` under another name, with `more` behind it.
    static func linear(_ more: String) -> String { around("linear_store", more) }

    private static func around(_ example: String, _ more: String) -> String {
        """
        #define hashmark_table example_table
        #include "\(example).c"
        #undef hashmark_table
        \(more)
        """
    }

    static func descriptor(
        version: String = "HASHMARK_TABLE_VERSION", threads: String = "0",
        name: String = "\"mine\"", index: String = "NULL", store: String = "NULL"
    ) -> String {
        "const hashmark_table_descriptor hashmark_table = "
            + "{\(version), \(threads), \(name), \"of mine\", \(index), \(store)};"
    }

    /// An index with nothing that is optional.
    static let plainIndex = chained(
        """
        static const hashmark_index plain = {
            .create = create, .destroy = destroy, .count = count, .find = find, .insert = insert,
            .erase = erase, .each = each};
        \(descriptor(index: "&plain"))
        """)
}

@Suite struct ForeignLoadingTests {
    /// What a C file says before its descriptor, the descriptor, and what is said of it.
    struct Fault: Sendable {
        var source: String
        var words: [String]

        /// A file of its own.
        init(_ start: String, _ descriptor: String, _ words: String...) {
            source = "#include \"hashmark_table.h\"\n\(start)\n\(descriptor)"
            self.words = words
        }

        /// One around an example.
        init(around example: String, _ words: String...) {
            source = example
            self.words = words
        }
    }

    private static let both = """
        static hashmark_index both;
        \(ForeignSource.descriptor(index: "&both", store: "&store"))
        """
    private static let few = """
        static const hashmark_index few = {
            .create = create, .destroy = destroy, .count = count, .insert = insert, .each = each};
        \(ForeignSource.descriptor(index: "&few"))
        """
    private static let never = """
        static void *never(const hashmark_host *h) { (void)h; return NULL; }
        static const hashmark_store s = {never, destroy, count, get, put, erase, each, NULL, {0}};
        \(ForeignSource.descriptor(store: "&s"))
        """

    static let faults: [Fault] = [
        Fault("", "int nothing;", "exports no hashmark_table", "define `const"),
        Fault(
            "", ForeignSource.descriptor(version: "77"), "version 77", "this is version 1",
            "compile it"),
        Fault("", ForeignSource.descriptor(name: "NULL"), "its name is ''", "`name`"),
        Fault("", ForeignSource.descriptor(name: "\"a b\""), "its name is 'a b'"),
        Fault(
            "", ForeignSource.descriptor(threads: "9"), "`threads` is 9", "HASHMARK_READERS"),
        Fault("", ForeignSource.descriptor(), "no index and no store", "set one"),
        Fault(
            "static hashmark_store few;", ForeignSource.descriptor(store: "&few"),
            "its store lacks create, destroy, count, get, put, erase, each", "hashmark_store"),
        Fault(around: ForeignSource.linear(both), "index and store in one"),
        Fault(around: ForeignSource.chained(few), "its index lacks find, erase;"),
        Fault(around: ForeignSource.linear(never), "mine refuses to start: it does not say why"),
    ]

    @Test(arguments: faults.indices) func faultsAreToldInOneLine(_ index: Int) throws {
        let fault = Self.faults[index]
        let folder = TemporaryFolder()
        let path = try ForeignTables.compile(fault.source, in: folder)
        let error = #expect(throws: TableError.self) { try Table.parse("foreign:\(path)") }
        let text = try #require(error?.description)
        for word in fault.words { #expect(text.contains(word), "\(text)") }
        #expect(!text.contains("\n"))
    }

    @Test func filesThatAreNone() throws {
        func refusal(_ name: String) -> String {
            do { _ = try Table.parse(name) } catch { return "\(error)" }
            return ""
        }
        #expect(refusal("foreign:").contains("write foreign:./mine.so"))
        #expect(refusal("foreign:/no/such.so").contains("/no/such.so': No such file"))
        let folder = TemporaryFolder()
        let text = folder.file("text.so")
        try "no library".write(toFile: text, atomically: true, encoding: .utf8)
        #expect(refusal("foreign:\(text)").contains("cannot load a table: \(text)"))
        #expect(refusal("foregin:./a.so").contains("did you mean `foreign:./a.so`?"))
        #expect(refusal("./a.so").contains("did you mean `foreign:./a.so`?"))
        #expect(refusal("valkey-9.2").contains("did you mean `valkey-9.1`?"))
        #expect(refusal("zzz").contains("foreign:PATH"))
    }

    @Test func optionsAreTheTables() throws {
        let table = try Table.parse(ForeignTables.linearStore + "?places=64")
        #expect(table.label == "linear_store?places=64")
        #expect(table.name == ForeignTables.linearStore + "?places=64")
        #expect(table != .foreignStore && Table.foreignStore.label == "linear_store")
        #expect(table.title.contains("linear probing"))
        let error = #expect(throws: TableError.self) {
            try Table.parse(ForeignTables.linearStore + "?places=3")
        }
        let text = try #require(error?.description)
        #expect(text.contains("linear_store refuses 'places=3': places=N takes powers of two"))
        #expect(throws: TableError.self) { try Table.parse(ForeignTables.chainedIndex + "?x=1") }
    }

    /// The page shows the very file that is compiled here, and it is short enough for a page.
    @Test func theDocumentedStoreIsTheExample() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Sources/CTable")
        func text(_ path: String) throws -> String {
            try String(contentsOf: folder.appending(path: path), encoding: .utf8)
        }
        let store = try text("Examples/linear_store.c")
        #expect(try text("README.md").contains("```c\n\(store)```\n"))
        #expect(store.split(separator: "\n", omittingEmptySubsequences: false).count <= 80)
    }

    @Test func whatATableLacks() throws {
        for table in Table.releases + [.foreignIndex] { #expect(table.lacks.isEmpty, "\(table)") }
        #expect(Table.tsavorite.lacks == [.collections])
        #expect(Table.segcache.lacks == [.collections, .usage])
        #expect(Set(Table.foreignStore.lacks) == Set(Capability.allCases))
        #expect(!Table.foreignIndex.resizesAtOnce && Table.foreignStore.resizesAtOnce)
        let folder = TemporaryFolder()
        let path = try ForeignTables.compile(ForeignSource.plainIndex, in: folder)
        let plain = try Table.parse("foreign:\(path)")
        #expect(plain.lacks == [.scan, .random, .eviction] && plain.resizesAtOnce)
        #expect(plain.label == "mine" && plain.title == "of mine")
        for option in TableOption.allCases { #expect(!plain.has(option)) }
    }
}

// A table that is not ours: a shared object behind hashmark_table.h (Sources/CTable), spelled
// `foreign:PATH[?OPTIONS]`.
//
//     ForeignTable ── path, options, ForeignLibrary (loaded and checked)
//         │
//         ├─ hashmark_index ─▶ ForeignIndex, a `KeyIndex` ─▶ ForeignIndexKeyspace
//         └─ hashmark_store ─────────────────────────────▶ ForeignStoreKeyspace
//
// What stands behind the `?` is the table's own: it is handed over as it is. `OwnFace` stands in
// for a path, too.
import CTable
import Glibc

public struct ForeignTable: Sendable {
    public static let scheme = "foreign:"

    /// Absolute, for a server that is launched elsewhere; of a face that is built in, its name.
    private let path: String
    /// What stands behind the `?`; empty without.
    let options: String
    let library: ForeignLibrary

    /// Loads the table spelled `name` and makes one, as a try.
    /// - Throws: what is missing or refused, with the remedy.
    init(_ name: String) throws(TableError) {
        let parts = name.dropFirst(Self.scheme.count)
            .split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = parts.first.map { String($0) } ?? ""
        guard !path.isEmpty else {
            throw TableError("'\(name)' names no shared object", remedy: "write foreign:./mine.so")
        }
        self.path = ForeignLibrary.isBuiltIn(path) ? path : Self.absolute(path)
        options = parts.count > 1 ? String(parts[1]) : ""
        library = try ForeignLibrary(self.path)
        if let refusal = ForeignHost.refusal(of: self) {
            throw TableError(
                "\(library.name) refuses \(options.isEmpty ? "to start" : "'\(options)'"): "
                    + refusal,
                remedy: "correct what stands behind the ? of \(Self.scheme)\(path)")
        }
    }

    private static func absolute(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        guard let folder = getcwd(nil, 0) else { return path }
        defer { free(folder) }
        let rest = path.hasPrefix("./") ? path.dropFirst(2) : path[...]
        return String(cString: folder) + "/" + rest
    }

    private var query: String { options.isEmpty ? "" : "?" + options }
    var name: String { Self.scheme + path + query }
    /// The library's own name, and the options that may tell two of it apart.
    var label: String { library.name + query }
    var title: String { library.title }

    var isStore: Bool { library.store != nil }

    var resizesAtOnce: Bool { library.more.resize_step == nil }

    var lacks: Set<Capability> {
        let more = library.more
        var lacks: Set<Capability> = []
        if more.scan == nil { lacks.insert(.scan) }
        if more.random == nil { lacks.formUnion([.random, .eviction]) }
        if isStore {
            lacks.formUnion(
                [.collections, .expiry, .eviction, .slots, .usage, .representation])
        }
        return lacks
    }

    /// Who may call it at once.
    public var threads: String {
        switch library.threads {
        case HASHMARK_WRITERS: "any, at once"
        case HASHMARK_READERS: "readers at once"
        default: "one at a time"
        }
    }
}

extension ForeignTable: Hashable {
    public static func == (one: ForeignTable, other: ForeignTable) -> Bool {
        one.name == other.name
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

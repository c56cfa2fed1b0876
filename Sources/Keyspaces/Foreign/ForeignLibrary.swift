// A shared object that exports a table: loaded, and checked before anything of it is called. Each
// way in which it can be of no use has a line of its own, with the remedy.
import CTable
import Glibc

/// What was loaded stays loaded, and its descriptor is a constant.
public struct ForeignLibrary: @unchecked Sendable {
    private let descriptor: UnsafePointer<hashmark_table_descriptor>
    public let name: String
    public let title: String

    /// Exactly one of the two is there.
    public var index: UnsafePointer<hashmark_index>? { descriptor.pointee.index }
    public var store: UnsafePointer<hashmark_store>? { descriptor.pointee.store }
    /// What either may have or lack.
    public var more: hashmark_optional {
        index?.pointee.more ?? store?.pointee.more ?? hashmark_optional()
    }
    /// 0, HASHMARK_READERS or HASHMARK_WRITERS.
    public var threads: UInt32 { descriptor.pointee.threads }

    /// Whether `path` is no file but a built-in table behind its own C face.
    public static func isBuiltIn(_ path: String) -> Bool { OwnFace(path: path) != nil }

    /// - Parameter path: with a slash, so that it is no name in the loader's search path.
    public init(_ path: String) throws(TableError) {
        if let face = OwnFace(path: path) {
            descriptor = face.descriptor
        } else {
            descriptor = try Self.load(path)
        }
        name = descriptor.pointee.name.map { String(cString: $0) } ?? ""
        title = descriptor.pointee.title.map { String(cString: $0) } ?? ""
        if let fault { throw TableError("'\(path)': \(fault.cause)", remedy: fault.remedy) }
    }

    private static func load(
        _ path: String
    ) throws(TableError) -> UnsafePointer<hashmark_table_descriptor> {
        guard access(path, R_OK) == 0 else {
            throw TableError(
                "cannot open '\(path)': \(String(cString: strerror(errno)))",
                remedy: "give the path of a shared object, absolute or from the current folder")
        }
        guard let library = dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
            let reason = dlerror().map { oneLine(String(cString: $0)) } ?? path
            throw TableError(
                "cannot load a table: \(reason)",
                remedy: "compile it with -shared -fPIC, and link it with what it needs")
        }
        guard let symbol = dlsym(library, "hashmark_table") else {
            dlclose(library)
            throw TableError(
                "'\(path)' exports no hashmark_table",
                remedy: "define `const hashmark_table_descriptor hashmark_table`, which "
                    + "hashmark_table.h declares")
        }
        // The rest may lie elsewhere in another version.
        let version = symbol.load(as: UInt32.self)
        guard version == UInt32(HASHMARK_TABLE_VERSION) else {
            throw TableError(
                "'\(path)' speaks version \(version) of hashmark_table.h, and this is version "
                    + "\(HASHMARK_TABLE_VERSION)",
                remedy: "compile it with the hashmark_table.h of this release")
        }
        return UnsafePointer(symbol.assumingMemoryBound(to: hashmark_table_descriptor.self))
    }

    static func oneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    // MARK: Checks

    private typealias Fault = (cause: String, remedy: String)

    /// The first reason why it cannot be used.
    private var fault: Fault? {
        guard !name.isEmpty, name.allSatisfy({ $0.isASCII && $0 > " " && !"?/".contains($0) })
        else {
            return (
                "its name is '\(Self.oneLine(name))'",
                "give it a `name` of letters, digits and signs, without blanks, ? and /"
            )
        }
        guard threads <= HASHMARK_WRITERS else {
            return (
                "its `threads` is \(threads)", "write 0, HASHMARK_READERS or HASHMARK_WRITERS"
            )
        }
        switch (index, store) {
        case (let index?, nil): return Self.fault("index", Self.missing(index.pointee))
        case (nil, let store?): return Self.fault("store", Self.missing(store.pointee))
        case (nil, nil): return ("it is no index and no store", "set one of `index` and `store`")
        default: return ("it is index and store in one", "set one of `index` and `store` to NULL")
        }
    }

    private static func fault(_ kind: String, _ missing: [String]) -> Fault? {
        guard !missing.isEmpty else { return nil }
        let names = missing.joined(separator: ", ")
        return (
            "its \(kind) lacks \(names)",
            "set what hashmark_\(kind) has before `more`, but for what is optional"
        )
    }

    private static func missing(_ index: hashmark_index) -> [String] {
        let needed: [(String, Bool)] = [
            ("create", index.create != nil), ("destroy", index.destroy != nil),
            ("count", index.count != nil), ("find", index.find != nil),
            ("insert", index.insert != nil), ("erase", index.erase != nil),
            ("each", index.each != nil),
        ]
        return needed.filter { !$0.1 }.map(\.0)
    }

    private static func missing(_ store: hashmark_store) -> [String] {
        let needed: [(String, Bool)] = [
            ("create", store.create != nil), ("destroy", store.destroy != nil),
            ("count", store.count != nil), ("get", store.get != nil), ("put", store.put != nil),
            ("erase", store.erase != nil), ("each", store.each != nil),
        ]
        return needed.filter { !$0.1 }.map(\.0)
    }
}

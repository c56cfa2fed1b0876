// A shared object that exports a table: loaded, and looked at before anything of it is called.
import CTable
import Glibc

/// What was loaded stays loaded, and its descriptor is a constant.
struct LoadedTable: @unchecked Sendable {
    private let descriptor: UnsafePointer<hashmark_table_descriptor>

    var index: hashmark_index? { descriptor.pointee.index?.pointee }
    var store: hashmark_store? { descriptor.pointee.store?.pointee }
    var more: hashmark_optional { index?.more ?? store?.more ?? hashmark_optional() }
    var looksUpMany: Bool { index?.find_many != nil || store?.get_many != nil }
    var threads: UInt32 { descriptor.pointee.threads }
    var name: String { Self.text(descriptor.pointee.name) }
    var title: String { Self.text(descriptor.pointee.title) }

    /// - Parameter path: with a slash, so that it is no name in the loader's search path.
    /// - Throws: a finding `descriptor`, with the remedy.
    init(_ path: String) throws(Finding) {
        guard let library = dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
            let reason = dlerror().map { String(cString: $0) } ?? path
            throw Self.fault(
                "it cannot be loaded: \(reason)",
                "compile it with -shared -fPIC, and link it with what it needs")
        }
        guard let symbol = dlsym(library, "hashmark_table") else {
            throw Self.fault(
                "it exports no hashmark_table",
                "define `const hashmark_table_descriptor hashmark_table`")
        }
        // The rest may lie elsewhere in another version.
        let version = symbol.load(as: UInt32.self)
        guard version == UInt32(HASHMARK_TABLE_VERSION) else {
            throw Self.fault(
                "it speaks version \(version) of hashmark_table.h, and this is version "
                    + "\(HASHMARK_TABLE_VERSION)",
                "compile it with the hashmark_table.h of this release")
        }
        descriptor = UnsafePointer(symbol.assumingMemoryBound(to: hashmark_table_descriptor.self))
        if let fault { throw fault }
    }

    private static func text(_ words: UnsafePointer<CChar>?) -> String {
        words.map { Finding.oneLine(String(cString: $0)) } ?? ""
    }

    private static func fault(_ cause: String, _ remedy: String) -> Finding {
        Finding("descriptor", "\(cause); \(remedy)")
    }

    /// The first reason why it cannot be used.
    private var fault: Finding? {
        guard !name.isEmpty, name.allSatisfy({ $0.isASCII && $0 > " " && $0 != "?" }) else {
            return Self.fault(
                "its name is '\(name)'",
                "give it a `name` of letters, digits and signs, without blanks and ?")
        }
        guard threads <= HASHMARK_WRITERS else {
            return Self.fault(
                "its `threads` is \(threads)", "write 0, HASHMARK_READERS or HASHMARK_WRITERS")
        }
        switch (index, store) {
        case (let index?, nil): return Self.fault(of: "index", missing: Self.missing(index))
        case (nil, let store?): return Self.fault(of: "store", missing: Self.missing(store))
        case (nil, nil):
            return Self.fault("it is no index and no store", "set one of `index` and `store`")
        default:
            return Self.fault(
                "it is index and store in one", "set one of `index` and `store` to NULL")
        }
    }

    private static func fault(of kind: String, missing: [String]) -> Finding? {
        guard !missing.isEmpty else { return nil }
        return fault(
            "its \(kind) lacks \(missing.joined(separator: ", "))",
            "set what hashmark_\(kind) has before `more`, but for what is optional")
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

// The table of Valkey 9.1 behind its own C face: the very table that is compiled in, reached
// through hashmark_table.h as a loaded one is, but in this process and without a shared object.
// What the two differ in is what the interface costs.
//
//     foreign:valkey-9.1/index ─▶ OwnFace.index ── OwnIndex   buckets over the host's entries
//     foreign:valkey-9.1/store ─▶ OwnFace.store ── OwnStore   a keyspace of its own
//
// Both allocate from slabs of their own, which `foreign_bytes` tells: the host gives what they lie
// in, and nothing more.
import CTable
import Glibc

enum OwnFace: String {
    case index = "valkey-9.1/index"
    case store = "valkey-9.1/store"

    /// The face that is called so, where no file is: a path of somebody's stays one.
    init?(path: String) {
        guard let face = OwnFace(rawValue: path), access(path, F_OK) != 0 else { return nil }
        self = face
    }

    /// What a shared object would export. It stays as long as the process.
    var descriptor: UnsafePointer<hashmark_table_descriptor> {
        switch self {
        case .index: Self.indexDescriptor.pointer
        case .store: Self.storeDescriptor.pointer
        }
    }

    private static let indexDescriptor = Descriptor(
        name: "valkey-9.1-index", title: "Valkey 9.1's buckets as an index behind hashmark_table.h",
        threads: HASHMARK_READERS, index: OwnIndex.functions, store: nil)
    // A look-up notes when an entry was used: readers write.
    private static let storeDescriptor = Descriptor(
        name: "valkey-9.1-store",
        title: "Valkey 9.1's buckets and objects as a store behind hashmark_table.h",
        threads: 0, index: nil, store: OwnStore.functions)

    /// A descriptor in memory that nobody frees, never written again.
    private struct Descriptor: @unchecked Sendable {
        let pointer: UnsafePointer<hashmark_table_descriptor>

        init(
            name: String, title: String, threads: UInt32, index: hashmark_index?,
            store: hashmark_store?
        ) {
            let made = UnsafeMutablePointer<hashmark_table_descriptor>.allocate(capacity: 1)
            made.initialize(
                to: hashmark_table_descriptor(
                    version: UInt32(HASHMARK_TABLE_VERSION), threads: threads,
                    name: Self.kept(name), title: Self.kept(title), index: Self.kept(index),
                    store: Self.kept(store)))
            pointer = UnsafePointer(made)
        }

        private static func kept(_ text: String) -> UnsafePointer<CChar>? {
            let copy: UnsafeMutablePointer<CChar>? = strdup(text)
            return UnsafePointer<CChar>(copy)
        }

        private static func kept<Functions>(_ functions: Functions?) -> UnsafePointer<Functions>? {
            guard let functions else { return nil }
            let memory = UnsafeMutablePointer<Functions>.allocate(capacity: 1)
            memory.initialize(to: functions)
            return UnsafePointer(memory)
        }
    }
}

// MARK: - What both faces need

/// The functions that C hands over for walks.
typealias EntryVisitor = @convention(c) (UnsafeMutableRawPointer?, UInt64) -> Void
typealias PairVisitor =
    @convention(c) (UnsafeMutableRawPointer?, hashmark_bytes, hashmark_bytes) ->
    Void
typealias AnyVisitor =
    @convention(c) (
        UnsafeMutableRawPointer?, UInt64, hashmark_bytes, hashmark_bytes
    ) -> Void

extension UnsafePointer where Pointee == hashmark_host {
    /// Whether no options were given, for there are none; refuses them otherwise.
    func givesNoOptions() -> Bool {
        guard let options = pointee.options, options.pointee != 0 else { return true }
        "it has no options; leave out what stands behind the ?".withCString {
            pointee.refuse.unsafelyUnwrapped(pointee.context, $0)
        }
        return false
    }

    func allocate(_ bytes: Int) -> UnsafeMutableRawPointer? {
        pointee.allocate.unsafelyUnwrapped(pointee.context, bytes, 16)
    }

    /// What `allocate` with the same number gave.
    func release(_ memory: UnsafeMutableRawPointer?, _ bytes: Int) {
        pointee.release.unsafelyUnwrapped(pointee.context, memory, bytes, 16)
    }
}

/// A line that C can read until the next one is told.
struct ToldLine: ~Copyable {
    private var text: UnsafeMutablePointer<CChar>?

    deinit { free(text) }

    mutating func tell(_ line: String?) -> UnsafePointer<CChar>? {
        free(text)
        text = nil
        guard let line else { return nil }
        text = strdup(line)
        return UnsafePointer<CChar>(text)
    }
}

extension BucketHandle where Entries == KeyedObjects {
    /// Adds to `lengths[i]` the entries in the bucket i + 1 of their chains, as `probe_lengths`
    /// does.
    func addProbeLengths(_ lengths: UnsafeMutablePointer<UInt64>?, _ count: Int) {
        guard let lengths, count > 0 else { return }
        forEachChain { _, _, home in
            var step = 0
            var next: Bucket? = home
            while let bucket = next {
                next = bucket.next
                lengths[min(step, count - 1)] += UInt64(bucket.count)
                step += 1
            }
        }
    }
}

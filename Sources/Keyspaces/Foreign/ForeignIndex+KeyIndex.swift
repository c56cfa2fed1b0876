// A foreign index as an index of keyed objects: what of it is not in the other files.
import CTable

extension ForeignIndex: ObjectIndex {
    typealias Element = KeyedObject
    typealias Found = Position

    /// One host for the tables of both stores.
    static func traits(_ options: KeyspaceOptions, _ hasher: KeyHasher) -> Traits {
        guard case .foreign(let table) = options.table.design.index,
            let index = table.library.index
        else { preconditionFailure("\(options.table) is no foreign index") }
        return Traits(api: index, host: ForeignHost.make(table, options.quantum, hasher))
    }

    /// Where there are no steps, no resize is ever under way.
    static func isListed(_ traits: Traits) -> Bool { traits.api.pointee.more.resize_step != nil }

    /// The table knows by itself, with every call; background work gives it the steps for it.
    var shrinksOnDelete: Bool { false }
    var growsWhenFull: Bool { false }
    func growIfNeeded(_: inout Slab) {}
    func shrinkIfNeeded(_: inout Slab) { step() }

    func key(of object: KeyedObject) -> Bytes { object.key }

    @inline(__always)
    static func element(at position: Position) -> KeyedObject {
        KeyedObject(entry: position.place.pointee)
    }

    @inline(__always)
    static func put(_ object: KeyedObject, at position: Position) {
        position.place.pointee = object.entry
    }

    // What is behind the first access, only the table knows.
    @inline(__always)
    func prefetchEntry(_: UInt64) {}
    @inline(__always)
    func prefetchValue(_: Key) {}
    @inline(__always)
    func prefetchPayload(_: Key) {}

    static func memoryElsewhere(_ traits: Traits) -> MemoryReport {
        MemoryReport(traits.host.pointee.slab)
    }

    static func violationsElsewhere(_ traits: Traits) -> [String] {
        traits.host.pointee.violations()
    }

    static func giveUpAll(_ traits: Traits) { destroyAll(traits.host) }
}

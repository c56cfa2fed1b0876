// OBJECT and MEMORY: how and where values are kept.
import Keyspaces
import LinuxSystem
import RESP

extension Engine where K: ~Copyable {
    mutating func object(_ request: Request) {
        guard let name = subcommand(request) else { return }
        let isUsage = name == "freq" || name == "idletime"
        guard tableHas(isUsage ? .usage : .representation, request) else { return }
        let key = keyspace.key(argument(request, 2).bytes)
        let encoding = keyspace.encoding(of: key)
        count(encoding != nil)
        guard let encoding else { return reply.null() }
        switch name {
        case "encoding":
            if let collection = keyspace.peekCollection(key) {
                reply.bulk(collection.encoding.name)
            } else {
                replyEncoding(encoding)
            }
        case "refcount": reply.integer(isShared(key, encoding) ? Int(Int32.max) : 1)
        case "freq":
            guard let frequency = keyspace.usage(of: key)?.frequency else {
                return fail(
                    request,
                    "ERR An LFU maxmemory policy is not selected, access frequency not"
                        + " tracked. \(Self.switchingNote)")
            }
            reply.integer(frequency)
        default:
            guard let idle = keyspace.usage(of: key)?.idleMilliseconds else {
                return fail(
                    request,
                    "ERR An LFU maxmemory policy is selected, idle time not tracked."
                        + " \(Self.switchingNote)")
            }
            reply.integer(idle / 1_000)
        }
    }

    /// Whether the value is one of the integers that entries have in common: their count of
    /// references stands still at the largest. Policies that go by an entry's use need an object
    /// for each, for it is recorded there.
    private func isShared(_ key: Key, _ encoding: ValueEncoding) -> Bool {
        guard configuration.table.sharesIntegers, case .integer = encoding,
            case .integer(let number) = keyspace.peek(key), (0..<10_000).contains(number)
        else { return false }
        switch configuration.keyspace.eviction {
        case .allkeysLRU, .volatileLRU, .allkeysLFU, .volatileLFU: return false
        case .noeviction, .allkeysRandom, .volatileRandom, .volatileTTL: return true
        }
    }

    private static var switchingNote: String {
        "Please note that when switching between policies at runtime LRU and LFU data will take"
            + " some time to adjust."
    }

    private mutating func replyEncoding(_ encoding: ValueEncoding) {
        switch encoding {
        case .integer: reply.bulk("int" as StaticString)
        case .embedded: reply.bulk("embstr" as StaticString)
        case .separate: reply.bulk("raw" as StaticString)
        }
    }

    // MARK: MEMORY

    mutating func memory(_ request: Request) {
        guard let name = subcommand(request) else { return }
        switch name {
        case "usage": memoryUsage(request)
        case "stats": tell(.memoryStatistics)
        case "purge":
            Heap.trim()
            reply.ok()
        default:
            reply.verbatim("Memory per entry is what this server is for: see HASHMARK STATS.\n")
        }
    }

    /// As in real servers: what the allocator spent on the entry's objects and strings, in size
    /// classes, without its share of the index.
    private mutating func memoryUsage(_ request: Request) {
        guard tableHas(.representation, request) else { return }
        for index in stride(from: 3, to: request.argumentCount, by: 2) {
            guard argument(request, index).isWord("samples"), index + 1 < request.argumentCount
            else { return syntaxError(request) }
            guard let samples = argument(request, index + 1).integer else {
                return notAnInteger(request)
            }
            guard samples >= 0 else { return syntaxError(request) }
        }
        guard let bytes = keyspace.allocated(by: keyspace.key(argument(request, 2).bytes)) else {
            return reply.null()
        }
        reply.integer(bytes)
    }

    mutating func replyMemoryStatistics(_ figures: ServerFigures) {
        let (memory, used) = (figures.memory, figures.usedMemory)
        let keys = figures.databases.values.reduce(0) { $0 + $1.keys }
        let startup = ServerStatistics.serverBytes + figures.statistics.emptyKeyspaceBytes
        let data = max(used - startup, 0)
        var pairs: [(String, Int)] = [
            ("peak.allocated", figures.statistics.peakBytes),
            ("total.allocated", used), ("startup.allocated", startup),
            ("clients.normal", figures.clients * MemoryLayout<Connection>.size),
            ("overhead.total", startup), ("keys.count", keys),
            ("keys.bytes-per-key", keys > 0 ? data / keys : 0),
            ("dataset.bytes", data), ("allocator.allocated", memory.allocated),
            ("hashmark.requested", memory.requested),
            ("hashmark.allocations", memory.allocations),
        ]
        if let bytes = figures.foreignBytes { pairs.append(("hashmark.foreign", bytes)) }
        reply.map(pairs.count)
        for (name, value) in pairs {
            reply.bulk(name)
            reply.integer(value)
        }
    }
}

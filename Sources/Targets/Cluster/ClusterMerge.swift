// One reply of the replies of all nodes.
import RESP

enum ClusterMerge {
    /// The first error, else the first reply.
    case first
    /// The sum of integers.
    case sum
    /// Names and numbers, added up name by name.
    case pairs
    /// One list.
    case lists
    /// INFO: what can be added up is, the rest is the first node's.
    case info

    /// - Parameter replies: of each node, at least one.
    func merged(_ replies: [RESPValue]) -> RESPValue {
        for reply in replies {
            if case .error = reply { return reply }
        }
        switch self {
        case .first: return replies[0]
        case .sum:
            // What a node does not tell in numbers cannot be added up.
            let numbers = replies.compactMap(\.number)
            guard numbers.count == replies.count else { return replies[0] }
            return .integer(numbers.reduce(0) { Self.sum($0, $1) })
        case .pairs: return Self.pairs(replies)
        case .lists: return .array(replies.flatMap { $0.elements ?? [] })
        case .info: return .bytes(Array(Self.info(replies.map { $0.text ?? "" }).utf8))
        }
    }

    private static func sum(_ one: Int64, _ other: Int64) -> Int64 {
        let (sum, isTooMuch) = one.addingReportingOverflow(other)
        return isTooMuch ? .max : sum
    }

    private static func pairs(_ replies: [RESPValue]) -> RESPValue {
        var merged = replies[0].elements ?? []
        for reply in replies.dropFirst() {
            guard let items = reply.elements, items.count == merged.count else { continue }
            for index in stride(from: 1, to: items.count, by: 2) {
                guard let own = merged[index].number, let more = items[index].number else {
                    continue
                }
                merged[index] = .integer(sum(own, more))
            }
        }
        return .array(merged)
    }

    // MARK: INFO

    /// Fields whose numbers are amounts; by how they begin.
    private static let amounts = [
        "used_memory", "allocator_", "mem_", "maxmemory", "total_", "keyspace_", "evicted_",
        "expired_", "rejected_", "connected_", "blocked_", "instantaneous_ops", "maxclients",
        "number_of_cached_scripts",
    ]
    /// What a machine has but once.
    private static let ofMachine = ["total_system_memory"]

    private static func info(_ texts: [String]) -> String {
        let others = texts.dropFirst().map { fields($0) }
        var names: [String] = []
        var lines: [String] = []
        for line in texts[0].split(whereSeparator: \.isNewline) {
            guard let (name, value) = field(line) else {
                lines.append(String(line))
                continue
            }
            names.append(name)
            lines.append("\(name):\(total(name, value, others))")
        }
        // Commands and databases that the first node has not had.
        for (index, text) in texts.enumerated().dropFirst() {
            for line in text.split(whereSeparator: \.isNewline) {
                guard let (name, value) = field(line), isCompound(name), !names.contains(name)
                else { continue }
                names.append(name)
                lines.append("\(name):\(total(name, value, Array(others.dropFirst(index))))")
            }
        }
        return lines.joined(separator: "\r\n") + "\r\n"
    }

    private static func total(
        _ name: String, _ first: String, _ others: [[String: String]]
    ) -> String {
        var total = first
        for fields in others {
            if let more = fields[name] { total = added(name, total, more) }
        }
        return total
    }

    private static func field(_ line: Substring) -> (name: String, value: String)? {
        guard !line.hasPrefix("#"), let colon = line.firstIndex(of: ":") else { return nil }
        return (String(line[..<colon]), String(line[line.index(after: colon)...]))
    }

    private static func fields(_ text: String) -> [String: String] {
        var fields: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            if let (name, value) = field(line) { fields[name] = value }
        }
        return fields
    }

    /// `cmdstat_get:calls=1,usec=2`, `db0:keys=1,expires=0`
    private static func isCompound(_ name: String) -> Bool {
        name.hasPrefix("cmdstat_") || name.hasPrefix("errorstat_")
            || (name.hasPrefix("db") && name.dropFirst(2).allSatisfy(\.isNumber)
                && name.utf8.count > 2)
    }

    private static func added(_ name: String, _ one: String, _ other: String) -> String {
        if isCompound(name) {
            let more = other.split(separator: ",")
            return one.split(separator: ",").map { part in
                guard let equals = part.firstIndex(of: "="),
                    let own = Int64(part[part.index(after: equals)...]),
                    let match = more.first(where: { $0.hasPrefix(part[...equals]) }),
                    let number = Int64(match.dropFirst(part[...equals].count))
                else { return String(part) }
                return "\(part[...equals])\(sum(own, number))"
            }.joined(separator: ",")
        }
        guard amounts.contains(where: name.hasPrefix), !ofMachine.contains(name),
            let own = Int64(one), let more = Int64(other)
        else { return one }
        return "\(sum(own, more))"
    }
}

// A control connection to every primary of a cluster, used as one:
//
//     DBSIZE, HASHMARK COMMANDS …          asked of all, and added up
//     INFO                                 of all, what can be added added up (ClusterMerge)
//     FLUSHALL, CONFIG SET, PING …         told to all; the first error is the reply
//     SCAN                                 one node after the other, under cursors of our own
//     GET key, OBJECT ENCODING key …       asked of the node that serves the key's slot
//     anything else                        asked of the first node
//
// Never on a hot path; a redirection is followed at once, and the map is asked for again.
import Glibc
import LinuxSystem
import RESP

final class ClusterControl {
    private let endpoint: Target.Endpoint
    private let milliseconds: Int
    private var nodes: [ControlConnection] = []
    /// By slot, whose it is; −1 where nobody serves it.
    private var owners = [Int](repeating: -1, count: HashSlot.count)
    /// SCAN's cursors that were given out: whose turn it is, and what it calls the place.
    private var cursors: [(node: Int, cursor: [UInt8])] = []
    /// More redirections than a cluster makes that is not broken.
    private static let mostDetours = 16

    /// - Parameter seed: knows the others.
    init(
        _ seed: ControlConnection, _ endpoint: Target.Endpoint, _ milliseconds: Int
    ) throws(TargetError) {
        self.endpoint = endpoint
        self.milliseconds = milliseconds
        try readMap(from: seed)
    }

    /// The primaries that serve slots, and after them their replicas.
    func members(_ seed: ControlConnection) throws(TargetError) -> [ClusterMember] {
        let ranges = try Self.map(of: seed)
        var all: [(ClusterNode, Bool)] = ranges.map { ($0.primary, false) }
        all += ranges.flatMap(\.replicas).map { ($0, true) }
        var found: [ClusterMember] = []
        for (node, isReplica) in all {
            let address = SocketAddress.tcp(host: node.host, port: node.port)
            if found.contains(where: { $0.endpoint.address == address }) { continue }
            let connection: ControlConnection
            do throws(TargetError) {
                connection = try self.connection(to: address)
            } catch {
                // A replica that is away leaves the cluster as it is.
                if isReplica { continue }
                throw error
            }
            let claimed = try connection.info("server")["process_id"].flatMap { pid_t($0) }
            var member = ClusterMember(
                endpoint: endpoint.member(address), id: node.id, isReplica: isReplica,
                pid: connection.localProcess(claimed: claimed))
            if let save = try connection.configuration("save"),
                let appendOnly = try connection.configuration("appendonly")
            {
                member.settings = (ErrorReply.printable(save), ErrorReply.printable(appendOnly))
            }
            found.append(member)
        }
        return found
    }

    private static func map(of node: ControlConnection) throws(TargetError) -> [SlotRange] {
        let reply = try node.callHere(ClusterSlots.request)
        var host = "127.0.0.1"
        if case .tcp(let name, _) = node.address { host = name }
        guard let ranges = ClusterSlots.ranges(of: reply, askedOf: host), !ranges.isEmpty else {
            throw TargetError(
                "\(node.address) is a node of a cluster that serves no slots",
                remedy: "give it slots first (CLUSTER ADDSLOTSRANGE)")
        }
        return ranges
    }

    private func readMap(from node: ControlConnection) throws(TargetError) {
        let ranges = try Self.map(of: node)
        var kept: [ControlConnection] = []
        owners = [Int](repeating: -1, count: HashSlot.count)
        for range in ranges {
            let address = SocketAddress.tcp(host: range.primary.host, port: range.primary.port)
            let index = kept.firstIndex { $0.address == address } ?? kept.count
            if index == kept.count {
                if let known = nodes.first(where: { $0.address == address }) {
                    kept.append(known)
                } else {
                    kept.append(try connection(to: address))
                }
            }
            for slot in range.slots { owners[slot] = index }
        }
        nodes = kept
    }

    private func connection(to address: SocketAddress) throws(TargetError) -> ControlConnection {
        try ControlConnection(to: endpoint.member(address), timeoutMilliseconds: milliseconds)
    }

    // MARK: one command

    func send(_ arguments: [[UInt8]]) throws(TargetError) -> RESPValue {
        let words = arguments.prefix(2).map { String(decoding: $0, as: UTF8.self).uppercased() }
        switch ClusterCommand(words[0], words.count > 1 ? words[1] : "") {
        case .ofAll(let merging): return merging.merged(try all(arguments))
        case .scan: return try scan(arguments)
        case .ofKey: return try ask(arguments)
        }
    }

    private func all(_ arguments: [[UInt8]]) throws(TargetError) -> [RESPValue] {
        var replies: [RESPValue] = []
        for node in nodes { replies.append(try node.sendHere(arguments)) }
        return replies
    }

    /// Of the node that serves the slot of the command's key.
    private func ask(_ arguments: [[UInt8]]) throws(TargetError) -> RESPValue {
        let slot = Self.slot(of: arguments)
        var node = slot >= 0 && owners[slot] >= 0 ? nodes[owners[slot]] : nodes[0]
        for attempt in 1...Self.mostDetours {
            let reply = try node.sendHere(arguments)
            guard case .error(let text) = reply, attempt < Self.mostDetours,
                let redirection = Self.redirection(text)
            else { return reply }
            switch redirection {
            case .moved(_, let name):
                node = try self.node(name, toldBy: node)
                try readMap(from: node)
            case .ask(_, let name):
                node = try self.node(name, toldBy: node)
                _ = try node.sendHere([Array("ASKING".utf8)])
            case .tryAgain, .down: Clock.sleep(milliseconds: 10 * attempt)
            }
        }
        return .error("TRYAGAIN")
    }

    private static func redirection(_ text: String) -> Redirection? {
        var text = text
        return text.withUTF8 { Redirection($0) }
    }

    private func node(
        _ name: ClusterNode, toldBy node: ControlConnection
    ) throws(TargetError) -> ControlConnection {
        var host = name.host
        if host.isEmpty, case .tcp(let own, _) = node.address { host = own }
        let address = SocketAddress.tcp(host: host, port: name.port)
        if let known = nodes.first(where: { $0.address == address }) { return known }
        return try connection(to: address)
    }

    static func slot(of arguments: [[UInt8]]) -> Int {
        let name = String(decoding: arguments[0], as: UTF8.self).uppercased()
        let request = RequestEncoder.encode(arguments)
        return request.withUnsafeBufferPointer {
            RequestFrame.measure($0.baseAddress!, KeyPosition(of: name)).slot
        }
    }

    // MARK: several

    /// All commands, each sent to its node with the others that are for it.
    func pipeline(_ commands: [[[UInt8]]]) throws(TargetError) -> [RESPValue] {
        var replies = [RESPValue](repeating: .null, count: commands.count)
        var byNode: [[Int]] = Array(repeating: [], count: nodes.count)
        for (index, command) in commands.enumerated() {
            let slot = Self.slot(of: command)
            if slot >= 0, owners[slot] >= 0 {
                byNode[owners[slot]].append(index)
            } else {
                replies[index] = try send(command)
            }
        }
        let asked = nodes
        for (node, indices) in byNode.enumerated() where !indices.isEmpty {
            let answers = try asked[node].pipelineHere(indices.map { commands[$0] })
            for (index, answer) in zip(indices, answers) {
                replies[index] = answer
                if case .error(let text) = answer, Self.redirection(text) != nil {
                    replies[index] = try send(commands[index])
                }
            }
        }
        return replies
    }

    /// One node after the other. A cursor is the number of a note of ours, from 1.
    private func scan(_ arguments: [[UInt8]]) throws(TargetError) -> RESPValue {
        guard arguments.count > 1, let number = Int(String(decoding: arguments[1], as: UTF8.self)),
            number >= 0, number <= cursors.count
        else { return .error("ERR invalid cursor") }
        let place: (node: Int, cursor: [UInt8]) =
            number == 0 ? (node: 0, cursor: Array("0".utf8)) : cursors[number - 1]
        let node = place.node
        guard node < nodes.count else { return .error("ERR invalid cursor") }
        var own = arguments
        own[1] = place.cursor
        let reply = try nodes[node].sendHere(own)
        guard let parts = reply.elements, parts.count == 2, case .bytes(let next) = parts[0] else {
            return reply
        }
        let isDone = next == Array("0".utf8)
        guard !isDone || node + 1 < nodes.count else { return reply }
        cursors.append((node: isDone ? node + 1 : node, cursor: next))
        return .array([.bytes(Array("\(cursors.count)".utf8)), parts[1]])
    }
}

/// A node of a cluster that runs.
public struct ClusterMember: Sendable {
    public let endpoint: Target.Endpoint
    /// What it calls itself.
    public let id: String
    public let isReplica: Bool
    /// Nil where it is not on this machine.
    public let pid: pid_t?
    /// `save` and `appendonly`; nil where it does not tell.
    public var settings: (save: String, appendOnly: String)?
}

/// What a command without a load is to a cluster.
private enum ClusterCommand {
    case ofAll(ClusterMerge)
    case scan
    case ofKey

    init(_ name: String, _ word: String) {
        switch (name, word) {
        case ("DBSIZE", _), ("HASHMARK", "COMMANDS"), ("HASHMARK", "RSS"): self = .ofAll(.sum)
        case ("HASHMARK", "RECOUNT"): self = .ofAll(.pairs)
        case ("HASHMARK", "VERIFY"), ("KEYS", _): self = .ofAll(.lists)
        case ("INFO", _): self = .ofAll(.info)
        case ("FLUSHALL", _), ("FLUSHDB", _), ("PING", _), ("SCRIPT", _), ("FUNCTION", _),
            ("CONFIG", "SET"), ("CONFIG", "RESETSTAT"), ("CLIENT", _), ("MEMORY", "PURGE"),
            ("HASHMARK", "SETTLE"), ("HASHMARK", "SETTLED"):
            self = .ofAll(.first)
        case ("SCAN", _): self = .scan
        default: self = .ofKey
        }
    }
}

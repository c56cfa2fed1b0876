// A cluster of servers of a test's own making: each knows its slots, keeps what it was asked to,
// and does what a script says of it.
import LinuxSystem
import RESP
import Synchronization
import TestSupport

final class FakeCluster: Sendable {
    struct State {
        /// By slot, the node that serves it; what CLUSTER SLOTS tells is `told`.
        var owners: [Int] = []
        var told: [Int] = []
        var ports: [UInt16] = []
        /// Commands with a key that each node has executed, in order.
        var executed: [[[String]]] = []
        /// How often the nodes together were asked for their map.
        var maps = 0
        /// Of every node and connection: how much of its bytes is answered, and ASKING.
        var answered: [[Int: Int]] = []
        var asking: [Set<Int>] = []

        func name(_ node: Int) -> String { "127.0.0.1:\(ports[node])" }
    }

    /// What a node says to a command of a key; nil: what any node would.
    typealias Script = @Sendable (inout State, Int, [String], Bool) -> Said?
    enum Said {
        case reply(String)
        case hangUp
    }

    let core: Core
    let servers: [ScriptedServer]
    var seeds: [SocketAddress] { [servers[0].address] }

    /// - Parameters:
    ///   - nodes: that there are, of which the first `serving` have slots.
    ///   - isDripping: they answer a byte at a time.
    init(
        _ nodes: Int, serving: Int? = nil, isDripping: Bool = false,
        _ script: @escaping Script = { _, _, _, _ in nil }
    ) throws {
        let core = Core(nodes, serving ?? nodes, script)
        self.core = core
        var servers: [ScriptedServer] = []
        for node in 0..<nodes {
            servers.append(
                try ScriptedServer(isDripping: isDripping) { connection, all, _ in
                    core.answer(node, connection, all)
                })
        }
        self.servers = servers
        let ports = servers.map(\.port)
        core.state.withLock { $0.ports = ports }
    }

    func stop() {
        for server in servers { server.stop() }
    }

    var executed: [[[String]]] { core.state.withLock { $0.executed } }

    final class Core: Sendable {
        let state: Mutex<State>
        private let script: Script

        init(_ nodes: Int, _ serving: Int, _ script: @escaping Script) {
            var state = State()
            state.owners = (0..<HashSlot.count).map { $0 * serving / HashSlot.count }
            state.told = state.owners
            state.executed = Array(repeating: [], count: nodes)
            state.answered = Array(repeating: [:], count: nodes)
            state.asking = Array(repeating: [], count: nodes)
            self.state = Mutex(state)
            self.script = script
        }

        func answer(_ node: Int, _ connection: Int, _ all: [UInt8]) -> ScriptedServer.Answer {
            let reply: String? = state.withLock { state in
                var position = state.answered[node][connection] ?? 0
                var reply = ""
                while let (words, length) = Self.request(all, position) {
                    position += length
                    switch say(&state, node, connection, words) {
                    case .reply(let text): reply += text
                    case .hangUp: return nil
                    }
                }
                state.answered[node][connection] = position
                return reply
            }
            guard let reply else { return .hangUp }
            return .bytes(Array(reply.utf8))
        }

        private static func request(_ all: [UInt8], _ position: Int) -> ([String], Int)? {
            all.withUnsafeBufferPointer { bytes -> ([String], Int)? in
                let rest = UnsafeBufferPointer(rebasing: bytes[position...])
                guard let found = try? ReplyDecoder.decode(rest) else { return nil }
                return ((found.value.elements ?? []).map { $0.text ?? "" }, found.length)
            }
        }

        private func say(
            _ state: inout State, _ node: Int, _ connection: Int, _ words: [String]
        ) -> Said {
            switch words[0] {
            case "CLUSTER":
                state.maps += 1
                return .reply(Self.map(state))
            case "ASKING":
                state.asking[node].insert(connection)
                return .reply("+OK\r\n")
            case "PING": return .reply("+PONG\r\n")
            default: break
            }
            let isAsking = state.asking[node].remove(connection) != nil
            if let said = script(&state, node, words, isAsking) { return said }
            let slot = words[1].utf8.withContiguousStorageIfAvailable {
                HashSlot.slot(of: UnsafeRawBufferPointer($0))
            }
            guard let slot else { return .reply("-ERR key\r\n") }
            guard state.owners[slot] == node || isAsking else {
                return .reply("-MOVED \(slot) \(state.name(state.owners[slot]))\r\n")
            }
            state.executed[node].append(words)
            return .reply(words[0] == "GET" ? "$1\r\nx\r\n" : "+OK\r\n")
        }

        /// CLUSTER SLOTS of what is told.
        private static func map(_ state: State) -> String {
            var ranges: [String] = []
            var first = 0
            for slot in 1...HashSlot.count {
                let ends = slot == HashSlot.count || state.told[slot] != state.told[first]
                guard ends else { continue }
                let port = state.ports[state.told[first]]
                ranges.append(
                    "*3\r\n:\(first)\r\n:\(slot - 1)\r\n*3\r\n$9\r\n127.0.0.1\r\n:\(port)\r\n"
                        + "$1\r\n\(state.told[first])\r\n")
                first = slot
            }
            return "*\(ranges.count)\r\n" + ranges.joined()
        }
    }
}

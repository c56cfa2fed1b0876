// Which connections CLIENT KILL and CLIENT LIST are about. Options and errors are those of Valkey
// 9.1, whose elders know some of them: networking.c, `parseClientFiltersOrReply`.
import RESP

struct ClientFilter {
    enum Test {
        case ids(Set<UInt64>)
        case address(String)
        case localAddress(String)
        case host(String)
        case type(String)
        case name(String)
        case libraryName(String)
        case libraryVersion(String)
        case flags(String)
        /// At least as old, and as long without a command, in seconds.
        case age(Int64)
        case idle(Int64)
        case database(Int64)
        /// Holds for every connection, or for none.
        case constant(Bool)
    }

    enum Purpose {
        case list, kill

        /// What each says of an id that is none; only KILL minds ids that nobody can have.
        fileprivate var idRefusal: Refusal {
            switch self {
            case .list: Refusal(message: "Invalid client ID")
            case .kill: Refusal(message: "client-id should be greater than 0")
            }
        }
    }

    /// All of them must hold, or fail where they are negated.
    var tests: [(test: Test, isNegated: Bool)] = []
    var skipsSelf: Bool

    /// An error reply's text, without its code.
    struct Refusal: Error {
        let message: String

        static let syntax = Refusal(message: "syntax error")
    }

    /// Letters that a connection may be described by; here are only some of them.
    private static let flags = Set("ABINOPRSTUbcdeirtuvx")
    private static let types = ["normal", "master", "primary", "replica", "slave", "pubsub"]
    private static let names: Set = [
        "id", "addr", "laddr", "ip", "type", "user", "name", "flags", "lib-name", "lib-ver", "capa",
        "db", "maxage", "idle", "skipme",
    ]

    /// - Parameter words: the arguments after the subcommand.
    init(_ words: [Argument], _ purpose: Purpose) throws(Refusal) {
        skipsSelf = purpose == .kill
        var index = 0
        while index < words.count {
            let word = words[index].string.lowercased()
            index += 1
            guard index < words.count else { throw .syntax }
            let (name, isNegated) = Self.name(word)
            if name == "id" {
                tests.append((.ids(try Self.ids(words, &index, purpose)), isNegated))
                continue
            }
            let value = words[index]
            index += 1
            if isNegated {
                guard !["maxage", "idle", "skipme"].contains(name) else { throw .syntax }
            } else if name == "skipme" {
                guard value.isWord("yes") || value.isWord("no") else { throw .syntax }
                self.skipsSelf = value.isWord("yes")
                continue
            }
            tests.append((try Self.test(name, value, isNegated: isNegated), isNegated))
        }
    }

    private static func name(_ word: String) -> (name: String, isNegated: Bool) {
        let isNegated = word.hasPrefix("not-")
        return (isNegated ? String(word.dropFirst(4)) : word, isNegated)
    }

    /// One id at least, and all that follow it.
    private static func ids(
        _ words: [Argument], _ index: inout Int, _ purpose: Purpose
    ) throws(Refusal) -> Set<UInt64> {
        var ids = Set<UInt64>()
        let first = index
        while index < words.count {
            guard let id = words[index].integer else {
                // LIST takes only ids after ID, until 9.1 let other filters follow.
                let isFilter = names.contains(name(words[index].string.lowercased()).name)
                if index == first || (purpose == .list && !isFilter) { throw purpose.idRefusal }
                break
            }
            if id > 0 {
                ids.insert(UInt64(id))
            } else if purpose == .kill {
                throw purpose.idRefusal
            }
            index += 1
        }
        return ids
    }

    private static func test(
        _ name: String, _ value: Argument, isNegated: Bool
    ) throws(Refusal) -> Test {
        let text = value.string
        switch name {
        case "addr": return .address(text)
        case "laddr": return .localAddress(text)
        case "ip": return .host(text)
        case "name": return .name(text)
        case "lib-name": return .libraryName(text)
        case "lib-ver": return .libraryVersion(text)
        case "maxage": return .age(try seconds(name, value))
        case "idle": return .idle(try seconds(name, value))
        case "type":
            guard types.contains(text.lowercased()) else {
                throw Refusal(message: "Unknown client type '\(text)'")
            }
            return .type(text.lowercased())
        case "user":
            guard text == "default" else { throw Refusal(message: "No such user '\(text)'") }
            return .constant(true)
        case "flags":
            guard text.allSatisfy(flags.contains) else {
                let filter = isNegated ? "NOT-FLAGS" : "provided"
                throw Refusal(message: "Unknown flags found in the \(filter) filter: \(text)")
            }
            return .flags(text)
        case "capa":
            guard text.allSatisfy({ $0 == "r" }) else {
                throw Refusal(message: "Unknown capa found in the provided filter: \(text)")
            }
            return .constant(text.isEmpty)
        case "db":
            guard let database = value.integer else {
                throw Refusal(message: "DB is not an integer or out of range")
            }
            let last = ServerConfiguration.databaseCount - 1
            guard (0...Int64(last)).contains(database) else {
                throw Refusal(message: "DB number should be between 0 and \(last)")
            }
            return .database(database)
        default: throw .syntax
        }
    }

    private static func seconds(_ name: String, _ value: Argument) throws(Refusal) -> Int64 {
        guard let seconds = value.integer else {
            throw Refusal(message: "\(name) is not an integer or out of range")
        }
        guard seconds > 0 else { throw Refusal(message: "\(name) should be greater than 0") }
        return seconds
    }

    func chooses(_ description: ClientDescription) -> Bool {
        tests.allSatisfy { description.passes($0.test) != $0.isNegated }
    }
}

/// What CLIENT LIST tells of a connection, and CLIENT KILL chooses it by.
struct ClientDescription {
    let connection: UnsafeMutablePointer<Connection>
    let peer: String
    let local: String
    let isUnix: Bool
    /// Seconds.
    let age: UInt64
    let idle: UInt64

    /// A letter for each thing out of the ordinary, or `N`.
    var flags: String {
        var flags = ""
        let session = connection.pointee.session
        if session?.isSubscribed == true { flags += "P" }
        if session?.transaction != nil { flags += "x" }
        if session?.wait != nil { flags += "b" }
        if session?.tracking != nil { flags += session?.tracking?.prefixes == nil ? "t" : "tB" }
        if session?.isDirty == true { flags += "d" }
        if connection.pointee.state.closesAfterReply { flags += "c" }
        if connection.pointee.state.isKilled { flags += "A" }
        if isUnix { flags += "U" }
        if connection.pointee.isNeverEvicted { flags += "e" }
        if !connection.pointee.recordsUse { flags += "T" }
        return flags.isEmpty ? "N" : flags
    }

    private var isSubscribed: Bool { connection.pointee.session?.isSubscribed ?? false }

    func passes(_ test: ClientFilter.Test) -> Bool {
        switch test {
        case .ids(let ids): ids.contains(connection.pointee.id)
        case .address(let text): text == peer
        case .localAddress(let text): text == local
        case .host(let text):
            text
                == peer.split(separator: ":", omittingEmptySubsequences: false).dropLast()
                .joined(separator: ":")
        case .type(let type): type == (isSubscribed ? "pubsub" : "normal")
        case .name(let name): name == connection.pointee.name.string
        case .libraryName(let name): name == connection.pointee.libraryName.string
        case .libraryVersion(let version): version == connection.pointee.libraryVersion.string
        case .flags(let letters): letters.allSatisfy(flags.contains)
        case .age(let seconds): age >= UInt64(seconds)
        case .idle(let seconds): idle >= UInt64(seconds)
        case .database(let number): Int64(connection.pointee.database) == number
        case .constant(let holds): holds
        }
    }

    /// A line of CLIENT LIST: the fields that clients read.
    func line(command: String) -> String {
        let c = connection.pointee
        let unsent = c.unsentEnd - c.unsentStart
        let session = c.session
        let (channels, patterns) = (session?.channels.count ?? 0, session?.patterns.count ?? 0)
        let shards = session?.shardChannels.count ?? 0
        let queued = session?.transaction?.count ?? -1
        let watched = session?.watched.count ?? 0
        let counts =
            "sub=\(channels) psub=\(patterns) ssub=\(shards) multi=\(queued) watch=\(watched)"
        return "id=\(c.id) addr=\(peer) laddr=\(local) fd=\(c.descriptor) name=\(c.name.string)"
            + " age=\(age) idle=\(idle) flags=\(flags) capa= db=\(c.database)"
            + " \(counts) qbuf=\(c.input.end - c.input.start)"
            + " qbuf-free=\(c.input.capacity - c.input.end)"
            + " argv-mem=0 multi-mem=0 rbs=0 rbp=0 obl=0 oll=0 omem=\(unsent)"
            + " tot-mem=\(MemoryLayout<Connection>.size + c.input.capacity + c.unsentCapacity)"
            + " events=r cmd=\(command) user=default redir=\(session?.tracking == nil ? -1 : 0)"
            + " resp=\(c.version) lib-name=\(c.libraryName.string)"
            + " lib-ver=\(c.libraryVersion.string)\n"
    }
}

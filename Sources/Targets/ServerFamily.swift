// What is known of other projects' servers: how one is told from its INFO, how it is started to be
// measured, and which readings it does not have. One row each; whoever has the program can measure
// it as `exec:`, and `hashmark list servers` prints the rows.
//
// Sources: Dragonfly: dragonflydb.io/docs/managing-dragonfly/flags, and INFO in
// dragonflydb/dragonfly, src/server/server_family.cc. Garnet: microsoft.github.io/garnet/docs,
// getting-started/configuration and /memory, and INFO in microsoft/garnet, GarnetInfoMetrics.cs.
// KeyDB: Snapchat/KeyDB, keydb.conf. Redis and Valkey: redis.io and valkey.io, commands/info.

/// Servers of one project.
public struct ServerFamily: Sendable {
    /// As `ServerIdentity.name` has it.
    public let name: String
    /// How a server is started to be measured, as a target: one thread where threads are its own
    /// shards, nothing written to disk.
    public let recipe: String
    /// What must be known to read its numbers: what is n/a, and what cannot be compared.
    public let remarks: String
    /// A field of INFO that no other family has; nil: it is told by its program.
    let mark: String?
    /// The field that has its version.
    let versionField: String
    /// What it allocates with, where INFO does not say so.
    var allocator: String?
    /// Programs that take `--save` and `--appendonly` as redis-server does.
    var programs: [String] = []

    /// The most particular first: most tell a `redis_version` too, that of the commands they have.
    public static let all: [ServerFamily] = [
        ServerFamily(
            name: "hashmark", recipe: "ref:valkey-9.1",
            remarks: "this project's own; walks its entries, so all kinds of bytes are there",
            mark: "hashmark_version", versionField: "hashmark_version"),
        ServerFamily(
            name: "valkey", recipe: "exec:valkey-server",
            remarks: "used_memory and mem_allocator of INFO; requested and class bytes are n/a",
            mark: "valkey_version", versionField: "valkey_version", programs: ["valkey-server"]),
        ServerFamily(
            name: "dragonfly",
            recipe: "exec:dragonfly --port {port} --bind 127.0.0.1 --proactor_threads 1 "
                + "--maxmemory 4gb --dbfilename= --logtostderr",
            remarks: "a shard to a thread; INFO names no allocator (mimalloc); used_memory is its "
                + "heap in use, resident has the rest; object_used_memory leaves members of "
                + "collections out",
            mark: "dragonfly_version", versionField: "dragonfly_version", allocator: "mimalloc"),
        ServerFamily(
            name: "garnet",
            recipe: "exec:GarnetServer --port {port} --bind 127.0.0.1 --memory 4g --index 256m "
                + "--no-obj",
            remarks: "no used_memory: reported and peak are n/a, and resident is what there is, by "
                + "whole pages of its log (--page) and an index of 16 B a key (--index); .NET: "
                + "its functions have no names in profiles",
            mark: "garnet_version", versionField: "garnet_version", allocator: ".NET"),
        ServerFamily(
            name: "keydb", recipe: "exec:keydb-server --server-threads 4",
            remarks: "INFO as redis 6; its redis_version is KeyDB's own; threads wait for one lock "
                + "and spin before: CPU time has that",
            mark: "mvcc_depth", versionField: "redis_version", programs: ["keydb-server"]),
        ServerFamily(
            name: "redis", recipe: "exec:redis-server",
            remarks: "used_memory and mem_allocator of INFO; requested and class bytes are n/a",
            mark: nil, versionField: "redis_version", programs: ["redis-server"]),
    ]

    /// The one that a server's INFO tells; nil where it is none of them.
    static func told(by info: [String: String]) -> ServerFamily? {
        let program = info["executable"]?.split(separator: "/").last.map { String($0) } ?? ""
        let isNamed = info["server_name"] != nil
        return all.first { family in
            if let mark = family.mark, info[mark] != nil { return true }
            if family.programs.contains(program) { return true }
            // Whoever names itself and is none of the others is not Redis.
            return family.mark == nil && !isNamed && info[family.versionField] != nil
        }
    }

    /// Whether a program is started with the options of redis-server.
    static func takesOptions(_ program: String) -> Bool {
        all.contains { $0.programs.contains(program) }
    }
}

// What commands tell of themselves and of values: HELP, OBJECT REFCOUNT, databases of a cluster.
import Keyspaces
import RESP
import ReferenceServer
import Testing

@Suite(.serialized) struct IntrospectionTests {
    @Test func helpNamesEverySubcommand() throws {
        var configuration = ServerConfiguration(table: .valkey91)
        configuration.keyspace.cluster = true
        try withServer(configuration) { port in
            let client = try RawClient(port: port)
            for command in Command.all where !command.subcommands.isEmpty {
                let name = command.name.uppercased()
                try client.send(encode(name, "HELP"))
                let elements = try #require(try client.reply().elements)
                let lines = elements.compactMap { $0.text }
                #expect(
                    lines.first
                        == "\(name) <subcommand> [<arg> [value] [opt] ...]. Subcommands are:")
                #expect(lines.suffix(2) == ["HELP", "    Prints this help."])
                let heads = lines.dropFirst().filter { !$0.hasPrefix(" ") }
                let named = Set(heads.compactMap { $0.split(separator: " ").first?.lowercased() })
                let missing = Set(command.subcommands.keys).subtracting(named)
                #expect(missing.isEmpty, "HELP of \(name)")
            }
        }
    }

    /// As redis-server 7.0.15 answers with such a policy and maxmemory; from Valkey 8.1 on integers
    /// lie in objects that hold the key.
    @Test(arguments: Table.served, [EvictionPolicy.noeviction, .volatileTTL, .allkeysLRU])
    func smallIntegersAreShared(_ table: Table, _ policy: EvictionPolicy) throws {
        var configuration = ServerConfiguration(table: table)
        configuration.keyspace.eviction = policy
        let isSharing = table.sharesIntegers && policy != .allkeysLRU
        try withServer(configuration) { port in
            let client = try RawClient(port: port)
            for (value, isSmall) in [
                ("0", true), ("9999", true), ("10000", false), ("-1", false), ("05", false),
                ("a", false),
            ] {
                try client.exchange(
                    encode("SET", "k", value) + encode("OBJECT", "REFCOUNT", "k"),
                    "+OK\r\n:\(isSmall && isSharing ? 2_147_483_647 : 1)\r\n")
            }
            try client.exchange(encode("OBJECT", "REFCOUNT", "none"), "$-1\r\n")
        }
    }

    @Test func aClusterHasOneDatabase() throws {
        var configuration = ServerConfiguration(table: .valkey91)
        configuration.keyspace.cluster = true
        try withServer(configuration) { port in
            let client = try RawClient(port: port)
            let refused = "-ERR SELECT is not allowed in cluster mode\r\n"
            try client.exchange(
                "SELECT 1\r\nSELECT 99\r\nSELECT 0\r\n", refused + refused + "+OK\r\n")
            try client.exchange(
                "SELECT abc\r\n", "-ERR value is not an integer or out of range\r\n")
        }
    }
}

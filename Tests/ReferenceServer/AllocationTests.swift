// The request path allocates nothing once it is warm: counted on the server's thread.
import Keyspaces
import LinuxSystem
import ReferenceServer
import Testing

@Suite(.serialized) struct AllocationTests {
    @Test(arguments: Table.served + [.foreignIndex, .foreignStore], [1, 64])
    func getAndSetAllocateNothing(_ table: Table, _ depth: Int) throws {
        let meter = Meter()
        try withServer(ServerConfiguration(table: table), meter: meter) { port in
            let client = try RawClient(port: port)
            let value = String(repeating: "v", count: 64)
            let keys = 1_000
            let get = (0..<depth).map { encode("GET", "key:\($0 % keys)") }.joined()
            let set = (0..<depth).map { encode("SET", "key:\($0 % keys)", value) }.joined()
            let miss = (0..<depth).map { encode("GET", "none:\($0)") }.joined()
            let load: (Int) throws -> Void = { rounds in
                for _ in 0..<rounds {
                    try client.exchange(set, String(repeating: "+OK\r\n", count: depth))
                    try client.exchange(
                        get, String(repeating: "$64\r\n\(value)\r\n", count: depth))
                    try client.exchange(miss, String(repeating: "$-1\r\n", count: depth))
                }
            }
            // Long enough for a timed batch and a tick of the background work.
            try load(200)
            Clock.sleep(milliseconds: 150)
            let before = meter.allocations
            #expect(before > 0, "the counter counts")
            try load(1_000)
            #expect(meter.allocations == before)
        }
    }
}

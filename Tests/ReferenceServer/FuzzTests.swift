// Random and hostile clients against a running server: afterwards it answers, and its table is
// sound. Seeded and bounded here; Scripts/fuzz runs longer.
import Distributions
import Glibc
import Keyspaces
import LinuxSystem
import ReferenceServer
import Synchronization
import Testing

@Suite(.serialized) struct FuzzTests {
    private static var clients: Int {
        getenv("HASHMARK_FUZZ_CLIENTS").flatMap { Int(String(cString: $0)) } ?? 400
    }

    @Test(arguments: Table.releases, allThreadModels)
    func serverOutlivesItsClients(_ table: Table, _ threads: String) throws {
        var configuration = ServerConfiguration(table: table)
        try configuration.set("threads", threads)
        configuration.outputLimit = 1 << 20
        try withServer(configuration) { port in
            try whileCopiesAreHeld { try attack(port) }
            let client = try patientClient(port)
            try client.exchange("HASHMARK VERIFY\r\n", "*0\r\n")
        }
    }

    private func attack(_ port: UInt16) throws {
        var random = Hostile(
            numbers: SplitMix64(seed: 42), parameters: try RawClient(port: port).parameters())
        var open: [Client] = []
        for _ in 0..<Self.clients {
            // Some stay open across others, so that jobs and batches mix.
            if open.count > 8 { open.removeFirst() }
            let client = Client(try RawClient(port: port))
            open.append(client)
            for client in open where Bool.random(using: &random) {
                client.write(
                    random.stream(), bytewise: Int.random(in: 0..<10, using: &random) == 0)
            }
            if Bool.random(using: &random) { client.raw.endOutput() }
            if Bool.random(using: &random) { _ = try? client.raw.receive(milliseconds: 1) }
        }
    }

    /// Holds copies of all descriptors, for a moment, again and again, as each process does that is
    /// being started: connections outlive their closing.
    private func whileCopiesAreHeld(_ body: () throws -> Void) throws {
        let stopping = StopFlag()
        let worker = try Worker {
            while !stopping.isSet.load(ordering: .relaxed) {
                // Not for children of other tests: they would hold them to their end.
                let copies = SmallFile.names(in: "/proc/self/fd").compactMap { CInt($0) }.map {
                    fcntl($0, F_DUPFD_CLOEXEC, 0)
                }
                Clock.sleep(milliseconds: 2)
                for copy in copies where copy >= 0 { close(copy) }
            }
        }
        let result = Result { try body() }
        stopping.isSet.store(true, ordering: .relaxed)
        worker.join()
        try result.get()
    }

    /// A client that is served: the last ones' settings may have left room for one only.
    private func patientClient(_ port: UInt16) throws -> RawClient {
        for _ in 0..<5_000 {
            let client = try RawClient(port: port)
            try? client.send("PING\r\n")
            if let reply = try? client.receive(), reply.elementsEqual("+PONG\r\n".utf8) {
                return client
            }
            Clock.sleep(milliseconds: 1)
        }
        throw SystemCallError("serve again", .timedOut)
    }

    private final class StopFlag: Sendable { let isSet = Atomic<Bool>(false) }

    private final class Client {
        let raw: RawClient
        init(_ raw: consuming RawClient) { self.raw = raw }

        /// What the server does not take any more is dropped.
        func write(_ bytes: [UInt8], bytewise: Bool) {
            var position = 0
            let step = bytewise ? 1 : max(bytes.count, 1)
            while position < bytes.count {
                let count = min(step, bytes.count - position)
                let result = bytes.withUnsafeBytes {
                    LinuxSystem.send(raw.descriptor, $0.baseAddress! + position, count)
                }
                guard case .bytes(let sent) = result else { return }
                position += sent
            }
        }
    }

    private struct Hostile: RandomNumberGenerator {
        var numbers: SplitMix64

        let parameters: [String]

        mutating func next() -> UInt64 { numbers.next() }

        private mutating func word() -> String {
            switch Int.random(in: 0..<10, using: &self) {
            case 0: "\(Int64.random(in: .min ... .max, using: &self))"
            case 8: Boundary.numbers.randomElement(using: &self)!
            case 9: parameters.randomElement(using: &self)!
            case 1: "\(Int.random(in: -3...300, using: &self))"
            case 2:
                ["nx", "xx", "get", "ex", "px", "gt", "lt", "keepttl", "persist", "match", "count"]
                    .randomElement(using: &self)!
            case 3: String(repeating: "v", count: Int.random(in: 0...300, using: &self))
            case 4: "*"
            default: "k\(Int.random(in: 0..<50, using: &self))"
            }
        }

        mutating func stream() -> [UInt8] {
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 1...80, using: &self) {
                switch Int.random(in: 0..<60, using: &self) {
                case 0: bytes += (0..<20).map { _ in UInt8.random(in: 0...255, using: &self) }
                case 1:
                    let broken = [
                        "*1\r\n$536870913\r\n", "*2147483648\r\n", "*2\r\n*2\r\n*2\r\n",
                        "*1\r\n$x\r\n",
                        "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$400000000\r\n", "get \"a\r\n",
                    ]
                    bytes += Array(broken.randomElement(using: &self)!.utf8)
                default:
                    let arguments = (0..<Int.random(in: 0...4, using: &self)).map { _ in word() }
                    bytes += Array(
                        encode(Boundary.commands.randomElement(using: &self)! + arguments).utf8)
                }
            }
            return bytes
        }
    }
}

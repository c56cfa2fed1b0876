// Ranges that belong to clients: numbers of a client stay in its part, all parts together are the
// range, and counting up meets each number of a part once.
import LoadGenerator
import RESP
import TestSupport
import Testing

@Suite struct OwnPartTests {
    private static let template = RequestTemplate(
        RequestEncoder.encode(["SET", "__rand_int__", "__rand_1st__:__rand_1st__"]),
        [CommandLabel("SET")])

    /// The arguments of `count` requests of one client of `clients`.
    private func requests(
        _ client: Int, of clients: Int, range: UInt64, _ count: Int, isSequential: Bool
    ) -> [[String]] {
        var source = TemplateSource(
            Self.template, range: range, seed: 3, isSequential: isSequential, hasOwnParts: true,
            WorkerPlace(index: 0, count: 1))
        var batch = RequestBatch(requests: count)
        defer { batch.deallocate() }
        batch.client = WorkerPlace(index: client, count: clients)
        source.fill(&batch, count)
        var requests: [[String]] = []
        var at = 0
        while at < batch.length {
            let bytes = UnsafePointer(batch.bytes + at)
            requests.append(
                RequestFrame.arguments(bytes).map { String(decoding: $0, as: UTF8.self) })
            at += RequestFrame.measure(bytes, .none).length
        }
        return requests
    }

    private func numbers(_ request: [String]) -> [UInt64] {
        let pair = request[2].split(separator: ":").map { String($0) }
        return ([request[1]] + pair).map { UInt64($0) ?? .max }
    }

    @Test(arguments: [UInt64(3), 7, 1_000], [false, true])
    func clientsStayInTheirPart(_ range: UInt64, _ isSequential: Bool) {
        for client in 0..<3 {
            let part = WorkerPlace(index: client, count: 3).part(of: range)
            let sent = requests(client, of: 3, range: range, 200, isSequential: isSequential)
            #expect(sent.count == 200)
            for request in sent {
                let found = numbers(request)
                #expect(found.count == 3 && found[1] == found[2])
                #expect(found.allSatisfy { part.contains($0) }, "\(found) of \(part)")
            }
        }
    }

    /// Two numbers a request, of which the first is its own.
    @Test func countingUpMeetsEachNumberOnce() {
        let sent = requests(1, of: 2, range: 80, 20, isSequential: true)
        let found = sent.map(numbers).flatMap { [$0[0], $0[1]] }
        #expect(found == Array(40..<80))
    }

    /// Clients have the range in parts, whichever worker they are of.
    @Test(arguments: [1, 2]) func workersNumberTheirClients(_ threads: Int) throws {
        let server = try RedisServer()
        var options = LoadOptions()
        options.connections = 4
        options.threads = threads
        options.pipeline = 5
        let template = RequestTemplate(
            RequestEncoder.encode(["SET", "key:__rand_int__", "x"]), [CommandLabel("SET")])
        var load = try LoadSession(to: server.address, options) {
            TemplateSource(
                template, range: 40, seed: 1, isSequential: true, hasOwnParts: true, $0)
        }
        // A burst begins with a batch of each client: two of them are its ten numbers.
        for _ in 0..<2 {
            let sample = try load.run(.requests(20))
            #expect(sample.operations == 20 && sample.errors == 0)
        }
        var reading = try LoadSession(to: server.address, options) {
            TemplateSource(
                RequestTemplate(
                    RequestEncoder.encode(["GET", "key:__rand_int__"]),
                    [CommandLabel("GET", nullIsMiss: true)]), range: 40, seed: 1,
                isSequential: true, $0)
        }
        let read = try reading.run(.requests(40))
        #expect(read.operations == 40 && read.misses == 0)
    }
}

// A load that is divided among hosts is the load that one would make: the same workers, each with
// the same requests, connections and moments.
import LoadGenerator
import Testing

@Suite struct HostPlaceTests {
    /// All small numbers of hosts, threads and connections.
    @Test func theHostsWorkersAreAllWorkers() {
        for hosts in 1...5 {
            for threads in 1...4 {
                for connections in hosts...14 {
                    let places = (0..<hosts).flatMap { host in
                        WorkerPlace.places(
                            on: WorkerPlace(index: host, count: hosts), threads: threads,
                            connections: connections)
                    }
                    let all = min(hosts * threads, connections)
                    #expect(
                        places == (0..<all).map { WorkerPlace(index: $0, count: all) },
                        "\(hosts) hosts, \(threads) threads, \(connections) connections")
                    // As one host with as many threads has them.
                    #expect(
                        places
                            == WorkerPlace.places(
                                on: WorkerPlace(index: 0, count: 1), threads: hosts * threads,
                                connections: connections))
                    for total in [UInt64(0), 1, 17, 1_000] {
                        #expect(places.reduce(0) { $0 + $1.part(of: total).count } == Int(total))
                    }
                    for worker in places {
                        #expect(!worker.part(of: UInt64(connections)).isEmpty)
                    }
                }
            }
        }
    }

    @Test func everyHostHasAWorker() {
        for host in 0..<7 {
            let places = WorkerPlace.places(
                on: WorkerPlace(index: host, count: 7), threads: 3, connections: 7)
            #expect(!places.isEmpty)
        }
    }

    /// The twelve digits of every key that so many requests of a worker have.
    private static func keys(_ place: WorkerPlace, count: Int) -> [String] {
        let template = RequestTemplate(
            Array("*2\r\n$3\r\nGET\r\n$12\r\n__rand_int__\r\n".utf8), [CommandLabel("GET")])
        var source = TemplateSource(template, range: 1_000_000, seed: 7, place)
        var batch = RequestBatch(requests: count)
        defer { batch.deallocate() }
        source.fill(&batch, count)
        let length = batch.length / count
        return (0..<count).map { request in
            let start = batch.bytes + request * length + length - 14
            return String(
                decoding: UnsafeBufferPointer(start: start, count: 12), as: UTF8.self)
        }
    }

    @Test func fourHostsSendWhatOneSends() {
        let whole = WorkerPlace.places(
            on: WorkerPlace(index: 0, count: 1), threads: 8, connections: 50)
        let divided = (0..<4).flatMap { host in
            WorkerPlace.places(
                on: WorkerPlace(index: host, count: 4), threads: 2, connections: 50)
        }
        let one = whole.map { Self.keys($0, count: 100) }
        #expect(divided.map { Self.keys($0, count: 100) } == one)
        // Different streams, and not the same one eight times.
        #expect(Set(one.map { $0[0] }).count == 8)
    }

    /// All requests of a paced load, in the order of their moments.
    @Test func theScheduleIsTheSame() {
        func moments(_ places: [WorkerPlace]) -> [UInt64] {
            places.flatMap { place in
                var pacer = Pacer(Pace(rate: 1_000, arrival: .poisson, seed: 3), place)
                return (0..<50).map { _ in
                    defer { pacer.advance() }
                    return pacer.next
                }
            }.sorted()
        }
        let one = moments(
            WorkerPlace.places(
                on: WorkerPlace(index: 0, count: 1), threads: 6, connections: 6))
        let three = moments(
            (0..<3).flatMap { host in
                WorkerPlace.places(
                    on: WorkerPlace(index: host, count: 3), threads: 2, connections: 6)
            })
        #expect(one == three)
    }
}

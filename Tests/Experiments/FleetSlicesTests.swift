// Slices of a comparison from several hosts, without MPI or servers: what hashmark-mpi would say is
// written down beforehand, and what was said to it is read afterwards.
//
//     peer   S open   R shares   S burst   R shares   …        all of it waits in the socket
//     link   W {open}   G   W {burst}   G   …                  is looked at when it is over
import Experiments
import Foundation
import LinuxSystem
import LoadGenerator
import ShippedFiles
import Statistics
import Targets
import TestSupport
import Testing
import Workloads

/// The other end of a line.
private final class ScriptedPeer {
    let link: FleetLink
    private let end: CInt
    private let folder = TemporaryFolder()

    init(rank: Int, of count: Int) throws {
        var ends: [CInt] = [0, 0]
        let result = socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends)
        try #require(result == 0)
        end = ends[1]
        link = FleetLink(
            descriptor: ends[0], place: WorkerPlace(index: rank, count: count), seed: 3,
            host: "host-\(rank)", path: folder.file("rank.ndjson"))
    }

    deinit { close(end) }

    private static func number(_ value: UInt64, _ bytes: Int) -> [UInt8] {
        (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
    }

    func says(_ kind: Character, _ body: [UInt8]) {
        let frame = [kind.asciiValue!] + Self.number(UInt64(body.count), 4) + body
        #expect(write(end, frame, frame.count) == frame.count)
    }

    /// A window that begins at once, on a clock that is ahead by 100 ns.
    func starts(_ command: String = "") {
        says(
            "S", Self.number(0, 8) + Self.number(100, 8) + Self.number(7, 8) + Array(command.utf8))
    }

    func shares(_ bursts: [HostBurst], lost: [String] = []) throws {
        var body: [UInt8] = []
        for burst in bursts {
            let document = try JSONEncoder().encode(burst)
            body += [0] + Self.number(UInt64(document.count), 4) + Array(document)
        }
        for text in lost {
            body += [1] + Self.number(UInt64(text.utf8.count), 4) + Array(text.utf8)
        }
        says("R", body)
    }

    /// All that was said to it, which is less than a socket holds.
    func heard() -> [(kind: Character, text: String)] {
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = max(0, recv(end, &bytes, bytes.count, CInt(MSG_DONTWAIT)))
        var rest = bytes[..<count]
        var frames: [(kind: Character, text: String)] = []
        while rest.count >= 5 {
            let head = Array(rest.prefix(5))
            let length = head[1...].reversed().reduce(0) { $0 << 8 | Int($1) }
            let body = rest.dropFirst(5).prefix(length)
            frames.append(
                (Character(UnicodeScalar(head[0])), String(decoding: body, as: UTF8.self)))
            rest = rest.dropFirst(5 + length)
        }
        return frames
    }
}

/// Answers so many requests in every burst, or breaks off.
private final class CountedLoad: Load {
    let commands = [CommandLabel("GET", nullIsMiss: true)]
    private let operations: UInt64
    private let breaks: LoadFailure.Reason?
    private(set) var bursts: [(limit: BurstLimit, pace: Pace?)] = []

    init(_ operations: UInt64, breaks: LoadFailure.Reason? = nil) {
        self.operations = operations
        self.breaks = breaks
    }

    func run(
        _ limit: BurstLimit, pace: Pace?, progress: (LoadProgress) -> Void
    ) throws(LoadFailure) -> LoadSample {
        bursts.append((limit, pace))
        if let breaks {
            throw LoadFailure(breaks, FleetSlicesTests.address, LoadSample(commands: commands))
        }
        var sample = LoadSample(commands: commands)
        sample.startNanoseconds = 1_000
        sample.endNanoseconds = 3_000
        sample.commands[0].operations = operations
        sample.commands[0].latency.record(500, count: operations)
        sample.workers = 1
        return sample
    }
}

@Suite struct FleetSlicesTests {
    fileprivate static let address = Target.Endpoint(.tcp(host: "10.0.0.9", port: 6_379)).address

    private static func opening() throws -> FleetOpening {
        let workload = try CompiledWorkload.read("get-16x64", in: SearchPath(), entries: 100)
        var options = LoadOptions()
        options.connections = 6
        return FleetOpening(
            Target.Endpoint(address), try #require(workload.origin), options, seed: 11)
    }

    private static func share(
        _ rank: Int, _ operations: UInt64, late: UInt64 = 0, start: UInt64 = 1_000,
        failure: String? = nil
    ) -> HostBurst {
        var sample = LoadSample(commands: [CommandLabel("GET", nullIsMiss: true)])
        if operations > 0 {
            sample.startNanoseconds = start
            sample.endNanoseconds = start + 2_000
            sample.commands[0].operations = operations
            sample.commands[0].latency.record(500 + UInt64(rank), count: operations)
        }
        return HostBurst(
            rank: rank, host: "host-\(rank)", window: 0, offsetNanoseconds: 0,
            boundNanoseconds: 5, lateNanoseconds: late, sample: sample, points: [],
            failure: failure, isInterrupted: false)
    }

    /// Two hosts whose load is open.
    private static func opened(
        _ peer: ScriptedPeer, _ own: CountedLoad = CountedLoad(40)
    ) throws -> FleetSlices {
        peer.starts()
        try peer.shares([share(0, 0), share(1, 0)])
        return try FleetSlices.open(peer.link, opening(), address) {
            () throws(LoadFailure) -> any Load in own
        }
    }

    @Test func aSliceIsWhatAllHostsMadeOfIt() throws {
        let peer = try ScriptedPeer(rank: 0, of: 2)
        let own = CountedLoad(40)
        var load: FleetSlices? = try Self.opened(peer, own)
        peer.starts()
        try peer.shares([Self.share(0, 40), Self.share(1, 60, start: 2_000)])
        let sample = try #require(try load?.run(.duration(nanoseconds: 5_000)))
        #expect(sample.operations == 100)
        #expect(sample.startNanoseconds == 1_000 && sample.endNanoseconds == 4_000)
        #expect(sample.latency.buckets().map(\.count) == [40, 60])
        #expect(own.bursts.count == 1)
        peer.starts()
        let pace = Pace(rate: 900, arrival: .poisson, seed: 4)
        try peer.shares([Self.share(0, 1), Self.share(1, 2)])
        // For the closing, which waits for it.
        peer.starts()
        let second = try load?.run(.duration(nanoseconds: 5_000), pace: pace)
        #expect(second?.operations == 3 && own.bursts.last?.pace == pace)
        // One row a host: the sum of its slices, and their time.
        let hosts = try #require(load?.hosts)
        #expect(hosts.map(\.rank) == [0, 1])
        #expect(hosts.map(\.sample.operations) == [41, 62])
        #expect(hosts.map(\.sample.durationNanoseconds) == [4_000, 4_000])
        // What the others are told, and that they are told to close.
        load = nil
        let heard = peer.heard()
        #expect(heard.map(\.kind) == ["W", "G", "W", "G", "W", "G", "W"])
        let told = heard.filter { $0.kind == "W" }.map(\.text)
        #expect(told[0].hasPrefix("{\"open\"") && told[0].contains("10.0.0.9"))
        #expect(told[1].contains("\"nanoseconds\":5000") && !told[1].contains("rate"))
        #expect(told[2].contains("\"rate\":900") && told[2].contains("\"poisson\""))
        #expect(told[3].hasPrefix("{\"close\""))
    }

    @Test func aWarmUpHasNoRows() throws {
        let peer = try ScriptedPeer(rank: 0, of: 2)
        let load = try Self.opened(peer)
        peer.starts()
        try peer.shares([Self.share(0, 40), Self.share(1, 60)])
        peer.starts()
        #expect(try load.warmUp(.requests(100)) == 100)
        #expect(load.hosts.isEmpty)
        #expect(!peer.heard().isEmpty)
    }

    @Test func aHostThatIsLostIsNamedAndTheRestKept() throws {
        let peer = try ScriptedPeer(rank: 0, of: 2)
        let load = try Self.opened(peer)
        peer.starts()
        try peer.shares([Self.share(0, 40)], lost: ["load host host-1 (rank 1) was lost: gone"])
        // Afterwards there are no windows, and closing waits for none.
        peer.says("L", Array("load host host-1 (rank 1) was lost: gone".utf8))
        peer.says("L", [])
        let failure = #expect(throws: LoadFailure.self) { try load.run(.requests(100)) }
        #expect(failure?.description.hasPrefix("load host host-1 (rank 1) was lost") == true)
        #expect(failure?.sample.operations == 40)
        let again = #expect(throws: LoadFailure.self) { try load.run(.requests(100)) }
        #expect(again?.description.contains("host-1 (rank 1)") == true)
        #expect(!peer.heard().isEmpty)
    }

    @Test func aHostThatDoesNotConnectIsNamed() throws {
        let peer = try ScriptedPeer(rank: 0, of: 2)
        peer.starts()
        var stranger = Self.share(1, 0, failure: "could not connect to 10.0.0.9:6379")
        stranger.sample = LoadSample(commands: [])
        try peer.shares([Self.share(0, 0), stranger])
        peer.starts()
        let opening = try Self.opening()
        let failure = #expect(throws: LoadFailure.self) {
            try FleetSlices.open(peer.link, opening, Self.address) {
                () throws(LoadFailure) -> any Load in CountedLoad(1)
            }
        }
        #expect(
            failure?.description
                == "load host host-1 (rank 1): could not connect to 10.0.0.9:6379")
        #expect(peer.heard().last?.text.hasPrefix("{\"close\"") == true)
    }

    /// Some windows begin late on any machine; many are a failure.
    @Test func manyLateWindowsAreTold() throws {
        let peer = try ScriptedPeer(rank: 0, of: 2)
        let load = try Self.opened(peer)
        for _ in 0..<5 {
            peer.starts()
            try peer.shares([Self.share(0, 40), Self.share(1, 60, late: 35_000_000)])
        }
        peer.starts()
        for _ in 0..<4 { #expect(try load.run(.requests(100)).operations == 100) }
        let failure = #expect(throws: LoadFailure.self) { try load.run(.requests(100)) }
        #expect(failure?.description.contains("in 5 of 5 windows") == true)
        #expect(failure?.description.contains("host-1 (rank 1) began 35 ms late") == true)
        #expect(!peer.heard().isEmpty)
    }

    @Test func whatThisHostSawOfTheServerIsTheCause() throws {
        let peer = try ScriptedPeer(rank: 0, of: 2)
        let load = try Self.opened(peer, CountedLoad(1, breaks: .closed))
        peer.starts()
        try peer.shares([
            Self.share(0, 3, failure: "closed"), Self.share(1, 60, failure: "closed"),
        ])
        peer.starts()
        let failure = #expect(throws: LoadFailure.self) { try load.run(.requests(100)) }
        guard case .closed? = failure?.reason else {
            Issue.record("\(String(describing: failure))")
            return
        }
        #expect(failure?.sample.operations == 63)
        #expect(!peer.heard().isEmpty)
    }

    /// The commands are those that rank 0 has sent in the first test.
    @Test func aHostDoesWhatItIsTold() throws {
        let root = try ScriptedPeer(rank: 0, of: 3)
        var load: FleetSlices? = try Self.opened(root)
        root.starts()
        try root.shares([Self.share(0, 1), Self.share(1, 1)])
        root.starts()
        _ = try load?.run(.requests(90))
        load = nil
        let peer = try ScriptedPeer(rank: 2, of: 3)
        for frame in root.heard() where frame.kind == "W" { peer.starts(frame.text) }
        peer.says("L", Array("rank 0 has ended the run".utf8))
        let own = CountedLoad(30)
        var places: [WorkerPlace] = []
        let host = FleetHost(peer.link) { (_, place) throws(LoadFailure) -> any Load in
            places.append(place)
            return own
        }
        #expect(host.run() == "rank 0 has ended the run")
        #expect(places == [WorkerPlace(index: 2, count: 3)])
        #expect(own.bursts.map(\.limit) == [.requests(90)])
        let heard = peer.heard()
        #expect(heard.map(\.kind) == ["W", "G", "W", "G", "W", "W"])
        let share = try JSONDecoder().decode(HostBurst.self, from: Data(heard[3].text.utf8))
        #expect(share.rank == 2 && share.sample.operations == 30)
        #expect(share.offsetNanoseconds == 100 && share.boundNanoseconds == 7)
        #expect(share.failure == nil)
    }

    @Test func nonsenseIsNoCommand() throws {
        let peer = try ScriptedPeer(rank: 1, of: 2)
        peer.starts("{}")
        let host = FleetHost(peer.link) { (_, _) throws(LoadFailure) -> any Load in
            CountedLoad(1)
        }
        #expect(host.run().contains("do not understand each other"))
    }
}

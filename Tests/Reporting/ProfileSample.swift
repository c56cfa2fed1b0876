// Made-up profiles, whose numbers are known: 812 ns per operation, 333 of them the kernel's.
import RunRecord

/// What C++ and demanglers write.
let template = "std::map<int, char>::operator<(\"k\", int const&) const"

/// - Parameters:
///   - spin: ns per operation in a function of its own; without any it is not there.
///   - scatter: ns per operation that `lookupKey` goes up and down from round to round.
func sampleProfile(
    _ target: String, spin: Double = 0, scatter: Double = 0, rounds: Int = 4,
    operations: UInt64? = 1_000, named name: String = template
) -> StackProfile {
    var profile = StackProfile(target: target, workload: "get", unit: .cpuNanoseconds)
    profile.frames = [
        .init("main", binary: "valkey-server", file: "server.c", line: 7_001),
        .init("lookupKey", binary: "valkey-server", file: "db.c", line: 61),
        .init(name, binary: "valkey-server", file: "map.h", line: 12, kind: .inlined),
        .init("send", binary: "libc.so.6"),
        .init("__x64_sys_sendto", binary: "[kernel]", kind: .kernel),
        .init("tcp_sendmsg", binary: "[kernel]", kind: .kernel),
        .init("[anon]", kind: .unnamed),
        .init("spin", binary: "valkey-server"),
    ]
    profile.stacks = [[0], [0, 1], [0, 1, 2], [0, 3, 4, 5], [0, 6], [0, 7]]
    if spin == 0 { profile.stacks.removeLast() }
    profile.rounds = (0..<rounds).map { round in
        // Its mean over an even number of rounds is 0.
        let shift = scatter * (round % 2 == 0 ? 1 : -1) * Double(1 + round / 2)
        let all = [82.5, 296 + shift, 100, 333, 0.5, spin]
        let weights = Array(all.prefix(profile.stacks.count))
        return StackProfile.Round(
            weights: weights, operations: operations, total: weights.reduce(0, +) * 1_000)
    }
    profile.quality.samples = 3_248
    profile.quality.complete = 3_215
    profile.quality.userSamples = 1_916
    profile.quality.namedUserLeaves = 1_914
    profile.quality.lost = 3
    profile.quality.sampledShare = 0.985
    profile.quality.remarks = ["threads of 2 processes are not sampled"]
    return profile
}

/// A run of profile.
func profileRecord(_ profiles: StackProfile...) -> RunRecord {
    var record = RunRecord(
        hashmarkVersion: "0", arguments: ["hashmark", "profile"], seed: 1)
    record.targets = profiles.map { .init(label: $0.target, spelling: "ref:\($0.target)") }
    record.profiles = profiles
    record.results = profiles.map { profile in
        .init(
            .serverCPU, target: profile.target, workload: "get", value: profile.whole,
            samples: [profile.whole])
    }
    return record
}

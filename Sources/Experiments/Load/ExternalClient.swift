// redis-benchmark or valkey-benchmark as what makes the load: a figure published with them holds
// for them, and a ratio depends on the partner.
//
// The workload must be one that they can send: one command, uniform keys of one size, values of one
// size. `__rand_int__` becomes twelve digits, so a key is the keyspace's prefix, zeros and that.
import LinuxSystem
import Workloads

/// Which program, and how much of it makes a slice.
public struct ExternalClient: Sendable {
    /// redis-benchmark, valkey-benchmark or a path to one.
    public var program: String
    /// nil: as many as take about 0.3 s, `requests(pipeline:)`.
    public var requestsPerSlice: Int?

    public init(_ program: String) { self.program = program }

    /// 0.3 s of load on one core: what a server does at pipeline 1, and a deeper pipeline's
    /// multiple up to sixteen, from where on throughput grows little.
    func requests(pipeline: Int) -> Int {
        requestsPerSlice ?? 30_000 * min(pipeline, 16)
    }

    /// That the program is there and can send the workload, before anything is launched.
    func check(_ workload: Workload) throws(ExperimentFailure) {
        guard Tool.path(of: program) != nil else {
            throw ExperimentFailure(
                .setUp, "there is no \(program); install it, or leave --client out")
        }
        _ = try command(workload)
    }

    /// The words of the workload's one command, as the client takes them.
    func command(_ workload: Workload) throws(ExperimentFailure) -> [String] {
        func refuse(_ reason: String) -> ExperimentFailure {
            ExperimentFailure(
                .setUp,
                "\(program) cannot send workload \(workload.name): \(reason); "
                    + "use get-16x64 or set-16x64, or leave --client out")
        }
        guard workload.operations.count == 1 else { throw refuse("it has several commands") }
        guard workload.keyspaces.count == 1 else { throw refuse("it has several keyspaces") }
        let keys = workload.keyspaces[0]
        guard keys.popularity == .uniform else { throw refuse("its keys are not uniform") }
        guard keys.hashTags == 0, keys.fill == .letters else {
            throw refuse("its keys have hash tags, or its values a fill of their own")
        }
        guard keys.negativeLookups == 0, keys.onMiss == nil,
            workload.operations[0].keys == .popular, workload.operations[0].then == nil,
            workload.operations[0].wait == nil
        else { throw refuse("it looks up keys that are not there, or follows up on others") }
        guard keys.populated >= 1 else { throw refuse("not all of its keys are there") }
        guard let keySize = keys.keySize.constant else { throw refuse("its keys vary in size") }
        let zeros = keySize - keys.prefix.utf8.count - Self.randomDigits
        guard zeros >= 0 else {
            throw refuse("its keys are too short for \(Self.randomDigits) digits")
        }
        var words: [String] = []
        for argument in workload.operations[0].command.arguments {
            switch argument {
            case .literal(let bytes): words.append(String(decoding: bytes, as: UTF8.self))
            case .key:
                words.append(keys.prefix + String(repeating: "0", count: zeros) + "__rand_int__")
            case .value:
                guard let size = keys.valueSize?.constant else {
                    throw refuse("its values vary in size")
                }
                words.append(String(repeating: "x", count: size))
            case .expiry where keys.ttl == nil: break
            case .expiry, .ttl: throw refuse("its keys expire")
            case .keys, .otherKey, .member, .members, .fields, .scored, .score:
                throw refuse("it has commands on several keys or on members")
            }
        }
        return words
    }

    /// What `__rand_int__` becomes.
    private static let randomDigits = 12
}

extension SizeSpec {
    /// The one size that it has, or nil.
    fileprivate var constant: Int? {
        guard case .constant(let size) = distribution, hot == nil else { return nil }
        return Int(min(max(size, least ?? size), most ?? size).rounded())
    }
}

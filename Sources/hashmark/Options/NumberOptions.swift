// Numbers of the command line: what each kind of option takes, and in which range. An option of a
// number is read by one of these, so that nothing out of range reaches arithmetic.
import ArgumentParser
import Foundation
import Quantities

enum NumberOption {
    /// More than any machine holds, and small enough to be multiplied by an entry's bytes.
    static let entries = count(1...1_000_000_000_000) { UInt64($0) }
    /// Ten years of rounds of five minutes.
    static let rounds = count(1...1_000_000)
    /// A month at a hundred million a second.
    static let requests = count(1...250_000_000_000_000)
    /// One address has so many ports.
    static let connections = count(1...65_535)
    static let pipeline = count(1...100_000)
    /// What a server takes for a value: proto-max-bulk-len.
    static let valueBytes = bytes(0...512 << 20)

    /// All of a seed's 64 bits, which are more than a count has.
    static let seed: @Sendable (String) throws -> UInt64 = { text in
        guard let seed = UInt64(text) else {
            throw QuantityError(
                "'\(text)' is no seed", remedy: "write a whole number from 0 to \(UInt64.max)")
        }
        return seed
    }

    static func count(_ range: ClosedRange<Int>) -> @Sendable (String) throws -> Int {
        { try Count.parse($0, in: range) }
    }

    static func count<T>(
        _ range: ClosedRange<Int>, _ body: @escaping @Sendable (Int) -> T
    ) -> @Sendable (String) throws -> T {
        { body(try Count.parse($0, in: range)) }
    }

    static func bytes(_ range: ClosedRange<Int>) -> @Sendable (String) throws -> Int {
        { try ByteCount.parse($0, in: range) }
    }

    /// - Parameter bare: the unit of a number without one.
    static func time(
        _ bare: Nanoseconds.Unit?, from least: Nanoseconds = Nanoseconds(1, .milliseconds),
        to most: Nanoseconds = .longest
    ) -> @Sendable (String) throws -> Nanoseconds {
        { try Nanoseconds(parsing: $0, bare: bare, in: least...most) }
    }

    /// NUMA nodes: `0`, `0-1`.
    static let nodes: @Sendable (String) throws -> [Int] = { text in
        do throws(QuantityError) {
            return try CPUList.parse(text)
        } catch {
            throw QuantityError("'\(text)' is no list of nodes", remedy: "write it as 0 or 0-1")
        }
    }

    /// Times to live: `90`, `90s`, `5m`, in whole seconds.
    static func life(from least: UInt64) -> @Sendable (String) throws -> Int {
        { text in
            let time = try Nanoseconds(
                parsing: text, bare: .seconds, in: Nanoseconds(least, .seconds) ... .longest)
            let (seconds, rest) = time.count.quotientAndRemainder(dividingBy: Self.second.count)
            guard rest == 0 else {
                throw QuantityError(
                    "'\(text)' is no whole number of seconds", remedy: "write it as 90s or 5m")
            }
            return Int(seconds)
        }
    }

    private static let second = Nanoseconds(1, .seconds)

    static func real(_ range: ClosedRange<Double>) -> @Sendable (String) throws -> Double {
        { try Real.parse($0, in: range) }
    }

    /// A request in flight has its time and its place in memory on both sides.
    private static let mostInFlight = 10_000_000

    static func checkInFlight(connections: Int?, pipeline: Int?) throws {
        let (connections, pipeline) = (connections ?? 1, pipeline ?? 1)
        guard connections * pipeline <= mostInFlight else {
            throw ValidationError(
                "\(connections) connections with \(pipeline) requests in flight each are more than "
                    + "\(mostInFlight) at once; use fewer")
        }
    }
}

/// Options that were written, whatever they were set to: for those without effect in some mode.
enum GivenOptions {
    /// Up to a `--`; ArgumentParser takes no value that looks like an option.
    private static var given: Set<String> {
        let words = CommandLine.arguments.prefix { $0 != "--" }
        return Set(words.map { String($0.prefix { $0 != "=" }) })
    }

    /// Refuses those of `options` that were given.
    /// - Parameter reason: the sentence's end, such as "has no effect with --pid".
    static func refuse(_ options: [String], _ reason: String) throws {
        let written = given
        for option in options where written.contains(option) {
            throw ValidationError("\(option) \(reason); leave it out")
        }
    }

    static let prices = [
        "--price-per-core-hour", "--price-per-gb-hour", "--cost-operations", "--cost-entries",
    ]
    static let record = ["--json", "--out", "--export", "--strict", "--seed"]
    static let nodes = ["--server-node", "--client-node", "--numa-policy"]
    static let caches = ["--i1", "--d1", "--ll"]
}

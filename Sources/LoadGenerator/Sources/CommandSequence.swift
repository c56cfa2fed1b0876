// Commands of the user's own on the command line: `[N] command args ';' [N] command args …`.
import RESP

public struct CommandSequence: Sendable {
    /// The arguments of each command, repetitions written out.
    public let commands: [[[UInt8]]]

    /// Why words are not a sequence: cause and remedy.
    public struct Problem: Error, CustomStringConvertible, Sendable {
        public let description: String
    }

    /// Longest sequence: what keeps a batch of pipeline 1000 within some hundred MB.
    private static let requestLimit = 100_000
    /// A batch names its commands by a byte.
    private static let labelLimit = 256

    /// - Parameters:
    ///   - words: what the command line says behind the options.
    ///   - last: one more argument for the last command (`-x`).
    ///   - dataBytes: size of `__data__`.
    public init(_ words: [String], last: [UInt8]?, dataBytes: Int) throws(Problem) {
        var commands: [[[UInt8]]] = []
        var current: [[UInt8]] = []
        var count = 1
        var isAtStart = true
        func end() {
            if !current.isEmpty {
                for _ in 0..<count { commands.append(current) }
            }
            (current, count, isAtStart) = ([], 1, true)
        }
        let data = BenchmarkData.bytes(dataBytes)
        for word in words {
            if word == ";" {
                end()
            } else if isAtStart, let first = word.utf8.first, first >= 0x31, first <= 0x39 {
                guard let number = Int(word), number <= Self.requestLimit - commands.count else {
                    throw Problem(
                        description: "'\(word)' is no number of repetitions; write [N] command "
                            + "args, N up to \(Self.requestLimit)")
                }
                count = number
                isAtStart = false
            } else {
                current.append(Self.filled(word, data))
                isAtStart = false
            }
        }
        if let last { current.append(last) }
        end()
        guard !commands.isEmpty else {
            throw Problem(description: "there is no command; write command args [';' …]")
        }
        guard Set(commands.map { $0[0] }).count <= Self.labelLimit else {
            throw Problem(
                description: "more than \(Self.labelLimit) different commands; write fewer")
        }
        self.commands = commands
    }

    /// `word` with every `__data__` replaced.
    private static func filled(_ word: String, _ data: [UInt8]) -> [UInt8] {
        let mark = Array("__data__".utf8)
        let bytes = Array(word.utf8)
        guard word.contains("__data__") else { return bytes }
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index...].starts(with: mark) {
                result += data
                index += mark.count
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return result
    }

    /// The whole sequence as one test, called as it was written.
    public func test(title: String) -> BenchmarkTest {
        var bytes: [UInt8] = []
        for command in commands { RequestEncoder.append(command, to: &bytes) }
        let labels = commands.map { CommandLabel(command: $0[0]) }
        return BenchmarkTest([], title, RequestTemplate(bytes, labels))
    }

    /// Bytes of the encoded sequence: what valkey-benchmark then calls the payload.
    public var encodedBytes: Int {
        commands.reduce(0) { $0 + RequestEncoder.encode($1).count }
    }
}

// The server with faults to order, as the tests of this folder start it.
import LinuxSystem
import RESP
import Targets
import TestSupport
import Testing

/// Starts it with `flags` and hands over a connection.
func withFaulty(_ flags: String, _ body: (RunningServer, ControlConnection) throws -> Void) throws {
    let server = try launchFaulty(flags)
    defer { server.stop() }
    try body(server, try server.connect())
}

func launchFaulty(_ flags: String, readyMilliseconds: Int = 15_000) throws -> RunningServer {
    var options = LaunchOptions()
    options.readyMilliseconds = readyMilliseconds
    return try Target(parsing: "exec:\(Hashmark.faultyServer) \(flags)").launch(options)
}

extension ControlConnection {
    func get(_ key: String) throws -> RESPValue { try send(["GET", key]) }
    func set(_ key: String, _ value: String) throws { _ = try send(["SET", key, value]) }

    /// The answers to `count` equal requests, sent in batches.
    func many(_ count: Int, _ words: [String]) throws -> [RESPValue] {
        let request = words.map { Array($0.utf8) }
        var replies: [RESPValue] = []
        while replies.count < count {
            replies += try pipeline(
                [[[UInt8]]](repeating: request, count: min(100, count - replies.count)))
        }
        return replies
    }

    func usedBytes() throws -> Int {
        try #require(try info("memory")["used_memory"].flatMap { Int($0) })
    }
}

extension RESPValue {
    static func text(_ text: String) -> RESPValue { .bytes(Array(text.utf8)) }
    var isError: Bool { if case .error = self { true } else { false } }
}

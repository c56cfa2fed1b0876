// A blocking connection for the few commands that are not load: INFO, DBSIZE, CONFIG, FLUSHALL.
// Never on a hot path; every call allocates.
import Glibc
import LinuxSystem
import RESP
import SystemPackage

public enum ControlError: Error, Sendable, CustomStringConvertible {
    case connect(SocketAddress, SystemCallError)
    /// The connection ended: closed by the server, or broken.
    case lost(SocketAddress, Errno?)
    case timedOut(SocketAddress, command: String, milliseconds: Int)
    case malformed(SocketAddress, MalformedReply)
    /// The server answered with an error.
    case refused(command: String, text: String)
    /// A reply of another type than the command has.
    case unexpected(command: String)

    public var description: String {
        switch self {
        case .connect(let address, let error) where error.errno == .connectionRefused:
            "could not connect to \(address): connection refused; is the server running there?"
        case .connect(let address, let error): "could not connect to \(address): \(error.errno)"
        case .lost(let address, nil): "\(address) closed the connection"
        case .lost(let address, let errno?): "the connection to \(address) broke: \(errno)"
        case .timedOut(let address, let command, let milliseconds):
            "\(address) did not answer \(command) within \(milliseconds) ms; does the server hang?"
        case .malformed(let address, let error):
            "\(address) does not answer in RESP: \(error); is it a RESP server?"
        case .refused(let command, let text): "\(command) was refused: \(text)"
        case .unexpected(let command): "\(command) was answered with a value of another type"
        }
    }
}

public struct ControlConnection: ~Copyable {
    public let address: SocketAddress
    private let fd: CInt
    private let milliseconds: Int
    /// Bytes behind the last reply: normally none.
    private var received: [UInt8] = []

    /// - Parameter milliseconds: how long any one reply may take.
    public init(to address: SocketAddress, milliseconds: Int = 5_000) throws(ControlError) {
        let fd: CInt
        do throws(SystemCallError) {
            fd = try Socket.connect(to: address)
        } catch {
            throw .connect(address, error)
        }
        self.address = address
        self.fd = fd
        self.milliseconds = milliseconds
    }

    deinit { close(fd) }

    /// Sends one command and returns its reply.
    /// - Throws: `refused` when that is an error reply.
    public mutating func call(_ arguments: [String]) throws(ControlError) -> RESPValue {
        try call(arguments[0], RequestEncoder.encode(arguments))
    }

    /// `call` with arguments that need not be text.
    public mutating func call(_ arguments: [[UInt8]]) throws(ControlError) -> RESPValue {
        try call(String(decoding: arguments[0], as: UTF8.self), RequestEncoder.encode(arguments))
    }

    private mutating func call(
        _ command: String, _ request: [UInt8]
    ) throws(ControlError) -> RESPValue {
        try write(command, request)
        while true {
            let value = try reply(command)
            if case .push = value { continue }
            if case .error(let text) = value { throw .refused(command: command, text: text) }
            return value
        }
    }

    private func write(_ command: String, _ request: [UInt8]) throws(ControlError) {
        var sent = 0
        while sent < request.count {
            let result = request.withUnsafeBytes {
                send(fd, $0.baseAddress! + sent, $0.count - sent)
            }
            switch result {
            case .bytes(let count): sent += count
            case .wouldBlock:
                guard Socket.waitWritable(fd, milliseconds: milliseconds) else {
                    throw .timedOut(address, command: command, milliseconds: milliseconds)
                }
            case .failed(let errno): throw .lost(address, errno)
            }
        }
    }

    /// The next reply. The scanner looks at every byte once, however many pieces it comes in.
    private mutating func reply(_ command: String) throws(ControlError) -> RESPValue {
        var scanner = ReplyScanner()
        var position = 0
        while true {
            let step = received.withUnsafeBufferPointer { buffer -> ReplyScanner.Step in
                guard let base = buffer.baseAddress else { return .needMore }
                return scanner.scan(base, buffer.count, &position)
            }
            switch step {
            case .needMore: try receiveMore(command)
            case .malformed(let error): throw .malformed(address, error)
            case .reply:
                let decoded: RESPValue?
                do throws(MalformedReply) {
                    decoded = try ReplyDecoder.first(in: received)
                } catch {
                    throw .malformed(address, error)
                }
                received.removeFirst(position)
                // The scanner found it whole, so the decoder does.
                return decoded!
            }
        }
    }

    private mutating func receiveMore(_ command: String) throws(ControlError) {
        guard Socket.waitReadable(fd, milliseconds: milliseconds) else {
            throw .timedOut(address, command: command, milliseconds: milliseconds)
        }
        let result = withUnsafeTemporaryAllocation(byteCount: 16 << 10, alignment: 1) { chunk in
            let result = receive(fd, into: chunk.baseAddress!, chunk.count)
            if case .bytes(let count) = result {
                received.append(contentsOf: UnsafeRawBufferPointer(chunk).prefix(count))
            }
            return result
        }
        switch result {
        case .bytes(0): throw .lost(address, nil)
        case .bytes, .wouldBlock: break
        case .failed(let errno): throw .lost(address, errno)
        }
    }

    // MARK: the commands everybody needs

    /// INFO as fields; the sections' headings are left out.
    public mutating func info(_ section: String? = nil) throws(ControlError) -> [String: String] {
        guard let text = try call(["INFO"] + (section.map { [$0] } ?? [])).text else {
            throw .unexpected(command: "INFO")
        }
        var fields: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { fields[String(parts[0])] = String(parts[1]) }
        }
        return fields
    }

    /// Keys in the selected database (DBSIZE).
    public mutating func databaseSize() throws(ControlError) -> Int {
        guard let number = try call(["DBSIZE"]).number else {
            throw .unexpected(command: "DBSIZE")
        }
        return Int(number)
    }

    /// One setting, or nil when the server has none of that name.
    public mutating func configuration(_ name: String) throws(ControlError) -> String? {
        guard let items = try call(["CONFIG", "GET", name]).elements, items.count >= 2 else {
            return nil
        }
        return items[1].text
    }
}

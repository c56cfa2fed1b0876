// A blocking connection for the few commands that are not load: INFO, DBSIZE, CONFIG, FLUSHALL.
// Never on a hot path; every call allocates.
import Glibc
import LinuxSystem
import RESP
import SystemPackage
import Transport

public final class ControlConnection {
    public let address: SocketAddress
    private let stream: Stream
    private let milliseconds: Int
    /// Bytes behind the last reply: normally none.
    private var received: [UInt8] = []
    /// Of a cluster, whose nodes it stands for then.
    private var cluster: ClusterControl?

    /// Connects, authenticates and selects the endpoint's database.
    /// - Parameter timeoutMilliseconds: how long any one reply may take.
    public init(to endpoint: Target.Endpoint, timeoutMilliseconds: Int = 5_000) throws(TargetError)
    {
        milliseconds = timeoutMilliseconds
        let (opened, place) = try ControlConnection.connect(endpoint, timeoutMilliseconds)
        stream = opened
        address = place
        for command in endpoint.setUp { try call(command) }
        if endpoint.isCluster {
            cluster = try ClusterControl(self, endpoint, timeoutMilliseconds)
        }
    }

    /// To the endpoint's address; of a cluster, to the first of its nodes that takes connections.
    private static func connect(
        _ endpoint: Target.Endpoint, _ milliseconds: Int
    ) throws(TargetError) -> (Stream, SocketAddress) {
        var failure: TargetError?
        for address in endpoint.isCluster ? endpoint.seeds : [endpoint.address] {
            let descriptor: CInt
            do throws(SystemCallError) {
                descriptor = try Socket.connect(to: address)
            } catch {
                failure = failure ?? refusal(error, address)
                continue
            }
            return (try stream(descriptor, address, endpoint.tls, milliseconds), address)
        }
        throw failure ?? TargetError("no node is named", remedy: "write cluster://HOST:PORT")
    }

    private static func refusal(_ error: SystemCallError, _ address: SocketAddress) -> TargetError {
        error.isUnknownHost
            ? TargetError(
                "could not connect to \(address): the name is not known",
                remedy: "check the host's name")
            : TargetError(
                "could not connect to \(address): \(error.errno)",
                remedy: "is a server running there?")
    }

    /// The stream over a connected socket, which is closed where this throws.
    private static func stream(
        _ descriptor: CInt, _ address: SocketAddress, _ tls: TLSOptions?, _ milliseconds: Int
    ) throws(TargetError) -> Stream {
        guard let tls else { return .plain(descriptor: descriptor) }
        let stream: Stream
        do throws(TLSFailure) {
            stream = try TLSContext.client(tls).connect(descriptor, host: address.host)
        } catch {
            Glibc.close(descriptor)
            throw TargetError(error, address)
        }
        do throws(TLSFailure) {
            try stream.finishHandshake(milliseconds: milliseconds)
        } catch {
            stream.close()
            throw TargetError(error, address)
        }
        return stream
    }

    /// What both sides agreed on; nil where the connection is not encrypted.
    public var encryption: TLSSummary? { stream.encryption }

    public convenience init(
        to address: SocketAddress, timeoutMilliseconds: Int = 5_000
    ) throws(TargetError) {
        try self.init(
            to: Target.Endpoint(address), timeoutMilliseconds: timeoutMilliseconds)
    }

    deinit { stream.close() }

    /// The process that serves this connection, for CPU and memory; nil where it is on another
    /// machine or cannot be told.
    /// - Parameter claimed: what the server calls itself (`process_id` of INFO). It counts where
    ///   the kernel does not tell, for in a container it is the number of another process here.
    public func localProcess(claimed: pid_t? = nil) -> pid_t? {
        func ifRunning(_ pid: pid_t?) -> pid_t? {
            pid.flatMap { ProcessAccounting.cpuNanoseconds($0) == nil ? nil : $0 }
        }
        // Another user's descriptors cannot be read: then credentials and words have to do.
        switch address {
        case .tcp(_, let port):
            guard Socket.isPeerLocal(stream.descriptor) else { return nil }
            return ProcessAccounting.listener(ofPort: port, likely: claimed) ?? ifRunning(claimed)
        case .unix(let path):
            let peer = Socket.peerProcess(stream.descriptor)
            return ProcessAccounting.listener(ofSocket: path, likely: peer)
                ?? ifRunning(peer) ?? ifRunning(claimed)
        }
    }

    /// Sends one command and returns its reply, which must not be an error.
    @discardableResult
    public func call(_ arguments: [String]) throws(TargetError) -> RESPValue {
        try accepted(try send(arguments), arguments[0])
    }

    private func accepted(
        _ reply: RESPValue, _ command: String
    ) throws(TargetError) -> RESPValue {
        if case .error(let text) = reply {
            throw TargetError(
                "\(address) refused \(command): \(ErrorReply.printable(text))",
                remedy: ErrorReply.remedy(for: text))
        }
        return reply
    }

    /// Sends one command and returns its reply; an error reply is a value.
    public func send(_ arguments: [String]) throws(TargetError) -> RESPValue {
        let bytes = arguments.map { Array($0.utf8) }
        if let cluster { return try cluster.send(bytes) }
        return try sendHere(bytes)
    }

    /// The same to this connection's own server, also where that is a node of a cluster.
    func sendHere(_ arguments: [[UInt8]]) throws(TargetError) -> RESPValue {
        let name = String(decoding: arguments[0], as: UTF8.self)
        try write(name, RequestEncoder.encode(arguments))
        while true {
            let value = try reply(name)
            if case .push = value { continue }
            return value
        }
    }

    /// The same, and an error reply is a failure.
    func callHere(_ arguments: [String]) throws(TargetError) -> RESPValue {
        try accepted(try sendHere(arguments.map { Array($0.utf8) }), arguments[0])
    }

    /// Sends all commands at once and returns their replies in order; error replies are values.
    /// For some hundreds of small commands: none is read before all are written.
    public func pipeline(_ commands: [[[UInt8]]]) throws(TargetError) -> [RESPValue] {
        if let cluster { return try cluster.pipeline(commands) }
        return try pipelineHere(commands)
    }

    func pipelineHere(_ commands: [[[UInt8]]]) throws(TargetError) -> [RESPValue] {
        guard let first = commands.first?.first else { return [] }
        let name = String(decoding: first, as: UTF8.self)
        var request: [UInt8] = []
        for command in commands { RequestEncoder.append(command, to: &request) }
        try send(encoded: request, named: name)
        return try replies(commands.count, to: name)
    }

    /// Sends requests that are encoded already, and reads nothing.
    /// - Parameter name: what complaints call them.
    public func send(encoded requests: [UInt8], named name: String) throws(TargetError) {
        try write(name, requests)
    }

    /// The next `count` replies in order; error replies are values, and pushes are none.
    public func replies(_ count: Int, to name: String) throws(TargetError) -> [RESPValue] {
        var replies: [RESPValue] = []
        replies.reserveCapacity(count)
        while replies.count < count {
            let value = try reply(name)
            if case .push = value { continue }
            replies.append(value)
        }
        return replies
    }

    private func broken(_ errno: Errno?) -> TargetError {
        if let failure = stream.encryptionFailure { return TargetError(failure, address) }
        return TargetError(
            "\(address) closed the connection\(errno.map { " (\($0))" } ?? "")",
            remedy: "look in the server's log for the reason")
    }

    private func timedOut(_ command: String) -> TargetError {
        TargetError(
            "\(address) did not answer \(command) within \(milliseconds) ms",
            remedy: "check whether it hangs or is stopped")
    }

    private func malformed(_ error: MalformedReply) -> TargetError {
        TargetError(
            "\(address) does not answer in RESP: \(error)", remedy: "check that it is a RESP server"
        )
    }

    private func write(_ command: String, _ request: [UInt8]) throws(TargetError) {
        var sent = 0
        while sent < request.count {
            let result = request.withUnsafeBytes {
                stream.send($0.baseAddress! + sent, $0.count - sent)
            }
            switch result {
            case .bytes(let count): sent += count
            case .wouldBlock:
                guard Socket.waitWritable(stream.descriptor, milliseconds: milliseconds) else {
                    throw timedOut(command)
                }
            case .closed: throw broken(nil)
            case .failed(let errno):
                // What TLS has against it came before the end.
                if stream.isEncrypted { try receiveMore(command) }
                throw broken(errno)
            }
        }
    }

    /// The next reply. The scanner looks at every byte once, however many pieces it comes in.
    private func reply(_ command: String) throws(TargetError) -> RESPValue {
        var scanner = ReplyScanner()
        var position = 0
        while true {
            let step = received.withUnsafeBufferPointer { buffer -> ReplyScanner.Step in
                guard let base = buffer.baseAddress else { return .needMore }
                return scanner.scan(base, buffer.count, &position)
            }
            switch step {
            case .needMore: try receiveMore(command)
            case .malformed(let error): throw malformed(error)
            case .reply:
                let decoded: RESPValue?
                do throws(MalformedReply) {
                    decoded = try ReplyDecoder.first(in: received)
                } catch {
                    throw malformed(error)
                }
                received.removeFirst(position)
                return decoded!  // the scanner found it whole, so the decoder does
            }
        }
    }

    private func receiveMore(_ command: String) throws(TargetError) {
        let result = withUnsafeTemporaryAllocation(byteCount: 16 << 10, alignment: 1) { chunk in
            let result = stream.receive(into: chunk.baseAddress!, chunk.count)
            if case .bytes(let count) = result {
                received.append(contentsOf: UnsafeRawBufferPointer(chunk).prefix(count))
            }
            return result
        }
        switch result {
        case .closed: throw broken(nil)
        case .bytes: break
        case .wouldBlock:
            guard stream.waitToReceive(milliseconds: milliseconds) else { throw timedOut(command) }
        case .failed(let errno): throw broken(errno)
        }
    }

    private func unexpected(_ command: String) -> TargetError {
        TargetError(
            "\(address) answered \(command) with a value of another type",
            remedy: "check that it is a Redis-compatible server")
    }

    /// Asks for every command that the server executes, as text; nothing else comes after that.
    /// - Returns: the descriptor that it is read from while this connection lives, and what has
    ///   come already.
    public func monitor() throws(TargetError) -> (descriptor: CInt, received: [UInt8]) {
        guard !stream.isEncrypted else {
            throw TargetError(
                "\(address): what MONITOR sends cannot be read through TLS",
                remedy: "give a port without TLS")
        }
        guard cluster == nil else {
            throw TargetError(
                "MONITOR tells what one node of a cluster executes",
                remedy: "name that node, as tcp://HOST:PORT")
        }
        try call(["MONITOR"])
        return (stream.descriptor, received)
    }

    /// The nodes of the cluster that it stands for, as they are now; none of one server.
    public func members() throws(TargetError) -> [ClusterMember] {
        guard let cluster else { return [] }
        return try cluster.members(self)
    }

    // MARK: the commands everybody needs

    /// INFO as fields; the sections' headings are left out.
    public func info(_ section: String? = nil) throws(TargetError) -> [String: String] {
        try fields(["INFO"] + (section.map { [$0] } ?? []))
    }

    /// The fields of a reply that has one on each line.
    func fields(_ command: [String]) throws(TargetError) -> [String: String] {
        guard let text = try call(command).text else { throw unexpected(command[0]) }
        var fields: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            // Into records, files and terminals they go without control characters.
            guard parts.count == 2 else { continue }
            fields[String(parts[0])] = ErrorReply.printable(String(parts[1]))
        }
        return fields
    }

    /// Keys in the selected database (DBSIZE).
    public func databaseSize() throws(TargetError) -> Int {
        guard let number = try call(["DBSIZE"]).number else {
            throw unexpected("DBSIZE")
        }
        return Int(number)
    }

    /// Asks whether the server answers.
    /// - Throws: where it does not, or with an error.
    public func ping() throws(TargetError) { try call(["PING"]) }

    /// A reply's text; nil when it is an error or has none.
    public func text(_ arguments: [String]) throws(TargetError) -> String? {
        try send(arguments).text
    }

    /// Whether the server has a command; nil when it does not say (no COMMAND INFO).
    public func knows(_ command: String) throws(TargetError) -> Bool? {
        guard let items = try send(["COMMAND", "INFO", command]).elements, items.count == 1 else {
            return nil
        }
        return items[0] != .null && items[0] != .array([])
    }

    /// One setting, or nil when the server has none of that name.
    public func configuration(_ name: String) throws(TargetError) -> String? {
        guard let items = try send(["CONFIG", "GET", name]).elements, items.count >= 2 else {
            return nil
        }
        return items[1].text
    }
}

extension Target.Endpoint {
    /// What a new connection to it sends first: AUTH and SELECT where they are needed.
    public var setUp: [[String]] {
        var commands: [[String]] = []
        if let password {
            commands.append(["AUTH"] + (user.map { [$0] } ?? []) + [password])
        }
        if database != 0 { commands.append(["SELECT", "\(database)"]) }
        return commands
    }
}

extension TargetError {
    init(_ failure: TLSFailure, _ address: SocketAddress) {
        self.init("\(address): \(failure.cause)", remedy: failure.remedy)
    }
}

// A trace's commands with their own keys and values, where its format has them: append-only files,
// MONITOR's text and RDB files.

extension TraceReader {
    /// Whether the format records commands whole.
    public var hasCommands: Bool { format is any CommandDecoder }

    /// The next commands, some hundreds of them; none at the end. A reader is read either for
    /// commands or for records.
    /// - Throws: what ended the reading, once all commands before it were returned.
    public func commands() throws(TraceError) -> [LoggedCommand] {
        guard let log = commandLog() else { return [] }
        let block = UnsafeMutableBufferPointer<TraceRecord>.allocate(capacity: Self.blockRecords)
        block.initialize(repeating: TraceRecord())
        defer { block.deallocate() }
        while log.isEmpty && input.failure == nil {
            _ = format.decode(&input, into: block, from: 0)
            let isDone = input.isAtEnd && input.taken == input.filled
            if !log.isEmpty || input.failure != nil || isDone { break }
            input.refill()
        }
        let commands = log.take()
        if commands.isEmpty, let failure = input.failure { throw failure }
        recordCount += UInt64(commands.count)
        return commands
    }

    /// A decoder ends at so many records, which are for nobody.
    private static let blockRecords = 64

    private func commandLog() -> CommandLog? {
        guard var decoder = format as? any CommandDecoder else { return nil }
        if let log = decoder.log { return log }
        let log = CommandLog()
        decoder.log = log
        format = decoder
        return log
    }
}

// The entry of a libFuzzer binary over the protocol code, compiled by Scripts/fuzz-protocol
// together with Sources/RESP (no part of the package). Coverage leads it where seeded streams do
// not get.
//
// The input is a stream of a client and of a server at once: both parsers must end in a request, a
// reply, a wish for more or an error, inside the bytes they were given. The address sanitizer and
// Swift's own checks say when they do not.

/// Requests of an input are parsed until it ends or breaks; each step consumes bytes.
private func parseRequests(_ bytes: UnsafeMutableRawPointer, _ count: Int) {
    var parser = RequestParser()
    var arguments = ArgumentVector()
    var position = 0
    while true {
        let before = arguments.count
        switch parser.next(bytes + position, count - position, into: &arguments) {
        case .request(let length):
            precondition(length > 0 && position + length <= count, "a request outside its bytes")
            for index in before..<arguments.count {
                let argument = arguments[index]
                let offset = argument.base - bytes
                precondition(
                    offset >= 0 && offset + argument.count <= count, "an argument outside its bytes"
                )
            }
            position += length
            arguments.removeAll()
        case .incomplete, .failed: return
        }
    }
}

private func parseReplies(_ bytes: UnsafePointer<UInt8>, _ count: Int) {
    var scanner = ReplyScanner()
    var position = 0
    while true {
        let before = position
        switch scanner.scan(bytes, count, &position) {
        case .reply: precondition(position > before && position <= count, "a reply of no bytes")
        case .needMore, .malformed: break
        }
        if position == before || position >= count { break }
    }
    _ = try? ReplyDecoder.decode(UnsafeBufferPointer(start: bytes, count: count))
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzProtocol(_ input: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    // Inline requests are unquoted in place, so the parser gets a copy of its own, exactly as long.
    let copy = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1), alignment: 1)
    copy.copyMemory(from: input, byteCount: count)
    parseRequests(copy, count)
    copy.deallocate()
    parseReplies(input, count)
    return 0
}

// BITFIELD and BITFIELD_RO: several integers of a value, read and changed one after the other.
import Keyspaces
import RESP

/// One of the operations that a request asks for.
private struct FieldOperation {
    enum Kind {
        case get, set, increment
    }

    let kind: Kind
    let field: BitField
    var operand: Int64 = 0
    var overflow = BitField.Overflow.wrap
}

extension Engine where K: ~Copyable {
    mutating func bitfield(_ request: Request, isReadOnly: Bool) {
        guard let operations = parseFieldOperations(request) else { return }
        let writes = operations.filter { $0.kind != .get }
        guard !writes.isEmpty else {
            guard holdsString(request.key, request) else { return }
            let value = lookup(request.key)
            let numbers = withBytes(value) { bytes in operations.map { $0.field.read(bytes) } }
            reply.array(numbers.count)
            for number in numbers { reply.integer(number) }
            return
        }
        if isReadOnly {
            return fail(request, "ERR BITFIELD_RO only supports the GET subcommand")
        }
        guard holdsString(request.key, request) else { return }
        let needed = writes.reduce(0) { max($0, $1.field.bytesNeeded) }
        guard canGrow(request, to: needed) else { return }
        let results = change(request.key, atLeast: needed) { bytes in
            operations.map { Self.perform($0, bytes) }
        }
        let isChanged = zip(operations, results).contains { $0.kind != .get && $1 != nil }
        if isChanged { noteChange(of: request.key) }
        reply.array(results.count)
        for result in results {
            if let result { reply.integer(result) } else { reply.null() }
        }
    }

    /// nil: it does not fit, and OVERFLOW FAIL was asked for.
    private static func perform(
        _ operation: FieldOperation, _ bytes: UnsafeMutableRawBufferPointer
    ) -> Int64? {
        let field = operation.field
        let old = field.read(Bytes(bytes))
        switch operation.kind {
        case .get: return old
        case .set:
            guard let new = field.fitted(operation.operand, operation.overflow) else { return nil }
            field.write(new, to: bytes)
            return old
        case .increment:
            guard let new = field.sum(old, operation.operand, operation.overflow) else {
                return nil
            }
            field.write(new, to: bytes)
            return new
        }
    }

    /// nil after an error reply.
    private mutating func parseFieldOperations(_ request: Request) -> [FieldOperation]? {
        var operations: [FieldOperation] = []
        var overflow = BitField.Overflow.wrap
        var index = 2
        while index < request.argumentCount {
            let word = argument(request, index)
            let left = request.argumentCount - index - 1
            if word.isWord("overflow"), left >= 1 {
                guard let parsed = parseOverflow(argument(request, index + 1)) else {
                    fail(request, "ERR Invalid OVERFLOW type specified")
                    return nil
                }
                overflow = parsed
                index += 2
                continue
            }
            let kind: FieldOperation.Kind
            if word.isWord("get"), left >= 2 {
                kind = .get
            } else if word.isWord("set"), left >= 3 {
                kind = .set
            } else if word.isWord("incrby"), left >= 3 {
                kind = .increment
            } else {
                syntaxError(request)
                return nil
            }
            guard let operation = parseOperation(request, index + 1, kind, overflow) else {
                return nil
            }
            operations.append(operation)
            index += kind == .get ? 3 : 4
        }
        return operations
    }

    /// Type, offset and, unless it only reads, a number, from `index` on; nil after an error reply.
    private mutating func parseOperation(
        _ request: Request, _ index: Int, _ kind: FieldOperation.Kind,
        _ overflow: BitField.Overflow
    ) -> FieldOperation? {
        guard let type = BitField.parseType(Array(argument(request, index).bytes)) else {
            fail(
                request,
                "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not"
                    + " supported but i64 is.")
            return nil
        }
        let place = argument(request, index + 1)
        guard let offset = bitOffset(request, place, width: type.width) else { return nil }
        let field = BitField(isSigned: type.isSigned, width: type.width, offset: offset)
        guard kind != .get else { return FieldOperation(kind: kind, field: field) }
        guard let operand = argument(request, index + 2).integer else {
            notAnInteger(request)
            return nil
        }
        return FieldOperation(kind: kind, field: field, operand: operand, overflow: overflow)
    }

    private func parseOverflow(_ word: Argument) -> BitField.Overflow? {
        if word.isWord("wrap") { return .wrap }
        if word.isWord("sat") { return .saturate }
        if word.isWord("fail") { return .fail }
        return nil
    }
}

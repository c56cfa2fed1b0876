// PFADD, PFCOUNT and PFMERGE: strings that estimate how many different elements they have seen.
import Keyspaces
import RESP

extension Engine where K: ~Copyable {
    private static var notOne: String {
        "WRONGTYPE Key is not a valid HyperLogLog string value."
    }
    private static var corrupt: String { "INVALIDOBJ Corrupted HLL object detected" }

    /// What `key` holds.
    private enum Held {
        case nothing
        case log(HyperLogLog)
        /// After an error reply.
        case refused
    }

    private mutating func held(_ request: Request, _ key: Key) -> Held {
        guard let value = lookup(key) else { return .nothing }
        guard let log = HyperLogLog(copied(value)) else {
            fail(request, Self.notOne)
            return .refused
        }
        return .log(log)
    }

    private mutating func keep(_ log: HyperLogLog, as key: Key) {
        if let place = bytesInPlace(key), place.count == log.bytes.count {
            place.copyBytes(from: log.bytes)
        } else {
            log.bytes.withUnsafeBytes {
                keyspace.set(key, $0, expiry: .keep, form: .separate)
            }
        }
        noteChange(of: key)
    }

    mutating func pfadd(_ request: Request) {
        var log = HyperLogLog()
        var isChanged = true
        switch held(request, request.key) {
        case .nothing: break
        case .log(let known):
            log = known
            isChanged = false
        case .refused: return
        }
        for index in 2..<max(request.argumentCount, 2) {
            guard let isRaised = log.add(argument(request, index).bytes) else {
                return fail(request, Self.corrupt)
            }
            isChanged = isChanged || isRaised
        }
        if isChanged {
            log.forgetCached()
            keep(log, as: request.key)
        }
        reply.integer(isChanged ? 1 : 0)
    }

    mutating func pfcount(_ request: Request) {
        if request.argumentCount > 2 { return pfcountUnion(request) }
        switch held(request, request.key) {
        case .nothing: reply.integer(0)
        case .refused: return
        case .log(var log):
            if let cached = log.cached { return reply.integer(Int64(bitPattern: cached)) }
            guard let values = log.values else { return fail(request, Self.corrupt) }
            let cardinality = HyperLogLog.cardinality(values)
            log.cache(cardinality)
            keep(log, as: request.key)
            reply.integer(Int64(bitPattern: cardinality))
        }
    }

    private mutating func pfcountUnion(_ request: Request) {
        guard let union = union(request) else { return }
        reply.integer(Int64(bitPattern: HyperLogLog.cardinality(union.values)))
    }

    /// The largest value of each register, over all keys of the request from the first on.
    private struct Union {
        var values = [UInt8](repeating: 0, count: HyperLogLog.registers)
        var hasDense = false
    }

    /// nil after an error reply.
    private mutating func union(_ request: Request) -> Union? {
        var union = Union()
        for index in 1..<request.argumentCount {
            switch held(request, key(request, index)) {
            case .nothing: continue
            case .refused: return nil
            case .log(let log):
                guard let values = log.values else {
                    fail(request, Self.corrupt)
                    return nil
                }
                union.hasDense = union.hasDense || !log.isSparse
                for register in 0..<HyperLogLog.registers
                where values[register] > union.values[register] {
                    union.values[register] = values[register]
                }
            }
        }
        return union
    }

    mutating func pfmerge(_ request: Request) {
        guard let union = union(request) else { return }
        var log = HyperLogLog()
        if case .log(let known) = held(request, request.key) { log = known }
        if union.hasDense && !log.makeDense() { return fail(request, Self.corrupt) }
        for register in 0..<HyperLogLog.registers where union.values[register] > 0 {
            guard log.raise(register, to: union.values[register]) != nil else {
                return fail(request, Self.corrupt)
            }
        }
        log.forgetCached()
        keep(log, as: request.key)
        reply.ok()
    }
}

// BF.INSERT, and the numbers that it and BF.RESERVE read.
//
// Numbers are read as Rust reads them: signs and leading zeros are fine, blanks and hexadecimals
// are not. Texts follow valkey-bloom 1.0.
import Keyspaces
import RESP

/// What BF.INSERT was asked for.
private struct BloomInsertion {
    var plan = BloomPlan()
    /// A filter that is not there stays so.
    var isOnlyExisting = false
    /// Items that it must be able to scale to.
    var scale: Int64?
    /// Where the items begin; behind the end: there are none.
    var items = 0
}

extension Engine where K: ~Copyable {
    mutating func bfinsert(_ request: Request) {
        guard let asked = parseInsertion(request), canScale(request, asked) else { return }
        if asked.isOnlyExisting, case .missing = keyspace.findCollection(request.key) {
            return fail(request, "ERR not found")
        }
        guard let filter = findOrMakeBloom(request, asked.plan) else { return }
        addItems(request, from: asked.items, to: filter)
    }

    /// False after an error reply.
    private mutating func canScale(_ request: Request, _ asked: BloomInsertion) -> Bool {
        guard let scale = asked.scale else { return true }
        guard asked.plan.isScaling else {
            fail(
                request, "ERR cannot use NONSCALING and VALIDATESCALETO options together")
            return false
        }
        do throws(BloomFault) {
            _ = try asked.plan.scaledCapacity(upTo: scale)
            return true
        } catch {
            fail(request, error.message)
            return false
        }
    }

    /// nil after an error reply.
    private mutating func parseInsertion(_ request: Request) -> BloomInsertion? {
        var asked = BloomInsertion()
        var index = 2
        let count = request.argumentCount
        while index < count {
            switch argument(request, index).string.uppercased() {
            case "ITEMS":
                asked.items = index + 1
                if asked.items < count { return asked }
                wrongBloomArity(request)
                return nil
            case "NOCREATE": asked.isOnlyExisting = true
            case "NONSCALING": asked.plan.expansion = 0
            case let option:
                index += 1
                guard readInsertion(option, request, index, &asked) else { return nil }
            }
            index += 1
        }
        asked.items = count
        return asked
    }

    /// Reads the value of an option; false after an error reply.
    private mutating func readInsertion(
        _ option: String, _ request: Request, _ index: Int, _ asked: inout BloomInsertion
    ) -> Bool {
        let valued = [
            "ERROR", "TIGHTENING", "CAPACITY", "SEED", "EXPANSION", "VALIDATESCALETO",
        ]
        guard valued.contains(option) else {
            fail(request, "ERR unknown argument received")
            return false
        }
        guard index < request.argumentCount else {
            wrongBloomArity(request)
            return false
        }
        switch option {
        case "ERROR":
            guard let rate = bloomRate(request, index) else { return false }
            asked.plan.errorRate = rate
        case "TIGHTENING":
            guard let ratio = bloomTightening(request, index) else { return false }
            asked.plan.tightening = ratio
        case "CAPACITY":
            guard let capacity = bloomCapacity(request, index) else { return false }
            asked.plan.capacity = capacity
        case "EXPANSION":
            guard let expansion = bloomExpansion(request, index) else { return false }
            asked.plan.expansion = expansion
        case "SEED":
            guard let seed = bloomSeed(request, index) else { return false }
            asked.plan.seed = seed
        default:
            guard let scale = bloomCapacity(request, index) else { return false }
            asked.scale = scale
        }
        return true
    }

    // MARK: Numbers; all nil after an error reply

    mutating func bloomRate(_ request: Request, _ index: Int) -> Double? {
        bloomFraction(
            request, index, "ERR bad error rate", "ERR (0 < error rate range < 1)")
    }

    private mutating func bloomTightening(_ request: Request, _ index: Int) -> Double? {
        bloomFraction(
            request, index, "ERR bad tightening ratio", "ERR (0 < tightening ratio range < 1)")
    }

    private mutating func bloomFraction(
        _ request: Request, _ index: Int, _ noNumber: String, _ outOfRange: String
    ) -> Double? {
        let text = argument(request, index).string
        let isHexadecimal = text.contains { $0 == "x" || $0 == "X" }
        guard !isHexadecimal, let number = Double(text) else {
            fail(request, noNumber)
            return nil
        }
        guard number > 0, number < 1 else {
            fail(request, outOfRange)
            return nil
        }
        return number
    }

    mutating func bloomCapacity(_ request: Request, _ index: Int) -> Int64? {
        guard let capacity = Int64(argument(request, index).string), capacity >= 0 else {
            fail(request, "ERR bad capacity")
            return nil
        }
        guard capacity > 0 else {
            fail(request, "ERR (capacity should be larger than 0)")
            return nil
        }
        return capacity
    }

    mutating func bloomExpansion(_ request: Request, _ index: Int) -> UInt32? {
        guard let expansion = UInt32(argument(request, index).string), expansion > 0 else {
            fail(request, "ERR bad expansion")
            return nil
        }
        return expansion
    }

    /// Four words of 32 bytes.
    private mutating func bloomSeed(_ request: Request, _ index: Int) -> [UInt64]? {
        let bytes = argument(request, index).bytes
        guard bytes.count == 32 else {
            fail(request, "ERR invalid seed")
            return nil
        }
        return (0..<4).map {
            bytes.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self).littleEndian
        }
    }
}

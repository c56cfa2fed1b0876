// LCS: the longest common subsequence of two values, its length, or the ranges that it takes in
// both.
//
//           b₁  b₂  b₃        lengths[i, j] is that of the first i bytes of one and j of the other;
//        0   0   0   0        the way back from the last cell to a border meets the common bytes
//    a₁  0   ·   ·   ·        from the last to the first.
//    a₂  0   ·   ·   ·
//
// Time and memory are the product of the lengths (4 B a cell), as in Redis 7.0 (t_string.c), whose
// replies and errors these are.
import Glibc
import Keyspaces
import RESP

/// A run of bytes that two values have in common.
private struct CommonRange {
    var first: ClosedRange<Int>
    var second: ClosedRange<Int>
}

private struct CommonSubsequence {
    var bytes: [UInt8]
    /// From the last to the first.
    var ranges: [CommonRange]

    /// - Parameter cells: `(first.count + 1) * (second.count + 1)` lengths, all 0.
    init(_ first: [UInt8], _ second: [UInt8], _ cells: UnsafeMutablePointer<UInt32>) {
        let width = second.count + 1
        func length(_ i: Int, _ j: Int) -> UnsafeMutablePointer<UInt32> { cells + (i * width + j) }
        for i in stride(from: 1, through: first.count, by: 1) {
            for j in stride(from: 1, through: second.count, by: 1) {
                length(i, j).pointee =
                    first[i - 1] == second[j - 1]
                    ? length(i - 1, j - 1).pointee + 1
                    : max(length(i - 1, j).pointee, length(i, j - 1).pointee)
            }
        }
        bytes = []
        ranges = []
        var (i, j) = (first.count, second.count)
        var isAdjacent = false
        while i > 0 && j > 0 {
            guard first[i - 1] == second[j - 1] else {
                isAdjacent = false
                if length(i - 1, j).pointee > length(i, j - 1).pointee { i -= 1 } else { j -= 1 }
                continue
            }
            (i, j) = (i - 1, j - 1)
            bytes.append(first[i])
            if isAdjacent, let last = ranges.popLast() {
                ranges.append(
                    CommonRange(
                        first: i...last.first.upperBound, second: j...last.second.upperBound))
            } else {
                ranges.append(CommonRange(first: i...i, second: j...j))
            }
            isAdjacent = true
        }
        bytes.reverse()
    }
}

extension Engine where K: ~Copyable {
    private struct LCSOptions {
        var answersLength = false
        var answersRanges = false
        var withLengths = false
        var leastLength: Int64 = 0
    }

    mutating func lcs(_ request: Request) {
        if keyspace.collectionCount != 0,
            keyspace.peekCollection(request.key) != nil
                || keyspace.peekCollection(key(request, 2)) != nil
        {
            return fail(request, "ERR The specified keys must contain string values")
        }
        let first = lookup(request.key).map { copied($0) } ?? []
        let second = lookup(key(request, 2)).map { copied($0) } ?? []
        guard let options = parseLCSOptions(request) else { return }
        guard first.count < UInt32.max - 1, second.count < UInt32.max - 1 else {
            return fail(request, "ERR String too long for LCS")
        }
        let cells = (first.count + 1) * (second.count + 1)
        guard cells * 4 <= Int(RequestParser.maxBulk),
            let memory = calloc(cells, MemoryLayout<UInt32>.size)
        else {
            return fail(
                request,
                "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len")
        }
        defer { free(memory) }
        let common = CommonSubsequence(
            first, second, memory.bindMemory(to: UInt32.self, capacity: cells))
        if options.answersRanges {
            replyRanges(common, options)
        } else if options.answersLength {
            reply.integer(common.bytes.count)
        } else {
            common.bytes.withUnsafeBytes { reply.bulk($0) }
        }
    }

    private mutating func replyRanges(_ common: CommonSubsequence, _ options: LCSOptions) {
        let ranges = common.ranges.filter { $0.first.count >= options.leastLength }
        reply.map(2)
        reply.bulk("matches" as StaticString)
        reply.array(ranges.count)
        for range in ranges {
            reply.array(options.withLengths ? 3 : 2)
            for side in [range.first, range.second] {
                reply.array(2)
                reply.integer(side.lowerBound)
                reply.integer(side.upperBound)
            }
            if options.withLengths { reply.integer(range.first.count) }
        }
        reply.bulk("len" as StaticString)
        reply.integer(common.bytes.count)
    }

    /// LEN | IDX, MINMATCHLEN and WITHMATCHLEN; nil after an error reply.
    private mutating func parseLCSOptions(_ request: Request) -> LCSOptions? {
        var options = LCSOptions()
        var index = 3
        while index < request.argumentCount {
            let word = argument(request, index)
            index += 1
            if word.isWord("len") {
                options.answersLength = true
            } else if word.isWord("idx") {
                options.answersRanges = true
            } else if word.isWord("withmatchlen") {
                options.withLengths = true
            } else if word.isWord("minmatchlen"), index < request.argumentCount {
                guard let least = argument(request, index).integer else {
                    notAnInteger(request)
                    return nil
                }
                options.leastLength = max(least, 0)
                index += 1
            } else {
                syntaxError(request)
                return nil
            }
        }
        guard !options.answersLength || !options.answersRanges else {
            fail(
                request, "ERR If you want both the length and indexes, please just use IDX.")
            return nil
        }
        return options
    }
}

// SORT and SORT_RO: the elements of a list, set or sorted set in another order, by what they are or
// by what keys that are named after them hold.
//
// Texts follow Redis 7.2 and Valkey, sort.c.
import Keyspaces
import RESP

private struct SortOptions {
    var by: [UInt8]?
    var gets: [[UInt8]] = []
    var offset = 0
    /// Negative: all.
    var count = -1
    var isDescending = false
    var isAlphabetic = false
    var destination: Argument?

    /// A pattern without `*`: nothing is looked up, and the order stays.
    var keepsOrder: Bool { by.map { !$0.contains(UInt8(ascii: "*")) } ?? false }
}

/// An element with what it is sorted by.
private struct SortedElement {
    let bytes: [UInt8]
    var number = 0.0
    var text: [UInt8]?
}

extension Engine where K: ~Copyable {
    mutating func sort(_ request: Request, isReadOnly: Bool) {
        guard var options = parseSort(request, isReadOnly: isReadOnly) else { return }
        let elements: [[UInt8]]
        switch keyspace.findCollection(request.key) {
        case .missing: elements = []
        case .collection(let found) where found.type != .hash && found.type != .bloom:
            // A set has no order that could be kept: a list that is stored of it is to be the same
            // always.
            if found.type == .set, options.keepsOrder, options.destination != nil {
                options.by = nil
                options.isAlphabetic = true
            }
            // A list or sorted set keeps its own order where nothing else is asked for, the other
            // way round when that is.
            let reversed = options.keepsOrder && options.isDescending && found.type != .set
            elements = withValues { values, _ in
                Self.elements(of: found, reversed: reversed, values)
            }
        case .collection, .string: return wrongType(request)
        }
        guard let sorted = sorted(elements, options) else {
            return fail(request, "ERR One or more scores can't be converted into double")
        }
        let start = min(max(options.offset, 0), sorted.count)
        let left = sorted.count - start
        let taken = options.count < 0 ? left : min(options.count, left)
        answer(request, Array(sorted[start..<(start + taken)]), options)
    }

    private static func elements(
        of collection: CollectionObject, reversed: Bool, _ values: borrowing Collections
    ) -> [[UInt8]] {
        var elements: [[UInt8]] = []
        let all = 0..<values.length(of: collection)
        switch collection.type {
        case .list:
            values.forEachElement(of: collection, all) { _, element in
                elements.append(element.withBytes { Array($0) })
                return true
            }
            if reversed { elements.reverse() }
        case .sortedSet:
            values.forEachMember(of: collection, ranks: all, reversed: reversed) { member, _ in
                elements.append(member.withBytes { Array($0) })
            }
        case .set, .hash, .bloom, .string: elements = values.copiedMembers(of: collection)
        }
        return elements
    }

    /// nil when something is to be sorted as a number that is none.
    private mutating func sorted(_ elements: [[UInt8]], _ options: SortOptions) -> [[UInt8]]? {
        if options.keepsOrder { return elements }
        var keyed: [SortedElement] = []
        for bytes in elements {
            var element = SortedElement(bytes: bytes)
            let weight = options.by.map { value(of: $0, for: bytes) } ?? bytes
            if options.isAlphabetic {
                element.text = weight
            } else if let weight {
                // Nothing at all counts as 0.
                let number = weight.withUnsafeBytes { ScoreText.parse($0) }
                guard number != nil || weight.isEmpty else { return nil }
                element.number = number ?? 0
            }
            keyed.append(element)
        }
        // Equal numbers go by the elements' bytes, so that the result is always the same; with
        // ALPHA and BY, elements with equal texts stay as they were, for the sort is stable.
        let keepsTies = options.isAlphabetic && options.by != nil
        keyed.sort { one, other in
            let order = Self.compare(one, other, isAlphabetic: options.isAlphabetic)
            if order != 0 { return options.isDescending ? order > 0 : order < 0 }
            if keepsTies || one.bytes == other.bytes { return false }
            let precedes = one.bytes.lexicographicallyPrecedes(other.bytes)
            return options.isDescending ? !precedes : precedes
        }
        return keyed.map(\.bytes)
    }

    private static func compare(
        _ one: SortedElement, _ other: SortedElement, isAlphabetic: Bool
    ) -> Int {
        guard isAlphabetic else {
            return one.number < other.number ? -1 : one.number > other.number ? 1 : 0
        }
        switch (one.text, other.text) {
        case (nil, nil): return 0
        case (nil, _): return -1
        case (_, nil): return 1
        case (let text?, let more?):
            if text == more { return 0 }
            return text.lexicographicallyPrecedes(more) ? -1 : 1
        }
    }

    /// What a pattern names for an element: `#` the element, `weight_*` a key, `object_*->field` a
    /// field of a hash. nil where there is no such value.
    private mutating func value(of pattern: [UInt8], for element: [UInt8]) -> [UInt8]? {
        if pattern == [UInt8(ascii: "#")] { return element }
        guard let star = pattern.firstIndex(of: UInt8(ascii: "*")) else { return nil }
        var rest = Array(pattern[(star + 1)...])
        var field: [UInt8]?
        if let arrow = Self.arrow(rest), arrow + 2 < rest.count {
            field = Array(rest[(arrow + 2)...])
            rest = Array(rest[..<arrow])
        }
        let name = Array(pattern[..<star]) + element + rest
        let key = name.withUnsafeBytes { keyspace.key($0) }
        return name.withUnsafeBytes { bytes in
            let key = Key(bytes: bytes, hash: key.hash, slot: key.slot)
            guard let field else { return keyspace.find(key).map { copied($0) } }
            guard case .collection(let hash) = keyspace.findCollection(key), hash.type == .hash
            else { return nil }
            return keyspace.withCollections { values in
                field.withUnsafeBytes { field in
                    values.value(of: field, in: hash)?.withBytes { Array($0) }
                }
            }
        }
    }

    private static func arrow(_ text: [UInt8]) -> Int? {
        text.indices.dropLast().first {
            text[$0] == UInt8(ascii: "-") && text[$0 + 1] == UInt8(ascii: ">")
        }
    }

    private mutating func answer(
        _ request: Request, _ elements: [[UInt8]], _ options: SortOptions
    ) {
        let gets = options.gets.isEmpty ? [[UInt8(ascii: "#")]] : options.gets
        var results: [[UInt8]?] = []
        for element in elements {
            for pattern in gets { results.append(value(of: pattern, for: element)) }
        }
        guard let destination = options.destination else {
            reply.array(results.count)
            for result in results {
                if let result { reply.bulk(copy: result) } else { reply.null() }
            }
            return
        }
        let list = withValues { values, _ in
            let list = values.detached(.list)
            for result in results {
                let bytes = result ?? []
                values.prepareList(list, adding: bytes.count)
                bytes.withUnsafeBytes { values.push($0, to: list, atFront: false) }
            }
            return list
        }
        reply.integer(store(list, at: keyspace.key(destination.bytes)))
    }

    /// nil after an error reply.
    private mutating func parseSort(_ request: Request, isReadOnly: Bool) -> SortOptions? {
        var options = SortOptions()
        var index = 2
        while index < request.argumentCount {
            let word = argument(request, index)
            let left = request.argumentCount - index - 1
            index += 1
            if word.isWord("asc") {
                options.isDescending = false
            } else if word.isWord("desc") {
                options.isDescending = true
            } else if word.isWord("alpha") {
                options.isAlphabetic = true
            } else if word.isWord("limit"), left >= 2 {
                guard let offset = argument(request, index).integer,
                    let count = argument(request, index + 1).integer
                else {
                    notAnInteger(request)
                    return nil
                }
                options.offset = Int(offset)
                options.count = Int(count)
                index += 2
            } else if word.isWord("store"), left >= 1, !isReadOnly {
                options.destination = argument(request, index)
                index += 1
            } else if word.isWord("by"), left >= 1 {
                options.by = Array(argument(request, index).bytes)
                index += 1
            } else if word.isWord("get"), left >= 1 {
                options.gets.append(Array(argument(request, index).bytes))
                index += 1
            } else {
                syntaxError(request)
                return nil
            }
        }
        return options
    }
}

// A small reader of pprof's format, for what the writer wrote.
import CZlib
import Foundation

struct PprofReader {
    struct Sample {
        /// Of each location its functions, the innermost first.
        var locations: [[String]] = []
        var values: [UInt64] = []
        var labels: [String: String] = [:]
    }

    private enum Field {
        case number(UInt64)
        case bytes(ArraySlice<UInt8>)

        var number: UInt64 { if case .number(let number) = self { number } else { 0 } }
        var bytes: ArraySlice<UInt8> { if case .bytes(let bytes) = self { bytes } else { [] } }
    }

    private(set) var types: [[String]] = []
    private(set) var samples: [Sample] = []
    private(set) var mappings: [String] = []
    /// In the order of the mappings; empty where there is none.
    private(set) var buildIDs: [String] = []
    private(set) var lines: [String: UInt64] = [:]

    /// Nil where it is not gzip.
    init?(_ document: Data) {
        guard let bytes = Self.gunzip(Array(document)) else { return nil }
        let message = Self.fields(bytes[...])
        let strings = (message[6] ?? []).map { String(decoding: $0.bytes, as: UTF8.self) }
        func text(_ field: [Field]?) -> String { strings[Int(field?.first?.number ?? 0)] }
        var functions: [UInt64: String] = [:]
        for entry in message[5] ?? [] {
            let function = Self.fields(entry.bytes)
            functions[function[1]?.first?.number ?? 0] = text(function[2])
        }
        var locations: [UInt64: [String]] = [:]
        for entry in message[4] ?? [] {
            let location = Self.fields(entry.bytes)
            let names = (location[4] ?? []).map { entry -> String in
                let line = Self.fields(entry.bytes)
                let name = functions[line[1]?.first?.number ?? 0] ?? "?"
                lines[name] = line[2]?.first?.number ?? 0
                return name
            }
            locations[location[1]?.first?.number ?? 0] = names
        }
        types = (message[1] ?? []).map { entry in
            let type = Self.fields(entry.bytes)
            return [text(type[1]), text(type[2])]
        }
        mappings = (message[3] ?? []).map { text(Self.fields($0.bytes)[5]) }
        buildIDs = (message[3] ?? []).map { text(Self.fields($0.bytes)[6]) }
        for entry in message[2] ?? [] {
            let sample = Self.fields(entry.bytes)
            var own = Sample()
            own.locations = Self.packed(sample[1]).map { locations[$0] ?? [] }
            own.values = Self.packed(sample[2])
            for entry in sample[3] ?? [] {
                let label = Self.fields(entry.bytes)
                own.labels[text(label[1])] = text(label[2])
            }
            samples.append(own)
        }
    }

    private static func packed(_ fields: [Field]?) -> [UInt64] {
        var rest = fields?.first?.bytes ?? []
        var numbers: [UInt64] = []
        while !rest.isEmpty { numbers.append(varint(&rest)) }
        return numbers
    }

    private static func varint(_ bytes: inout ArraySlice<UInt8>) -> UInt64 {
        var number: UInt64 = 0
        var shift: UInt64 = 0
        while let byte = bytes.popFirst() {
            number |= UInt64(byte & 0x7f) << shift
            shift += 7
            if byte < 0x80 { break }
        }
        return number
    }

    private static func fields(_ bytes: ArraySlice<UInt8>) -> [Int: [Field]] {
        var rest = bytes
        var fields: [Int: [Field]] = [:]
        while !rest.isEmpty {
            let key = varint(&rest)
            var field = Field.number(0)
            if key & 7 == 0 {
                field = .number(varint(&rest))
            } else {
                let count = Int(varint(&rest))
                field = .bytes(rest.prefix(count))
                rest = rest.dropFirst(count)
            }
            fields[Int(key >> 3), default: []].append(field)
        }
        return fields
    }

    private static func gunzip(_ bytes: [UInt8]) -> [UInt8]? {
        guard bytes.starts(with: [0x1f, 0x8b]) else { return nil }
        var stream = z_stream()
        guard
            inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
                == Z_OK
        else { return nil }
        defer { inflateEnd(&stream) }
        var input = bytes
        var output = [UInt8](repeating: 0, count: 1 << 20)
        var code = Z_OK
        let count = input.withUnsafeMutableBufferPointer { source in
            output.withUnsafeMutableBufferPointer { target in
                stream.next_in = source.baseAddress
                stream.avail_in = uInt(source.count)
                stream.next_out = target.baseAddress
                stream.avail_out = uInt(target.count)
                code = inflate(&stream, Z_FINISH)
                return Int(stream.total_out)
            }
        }
        return code == Z_STREAM_END ? Array(output.prefix(count)) : nil
    }
}

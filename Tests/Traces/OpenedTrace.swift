// A trace whose bytes a test has made: opened as a format, and how the reading of it ends.
import TestSupport
import Testing
import Traces

func opened(
    _ bytes: [UInt8], _ format: String, skipsDamaged: Bool = false
) throws -> TraceReader {
    let decoder: any TraceDecoder = try #require(TraceFormats.withName(format))
    return try TraceReader("x", contents: bytes, format: decoder, skipsDamaged: skipsDamaged)
}

/// Why it cannot be read to its end; nil where it can.
func failure(_ reader: TraceReader) -> TraceError? {
    do {
        _ = try readAll(reader)
        return nil
    } catch {
        return error as? TraceError
    }
}

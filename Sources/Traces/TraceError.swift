// Why a trace cannot be read, or not any further: one line with place, cause and remedy.

public struct TraceError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Where in the trace; the bytes counted are those after decompression.
    public enum Place: Sendable, Equatable {
        /// From 1.
        case line(UInt64)
        /// Record number, from 1, and the offset at which it begins.
        case record(UInt64, offset: UInt64)
        /// Offset in the file itself: of damaged compression.
        case offset(UInt64)
        case file
    }

    public let path: String
    public let place: Place
    public let problem: String
    public let remedy: String

    public init(_ path: String, _ place: Place, _ problem: String, remedy: String) {
        self.path = path
        self.place = place
        self.problem = problem
        self.remedy = remedy
    }

    public var description: String {
        let place =
            switch place {
            case .line(let number): ":\(number)"
            case .record(let number, let offset): ": record \(number) at offset \(offset)"
            case .offset(let offset): ": at offset \(offset)"
            case .file: ""
            }
        return "\(path)\(place): \(problem); \(remedy)"
    }
}

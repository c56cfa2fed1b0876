// A histogram in a document of ours: its compressed V2 form, and beside it what that has no place
// for. The extremes are those of their buckets once it is read again.

extension LatencyHistogram: Codable {
    private enum CodingKeys: String, CodingKey {
        case counts = "hdr"
        case clamped
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(base64V2: fields.decode(String.self, forKey: .counts))
        clampedCount = try fields.decode(UInt64.self, forKey: .clamped)
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(base64V2(), forKey: .counts)
        try fields.encode(clamped, forKey: .clamped)
    }
}

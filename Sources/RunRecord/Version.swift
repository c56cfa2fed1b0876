// The version that every record names.

extension RunRecord {
    /// Version of this Hashmark, semantic.
    public static let hashmarkVersion = "0.1.0"
}

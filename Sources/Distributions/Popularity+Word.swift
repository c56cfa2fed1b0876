// Popularities in a word, as `--key-dist` says them: the few that one parameter or two describe.
import Quantities

extension Popularity {
    /// memtier's bell has a sixth of the keys as its deviation, on either side of its middle; by
    /// rank, which takes both sides in turn, that is a third.
    private static let bell = 1.0 / 3

    /// `uniform`, `zipf:0.99`, `zipf:1.2,10`, `hot:90/10`, `sequential`, `gaussian`; nil of what is
    /// none of these.
    public init?(word text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let numbers = (parts.count == 2 ? parts[1] : "")
            .split(whereSeparator: { $0 == "," || $0 == "/" }).map { Double($0) }
        switch (parts.first, numbers.count) {
        case ("uniform", 0): self = .uniform
        case ("sequential", 0): self = .sequential
        case ("gaussian", 0): self = .gaussian(deviation: Self.bell)
        case ("zipf", 1...2):
            guard let alpha = numbers[0], alpha >= 0, alpha <= 10,
                let offset = numbers.count == 2 ? numbers[1] : 0, offset >= 0, offset <= 1e15
            else { return nil }
            self = alpha == 0 ? .uniform : .zipf(alpha: alpha, offset: offset)
        case ("hot", 2):
            guard let requests = numbers[0], let keys = numbers[1], requests > 0, requests < 100,
                keys > 0, keys < 100
            else { return nil }
            // The hotter part first, whichever was named.
            self =
                requests >= keys
                ? .hotspot(keys: keys / 100, requests: requests / 100)
                : .hotspot(keys: (100 - keys) / 100, requests: (100 - requests) / 100)
        default: return nil
        }
    }

    /// The word that says it; nil where none does.
    public var word: String? {
        switch self {
        case .uniform: "uniform"
        case .sequential: "sequential"
        case .gaussian(let deviation) where deviation == Self.bell: "gaussian"
        case .zipf(let alpha, let offset):
            "zipf:\(alpha.plainText)" + (offset == 0 ? "" : ",\(offset.plainText)")
        case .buckets(let buckets) where buckets.count == 2:
            "hot:\((buckets[0].requests * 100).plainText)/\((buckets[0].keys * 100).plainText)"
        default: nil
        }
    }
}

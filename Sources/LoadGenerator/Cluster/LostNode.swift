// A node of a cluster that went away for good, as it ends a burst.
import LinuxSystem
import Quantities

public struct LostNode: Sendable, CustomStringConvertible {
    public let address: SocketAddress
    /// That it serves, as far as the load knows, in ranges: `5461-10922`.
    let slots: String
    let seconds: Double
    /// Requests that waited for it, over all workers.
    public internal(set) var waited: Int

    public var description: String {
        "node \(address) of the cluster, which serves \(slots), has not answered for "
            + "\(Int(seconds.rounded())) s, and no other node has taken them over: "
            + "\(Double(waited).grouped(0)) requests waited for it; start it again, or have a "
            + "replica take over (CLUSTER FAILOVER TAKEOVER)"
    }

    /// More ranges than these say no more.
    private static let shownRanges = 3

    /// `slots 0-5460, 5462 and more`; `no slots`.
    /// - Parameter owned: by slot.
    static func ranges(_ count: Int, owned: (Int) -> Bool) -> String {
        var ranges: [String] = []
        var first: Int?
        for slot in 0...count {
            let isOwned = slot < count && owned(slot)
            if isOwned, first == nil { first = slot }
            guard !isOwned, let begin = first else { continue }
            ranges.append(begin == slot - 1 ? "\(begin)" : "\(begin)-\(slot - 1)")
            first = nil
        }
        guard !ranges.isEmpty else { return "no slots" }
        let shown = ranges.prefix(shownRanges).joined(separator: ", ")
        return "slots \(shown)" + (ranges.count > shownRanges ? " and more" : "")
    }
}

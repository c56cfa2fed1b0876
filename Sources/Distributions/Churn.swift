// Popularity that changes hands: the share of any set of popular keys that leaves it goes up with
// the requests drawn, while how requests spread over ranks stays the same.
//
// Ranks fall into 64 classes (rank mod 64). A step turns one class: its keys move on by the golden
// section of its length, so those at the top go to the middle and others come up. After s·64 steps
// a share s of the most popular keys, of whatever number, have been replaced, and after 64 all.
//
//     rank  =  64·k + c      home = 64·((k + shift[c]) mod K_c) + c
//
// A key's sizes hang on its home, the place it had before any step, so they never change.
//
// Why steps are counted in requests: workers share no clock, and a run that is repeated from its
// seed must draw the same keys however fast the server was.

/// How fast keys are replaced.
public struct ChurnSpec: Sendable, Equatable {
    /// Of the most popular keys, replaced after `requests` requests; 0 … 1.
    public var share: Double
    public var requests: Double

    public init(share: Double, requests: Double) {
        self.share = share
        self.requests = requests
    }
}

/// Who has which rank after some requests of one worker.
public struct ChurnState: Sendable {
    @inlinable static var classes: UInt64 { 64 }
    @usableFromInline let keys: UInt64
    private let requestsPerStep: Double
    private var steps = 0
    @usableFromInline var shifts = InlineArray<64, UInt64>(repeating: 0)

    /// - Parameter workers: they draw alike, so each sees the others' requests in its own.
    public init(_ spec: ChurnSpec, keys: UInt64, workers: Int) {
        self.keys = keys
        requestsPerStep =
            spec.requests / (spec.share * Double(Self.classes)) / Double(max(1, workers))
    }

    /// Goes on to where `drawn` requests of this worker lead.
    /// - Complexity: O(steps since the last call).
    public mutating func advance(to drawn: UInt64) {
        let target = Int(Double(drawn) / requestsPerStep)
        while steps < target {
            let index = steps % Int(Self.classes)
            let length = length(UInt64(index))
            if length > 0 {
                // the golden section, so that no few turns come back to the start
                let stride = UInt64(Double(length) * 0.618_033_988_749_894_9)
                shifts[index] = (shifts[index] &+ max(1, stride)) % length
            }
            steps += 1
        }
    }

    /// Ranks of a class.
    private func length(_ index: UInt64) -> UInt64 {
        keys > index ? (keys - index - 1) / Self.classes + 1 : 0
    }

    /// The home of the key that now has `rank`.
    @inlinable @inline(__always)
    public func home(ofRank rank: UInt64) -> UInt64 {
        let index = rank % Self.classes
        var place = rank / Self.classes &+ shifts[Int(truncatingIfNeeded: index)]
        let length = (keys &- index &- 1) / Self.classes &+ 1
        if place >= length { place &-= length }
        return place &* Self.classes &+ index
    }
}

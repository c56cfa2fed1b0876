// Every popularity against its exact shares.
import Distributions
import Foundation
import Testing

private let shapes: [Popularity] = [
    .uniform, .sequential, .ycsbCompatible,
    .zipf(alpha: 0.99, offset: 0), .zipf(alpha: 1.3, offset: 10),
    .hotspot(keys: 0.01, requests: 0.5),
    .buckets([
        PopularityBucket(keys: 0.01, requests: 0.55), PopularityBucket(keys: 0.49, requests: 0.44),
        PopularityBucket(keys: 0.5, requests: 0.01),
    ]),
    .gaussian(deviation: 0.1), .gaussian(deviation: 2),
    .exponential(keys: 0.857, requests: 0.95), .exponential(keys: 0.01, requests: 0.5),
]

/// Share of the requests for ranks below `top`, in closed form.
private func share(_ popularity: Popularity, _ top: Double, _ keys: Double) -> Double {
    switch popularity {
    case .uniform, .sequential: return top / keys
    case .gaussian(let deviation):
        return erf(top / keys / deviation / 2.0.squareRoot())
            / erf(1 / deviation / 2.0.squareRoot())
    case .exponential(let fraction, let requests):
        let gamma = -log(1 - requests) / fraction
        return (1 - exp(-gamma * top / keys)) / (1 - exp(-gamma))
    case .zipf(let alpha, let offset):
        func mass(_ last: Double) -> Double {
            stride(from: last, to: 0, by: -1).reduce(0) { $0 + pow($1 + offset, -alpha) }
        }
        return mass(top) / mass(keys)
    case .ycsbCompatible:
        // ζ(10¹⁰, 0.99) as YCSB has it; ranks beyond the keys fall on all alike
        let zeta = 26.46902820178302
        func mass(_ last: Double) -> Double {
            stride(from: last, to: 0, by: -1).reduce(0) { $0 + pow($1, -0.99) } / zeta
        }
        return mass(top) + (1 - mass(keys)) * top / keys
    case .buckets(let buckets):
        var (start, sum) = (0.0, 0.0)
        for bucket in buckets {
            let inside = min(1, max(0, (top / keys - start) / bucket.keys))
            sum += inside * bucket.requests
            start += bucket.keys
        }
        return sum
    default: return .nan
    }
}

/// Zipf's law over few keys is drawn from a table, over many by rejection.
@Test(arguments: shapes, [30_000, 100_000] as [UInt64])
func popularitiesFit(popularity: Popularity, keys: UInt64) {
    let sampler = PopularitySampler(popularity, keys: keys)
    var random = Xoshiro256PlusPlus(seed: 21)
    var edges: [UInt64] = [0]
    while edges.last! < keys {
        edges.append(min(keys, edges.last! < 16 ? edges.last! + 1 : edges.last! + edges.last! / 4))
    }
    let shares = edges.map { share(popularity, Double($0), Double(keys)) }
    for (edge, exact) in zip(edges, shares) {
        let stated = sampler.share(ofTop: edge)
        #expect(abs(stated - exact) < 1e-7, "\(popularity), top \(edge)")
    }
    guard popularity != .sequential else { return }  // drawn by its position, not at random
    var counts = [Int](repeating: 0, count: edges.count - 1)
    for _ in 0..<300_000 {
        let rank = sampler.draw(&random)
        #expect(rank < keys)
        var (low, high) = (0, counts.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if edges[middle] <= rank { low = middle } else { high = middle }
        }
        counts[low] += 1
    }
    let fit = GoodnessOfFit.chiSquare(counts, zip(shares, shares.dropFirst()).map { $1 - $0 })
    #expect(fit < 4, "\(popularity)")
}

// Whether two samples are of one distribution: Kolmogorov and Smirnov's test, for whole numbers.

/// The largest distance of two samples' distribution functions, 0 … 1.
public func kolmogorovDistance(_ one: [Int], _ other: [Int]) -> Double {
    let (a, b) = (one.sorted(), other.sorted())
    var (i, j) = (0, 0)
    var distance = 0.0
    while i < a.count && j < b.count {
        let value = min(a[i], b[j])
        while i < a.count && a[i] == value { i += 1 }
        while j < b.count && b[j] == value { j += 1 }
        distance = max(distance, abs(Double(i) / Double(a.count) - Double(j) / Double(b.count)))
    }
    return distance
}

/// The distance in units of what equal distributions show by chance: 1.95 is exceeded once in a
/// thousand times, less often by whole numbers.
public func kolmogorovStatistic(_ one: [Int], _ other: [Int]) -> Double {
    let size = Double(one.count) * Double(other.count) / Double(one.count + other.count)
    return kolmogorovDistance(one, other) * size.squareRoot()
}

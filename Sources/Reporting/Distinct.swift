// Elements without repetition, in the order in which they were first seen.

extension Sequence where Element: Hashable {
    /// Elements in the order of their first occurrence.
    func distinct() -> [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}

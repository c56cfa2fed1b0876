// Grouped bars, a group per level of the caches and a bar per target: where the misses are.

struct LevelPlot {
    /// A level's name, and a value per target.
    let levels: [(name: String, values: [Double?])]
    let targets: [(label: String, series: Int)]

    private static let width = 520.0
    private static let row = 18.0
    private static let gap = 14.0
    private static let left = 134.0
    /// Of the longest bar; a number stands behind it.
    private static let length = 300.0

    private var values: [Double] { levels.flatMap(\.values).compactMap(\.self) }

    var svg: HTML {
        let block = Self.row * Double(targets.count) + Self.gap
        let groups = levels.indices.html { group(levels[$0], top: Double($0) * block) }
        return """
            <svg viewBox="0 0 \(Self.width) \(block * Double(levels.count))" role="img" \
            aria-label="misses by level">
            \(groups)</svg>

            """
    }

    private func group(_ level: (name: String, values: [Double?]), top: Double) -> HTML {
        let middle = top + Self.row * Double(targets.count) / 2 + 4
        let bars = level.values.indices.html { place in
            level.values[place].map { value in
                bar(value, place, level, top: top + Double(place) * Self.row)
            } ?? ""
        }
        return """
            <text class="end" x="\(Self.left - 10)" y="\(middle)">\(level.name)</text>
            \(bars)
            """
    }

    private func bar(
        _ value: Double, _ place: Int, _ level: (name: String, values: [Double?]), top: Double
    ) -> HTML {
        let largest = values.max() ?? 0
        let length = largest > 0 ? max(0, value) / largest * Self.length : 0
        // Levels are orders of magnitude apart: each has its own decimals.
        let scale = Scale(.perOperation, values: level.values.compactMap(\.self))
        let number = scale.number(value)
        return """
            <rect class="fill s\(targets[place].series)" x="\(Self.left)" y="\(top + 2)" \
            width="\(length)" height="\(Self.row - 4)" rx="2">\
            <title>\(targets[place].label), \(level.name): \(number)</title></rect>\
            <text x="\(Self.left + 8 + length)" y="\(top + Self.row / 2 + 4)">\(number)</text>

            """
    }
}

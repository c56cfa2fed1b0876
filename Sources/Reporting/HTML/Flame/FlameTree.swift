// Stacks put together: what several have in common from the root on is one node, as wide as all of
// them. Boxes are its nodes with their places, widest first from the left.
//
// Nodes below a thousandth of the whole are merged into one beside their siblings: they would be
// narrower than a pixel, and nothing may be lost of the width.

struct FlameTree {
    struct Node {
        /// −1: the root, of all stacks.
        var symbol: Int
        var value = 0.0
        /// Places in `nodes` by symbol.
        var children: [Int: Int] = [:]
    }

    struct Box {
        enum Content: Equatable {
            case root
            case symbol(Int)
            /// So many nodes, each too small to be drawn.
            case merged(Int)
        }

        var content: Content
        var value: Double
        /// From the root, which is in row 0.
        var row: Int
        /// From the left, as shares of the root's width.
        var start: Double
        var width: Double
    }

    private var nodes = [Node(symbol: -1)]

    /// - Parameter stacks: symbols from the root to the leaf, and their weight.
    init(_ stacks: [(path: [Int], value: Double)]) {
        for stack in stacks where stack.value > 0 {
            var at = 0
            nodes[0].value += stack.value
            for symbol in stack.path {
                at = child(of: at, symbol)
                nodes[at].value += stack.value
            }
        }
    }

    private mutating func child(of node: Int, _ symbol: Int) -> Int {
        if let known = nodes[node].children[symbol] { return known }
        nodes.append(Node(symbol: symbol))
        nodes[node].children[symbol] = nodes.count - 1
        return nodes.count - 1
    }

    var whole: Double { nodes[0].value }

    /// Row by row within each branch; none where nothing has a weight.
    var boxes: [Box] {
        guard whole > 0 else { return [] }
        var boxes: [Box] = []
        // What is still to be drawn: a stack of its own, for trees may be deep.
        var rest = [(node: 0, row: 0, start: 0.0)]
        while let (number, row, start) = rest.popLast() {
            let node = nodes[number]
            boxes.append(
                Box(
                    content: number == 0 ? .root : .symbol(node.symbol), value: node.value,
                    row: row, start: start, width: node.value / whole))
            let children = node.children.values.sorted { one, other in
                (nodes[one].value, nodes[other].symbol) > (nodes[other].value, nodes[one].symbol)
            }
            var left = start
            var merged = (count: 0, value: 0.0)
            var drawn: [(node: Int, row: Int, start: Double)] = []
            for child in children {
                guard nodes[child].value >= ProfileReading.leastShare * whole else {
                    merged = (merged.count + 1, merged.value + nodes[child].value)
                    continue
                }
                drawn.append((child, row + 1, left))
                left += nodes[child].value / whole
            }
            rest += drawn.reversed()
            guard merged.count > 0 else { continue }
            boxes.append(
                Box(
                    content: .merged(merged.count), value: merged.value, row: row + 1,
                    start: left, width: merged.value / whole))
        }
        return boxes
    }
}

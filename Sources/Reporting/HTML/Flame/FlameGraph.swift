// What a flame graph shows: functions by how they come to be in the code, stacks of them with their
// weights, and the words and the colour of each. Of a difference, widths are the candidate's and
// colours tell the change; what the candidate no longer has is seen with the baseline's widths.
import RunRecord

struct FlameGraph {
    /// A function as it stands in a stack.
    struct Symbol: Hashable {
        var function: StackProfile.FunctionName
        var kind: StackProfile.Frame.Kind
    }

    struct Stack {
        /// Numbers of symbols, root first.
        var path: [Int]
        /// Per operation; of a difference, the candidate's.
        var value = 0.0
        /// The baseline's.
        var before = 0.0
    }

    /// Of the element.
    let id: String
    let title: String
    let scale: ProfileScale
    let difference: DifferenceReading?
    private(set) var symbols: [Symbol] = []
    private(set) var stacks: [Stack] = []
    private var symbolNumbers: [Symbol: Int] = [:]
    private var stackNumbers: [[Int]: Int] = [:]
    private var changes: [StackProfile.FunctionName: StackDifference.Change] = [:]

    init(_ group: ProfileReading.Group, id: String) {
        self.id = id
        title = group.profile.place
        scale = group.scale
        difference = nil
        add(group.profile, \.value)
    }

    init(_ reading: DifferenceReading, id: String) {
        self.id = id
        title = reading.heading
        scale = reading.scale
        difference = reading
        for function in reading.difference.functions { changes[function.name] = function.change }
        add(reading.candidate, \.value)
        add(reading.baseline, \.before)
    }

    private mutating func add(_ profile: StackProfile, _ weight: WritableKeyPath<Stack, Double>) {
        var own: [Int] = []
        for frame in profile.frames {
            own.append(number(Symbol(function: .init(frame), kind: frame.kind)))
        }
        for (stack, value) in zip(profile.stacks, profile.perOperation) where value > 0 {
            let place = self.place(stack.map { own[$0] })
            stacks[place][keyPath: weight] += value
        }
    }

    private mutating func number(_ symbol: Symbol) -> Int {
        if let number = symbolNumbers[symbol] { return number }
        symbolNumbers[symbol] = symbols.count
        symbols.append(symbol)
        return symbols.count - 1
    }

    private mutating func place(_ path: [Int]) -> Int {
        if let place = stackNumbers[path] { return place }
        stackNumbers[path] = stacks.count
        stacks.append(Stack(path: path))
        return stacks.count - 1
    }

    // MARK: functions

    /// Each once, in the order of their symbols.
    var functions: [StackProfile.FunctionName] { symbols.map(\.function).distinct() }

    // MARK: words and colours

    /// `dictFind, 96.0 ns/op, 12 %`, and how it changed.
    func words(_ box: FlameTree.Box) -> String {
        let value = scale.words(box.value)
        switch box.content {
        case .root: return "all, \(value)"
        case .merged(let count): return "\(count) below 0.1 %, \(value)"
        case .symbol(let number):
            let note = self.note(number)
            return "\(symbols[number].function.text), \(value)"
                + (note.isEmpty ? "" : ", \(note)")
        }
    }

    /// How the function of a symbol changed, with its sign; empty where that was not looked at.
    func note(_ symbol: Int) -> String {
        guard let difference, let change = changes[symbols[symbol].function] else { return "" }
        return "itself \(difference.words(change))"
    }

    /// The class of a symbol's boxes.
    func tone(_ symbol: Int) -> String {
        guard difference != nil else { return symbols[symbol].kind.rawValue }
        guard let change = changes[symbols[symbol].function], change.isDistinct,
            let half = change.halfWidth
        else { return Self.unchanged }
        // A change is as plain as it is beyond what the rounds leave open.
        let ratio = abs(change.size) / max(half, .leastNonzeroMagnitude)
        let strength = ratio < 2 ? 0 : ratio < 4 ? 1 : 2
        return "\(change.size > 0 ? "more" : "less")\(strength)"
    }

    static let unchanged = "same"

    /// What the script draws other views from.
    var data: JSONTree {
        let functions = self.functions
        let numbers = Dictionary(uniqueKeysWithValues: functions.enumerated().map { ($1, $0) })
        var fields: [String: JSONTree] = [
            "unit": .text(scale.unit), "decimals": .whole(scale.decimals),
            "isShare": .flag(scale.isShare), "least": .real(ProfileReading.leastShare),
            "names": .texts(symbols.map { printable($0.function.text) }),
            "tones": .texts(symbols.indices.map { tone($0) }),
            "notes": .texts(symbols.indices.map { note($0) }),
            "functions": .numbers(symbols.map { numbers[$0.function] ?? 0 }),
            "stacks": .list(stacks.map { .numbers($0.path) }),
            "values": .reals(stacks.map(\.value)),
        ]
        if difference != nil { fields["before"] = .reals(stacks.map(\.before)) }
        return .object(fields)
    }
}

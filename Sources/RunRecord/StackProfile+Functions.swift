// The functions of a profile, each once: what of the time was spent in it, and what below it.

extension StackProfile {
    /// Frames of one name are one function, wherever they lie and whether or not it was inlined
    /// there; the kernel's are others than a program's.
    public struct FunctionName: Hashable, Sendable {
        public let text: String
        public let isKernel: Bool

        public init(_ frame: Frame) {
            text = frame.function
            isKernel = frame.kind == .kernel
        }
    }

    public struct Function: Equatable, Sendable {
        public let name: FunctionName
        /// The first that was seen.
        public var binary: String?
        /// Inlined where it is nowhere anything else.
        public var kind: Frame.Kind
        /// Per operation, as `perOperation`: in itself, and with all that it called.
        public var own = 0.0
        public var total = 0.0
    }

    /// The one with the most of its own first.
    public var functions: [Function] {
        var found: [FunctionName: Function] = [:]
        for (stack, value) in zip(stacks, perOperation) {
            for name in Set(stack.map { FunctionName(frames[$0]) }) {
                found[name, default: Function(name: name, kind: .unnamed)].total += value
            }
            if let leaf = stack.last { found[FunctionName(frames[leaf])]?.own += value }
        }
        for frame in frames {
            let name = FunctionName(frame)
            guard let function = found[name] else { continue }
            if function.binary == nil { found[name]?.binary = frame.binary }
            if frame.kind.isBefore(function.kind) { found[name]?.kind = frame.kind }
        }
        return found.values.sorted { one, other in
            (one.own, one.total, other.name.text) > (other.own, other.total, one.name.text)
        }
    }

    /// All of it, per operation.
    public var whole: Double { perOperation.reduce(0, +) }

    /// What each function has of its own, per operation and round by round; nil for a round without
    /// samples or known operations.
    public var ownByRound: [[FunctionName: Double]?] {
        rounds.map { round in
            let values = self.values(of: round)
            guard let operations = round.operations, operations > 0,
                values.contains(where: { $0 > 0 })
            else { return nil }
            var own: [FunctionName: Double] = [:]
            for (stack, value) in zip(stacks, values) {
                guard let leaf = stack.last else { continue }
                own[FunctionName(frames[leaf]), default: 0] += value / Double(operations)
            }
            return own
        }
    }
}

extension StackProfile.Frame.Kind {
    /// Which of two kinds a function is of that has both.
    fileprivate func isBefore(_ other: Self) -> Bool {
        let order: [Self] = [.kernel, .user, .inlined, .unnamed]
        return (order.firstIndex(of: self) ?? 0) < (order.firstIndex(of: other) ?? 0)
    }
}

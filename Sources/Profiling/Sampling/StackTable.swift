// Every stack that was seen, once, with how often.

struct StackTable {
    /// Root first.
    private(set) var stacks: [[RawFrame]] = []
    /// Samples of each, and how many of them interrupted user code.
    private(set) var samples: [Int] = []
    private(set) var userSamples: [Int] = []
    private var numbers: [[RawFrame]: Int] = [:]

    /// Counts a sample. - Returns: the number of its stack.
    mutating func add(_ stack: [RawFrame], isUser: Bool) -> Int {
        let number = number(of: stack)
        samples[number] += 1
        if isUser { userSamples[number] += 1 }
        return number
    }

    /// The number of a stack, without a sample.
    mutating func number(of stack: [RawFrame]) -> Int {
        if let number = numbers[stack] { return number }
        let number = stacks.count
        numbers[stack] = number
        stacks.append(stack)
        samples.append(0)
        userSamples.append(0)
        return number
    }
}

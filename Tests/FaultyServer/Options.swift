// The command line: faults as flags. `--after` and `--launches` hold for the faults that follow.

struct Options: Equatable {
    var port: UInt16 = 0
    var orders: [Order] = []
    /// Of the draws of all rates.
    var seed: UInt64 = 1
    /// Nanoseconds until it listens.
    var startDelay: UInt64 = 0
    var refusesToStart = false
    var neverListens = false
    var daemonises = false
    /// Instead of serving: percent of a CPU to burn, for as long as the parent lives.
    var burns: Double?

    struct Problem: Error, CustomStringConvertible { let description: String }

    static let help: String = {
        var text = """
            A RESP server with faults to order, for tests of what compares servers.

            faulty-server --port N [OPTIONS] [[--after WHEN] [--launches SHARE] FAULT…]…

              --port N             0: the kernel chooses; `ready PORT` is printed
              --seed N             of the draws behind rates; 1
              --start-delay TIME   before it listens
              --refuse-start       ends with 1 and a line on stderr
              --never-listen       runs, and does not listen
              --daemonize          serves from a process of another session; this one ends
              --after WHEN         the faults that follow begin after 5000 (requests), 5000gets or 2s
              --launches SHARE     the faults that follow are there in this share of launches

            """
        for fault in Fault.allCases {
            let row = fault.row
            let flag = "--\(row.flag)\(row.value.placeholder)"
            let blanks = String(repeating: " ", count: max(1, 26 - flag.utf8.count))
            text += "  \(flag)\(blanks)\(row.help)\n"
        }
        return text
    }()

    init(_ words: [String]) throws(Problem) {
        var start = Start.launch
        var launches = 1.0
        var rest = words[...]
        while let flag = rest.popFirst() {
            guard flag.hasPrefix("--") else { throw Problem(description: "unknown word '\(flag)'") }
            if try takeFlag(flag) { continue }
            let fault = Fault.allCases.first { "--\($0.row.flag)" == flag }
            if let fault, fault.row.value == .none {
                orders.append(Order(fault: fault, amount: 1, start: start, launches: launches))
                continue
            }
            guard let text = rest.popFirst() else {
                throw Problem(description: "\(flag) is unknown, or wants a value")
            }
            func value<T>(_ parsed: T?) throws(Problem) -> T {
                guard let parsed else { throw Problem(description: "\(flag) cannot be '\(text)'") }
                return parsed
            }
            if let fault {
                var order = try value(Self.order(fault, text))
                (order.start, order.launches) = (start, launches)
                orders.append(order)
                continue
            }
            switch flag {
            case "--after": start = try value(Self.start(text))
            case "--launches": launches = try value(Self.rate(text))
            case "--port": port = try value(UInt16(text))
            case "--seed": seed = try value(UInt64(text))
            case "--start-delay": startDelay = try value(Self.nanoseconds(text))
            case "--burn": burns = try value(Self.percent(text))
            default: throw Problem(description: "unknown option \(flag); see --help")
            }
        }
    }

    /// Options without a value.
    private mutating func takeFlag(_ flag: String) throws(Problem) -> Bool {
        switch flag {
        case "--refuse-start": refusesToStart = true
        case "--never-listen": neverListens = true
        case "--daemonize": daemonises = true
        default: return false
        }
        return true
    }

    private static func order(_ fault: Fault, _ text: String) -> Order? {
        switch fault.row.value {
        case .none: return nil
        case .rate: return rate(text).map { Order(fault: fault, amount: $0) }
        case .percent: return percent(text).map { Order(fault: fault, amount: $0) }
        case .bytes, .count:
            return UInt32(text).map { Order(fault: fault, amount: Double($0)) }
        case .time:
            return nanoseconds(text).map { Order(fault: fault, amount: Double($0)) }
        case .recurring:
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 2, let long = nanoseconds(String(parts[0])), long > 0 else {
                return nil
            }
            let period = String(parts[1])
            let every: Every? =
                UInt64(period).map { .requests($0) } ?? nanoseconds(period).map { .time($0) }
            guard let every, every != .requests(0), every != .time(0) else { return nil }
            return Order(fault: fault, amount: Double(long), every: every)
        }
    }

    private static func rate(_ text: String) -> Double? {
        Double(text).flatMap { (0...1).contains($0) ? $0 : nil }
    }

    private static func percent(_ text: String) -> Double? {
        Double(text).flatMap { (0...100).contains($0) ? $0 : nil }
    }

    private static func start(_ text: String) -> Start? {
        if let count = UInt64(text) { return .requests(count) }
        if text.hasSuffix("gets"), let count = UInt64(text.dropLast(4)) { return .gets(count) }
        return nanoseconds(text).map { .time($0) }
    }

    /// `60ns`, `30us`, `12ms`, `1.5s`, up to an hour.
    static func nanoseconds(_ text: String) -> UInt64? {
        let units = [("ns", 1.0), ("us", 1e3), ("ms", 1e6), ("s", 1e9)]
        guard let (unit, factor) = units.first(where: { text.hasSuffix($0.0) }),
            let number = Double(text.dropLast(unit.utf8.count)),
            (0...3_600e9).contains(number * factor)
        else { return nil }
        return UInt64(number * factor)
    }
}

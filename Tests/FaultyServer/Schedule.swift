// Which of the ordered faults are there now. Looked at once per batch of events: a fault begins
// with the first batch after its time, which is a few dozen requests at most.
import Glibc
import LinuxSystem

struct Schedule: ~Copyable {
    /// By fault: the amount of the one that began last; 0 for those that are not there.
    private var amounts = [Double](repeating: 0, count: Fault.allCases.count)
    private var waiting: [Order]
    private var recurring: [(order: Order, next: UInt64)] = []
    /// Whether any fault changes answers, so that sound servers do not ask for each.
    private(set) var changesAnswers = false
    private var random: UInt64

    init(_ options: Options) {
        random = options.seed &* 0x9e37_79b9_7f4a_7c15 | 1
        // Each launch draws anew, or a share of launches would be all or none.
        var launch = UInt64(getpid()) &* 0x9e37_79b9_7f4a_7c15 ^ Clock.monotonicNanoseconds()
        launch = (launch ^ launch >> 31) &* 0xbf58_476d_1ce4_e5b9
        let share = Double(launch >> 11) / Double(UInt64(1) << 53)
        waiting = options.orders.filter { share < $0.launches }
    }

    subscript(_ fault: Fault) -> Double { amounts[fault.rawValue] }

    mutating func draw() -> UInt64 {
        random ^= random << 13
        random ^= random >> 7
        random ^= random << 17
        return random &* 0x2545_f491_4f6c_dd1d
    }

    /// Whether this request has the fault.
    mutating func strikes(_ fault: Fault) -> Bool {
        let rate = amounts[fault.rawValue]
        return rate > 0 && Double(draw() >> 11) < rate * Double(UInt64(1) << 53)
    }

    /// The orders whose time has come since the last call.
    /// - Parameter time: ns since the server began to listen.
    mutating func begin(requests: UInt64, gets: UInt64, time: UInt64) -> [Order] {
        if waiting.isEmpty { return [] }
        func isDue(_ order: Order) -> Bool {
            switch order.start {
            case .launch: true
            case .requests(let count): requests >= count
            case .gets(let count): gets >= count
            case .time(let moment): time >= moment
            }
        }
        let due = waiting.filter(isDue)
        waiting.removeAll(where: isDue)
        for order in due {
            amounts[order.fault.rawValue] = order.amount
            changesAnswers = changesAnswers || order.fault.isAnswer
            switch order.every {
            case .requests(let count) where order.fault.row.value == .recurring:
                recurring.append((order, requests + count))
            case .time(let period): recurring.append((order, time + period))
            default: break
            }
        }
        return due
    }

    /// Spends what recurs and is due: once, however often it was missed.
    mutating func recur(requests: UInt64, time: UInt64) {
        for index in recurring.indices {
            let now: UInt64
            let period: UInt64
            switch recurring[index].order.every {
            case .requests(let count): (now, period) = (requests, count)
            case .time(let length): (now, period) = (time, length)
            }
            guard now >= recurring[index].next else { continue }
            recurring[index].next += period * ((now - recurring[index].next) / period + 1)
            let long = recurring[index].order.amount
            if recurring[index].order.fault == .sleep {
                Work.sleep(nanoseconds: long)
            } else {
                Work.burn(nanoseconds: long)
            }
        }
    }

    /// How long nothing of this can become due by itself, in ms; −1 for ever.
    func idleMilliseconds(time: UInt64) -> Int {
        var next = UInt64.max
        for order in waiting {
            if case .time(let moment) = order.start { next = min(next, moment) }
        }
        for item in recurring { if case .time = item.order.every { next = min(next, item.next) } }
        if next == UInt64.max { return -1 }
        return next <= time ? 0 : Int(min((next - time) / 1_000_000 + 1, 60_000))
    }
}

// One doorbell for each of several threads, by number.

public final class EventCounters: @unchecked Sendable {
    private let counters: UnsafeMutablePointer<EventCounter>
    public let count: Int

    /// - Throws: EMFILE when descriptors have run out.
    public init(_ count: Int) throws(SystemCallError) {
        let counters = UnsafeMutablePointer<EventCounter>.allocate(capacity: max(count, 1))
        var made = 0
        do throws(SystemCallError) {
            while made < count {
                let counter = try EventCounter()
                (counters + made).initialize(to: counter)
                made += 1
            }
        } catch {
            counters.deinitialize(count: made)
            counters.deallocate()
            throw error
        }
        self.counters = counters
        self.count = count
    }

    deinit {
        counters.deinitialize(count: count)
        counters.deallocate()
    }

    /// The bell of thread `number`.
    public subscript(_ number: Int) -> UnsafePointer<EventCounter> {
        UnsafePointer(counters + number)
    }

    /// Rings those whose bits are set in `numbers`.
    public func ring(_ numbers: UInt64) {
        for number in 0..<count where numbers & (1 &<< UInt64(number)) != 0 {
            counters[number].ring()
        }
    }
}

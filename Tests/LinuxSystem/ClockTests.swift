// Deadlines on the monotonic clock.
import LinuxSystem
import Testing

@Suite struct ClockTests {
    @Test func deadlinesAreKeptInMilliseconds() {
        let left = Clock.milliseconds(until: Clock.deadline(milliseconds: 600_000))
        #expect(left > 500_000 && left <= 600_000)
        #expect(Clock.milliseconds(until: Clock.monotonicNanoseconds() + 3_600_000_000_001) > 1)
    }

    @Test func whatIsOverIsNoTimeAndForeverDoesNotTrap() {
        #expect(Clock.milliseconds(until: 0) == 0)
        #expect(Clock.deadline(milliseconds: .min) <= Clock.monotonicNanoseconds())
        #expect(Clock.milliseconds(until: Clock.deadline(milliseconds: .max)) > 1_000_000_000)
        #expect(Clock.milliseconds(until: .max) > 1_000_000_000)
    }
}

// What else ran on the machine: neighbours are told from what a run started itself.
import Experiments
import LinuxSystem
import RunRecord
import Testing

@Suite struct BusyMachineTests {
    private let second: UInt64 = 1_000_000_000

    /// A second on two CPUs, of which `busy`, `steal`, `own` and `queued` ns went so.
    private func causes(
        busy: Double, steal: Double = 0, own: Double = 0, queued: Double = 0, guests: Double = 0,
        span: Double = 1
    ) -> [String] {
        func time(_ seconds: Double) -> UInt64 { UInt64(seconds * 1e9) }
        let start = BusyMachine.Moment(
            time: 5 * second,
            machine: MachineTime(busyNanoseconds: 7 * second, stealNanoseconds: 3 * second),
            own: second, queued: second)
        let end = BusyMachine.Moment(
            time: start.time + time(span),
            machine: MachineTime(
                busyNanoseconds: 7 * second + time(busy), stealNanoseconds: 3 * second + time(steal)
            ),
            own: second + time(own), queued: second + time(queued))
        return BusyMachine.warnings(from: start, to: end, guests: time(guests), cpus: 2)
            .map(\.cause)
    }

    @Test func whatIsOurOwnIsNoNeighbour() {
        #expect(causes(busy: 2, own: 1.9) == [])
        #expect(causes(busy: 2, own: 1, guests: 0.9) == [])
        #expect(causes(busy: 1.9, own: 2) == [])
        #expect(
            causes(busy: 2, own: 1) == [
                "other processes took 50 % of the machine's CPU time while this was measured"
            ])
    }

    @Test func stealAndTheRunQueueAreSaid() {
        #expect(causes(busy: 0, steal: 0.2).first?.contains("gave 10 %") == true)
        #expect(causes(busy: 0, queued: 0.37).first?.contains("waited 37 %") == true)
        #expect(causes(busy: 0, steal: 0.05, queued: 0.05) == [])
        // Ticks of 10 ms tell nothing of a span this short.
        #expect(causes(busy: 0.2, queued: 0.1, span: 0.1) == [])
    }

    @Test func loadAtTheStart() {
        #expect(BusyMachine.warning(loadAverage: 1.9, cpus: 2) == nil)
        #expect(BusyMachine.warning(loadAverage: nil, cpus: 2) == nil)
        let warning = BusyMachine.warning(loadAverage: 3.77, cpus: 2)
        #expect(warning?.cause.contains("a load average of 3.77 on 2 CPUs") == true)
        #expect(warning?.remedy.contains("idle machine") == true)
    }

    @Test func procStatIsRead() {
        let stat = MachineTime(stat: "cpu  68832 2 6369 874044 2573 5 67 111 7 0\ncpu0 1 2\n")
        #expect(stat?.busyNanoseconds == (68_832 + 2 + 6_369 + 5 + 67) * 10_000_000)
        #expect(stat?.stealNanoseconds == 1_110_000_000)
        #expect(MachineTime(stat: "cpu 1 2 3") == nil && MachineTime(stat: "") == nil)
        #expect(MachineTime.now() != nil)
    }

    /// A kernel's count that went backwards below zero, as steal has, is a very large one.
    @Test func moreTicksThanAnyMachineHasDoNotTrap() {
        let stat = MachineTime(stat: "cpu  1 0 0 0 0 0 0 18446744073709551615 0 0\n")
        #expect(stat?.busyNanoseconds == 10_000_000 && stat?.stealNanoseconds == .max)
    }
}

// What else ran on the machine: neighbours are told from what a run started itself.
import Doctor
import Experiments
import Foundation
import LinuxSystem
import RunRecord
import TestSupport
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

    /// What is told of a machine with these files.
    private func told(_ files: [String: String]) throws -> [RunRecord.Warning] {
        let folder = TemporaryFolder()
        for (path, text) in files {
            let file = URL(filePath: folder.file(path))
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        return Checkup.told(Machine(root: folder.path)).map { BusyMachine.warning($0) }
    }

    @Test func loadAtTheStart() throws {
        let online = ["sys/devices/system/cpu/online": "0-1"]
        func told(_ load: String) throws -> [RunRecord.Warning] {
            try self.told(online.merging(["proc/loadavg": load]) { _, new in new })
        }
        #expect(try told("1.9 1 1 1/9 9") == [])
        #expect(try self.told(online) == [])
        let warnings = try told("3.77 1 1 1/9 9")
        #expect(warnings.count == 1)
        #expect(warnings.first?.cause.contains("load average 3.77 on 2 CPUs") == true)
        #expect(warnings.first?.remedy.contains("idle machine") == true)
    }

    @Test func whatComesAndGoesIsToldWithItsRemedy() throws {
        let warnings = try told([
            "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "powersave"
        ])
        #expect(warnings.count == 1)
        #expect(warnings.first?.cause.hasPrefix("governor powersave: ") == true)
        #expect(warnings.first?.remedy.hasPrefix("run `echo performance | sudo tee ") == true)
    }

    /// A tenth of a second of two was given back to the quota.
    @Test func aQuotaThatHeldBackIsToldOnce() {
        func moment(_ time: Double, throttled: Double?) -> BusyMachine.Moment {
            BusyMachine.Moment(
                time: UInt64(time * 1e9), machine: nil, own: 0, queued: 0,
                throttled: throttled.map { UInt64($0 * 1e9) })
        }
        func causes(_ before: Double?, _ after: Double?) -> [String] {
            BusyMachine.warnings(
                from: moment(1, throttled: before), to: moment(3, throttled: after), guests: 0,
                cpus: 2
            ).map(\.cause)
        }
        #expect(causes(7, 7.1) == ["a CPU quota held the run back while it was measured"])
        #expect(causes(7, 7.001) == [] && causes(nil, 7) == [] && causes(7, nil) == [])
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
        let busy = MachineTime(stat: "cpu  18446744073709551615 1 0 0 0 0 0 0 0 0\n")
        #expect(busy?.busyNanoseconds == .max)
    }
}

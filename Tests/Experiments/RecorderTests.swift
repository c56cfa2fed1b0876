// A run's record while it grows: phases, warnings, failures, and what the machine is recognised by.
import Experiments
import LinuxSystem
import RunRecord
import Testing

@Suite struct RecorderTests {
    @Test func aRunIsPartialUntilItIsFinished() {
        let recorder = Recorder(arguments: ["hashmark", "x"], seed: 3, quiet: true)
        #expect(recorder.record.partial)
        #expect(recorder.record.seed == 3)
        #expect(recorder.record.arguments == ["hashmark", "x"])
        recorder.finish(partial: false)
        #expect(!recorder.record.partial)
        #expect(recorder.record.durationSeconds! >= 0)
    }

    /// What is found wrong at the end takes nothing away from what was measured.
    @Test func aFailureSaysWhetherItCameAfterAll() {
        #expect(!ExperimentFailure(.invalid, "the server ended").isAfterAll)
        #expect(ExperimentFailure(.invalid, "errors", isAfterAll: true).isAfterAll)
    }

    @Test func phasesAreKeptWhenTheyFail() {
        let recorder = Recorder(arguments: [], seed: 0, quiet: true)
        struct Broken: Error {}
        try? recorder.phase("fill", "a") { throw Broken() }
        let value = recorder.phase("measure") { 7 }
        #expect(value == 7)
        #expect(recorder.record.phases.map(\.name) == ["fill", "measure"])
        #expect(recorder.record.phases.map(\.target) == ["a", nil])
        #expect(
            recorder.record.phases[1].startNanoseconds
                >= recorder.record.phases[0].startNanoseconds)
    }

    @Test func aWarningIsSaidOnce() {
        let recorder = Recorder(arguments: [], seed: 0, quiet: true)
        recorder.warn("it is hot", remedy: "open a window")
        recorder.warn("it is hot", remedy: "open a window")
        #expect(recorder.record.warnings.map(\.description) == ["it is hot; open a window"])
    }
}

@Suite struct EnvironmentProbeTests {
    @Test func thisMachineIsRecognised() {
        let host = EnvironmentFingerprint.current()
        #expect(host.kernel == SmallFile.line("/proc/sys/kernel/osrelease"))
        #expect((host.logicalCPUs ?? 0) >= 1)
        #expect((host.memoryBytes ?? 0) > 1 << 28)
        #expect(host.cpuModel?.isEmpty == false)
        #expect(host.pageSizeBytes.map { $0 >= 4096 } == true)
        #expect(host.loadAverage?.count == 3)
        #expect(host.coreCPUs?.count == host.physicalCores)
        #expect(host.sockets.map { $0 >= 1 } ?? (host.coreCPUs == nil))
        #expect(host.comparisonKey == EnvironmentFingerprint.current().comparisonKey)
    }
}

// When two machines are the same, and how they differ.
import RunRecord
import Testing

@Suite struct EnvironmentFingerprintTests {
    @Test func equalMachinesHaveNoDifferences() {
        var one = EnvironmentFingerprint()
        one.cpuModel = "EPYC"
        one.governor = "performance"
        var other = one
        // How busy it was, and which one of a pool it was, may differ.
        other.loadAverage = [9, 9, 9]
        other.stealRatio = 0.2
        other.hostnameHash = "ff"
        other.memoryBytes = 1
        other.operatingSystem = "Debian"
        #expect(one.differences(to: other).isEmpty)
        #expect(one.comparisonKey == other.comparisonKey)
    }

    @Test func differencesAreReadable() {
        var one = EnvironmentFingerprint()
        one.governor = "performance"
        one.smt = true
        var other = one
        other.governor = "powersave"
        other.smt = nil
        #expect(
            one.differences(to: other).map(\.description) == [
                "SMT: on in the baseline, unknown in the candidate",
                "governor: performance in the baseline, powersave in the candidate",
            ])
        #expect(one.comparisonKey != other.comparisonKey)
    }
}

// A plan for a fleet, and whether machines may stand for each other.
import Experiments
import RunRecord
import Targets
import TestSupport
import Testing

@Suite struct SweepCellTests {
    private static func node(_ name: String, _ rounds: [Double]) -> NodeReference {
        var record = RunRecord(hashmarkVersion: "1", arguments: [], seed: 1)
        record.environment.cpuModel = "EPYC"
        record.workloads = [RunRecord.Workload(name: "get")]
        record.results = [
            RunRecord.Result(
                .serverCPU, target: "reference", workload: "get", value: rounds[0],
                samples: rounds)
        ]
        return NodeReference(node: name, record: record)
    }

    @Test func likeNodesMayBeCompared() {
        let nodes = [
            Self.node("a", [100, 103, 104]), Self.node("b", [102, 99, 105]),
            Self.node("c", [101, 101, 102]),
        ]
        #expect(NodeReference.differences(nodes).isEmpty)
        #expect(NodeReference.differences([]).isEmpty)
    }

    @Test func aSlowNodeMayNot() throws {
        let slow = Self.node("slow", [140, 150, 141, 143])
        let found = NodeReference.differences([Self.node("a", [100, 103, 104, 101]), slow])
        #expect(found.count == 1)
        #expect(found[0].contains("nodes a and slow differ in server CPU per operation under get"))
        // Apart, and by less than two machines of a kind differ.
        let near = Self.node("near", [101.0, 101.1, 101.2, 101.3])
        #expect(
            NodeReference.differences([Self.node("a", [100.0, 100.1, 100.2, 100.3]), near])
                .isEmpty)
    }

    /// Two of two rounds lie apart by chance in a third of all cases: no proof.
    @Test func fewRoundsProveNothing() {
        #expect(
            NodeReference.differences([Self.node("a", [100, 101]), Self.node("b", [150, 151])])
                .isEmpty)
    }

    @Test func anotherMachineIsAnother() {
        var other = Self.node("b", [100, 103, 104])
        other.record.environment.cpuModel = "Xeon"
        let found = NodeReference.differences([Self.node("a", [100, 103, 104]), other])
        #expect(found == ["nodes a and b differ in CPU model: EPYC and Xeon"])
    }

    @Test func aPlanFixesCommitsAndIsReadAgain() throws {
        let repository = try TinyRepository()
        try repository.commit(server: "true", "one")
        try repository.git("tag", "v1")
        let folder = TemporaryFolder()
        let request = BuildRequest(.ref("HEAD"), make: "make X=1", repository: repository.path)
        var sweep = Sweep(
            [
                Release(label: "v1", source: .ref("v1")),
                Release(label: "tar", source: .folder(repository.path)),
            ], reference: Release(label: "v1", source: .ref("v1")), request,
            [BuildVariable(name: "CFLAGS", values: ["-O2", "-O3"])], BuildCache(folder.path), [],
            folder: folder.path)
        sweep.seed = 7
        let plan = try CellPlan(sweep, workloads: [], entries: 9)
        try plan.write(to: folder.path)
        let again = try CellPlan.read(from: folder.path)
        #expect(again == plan)
        #expect(again.variables == ["CFLAGS=-O2|-O3"])
        #expect(again.cells[0].commit?.count == 40)
        #expect(again.cells[0].release.source == .ref(again.cells[0].commit!))
        let name = try #require(repository.path.split(separator: "/").last)
        #expect(again.cells[1].folder?.hasSuffix("/\(name)") == true)
        // A tag that moves does not move the plan.
        try repository.commit(server: "false", "two")
        try repository.git("tag", "-f", "v1")
        #expect(try CellPlan(sweep, workloads: [], entries: 9).cells[0] != again.cells[0])
        #expect(again.reference == again.cells[0])
    }
}

// Curves of memory, before anything is measured: how long they will take, and which cannot work.
import Experiments
import LoadGenerator
import Testing

@Suite struct GrowthCurveTests {
    /// 400,000 writes a second, a second to settle at each point, half a second for the launch.
    @Test func timeGoesByWrites() {
        let entries = MemoryCurve(keySize: 16, valueSize: 16, entries: [800_000, 400_000])
        #expect(entries.entries == [400_000, 800_000])
        #expect(entries.expectedSeconds == 4.5)
        let shape = CollectionShape(kind: .set, memberBytes: 16, valueBytes: 0)
        let members = CollectionCurve(shape: shape, containers: 10, members: [80_000, 40_000])
        #expect(members.members == [40_000, 80_000] && members.shape.capacity == 80_000)
        #expect(members.expectedSeconds == entries.expectedSeconds)
    }

    @Test func whatCannotWorkIsSaid() {
        #expect(MemoryCurve(keySize: 16, valueSize: 16, entries: [1000]).problem == nil)
        #expect(MemoryCurve(keySize: 2, valueSize: 16, entries: [101]).problem != nil)
        #expect(MemoryCurve(keySize: 16, valueSize: 16, entries: []).problem != nil)
        let shape = CollectionShape(kind: .hash, memberBytes: 2, valueBytes: 8)
        #expect(CollectionCurve(shape: shape, containers: 1, members: [10]).problem == nil)
        #expect(CollectionCurve(shape: shape, containers: 1, members: [11]).problem != nil)
    }
}

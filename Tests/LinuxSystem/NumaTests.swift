// NUMA: what libnuma says of this machine, and that memory comes from where it was asked for.
import Glibc
import LinuxSystem
import Testing

@Suite struct NumaTests {
    static let hasPolicies =
        MemoryPolicy.denial == nil && SmallFile.read("/proc/self/numa_maps") != nil
        && NumaTopology.current?.nodes.isEmpty == false

    /// The kernel's own list of CPUs that are online, spread over the nodes without remainder.
    @Test(.enabled(if: NumaTests.hasPolicies, "no NUMA here"))
    func everyCPUIsOnANode() throws {
        let topology = try #require(NumaTopology.current)
        let cpus = topology.nodes.flatMap(\.cpus)
        #expect(Set(cpus).count == cpus.count)
        #expect(cpus.count >= sysconf(CInt(_SC_NPROCESSORS_ONLN)))
        for (index, node) in topology.nodes.enumerated() {
            #expect(node.distances.count == topology.nodes.count)
            #expect(node.distances[index] == node.distances.min(), "its own memory is nearest")
            #expect(topology.far(node.cpus, from: node.number).isEmpty)
        }
        #expect(topology.nodes.contains { topology.hasMemory(on: $0.number) })
        #expect(!topology.hasMemory(on: 4_711))
    }

    /// The policy is in force before the program begins: each of its mappings has it.
    @Test(.enabled(if: NumaTests.hasPolicies, "no NUMA here"))
    func aChildTakesItsMemoryFromItsNode() throws {
        let topology = try #require(NumaTopology.current)
        let node = try #require(topology.nodes.first { topology.hasMemory(on: $0.number) })
        let folder = try ScratchFolder()
        defer { folder.remove() }
        var options = ChildProcess.Options()
        options.logFile = "\(folder.path)/maps"
        options.memory = MemoryPolicy(node: node.number)
        let child = try ChildProcess(["cat", "/proc/self/numa_maps"], options)
        #expect(child.wait() == .exited(0))
        let maps = try #require(SmallFile.read("\(folder.path)/maps"))
        let policies = Set(maps.split(separator: "\n").map { $0.split(separator: " ")[1] })
        #expect(policies == ["bind:\(node.number)"])
        #expect(Set(MemoryPolicy.anonymousPages(inMaps: maps).keys) == [node.number])
    }

    @Test(arguments: ["libnuma-of-nobody.so.1", "libc.so.6"])
    func withoutTheLibraryThereIsNoTopology(name: String) {
        #expect(NumaTopology(library: name) == nil)
    }

    @Test func pagesAreCountedByNode() {
        let maps = """
            55d0 bind:1 file=/bin/cat mapped=6 N1=6 kernelpagesize_kB=4
            55d1 bind:1 heap anon=33 dirty=33 N0=3 N1=30 kernelpagesize_kB=4
            7f00 bind:1 anon=2 dirty=2 active=0 N12=2 kernelpagesize_kB=4
            7fff bind:1
            """
        #expect(MemoryPolicy.anonymousPages(inMaps: maps) == [0: 3, 1: 30, 12: 2])
    }
}

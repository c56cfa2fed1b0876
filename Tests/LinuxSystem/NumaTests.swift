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
            #expect(topology.far(node.cpus, from: [node.number]).isEmpty)
            #expect(topology.cpus(of: [node.number]) == node.cpus)
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
        options.memory = MemoryPolicy(.bind, nodes: [node.number])
        let child = try ChildProcess(["cat", "/proc/self/numa_maps"], options)
        #expect(child.wait() == .exited(0))
        let maps = try #require(SmallFile.read("\(folder.path)/maps"))
        let policies = Set(maps.split(separator: "\n").map { $0.split(separator: " ")[1] })
        #expect(policies == ["bind:\(node.number)"])
        #expect(Set(NumaPages(inMaps: maps).byNode.keys) == [node.number])
    }

    @Test(arguments: ["libnuma-of-nobody.so.1", "libc.so.6"])
    func withoutTheLibraryThereIsNoTopology(name: String) {
        #expect(NumaTopology(library: name) == nil)
    }

    /// Every mode reaches the kernel: the policy that a child sees is the one it was given.
    @Test(
        .enabled(if: NumaTests.hasPolicies, "no NUMA here"), arguments: MemoryPolicy.Mode.allCases)
    func everyModeIsTheChildsFromTheStart(_ mode: MemoryPolicy.Mode) throws {
        let topology = try #require(NumaTopology.current)
        let node = try #require(topology.nodes.first { topology.hasMemory(on: $0.number) })
        let folder = try ScratchFolder()
        defer { folder.remove() }
        var options = ChildProcess.Options()
        options.logFile = "\(folder.path)/maps"
        let policy = try #require(MemoryPolicy(mode, nodes: [node.number]))
        #expect(policy.description == (mode == .local ? "local" : "\(mode) \(node.number)"))
        options.memory = policy
        let child = try ChildProcess(["cat", "/proc/self/numa_maps"], options)
        #expect(child.wait() == .exited(0))
        let maps = try #require(SmallFile.read("\(folder.path)/maps"))
        let policies = Set(maps.split(separator: "\n").map { $0.split(separator: " ")[1] })
        // The kernel calls a preferred node so, and local memory as it is.
        let name = mode == .preferred ? "prefer" : mode.rawValue
        #expect(policies == [mode == .local ? "local" : "\(name):\(node.number)"])
    }

    @Test(.enabled(if: NumaTests.hasPolicies, "no NUMA here"))
    func aNodeThatIsNotThereKeepsAChildFromStarting() throws {
        let topology = try #require(NumaTopology.current)
        let absent = (topology.nodes.map(\.number).max() ?? 0) + 1
        var options = ChildProcess.Options()
        options.memory = try #require(MemoryPolicy(.bind, nodes: [absent]))
        #expect(throws: SystemCallError.self) { try ChildProcess(["true"], options) }
    }

    /// Files' pages lie where whoever read them first ran, and huge pages are many.
    @Test func ownPagesAreCountedByNode() {
        let maps = """
            55d0 bind:1 file=/bin/cat mapped=6 N1=6 kernelpagesize_kB=4
            55d1 bind:1 heap anon=33 dirty=33 N0=3 N1=30 kernelpagesize_kB=4
            55d2 bind:1 file=/bin/cat anon=1 dirty=1 mapped=9 N0=9 kernelpagesize_kB=4
            7f00 bind:1 anon=2 dirty=2 active=0 N12=2 kernelpagesize_kB=2048
            7fff bind:1
            """
        let huge = 2 * 2_048 * 1_024 / Int(getpagesize())
        let pages = NumaPages(inMaps: maps)
        #expect(pages.byNode == [0: 3, 1: 30, 12: huge] && pages.total == 33 + huge)
        #expect(pages.share(outside: [0, 12]) == 30.0 / Double(33 + huge))
        #expect(NumaPages(inMaps: "7fff bind:1").share(outside: [0]) == nil)
    }

    @Test func migratedPagesAreReadFromTheScheduler() {
        let sched = """
            mm->numa_scan_seq                            :                    3
            numa_pages_migrated                          :                  128
            numa_preferred_nid                           :                   -1
            """
        #expect(NumaPages.migrated(inSched: sched) == 128)
        #expect(NumaPages.migrated(inSched: "nr_switches : 9") == nil)
    }

    @Test func whatANodeCanGiveIsFreeOrGivenUp() {
        let text = """
            Node 1 MemTotal:        8349908 kB
            Node 1 MemFree:             100 kB
            Node 1 Active(anon):       1632 kB
            Node 1 Active(file):         20 kB
            Node 1 Inactive(file):        3 kB
            Node 1 SReclaimable:          1 kB
            """
        #expect(NumaTopology.availableBytes(inMeminfo: text) == 124 * 1_024)
        #expect(NumaTopology.availableBytes(inMeminfo: "") == nil)
        #expect(NumaTopology.availableBytes(of: 4_711) == nil)
    }

    /// Two sockets, and a node of memory without CPUs.
    private static let large = NumaTopology(nodes: [
        NumaTopology.Node(
            number: 0, cpus: [0, 1], memoryBytes: 1 << 36, distances: [10, 21, 14]),
        NumaTopology.Node(number: 1, cpus: [2, 3], memoryBytes: 0, distances: [21, 10, 24]),
        NumaTopology.Node(number: 2, cpus: [], memoryBytes: 1 << 38, distances: [14, 24, 10]),
    ])

    @Test func whatIsFarFollowsFromTheDistances() {
        #expect(Self.large.cpus(of: [0, 2]) == [0, 1])
        #expect(Self.large.homes(of: [1, 3]) == [0, 1])
        let far = Self.large.far([0, 2], from: [0, 2])
        #expect(far.count == 1 && far[0].node == 1 && far[0].cpus == [2] && far[0].distance == 21)
        #expect(Self.large.far([1], from: [2]).map(\.distance) == [14])
    }

    @Test(
        arguments: [
            ([0, 1], 0.25), ([2], 1), ([0], 0.25), ([0, 2], 0.625), ([9], nil), ([], nil),
        ] as [([Int], Double?)])
    func pagesAreFarFromTheCPUsThatReadThem(cpus: [Int], share: Double?) {
        let pages = NumaPages(byNode: [0: 75, 2: 25])
        #expect(Self.large.farShare(of: pages, from: cpus) == share)
        #expect(Self.large.farShare(of: NumaPages(byNode: [:]), from: cpus) == nil)
    }
}

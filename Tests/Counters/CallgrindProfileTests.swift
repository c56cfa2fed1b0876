// Callgrind's profile files, read: costs per function, names as compilers mangle them, and what is
// wrong with a damaged file, by line.
import Counters
import Testing

private func profile(_ text: String) throws -> CallgrindProfile {
    try CallgrindProfile(parsing: Array(text.utf8))
}

@Suite struct CallgrindProfileTests {
    private static let sample = """
        # callgrind format
        version: 1
        creator: callgrind-3.19.0
        pid: 15951
        cmd:  redis-server --port 7391
        part: 1

        desc: D1 cache: 49152 B, 64 B, 12-way associative
        desc: Trigger: dump

        positions: line
        events: Ir Dr DLmr
        summary: 128 47 6

        ob=(2) /usr/bin/server
        fl=(4) dict.c
        fn=(212) dictFind
        16 20 10 4
        +3 5
        fi=(7) siphash.c
        -2 3 1
        fe=(4)
        cob=(5) /lib/libc.so.6
        cfi=(9) string.c
        cfn=(214) memcmp
        calls=3 0
        * 70 30 2
        jcnd=1/3 40
        41
        jump=5 40
        42
        50 10

        ob=(5)
        fl=(9)
        fn=(214)
        0 70 30 2

        ob=(2)
        fl=(4)
        fn=(212)
        60 20 6 0

        totals: 128 47 6
        """

    @Test func selfCostByFunction() throws {
        let profile = try profile(Self.sample)
        #expect(profile.events == ["Ir", "Dr", "DLmr"])
        #expect(profile.summary == [128, 47, 6])
        #expect(profile.functions.map(\.name) == ["dictFind", "memcmp"])
        #expect(profile.functions[0].costs == [58, 17, 4])
        #expect(profile.functions[1].costs == [70, 30, 2])
        #expect(profile.functions[1].object == "/lib/libc.so.6")
        #expect(profile.functions[0].file == "dict.c")
        #expect(profile.functionSums == profile.summary)
        #expect(profile.total(.simulatedLLReadMisses) == 6)
        #expect(profile.total(.simulatedWrites) == nil)
    }

    @Test func topFunctions() throws {
        let top = try profile(Self.sample).top(.simulatedLLReadMisses, 1)
        #expect(top.count == 1)
        #expect(top[0].name == "dictFind")
        #expect(top[0].count == 4)
        #expect(abs(top[0].share - 4.0 / 6) < 1e-12)
        #expect(try profile(Self.sample).top(.simulatedWrites, 5).isEmpty)
    }

    @Test func namesMayHaveBracketsAndTwoPositions() throws {
        let profile = try profile(
            """
            positions: instr line
            events: Ir Dr
            summary: 12 3
            ob=(1) a
            fl=(1) ???
            fn=(1) (below main)
            0x4010 3 7 1
            +4 * 2
            fn=(2) table::find(int)'2
            0x5000 1 3 2
            """)
        #expect(profile.functions.map(\.name) == ["(below main)", "table::find(int)'2"])
        #expect(profile.functions.map(\.costs) == [[9, 1], [3, 2]])
    }

    @Test(arguments: [
        ("events: Ir\n", 2, "summary"),
        ("summary: 1\n", 1, "does not fit"),
        ("events: Ir\nsummary: 1\n5 7\n", 3, "before the first function"),
        ("events: Ir\nsummary: 1\nfn=(1) f\n5 7 9\n", 4, "no count"),
        ("events: Ir\nsummary: 1\nfn=(1) f\n5 x\n", 4, "no count"),
        ("events: Ir\nsummary: 1\nfn=(9)\n", 3, "without a name"),
        ("events: Ir\nsummary: 1\nnonsense\n", 3, "not of this format"),
        ("events: Ir\nsummary: 1\nxy=(1) f\n", 3, "not of this format"),
    ])
    func whatIsWrongAndWhere(_ text: String, _ line: Int, _ cause: String) {
        do {
            _ = try profile(text)
            Issue.record("parsed: \(text)")
        } catch let error as SimulationError {
            guard case .unreadableDump(line, let said) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(said.contains(cause))
        } catch {
            Issue.record("\(error)")
        }
    }

    @Test func swiftNamesAreDemangled() {
        #expect(
            SymbolName.demangled("$sSi1poiyS2i_SitFZ")
                == "static Swift.Int.+ infix(Swift.Int, Swift.Int) -> Swift.Int")
        #expect(SymbolName.demangled("$sSi1poiyS2i_SitFZ'2").hasSuffix("Swift.Int'2"))
        #expect(SymbolName.demangled("dictFind") == "dictFind")
        #expect(SymbolName.demangled("$snonsense") == "$snonsense")
    }

    @Test func geometryIsWhatValgrindAccepts() throws {
        #expect(
            CacheGeometry.standard.arguments
                == ["--I1=32768,8,64", "--D1=49152,12,64", "--LL=2097152,16,64"])
        #expect(try CacheGeometry.Cache(parsing: "49152,12,64") == CacheGeometry.standard.d1)
        for text in [
            "", "49152", "49152,12", "49152,12,60", "49152,11,64", "0,1,64", "64,1,8",
            "-64,1,64", "9,9,9,9", "64,0,64",
        ] {
            #expect(throws: SimulationError.geometry(text)) {
                try CacheGeometry.Cache(parsing: text)
            }
        }
    }
}

// Names: of symbols, of the kernel, of inlined functions, as people wrote them.
import Glibc
import LinuxSystem
import Profiling
import Testing

@Suite struct SymbolTests {
    @Test func aSymbolHasItsBytesAndNoMore() throws {
        let bytes = TestELF.bytes(
            TestFrames(),
            symbols: [
                ("later", 0x1100, 0x20), ("__first", 0x1000, 0x10), ("first", 0x1000, 0x10),
                ("_first", 0x1000, 0x10), ("label", 0x1200, 0),
            ])
        let file = try #require(ELFFile(ImageBytes(bytes)))
        let table = SymbolTable([file])
        #expect(table.name(at: 0xfff) == nil)
        #expect(table.name(at: 0x1000) == "first")
        #expect(table.name(at: 0x100f) == "first")
        #expect(table.name(at: 0x1010) == nil)
        #expect(table.name(at: 0x111f) == "later")
        #expect(table.name(at: 0x1250) == "label", "without a size it goes on")
        #expect(DebugFile.buildID(of: file) == nil)
        #expect(DebugFile.link(of: file) == nil)
    }

    @Test(arguments: [
        ("dictFind", "dictFind"), ("write@@GLIBC_2.2.5", "write"),
        ("$sSi1poiyS2i_SitFZ", "static Int.+ infix(_:_:)"),
        ("_ZN3foo3barEv", "foo::bar()"), ("_Znonsense", "_Znonsense"),
        ("_ZN4core3fmt5write17h0123456789abcdefE", "core::fmt::write"),
        (
            "_ZN32_$LT$T$u20$as$u20$app..Trait$GT$4call17h0123456789abcdefE",
            "<T as app::Trait>::call"
        ),
        ("_RNvC5crate4main", "crate::main"), ("_RNvC5crate", "_RNvC5crate"),
    ])
    func namesAreThoseOfTheSource(symbol: String, readable: String) {
        #expect(Demangling.readable(symbol) == readable)
    }

    @Test func kernelFunctionsAreNamed() {
        let text = """
            ffffffff81000000 T _stext
            ffffffff81000100 t schedule
            ffffffff81000200 D some_data
            ffffffffc0000000 t nft_do_chain\t[nf_tables]
            """
        let symbols = KernelSymbols(Array(text.utf8))
        #expect(symbols.name(at: 0xffff_ffff_8100_0000) == "_stext")
        #expect(symbols.name(at: 0xffff_ffff_8100_01ff) == "schedule")
        #expect(symbols.name(at: 0xffff_ffff_c000_0001) == "nft_do_chain")
        #expect(symbols.name(at: 0xffff_ffff_0000_0000) == nil)
        let hidden = KernelSymbols(Array("0000000000000000 T _stext\n".utf8))
        #expect(hidden.isEmpty)
        #expect(KernelSymbols([]).isEmpty)
    }

    /// Programs that are not there, that end at once, or that end when they are asked.
    @Test(arguments: [nil, "/nonexistent/symbolizer", "true", "false"])
    func aSymbolizerThatFailsIsSurvived(program: String?) throws {
        let descriptor = open("/proc/self/exe", O_RDONLY | O_CLOEXEC)
        let image = try #require(ImageBytes(descriptor: descriptor))
        let file = try #require(ELFFile(image))
        let symbolizer = InlineFrames(program)
        let frames = symbolizer.frames(at: [1, 2, 3], in: file, name: "exe")
        #expect(frames.isEmpty)
        #expect(symbolizer.remark?.contains("inlined functions") == true)
    }
}

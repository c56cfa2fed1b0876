// Rust's names: the examples of RFC 2603, what its grammar has besides, and whatever bytes there
// are.
import Distributions
import Profiling
import Testing

private let whole: String =
    "_RINtNtC3std4iter5ChainINtNtC3std4iter3Zip"
    + "INtNtC3std3vec8IntoItermEINtNtC3std3vec8IntoItermEEE"
private let chain =
    "std::iter::Chain::<std::iter::Zip<std::vec::IntoIter<u32>, std::vec::IntoIter<u32>>>"

@Suite struct RustSymbolTests {
    /// Of its text and its appendix B. In those with back references the RFC counts from `_R`, or
    /// from one place further: here they are as the grammar has them, and as compilers write them.
    @Test(
        arguments: [
            ("_RNvNtCs1234_7mycrate3foo3bar", "mycrate::foo::bar"),
            ("_RNvNtNtCs1234_7mycrate3foo3bar3baz", "mycrate::foo::bar::baz"),
            ("_RINvNtC3std3mem8align_ofdE", "std::mem::align_of::<f64>"),
            ("_RINvNtC3std3mem8align_ofjE", "std::mem::align_of::<usize>"),
            ("_RINvNtC3std3mem8align_ofRcE", "std::mem::align_of::<&char>"),
            (
                "_RINvNtC3std3mem8align_ofNtNtC3std3mem12DiscriminantE",
                "std::mem::align_of::<std::mem::Discriminant>"
            ),
            ("_RINvNtC3std3mem8align_ofQTReuEE", "std::mem::align_of::<&mut (&str, ())>"),
            ("_RINvNtC3std3mem8align_ofjEC3foo", "std::mem::align_of::<usize>"),
            ("_RNCNvNtC7mycrate3foo3bar0", "mycrate::foo::bar::{closure#0}"),
            ("_RNCNvNtC7mycrate3foo3bars_0", "mycrate::foo::bar::{closure#1}"),
            (
                "_RNvNvXs2_C7mycrateINtC7mycrate3FoopEINtNtC3std7convert4FrompE4from3MSG",
                "<mycrate::Foo<_> as std::convert::From<_>>::from::MSG"
            ),
            ("_RNvNtNtC7mycrateu8gdel_Fqa6escher4bach", "mycrate::gödel::escher::bach"),
            (whole, chain),
            ("_RINtNtC3std4iter5ChainINtB2_3ZipINtNtB4_3vec8IntoItermEBu_EE", chain),
            (
                "_RNvNvMCs1234_7mycrateINtCs1234_7mycrate3FoopE3bar4QUUX",
                "<mycrate::Foo<_>>::bar::QUUX"
            ),
            (
                "_RNvNvXCs1234_7mycrateINtCs1234_7mycrate3FoopENtNtC3std5clone5Clone5clone4QUUX",
                "<mycrate::Foo<_> as std::clone::Clone>::clone::QUUX"
            ),
            ("_RNvNvCs1234_7mycrate4QUUX3FOO", "mycrate::QUUX::FOO"),
            (
                "_RINvCs1234_7mycrate3fooNvB2_3barNvBl_3bazE",
                "mycrate::foo::<mycrate::bar, mycrate::bar::baz>"
            ),
            (
                "_RINxC3std3fooTNyB2_3BarBc_EBb_E",
                "std::foo::<(std::Bar, std::Bar), (std::Bar, std::Bar)>"
            ),
        ] as [(String, String)])
    func examplesOfTheRFC(symbol: String, readable: String) {
        #expect(Demangling.readable(symbol) == readable)
    }

    /// Each as the argument of a function of one.
    @Test(
        arguments: [
            ("AhKj8_", nil), ("Ahj11_", "[u8; 17]"), ("Sh", "[u8]"), ("ThE", "(u8,)"),
            ("TE", "()"), ("PNtC1a1B", "*const a::B"), ("OSh", "*mut [u8]"), ("RL_h", "&u8"),
            ("FEu", "fn()"), ("FRlEt", "fn(&i32) -> u16"),
            ("FUKChEz", "unsafe extern \"C\" fn(u8) -> !"),
            ("FK10sysv64_abiEu", "extern \"sysv64-abi\" fn()"),
            ("FG_RL0_hEu", "for<'a> fn(&'a u8)"),
            ("FG0_RL1_hRL0_tEu", "for<'a, 'b> fn(&'a u8, &'b u16)"), ("FRL0_hEu", nil),
            ("DNtC1a1TEL_", "dyn a::T"), ("DNtC1a1TNtC1a4SendEL_", "dyn a::T + a::Send"),
            ("DINtC1a1IhEp4ItemmEL_", "dyn a::I<u8, Item = u32>"),
            ("DNtC1a1Ip4ItemmEL_", "dyn a::I<Item = u32>"), ("DNtC1a1TE", nil),
            ("L_", "'_"), ("Kj2a_", "42"), ("Klnf_", "-15"), ("Kb1_", "true"), ("Kb2_", nil),
            ("Kc61_", "'a'"), ("Kcd800_", nil), ("Kp", "_"), ("Kjp", "_"), ("Kj_", "0"),
            ("Ko123456789abcdef01_", "0x123456789abcdef01"), ("B_", nil),
            ("BZZZZZZZZZZZZZZZZ_", nil),
            ("NtC1au6f_Fgaa", "a::føø"), ("NtC1au7___ylbHe", "a::α_ω"), ("NtC1au6nIEamf", "a::铁锈"),
            ("NtC1au4fqJh", "a::🤦"), ("NtC1au6Cxaedc", "a::ρυστ"), ("NtC1au3aZZ", nil),
            ("NtC1a3_1bc", "a::1bc"), ("NSC1a4call", "a::{shim:call#0}"), ("g", nil),
        ] as [(String, String?)])
    func typesAndConstants(argument: String, readable: String?) {
        let symbol = "_RINvC1c1fE".replacing("fE", with: "f\(argument)E")
        #expect(Demangling.readable(symbol) == readable.map { "c::f::<\($0)>" } ?? symbol)
    }

    @Test func whatCompilersAppendIsLeftOut() {
        #expect(Demangling.readable("_RNvC1a1b.llvm.1234") == "a::b")
        #expect(Demangling.readable("_RNvC1a1bnonsense") == "_RNvC1a1bnonsense")
        #expect(Demangling.readable("_R1NvC1a1b") == "_R1NvC1a1b", "a later version of the scheme")
    }

    /// Neither depth nor references that double with each cost more than a name is worth.
    @Test func noNameIsEndless() {
        let deep = "_RINvC1a1b" + String(repeating: "S", count: 100_000) + "hE"
        #expect(Demangling.readable(deep) == deep)
        // (X, X) of X = (Y, Y) of Y = …, twenty times: a million of the innermost.
        let alphabet = Array("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
        func number(_ place: Int) -> String {
            guard place > 0 else { return "_" }
            let rest = place - 1
            let high = rest >= 62 ? String(alphabet[rest / 62]) : ""
            return "\(high)\(alphabet[rest % 62])_"
        }
        var own = "INvC1a1b"
        var last = own.count
        own += "TuuE"
        for _ in 0..<20 {
            let start = own.count
            own += "TB\(number(last))B\(number(last))E"
            last = start
        }
        #expect(Demangling.readable("_R\(own)E") == "_R\(own)E")
        var random = SplitMix64(seed: 2603)
        let letters = Array("_RNIvtCMXYTESRQPOFDBKLGpus0123456789abh")
        var read = 0
        for _ in 0..<20_000 {
            let length = Int.random(in: 0..<30, using: &random)
            let text = (0..<length).map { _ in letters.randomElement(using: &random) ?? "_" }
            let symbol = "_RNvC1a" + String(text)
            if Demangling.readable(symbol) != symbol { read += 1 }
        }
        #expect(read > 0)
    }
}

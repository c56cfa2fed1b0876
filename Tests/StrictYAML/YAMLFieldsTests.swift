// Reading a mapping strictly: what each kind of value accepts, and how a refusal reads.
import StrictYAML
import Testing

private enum Section: String, FileSection {
    case root, inner

    var keys: [String] {
        ["schema", "number", "whole", "size", "time", "flag", "text", "list", "inner"]
    }

    func range(of key: String) -> ClosedRange<Double> {
        switch (self, key) {
        case (.inner, "whole"): 1...10
        case (.inner, "number"): 0...5
        default: NumberLimits.all
        }
    }
}

/// What `body` makes of a document, and the problems by line.
private func read<Value>(
    _ text: String, _ body: (YAMLFields<Section>) -> Value?
) -> (value: Value?, problems: [String]) {
    let diagnostics = Diagnostics(file: "f.yaml")
    guard let root = yamlRoot(Array(text.utf8), diagnostics, schema: "s/1"),
        let fields = YAMLFields(root, Section.root, "", diagnostics)
    else { return (nil, FileProblems(diagnostics.problems).problems.map(\.description)) }
    let value = body(fields)
    return (value, FileProblems(diagnostics.problems).problems.map(\.description))
}

@Suite struct YAMLFieldsTests {
    @Test(arguments: [
        ("0", 0.0), ("-1.5", -1.5), ("1e3", 1_000), ("1_000", 1_000), (".5", 0.5),
        ("9007199254740992", 0x1p53), ("1e-12", 1e-12),
    ])
    func numbersAreRead(text: String, value: Double) {
        let result = read("number: \(text)") { $0.number("number") }
        #expect(result.value == value && result.problems.isEmpty)
    }

    @Test(arguments: ["nan", ".inf", "NaN", "inf", "\"1\"", "one", "[1]", "0x10", "1..2", "~"])
    func whatIsNoNumberIsRefused(text: String) {
        let result = read("number: \(text)") { $0.number("number") }
        #expect(result.value == nil && result.problems.count == 1)
        #expect(result.problems[0].hasPrefix("f.yaml:1: `number` is "))
        #expect(result.problems[0].contains("not a number"))
    }

    @Test(arguments: ["1e300", "-1e300", "1e-300", "9223372036854775807", "9007199254740993e1"])
    func numbersOutOfRangeAreRefused(text: String) {
        for key in ["number", "whole", "time"] {
            let result = read("schema: s/1\n\(key): \(text)") { fields -> Double? in
                switch key {
                case "number": fields.number(key)
                case "whole": fields.integer(key).map(Double.init)
                default: fields.milliseconds(key).map(Double.init)
                }
            }
            #expect(result.value == nil && result.problems.count == 1)
            #expect(result.problems.first?.hasPrefix("f.yaml:2: `\(key)` is ") == true)
        }
    }

    @Test(arguments: [
        ("250", 250), ("10k", 10_000), ("1M", 1_000_000), ("1_000", 1_000), ("1.5k", 1_500),
        ("-2k", -2_000), ("1e3", 1_000),
    ])
    func countsHaveUnits(text: String, count: Int) {
        let result = read("whole: \(text)") { $0.integer("whole") }
        #expect(result.value == count && result.problems.isEmpty)
    }

    @Test(arguments: [
        ("64", 64), ("64KiB", 65_536), ("64kb", 65_536), ("1k", 1_000), ("0.5MiB", 1 << 19),
        ("16B", 16),
    ])
    func sizesHaveUnits(text: String, bytes: Int) {
        let result = read("size: \(text)") { $0.bytes("size") }
        #expect(result.value == bytes && result.problems.isEmpty)
    }

    @Test(arguments: ["1.5", "\"64KiB\"", "64s", "KiB", "64 KiB", "[64]", "~"])
    func whatIsNoSizeIsRefused(text: String) {
        let result = read("schema: s/1\nsize: \(text)") { $0.bytes("size") }
        #expect(result.value == nil && result.problems.count == 1)
        #expect(result.problems.first?.hasPrefix("f.yaml:2: `size` is ") == true)
        #expect(result.problems.first?.contains("write bytes, as 64 or 4KiB, unquoted") == true)
    }

    @Test func otherNumbersHaveNoUnit() {
        #expect(read("number: 10k") { $0.number("number") }.problems.count == 1)
        #expect(read("whole: 1KiB") { $0.integer("whole") }.problems.count == 1)
    }

    @Test func aSectionHasRangesOfItsOwn() {
        let result = read("inner: {whole: 11}") {
            $0.mapping("inner", .inner)?.integer("whole")
        }
        #expect(
            result.problems == [
                "f.yaml:1: `inner.whole` is `11`, which is out of range: use 1 to 10"
            ])
        #expect(
            read("inner: {whole: 10}") { $0.mapping("inner", .inner)?.integer("whole") }.value == 10
        )
    }

    /// Nearer to zero than any number: the range that is said leaves that out.
    @Test func tinyNumbersSayWhatHolds() {
        #expect(
            read("inner: {number: 1e-300}") { $0.mapping("inner", .inner)?.number("number") }
                .problems == [
                    "f.yaml:1: `inner.number` is `1e-300`, which is out of range: "
                        + "use 0, or 1e-12 to 5"
                ])
        #expect(
            read("number: -1e-300") { $0.number("number") }.problems[0].hasSuffix(
                "to 9007199254740992, 0 or no nearer to it than 1e-12"))
    }

    @Test(arguments: [
        ("500ms", 500), ("10s", 10_000), ("5m", 300_000), ("12h", 43_200_000), ("2", 2_000),
        ("none", 0),
    ])
    func durationsAreRead(text: String, milliseconds: Int) {
        #expect(read("time: \(text)") { $0.milliseconds("time") }.value == milliseconds)
    }

    @Test(arguments: ["-1s", "1y", "s", "1 s", "[1s]"])
    func whatIsNoDurationIsRefused(text: String) {
        let result = read("time: \(text)") { $0.milliseconds("time") }
        #expect(result.value == nil && result.problems.count == 1)
    }

    @Test func unknownKeysAreSuggested() {
        #expect(
            read("nubmer: 1") { $0.number("number") }.problems
                == ["f.yaml:1: unknown key `nubmer`: did you mean `number`?"])
        #expect(read("zzzzzz: 1") { $0.number("number") }.problems[0].contains("known here are"))
    }

    @Test func flagsTextsAndLists() {
        #expect(read("flag: true") { $0.flag("flag") }.value == true)
        #expect(read("flag: yes") { $0.flag("flag") }.problems.count == 1)
        #expect(read("text: [a]") { $0.string("text") }.problems.count == 1)
        #expect(read("list: [a, b]") { $0.list("list").count }.value == 2)
        #expect(read("list: a") { $0.list("list").count }.problems.count == 1)
    }

    @Test func documentsThatAreNone() {
        func problem(_ text: String) -> String? { read(text) { _ in 1 }.problems.first }
        #expect(problem("")?.contains("the file is empty") == true)
        #expect(problem("a: [1")?.contains("not YAML") == true)
        #expect(problem("number: 1\nnumber: 2")?.contains("given more than once") == true)
        #expect(problem("- 1")?.contains("not a mapping") == true)
        // a file of something else is not repeated in the message
        let other = problem(String(repeating: "root:x:0:0 ", count: 1_000))
        #expect(other.map { $0.count < 300 && !$0.contains("\n") } == true)
    }

    @Test func aByteOrderMarkIsNoPartOfTheFirstKey() {
        let result = read("\u{feff}number: 3") { $0.number("number") }
        #expect(result.value == 3 && result.problems.isEmpty)
    }
}

// Counts, sizes and times as people write them: what is read, what is refused, what is printed.
import Quantities
import Testing

@Suite struct QuantityTests {
    /// What no quantity is, whatever its kind.
    static let never = [
        "", "-1", "NaN", "nan", "inf", "-inf", "1e300", "99999999999999999999999", "0x10", "e5",
        ".",
        "1 0", "١", "1..2", "--1", "1ee5", "18446744073709551616",
    ]

    @Test func counts() throws {
        for (text, count) in [
            ("0", 0), ("250", 250), ("10_000", 10_000), ("10k", 10_000), ("1.5M", 1_500_000),
            ("1e6", 1_000_000), ("2E3", 2_000), ("1000e-3", 1), ("9223372036854775807", Int.max),
            ("1g", 1_000_000_000), ("0e300", 0),
        ] { #expect(try Count.parse(text) == count, "\(text)") }
        for text in Self.never + ["1.5", "1e-300", "9223372036854775808", "1kb", "5s"] {
            #expect(throws: QuantityError.self, "\(text)") { try Count.parse(text) }
        }
        #expect(throws: QuantityError.self) { try Count.parse("11", in: 1...10) }
        #expect(try Count.parseList("1,2k", in: 1...5_000) == [1, 2_000])
        #expect(throws: QuantityError.self) { try Count.parseList("1,", in: 1...5) }
    }

    @Test func sizes() throws {
        for (text, size) in [
            ("64", 64), ("64KiB", 65_536), ("64kb", 65_536), ("64k", 64_000),
            ("100mb", 104_857_600),
            ("0.5GiB", 1 << 29),
        ] { #expect(try ByteCount.parse(text, in: 0...Int.max) == size, "\(text)") }
        for text in Self.never + ["1.5", "5s", "1tb"] {
            #expect(throws: QuantityError.self, "\(text)") {
                try ByteCount.parse(text, in: 0...1 << 40)
            }
        }
    }

    /// As redis-server 7.0 reads `maxmemory`.
    @Test func sizesOfConfigSet() {
        for (text, size) in [
            ("0", 0), ("100", 100), ("007", 7), ("5b", 5), ("1k", 1_000), ("1Kb", 1_024),
            ("3m", 3_000_000), ("3MB", 3 << 20), ("2g", 2_000_000_000), ("2gb", 2 << 30),
            ("18446744073709551615", Int.max), ("99999999999999999999999kb", Int.max),
            ("9223372036854775807gb", Int.max),
        ] { #expect(ByteCount.parseAsRedis(text) == size, "\(text)") }
        for text in [
            "", "kb", "-1", "+1", "1.5gb", "1e6", "1_000", "64KiB", "1kbx", "50%", "1 kb", "١",
        ] { #expect(ByteCount.parseAsRedis(text) == nil, "\(text)") }
    }

    /// As files have them: of any sign, whole or not, and no further than a Double goes.
    @Test func amounts() {
        for (text, amount) in [
            ("64KiB", 65_536), ("64kb", 65_536), ("10k", 10_000), ("1M", 1_000_000), ("-3", -3),
            ("1.001k", 1_001), ("0.5", 0.5), ("1.5b", 1.5), ("-2kib", -2_048), ("1e300", 1e300),
            ("99999999999999999999", 1e20), ("1_000k", 1_000_000),
        ] as [(String, Double)] { #expect(ByteCount.amount(text) == amount, "\(text)") }
        #expect(Count.amount("1.001k") == 1_001 && Count.amount("1e6") == 1e6)
        #expect(Count.amount("2g") == 2e9 && Count.amount("64KiB") == nil)
        for text in ["", "k", "1x", "nan", "inf", "0x10", "1e999", "1e308k", "1 k", "_1", "1..2"] {
            #expect(ByteCount.amount(text) == nil && Count.amount(text) == nil, "\(text)")
        }
    }

    @Test func durations() throws {
        for (text, count) in [
            ("250ms", 250_000_000), ("90s", 90_000_000_000), ("5m", 300_000_000_000),
            ("1h", 3_600_000_000_000), ("1.5s", 1_500_000_000), ("7", 7_000_000_000),
            ("0.0000000015", 2), ("1e-9", 1), ("3us", 3_000), ("12ns", 12), ("2µs", 2_000),
            ("2min", 120_000_000_000), ("1d", 86_400_000_000_000),
        ] {
            #expect(
                try Nanoseconds(parsing: text, bare: .seconds).count == UInt64(count), "\(text)")
        }
        for text in Self.never + ["0", "1e-300", "1e99s", "1e10h", "5x", "s", "1e-300h"] {
            #expect(throws: QuantityError.self, "\(text)") {
                try Nanoseconds(parsing: text, bare: .seconds)
            }
        }
        #expect(throws: QuantityError.self) { try Nanoseconds(parsing: "90", bare: nil) }
        #expect(Nanoseconds.value(2_500, in: .microseconds) == 2.5)
        #expect(Nanoseconds.value(1_500, .microseconds, in: .milliseconds) == 1.5)
        #expect(Nanoseconds(90, .seconds).description == "90s")
        #expect(Nanoseconds(120, .seconds).description == "2m")
        #expect(Nanoseconds(24, .hours).description == "24h")
        #expect(try Nanoseconds(parsing: "1us", bare: nil).milliseconds == 1)
    }

    /// What a clock, a file or a flag gives in another unit; nothing of it traps.
    @Test func durationsOfOtherUnits() {
        #expect(Nanoseconds(seconds: 1.5) == Nanoseconds(1_500, .milliseconds))
        #expect(Nanoseconds(seconds: 0.000_000_000_6).count == 1)
        #expect(Nanoseconds(milliseconds: 250) == Nanoseconds(250, .milliseconds))
        #expect(Nanoseconds(7) == Nanoseconds(7, .nanoseconds))
        for nothing in [-1, -.infinity, .nan, 0] as [Double] {
            #expect(Nanoseconds(seconds: nothing).count == 0, "\(nothing)")
        }
        #expect(Nanoseconds(milliseconds: .min).count == 0 && Nanoseconds(-1).count == 0)
        for tooMuch in [1e9, 1e300, .infinity] as [Double] {
            #expect(Nanoseconds(seconds: tooMuch) == .longest, "\(tooMuch)")
        }
        #expect(Nanoseconds(milliseconds: .max) == .longest && Nanoseconds(UInt64.max) == .longest)
        let time = Nanoseconds(1_999_999)
        #expect(time.value(in: .milliseconds) == 1.999999 && time.seconds == 0.001999999)
        #expect(time.whole(.milliseconds) == 1 && time.milliseconds == 2)
    }

    /// What is printed is read as the same again.
    @Test func printedAndReadAgain() throws {
        for count in [1, 999, 1_000, 1_500_000, 60_000_000_000, 999_999_999_999_999_999] as [UInt64]
        {
            let time = Nanoseconds(count, .nanoseconds)
            #expect(try Nanoseconds(parsing: time.description, bare: nil) == time)
        }
    }

    @Test func reals() throws {
        #expect(try Real.parse("0.5", in: 0...1) == 0.5)
        #expect(try Real.parse("1_000.5", in: 0...1e4) == 1_000.5)
        #expect(try Real.parse("1e300", in: 0...1e301) == 1e300)
        #expect(try Real.parsePercentage("5%", in: 0...100) == 0.05)
        for text in ["", "NaN", "inf", "0x1p3", "-1", "2", "1e999"] {
            #expect(throws: QuantityError.self, "\(text)") { try Real.parse(text, in: 0...1) }
        }
        #expect(throws: QuantityError.self) { try Real.parsePercentage("5", in: 0...100) }
    }
}

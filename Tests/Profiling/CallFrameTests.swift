// Call frame information made by hand, against the rules that it describes.
import Profiling
import Testing

@Suite struct CallFrameTests {
    /// push rbp; mov rbp, rsp; …; pop rbp; ret; and on after that.
    private static let function: [UInt8] = [
        0x41, 0x0e, 16, 0x80 | 6, 2,  // after 1 byte: CFA = rsp + 16, rbp at CFA - 16
        0x43, 0x0d, 6,  // after 3: CFA = rbp + 16
        0x02, 0x10, 0x0a, 0x0c, 7, 8,  // after 16: remember; CFA = rsp + 8
        0x41, 0x0b,  // after 1: as remembered
    ]

    private static func table(
        _ frames: TestFrames, _ architecture: Architecture = .amd64
    ) -> UnwindTable {
        frames.bytes.withUnsafeBytes {
            UnwindTable(
                $0, at: UInt64(frames.address), base: 0, architecture: architecture)
        }
    }

    @Test func rulesHoldFromWhereTheyAreStated() throws {
        var frames = TestFrames()
        let common = frames.x86Common()
        // Out of order, as linkers leave them.
        frames.function(common, 0x1100, 0x20, [0x07, 16])
        frames.function(common, 0x1000, 0x40, Self.function)
        let table = Self.table(frames)
        func rule(_ address: UInt64) throws -> UnwindRule {
            try #require(table.rule(at: address)).rule
        }
        let first = try rule(0x1000)
        #expect(first.anchor == .register)
        #expect(first.cfaRegister == 7)
        #expect(first.cfaOffset == 8)
        #expect(first.ra == .atOffset)
        #expect(first.raOffset == -8)
        #expect(first.fp == .unspecified)
        let pushed = try rule(0x1003)
        #expect(pushed.cfaOffset == 16)
        #expect(pushed.fp == .atOffset)
        #expect(pushed.fpOffset == -16)
        for address in [UInt64(0x1004), 0x1013, 0x1015, 0x103f] {
            let body = try rule(address)
            #expect(body.cfaRegister == 6)
            #expect(body.cfaOffset == 16)
        }
        let epilogue = try rule(0x1014)
        #expect(epilogue.cfaRegister == 7)
        #expect(epilogue.cfaOffset == 8)
        #expect(epilogue.fpOffset == -16, "the stale rule of a slot that was popped")
        #expect(try rule(0x1100).ra == .undefined)
        #expect(table.rule(at: 0xfff) == nil)
        #expect(table.rule(at: 0x1040) == nil)
        #expect(table.rule(at: 0x1120) == nil)
        #expect(table.functionStart(at: 0x103f) == 0x1000)
        #expect(table.functionStart(at: 0x1040) == nil)
    }

    /// The rule that linkers write for a PLT: 8 more once the entry has pushed its index.
    @Test func anEntryOfAPLTHasAnExpression() throws {
        // breg7 8; breg16 0; lit15; and; lit11; ge; lit3; shl; plus
        let expression: [UInt8] = [
            0x77, 8, 0x80, 0, 0x3f, 0x1a, 0x3b, 0x2a, 0x33, 0x24, 0x22,
        ]
        var frames = TestFrames()
        let common = frames.x86Common()
        frames.function(common, 0x1000, 0x100, [0x0f, UInt8(expression.count)] + expression)
        let table = Self.table(frames)
        let rule = try #require(table.rule(at: 0x1010)).rule
        #expect(rule.anchor == .expression)
        #expect(table.expressions[Int(rule.cfaOffset)] == expression)
        for (pc, cfa) in [(UInt64(0x1010), UInt64(0x5008)), (0x101a, 0x5008), (0x101b, 0x5010)] {
            #expect(
                FrameExpression.value(
                    of: expression, pushed: nil, register: { $0 == 7 ? 0x5000 : pc },
                    memory: { _ in nil }) == cfa)
        }
    }

    @Test func armFunctionsKeepTheirReturnAddressInARegister() throws {
        var frames = TestFrames()
        // CFA = sp; advances count instructions of 4 bytes, saves words of 8
        let common = frames.common(
            "zR", code: 4, data: 0x78, returnAddress: 30, [0x0c, 31, 0])
        // stp x29, x30, [sp, -32]!; mov x29, sp
        frames.function(
            common, 0x1000, 0x40,
            [0x2d, 0x41, 0x0e, 32, 0x80 | 29, 4, 0x80 | 30, 3, 0x41, 0x0d, 29])
        let table = Self.table(frames, .arm64)
        let leaf = try #require(table.rule(at: 0x1000)).rule
        #expect(leaf.cfaRegister == 31)
        #expect(leaf.cfaOffset == 0)
        #expect(leaf.ra == .unspecified)
        let body = try #require(table.rule(at: 0x1008)).rule
        #expect(body.cfaRegister == 29)
        #expect(body.cfaOffset == 32)
        #expect(body.fpOffset == -32)
        #expect(body.raOffset == -24)
    }

    @Test func whatIsDamagedIsLeftOut() throws {
        var frames = TestFrames()
        let common = frames.x86Common()
        frames.function(common, 0x1000, 0x40, [0x41, 0x3f])  // no such instruction
        frames.function(common, 0x1100, 0x40, [0x0b])  // nothing was remembered
        frames.function(common, 0x1200, 0x40, [0x02, 0xff])  // beyond its end
        frames.function(common + 4, 0x1300, 0x40, [])  // no common entry there
        frames.function(common, 0x1400, 0x40, [])
        let table = Self.table(frames)
        #expect(table.rule(at: 0x1000)?.rule.cfaOffset == 8)
        #expect(table.rule(at: 0x1002)?.rule.anchor == UnwindRule.Anchor.none)
        #expect(table.rule(at: 0x1100)?.rule.anchor == UnwindRule.Anchor.none)
        #expect(table.rule(at: 0x1200)?.rule.cfaOffset == 8)
        #expect(table.rule(at: 0x1300) == nil)
        #expect(table.rule(at: 0x1400)?.rule.cfaOffset == 8)
    }
}

// What it costs: CPU time and bytes that were ordered are spent. CPU is the kernel's account of the
// process, which a busy machine does not change.
import Glibc
import LinuxSystem
import RESP
import Targets
import TestSupport
import Testing

extension Timed {
    @Suite struct CostTests {
        /// CPU milliseconds of the server while `body` runs.
        private func cpuMilliseconds(_ server: RunningServer, _ body: () throws -> Void) throws
            -> Double
        {
            let pid = try #require(server.pid)
            let before = try #require(ProcessAccounting.cpuNanoseconds(pid))
            try body()
            let after = try #require(ProcessAccounting.cpuNanoseconds(pid))
            return Double(after - before) / 1e6
        }

        /// 2,000 GETs in batches of 100, which take some 1 ms alone.
        @Test(arguments: [
            ("", 0.0...80.0), ("--get-time 100us", 200...300), ("--batch-time 10ms", 200...500),
            ("--burst 20ms/200", 170...300), ("--deferred 100us", 200...400),
            ("--set-time 100us", 0...80), ("--sleep 5ms/200", 0...80),
            ("--get-time 20000ns --after 1000gets --get-time 100us", 120...250),
        ])
        func cpuIsSpentAsOrdered(flags: String, expected: ClosedRange<Double>) throws {
            try withFaulty(flags) { server, connection in
                let spent = try cpuMilliseconds(server) {
                    _ = try connection.many(2_000, ["GET", "a"])
                    // Debts are settled in idle moments.
                    if flags.contains("deferred") { Clock.sleep(milliseconds: 1_000) }
                }
                #expect(expected.contains(spent), "\(flags): \(spent) ms")
            }
        }

        @Test func setsCostWhatWasOrdered() throws {
            try withFaulty("--set-time 100us") { server, connection in
                let spent = try cpuMilliseconds(server) {
                    _ = try connection.many(2_000, ["SET", "a", "x"])
                }
                #expect((200...300).contains(spent), "\(spent) ms")
            }
            try withFaulty("--set-times 1000") { server, connection in
                let spent = try cpuMilliseconds(server) {
                    _ = try connection.many(2_000, ["SET", "a", "x"])
                }
                #expect(spent > 30, "\(spent) ms")
                #expect(try connection.get("a") == .text("x"))
            }
        }

        @Test func sleepsTakeTime() throws {
            try withFaulty("--sleep 20ms/100") { _, connection in
                let start = Clock.monotonicNanoseconds()
                _ = try connection.many(1_000, ["GET", "a"])
                #expect(Clock.monotonicNanoseconds() - start >= 180_000_000)
            }
        }

        @Test func burstsComeByTheClockToo() throws {
            try withFaulty("--burst 20ms/50ms") { server, _ in
                let spent = try cpuMilliseconds(server) { Clock.sleep(milliseconds: 500) }
                #expect(spent >= 60, "\(spent) ms")
            }
        }

        @Test func aHelperThreadBurns() throws {
            try withFaulty("--helper-thread 100") { server, _ in
                #expect(ProcessAccounting.threadCount(server.pid!) == 2)
                let spent = try cpuMilliseconds(server) { Clock.sleep(milliseconds: 300) }
                #expect(spent >= 30, "\(spent) ms")
            }
        }

        @Test func aHelperProcessBurnsInTheServersGroupAndEndsWithIt() throws {
            let server = try launchFaulty("--helper-process 50")
            let pid = try #require(server.pid)
            let helper = try #require(
                SmallFile.names(in: "/proc").compactMap { pid_t($0) }.first {
                    $0 != pid && getpgid($0) == pid
                })
            Clock.sleep(milliseconds: 300)
            let spent = try #require(ProcessAccounting.cpuNanoseconds(helper))
            #expect(spent >= 20_000_000)
            kill(pid, SIGKILL)
            for _ in 0..<1_000 where kill(helper, 0) == 0 { Clock.sleep(milliseconds: 5) }
            #expect(kill(helper, 0) != 0 || ProcessAccounting.residentBytes(helper) ?? 0 == 0)
            server.stop()
        }

        @Test func leaksAndLargerEntriesAreCounted() throws {
            try withFaulty("--leak 32") { _, connection in
                let before = try connection.usedBytes()
                _ = try connection.many(1_000, ["GET", "a"])
                #expect(try connection.usedBytes() - before == 1_000 * 48)
            }
            func bytes(_ flags: String) throws -> Int {
                var grown = 0
                try withFaulty(flags) { _, connection in
                    let before = try connection.usedBytes()
                    for index in 0..<700 { try connection.set("key:\(1_000 + index)", "value") }
                    grown = try connection.usedBytes() - before
                }
                return grown
            }
            #expect(try bytes("--entry-bytes 32") - bytes("") == 700 * 32)
        }

        @Test func usedMemoryIsWhatTheKernelSees() throws {
            try withFaulty("") { server, connection in
                let pid = try #require(server.pid)
                let value = String(repeating: "v", count: 1_000)
                try connection.set("first", value)
                let used = try connection.usedBytes()
                let resident = try #require(ProcessAccounting.residentBytes(pid))
                for start in stride(from: 0, to: 50_000, by: 100) {
                    _ = try connection.pipeline(
                        (start..<start + 100).map {
                            ["SET", "key:\($0)", value].map { Array($0.utf8) }
                        })
                }
                let grown = Double(try connection.usedBytes() - used)
                let kernel = Double(try #require(ProcessAccounting.residentBytes(pid)) - resident)
                #expect((0.95...1.05).contains(grown / kernel), "\(grown) of \(kernel)")
            }
        }

        @Test func missesNeedTheirMemory() throws {
            try withFaulty("--after 1gets --misses 4") { _, connection in
                let before = try connection.usedBytes()
                _ = try connection.get("a")
                #expect(try connection.usedBytes() - before == 64 << 20)
                #expect(try connection.get("a") == .null)
            }
        }
    }
}

// The whole way from perf_event_open to names, on programs whose stacks are known. Nothing is held
// against the clock: only shares of the samples, with wide bounds.
import Glibc
import LinuxSystem
import Profiling
import RunRecord
import Synchronization
import Testing

@Suite(.enabled(if: Fixtures.refusal == nil, Fixtures.refusal), .serialized)
struct SamplingTests {
    private static var options: Profiler.Options {
        var options = Profiler.Options()
        options.inlines = false
        return options
    }

    @Test func everyStackOfASpinningProgramReachesMain() throws {
        let program = try TestProgram("-Wl,--build-id=0xc0ffee00")
        let profile = try Fixtures.sample(program, "spin", Self.options)
        #expect(profile.buildIDs["chain"] == "c0ffee00")
        let quality = profile.quality
        #expect(quality.samples > 50)
        #expect(Double(quality.complete) >= 0.99 * Double(quality.samples))
        #expect(Double(quality.namedUserLeaves) >= 0.99 * Double(quality.userSamples))
        #expect(quality.userSamples > quality.samples / 2)
        #expect(quality.lost == 0)
        #expect((0.3...1.7).contains(try #require(quality.sampledShare)))
        let chain = ["main"] + [String](repeating: "middle", count: 6) + ["leaf"]
        #expect(
            profile.share { names in
                names.firstIndex(of: "main").map { names[$0...].starts(with: chain) } ?? false
            } > 0.9)
        #expect(profile.unit == .cpuNanoseconds)
        #expect(profile.operations == 10)
        // A busy program's CPU time is what its samples stand for.
        let expected = Double(quality.samples) / 997 * 1e9
        #expect((0.5...2).contains(profile.rounds[0].total / expected))
        for (index, stack) in profile.stacks.enumerated() {
            #expect(profile.stacks.firstIndex(of: stack) == index, "each once")
        }
        #expect(Set(profile.frames).count == profile.frames.count)
    }

    @Test func whatHasNoSymbolIsNamedByItsStart() throws {
        let profile = try Fixtures.sample(TestProgram("-s"), "spin", Self.options)
        #expect(Double(profile.quality.complete) >= 0.99 * Double(profile.quality.samples))
        #expect(profile.quality.namedUserLeaves < profile.quality.userSamples / 10)
        #expect(profile.share { $0.filter { $0.hasPrefix("chain+0x") }.count >= 8 } > 0.9)
        let frame = try #require(profile.frames.first { $0.function.hasPrefix("chain+") })
        #expect(frame.kind == .unnamed)
        #expect(frame.binary == "chain")
    }

    /// Only what ran while a window was open is in it, and sums of windows have what both have.
    @Test func windowsAreSampledApart() throws {
        let profile = try Fixtures.sample(TestProgram(), "spin", Self.options, windows: 3)
        #expect(profile.rounds.count == 3)
        let sums = profile.rounds.map { $0.weights.reduce(0, +) }
        #expect(sums.allSatisfy { $0 > 0 })
        if profile.quality.remarks.contains(where: { $0.contains("timer") }) {
            let own = profile.quality.samples
            #expect(abs(sums.reduce(0, +) - Double(own)) <= Double(own) / 20)
        }
        var sum = StackProfile.Round.empty
        for round in profile.rounds { sum.add(round) }
        #expect(sum.weights.reduce(0, +) == sums.reduce(0, +))
        #expect(sum.operations == 30)
        sum.add(StackProfile.Round(weights: [1], operations: nil, total: 0))
        #expect(sum.operations == nil)
    }

    /// Copies of 16 KiB do not reach main, so larger ones are taken.
    @Test func deepStacksAreCopiedInFull() throws {
        let profile = try Fixtures.sample(TestProgram(), "deep", Self.options)
        #expect(
            profile.share { names in
                names.contains("main") && names.count { $0 == "deep" } == 141
            } > 0.5)
        #expect(profile.quality.remarks.contains { $0.contains("deeper than") })
    }

    /// Threads that began after the profiler did are found: main sleeps, so all time is theirs.
    @Test func threadsThatComeAndGoAreFollowed() throws {
        let profile = try Fixtures.sample(TestProgram(), "threads", Self.options)
        #expect(profile.quality.samples > 20)
        #expect(profile.share { $0.contains("briefly") } > 0.5)
        #expect(Double(profile.quality.complete) >= 0.95 * Double(profile.quality.samples))
    }

    #if arch(x86_64)
        /// Made before it is sampled, and meanwhile.
        @Test(arguments: ["code", "late"])
        func codeWithoutAFileIsPassedByItsFramePointer(mode: String) throws {
            let profile = try Fixtures.sample(TestProgram(), mode, Self.options)
            #expect(
                profile.share { names in
                    names.contains("caller") && names.contains("[code made at run time]")
                } > (mode == "code" ? 0.9 : 0.2))
            #expect(Double(profile.quality.complete) >= 0.9 * Double(profile.quality.samples))
            #expect(profile.quality.remarks.contains { $0.contains("frame pointers") })
        }
    #endif

    @Test func functionsThatWereInlinedAreShown() throws {
        guard InlineFrames.installed != nil else { return }
        var options = Self.options
        options.inlines = true
        let profile = try Fixtures.sample(TestProgram("-g"), "folded", options)
        #expect(profile.share { $0.suffix(2) == ["outer", "folded"] } > 0.9)
        let frame = try #require(profile.frames.first { $0.function == "folded" })
        #expect(frame.kind == .inlined)
        #expect(frame.file?.hasSuffix("chain.c") == true)
        #expect(frame.line ?? 0 > 1)
    }

    /// A file of debug information beside the binary, known by a build id or by its checksum; one
    /// that belongs to another build is none.
    @Test(arguments: ["sha1", "none"]) func debugInformationMayBeElsewhere(id: String) throws {
        var options = Self.options
        options.inlines = true
        let program = try TestProgram("-g", "-Wl,--build-id=\(id)")
        try program.splitDebugInformation()
        let profile = try Fixtures.sample(program, "folded", options)
        #expect(profile.share { $0.contains("outer") && $0.contains("main") } > 0.9)
        if InlineFrames.installed != nil {
            #expect(profile.share { $0.last == "folded" } > 0.9)
        }
        let other = try TestProgram("-g", "-O1", "-Wl,--build-id=\(id)")
        try other.splitDebugInformation()
        #expect(rename("\(other.path).debug", "\(program.path).debug") == 0)
        let stale = try Fixtures.sample(program, "folded", options)
        #expect(stale.share { $0.contains { $0.hasPrefix("chain+0x") } } > 0.9)
    }

    /// Names that are compressed in the binary itself; damaged ones are said to be.
    @Test func symbolsMayBeEmbedded() throws {
        guard Tool.path(of: "xz") != nil else { return }
        let program = try TestProgram()
        try program.embedSymbols()
        let profile = try Fixtures.sample(program, "spin", Self.options)
        #expect(profile.share { $0.contains("main") && $0.contains("leaf") } > 0.8)
        #expect(!profile.quality.remarks.contains { $0.contains("compressed") })
        var bytes = try #require(SmallFile.bytes(program.path))
        let header: [UInt8] = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]
        let place = try #require(
            (0..<bytes.count - header.count).first { bytes[$0..<($0 + 6)].elementsEqual(header) })
        bytes[place + 1] = 0
        Fixtures.write(bytes, to: program.path)
        let damaged = try Fixtures.sample(program, "spin", Self.options)
        #expect(damaged.share { $0.contains { $0.hasPrefix("chain+0x") } } > 0.9)
        #expect(damaged.quality.remarks.contains { $0.contains(".gnu_debugdata) is damaged") })
    }

    /// A thread of this very process, its Swift frames named as they are written.
    @Test func ourOwnThreadsCanBeSampled() throws {
        let profiler = try Profiler(pid: getpid(), Self.options)
        let signal = StopSignal()
        let worker = try Worker { spin(until: signal) }
        profiler.start()
        Fixtures.wait(until: getpid(), hasUsed: 200)
        let round = profiler.stop()
        signal.isSet.store(true, ordering: .relaxed)
        worker.join()
        let profile = profiler.profile(target: "own", rounds: [round])
        #expect(profile.share { $0.contains { $0.contains("spin(until:)") } } > 0.05)
        #expect(Double(profile.quality.complete) >= 0.9 * Double(profile.quality.samples))
        #expect(profile.operations == nil)
    }

    @Test func timeOffTheCPUIsWhereItWaits() throws {
        var options = Self.options
        options.offCPU = true
        do {
            let profile = try Fixtures.sample(TestProgram(), "sleep", options)
            #expect(profile.unit == .offCPUNanoseconds)
            #expect(profile.share { $0.contains("main") } > 0.9)
            #expect(profile.share { $0.contains { $0.contains("nanosleep") } } > 0.9)
            #expect(profile.rounds[0].total > 10e6)
        } catch ProfilerError.needsKernel {
            // as it should say where the kernel may not be sampled
        }
    }

    @Test func whatCannotBeSampledIsSaidInOneLine() throws {
        let gone = try ChildProcess(["true"])
        _ = gone.wait()
        #expect(throws: ProfilerError.noProcess(gone.pid)) { try Profiler(pid: gone.pid) }
        var options = Self.options
        options.hertz = 0
        #expect(throws: ProfilerError.self) { try Profiler(pid: getpid(), options) }
        options.hertz = .max
        #expect(throws: ProfilerError.self) { try Profiler(pid: getpid(), options) }
        for error in [
            ProfilerError.noProcess(1), .notAllowed(1), .needsKernel, .noPerfEvents,
            .descriptors(threads: 2), .noMemory, .rate(hertz: 2, most: 1),
            .system(.init(rawValue: 5)),
        ] {
            #expect(!"\(error)".contains("\n"))
        }
    }

    /// As after a rebuild: the file that runs has no name any more, or its name is another's.
    @Test(arguments: [false, true]) func aBinaryThatWasDeletedIsRead(isReplaced: Bool) throws {
        let program = try TestProgram()
        let child = try ChildProcess([program.path, "spin"])
        defer {
            child.kill()
            withExtendedLifetime(program) {}
        }
        Fixtures.wait(until: child.pid, hasUsed: 5)
        #expect(unlink(program.path) == 0)
        if isReplaced { Fixtures.write(TestELF.bytes(TestFrames()), to: program.path) }
        let profiler = try Profiler(pid: child.pid, Self.options)
        profiler.start()
        Fixtures.wait(until: child.pid, hasUsed: 100)
        let profile = profiler.profile(target: "deleted", rounds: [profiler.stop()])
        #expect(profile.share { $0.contains("main") } > 0.9)
        #expect(profile.frames.contains { $0.function == "leaf" && $0.binary == "chain" })
    }

    /// A link to the program beside it, as Debian's redis-server is one.
    @Test func aProgramHasTheNameThatItWasStartedBy() throws {
        let program = try TestProgram()
        let link = program.path + "-server"
        #expect(symlink("chain", link) == 0)
        let child = try ChildProcess([link, "spin"])
        defer {
            child.kill()
            withExtendedLifetime(program) {}
        }
        Fixtures.wait(until: child.pid, hasUsed: 5)
        let profiler = try Profiler(pid: child.pid, Self.options)
        profiler.start()
        Fixtures.wait(until: child.pid, hasUsed: 50)
        let profile = profiler.profile(target: "link", rounds: [profiler.stop()])
        #expect(profile.frames.contains { $0.function == "leaf" && $0.binary == "chain-server" })
    }

    /// What it was before and what it is now, each by its own addresses.
    @Test func aProgramMayBecomeAnother() throws {
        let profile = try Fixtures.sample(TestProgram(), "exec", Self.options)
        #expect(profile.share { $0.contains("main") && $0.contains("burn") } > 0.1)
        #expect(profile.share { $0.contains("main") && $0.contains("middle") } > 0.2)
        #expect(Double(profile.quality.complete) >= 0.9 * Double(profile.quality.samples))
    }

    /// Its number is then the first thread's, whose events have ended with it.
    @Test func aProgramMayBecomeAnotherInAThread() throws {
        let profile = try Fixtures.sample(TestProgram(), "takeover", Self.options)
        #expect(profile.share { $0.contains("taking") && $0.contains("burn") } > 0.1)
        #expect(profile.share { $0.contains("main") && $0.contains("middle") } > 0.2)
    }

    @Test func theFirstThreadMayEndBeforeOthers() throws {
        let profile = try Fixtures.sample(TestProgram(), "orphan", Self.options)
        #expect(profile.share { $0.contains("spinning") && $0.contains("leaf") } > 0.9)
        #expect(Double(profile.quality.complete) >= 0.95 * Double(profile.quality.samples))
    }

    @Test func aProcessThatItStartsIsToldAndNotSampled() throws {
        let profile = try Fixtures.sample(TestProgram(), "fork", Self.options)
        #expect(profile.share { $0.contains("main") } > 0.9)
        #expect(profile.quality.remarks.contains { $0.contains("that it started (1)") })
    }

    /// A process that ends in a window leaves what was sampled of it.
    @Test func theProcessMayEndMeanwhile() throws {
        let program = try TestProgram()
        let child = try ChildProcess([program.path, "spin"])
        defer {
            child.kill()
            withExtendedLifetime(program) {}
        }
        Fixtures.wait(until: child.pid, hasUsed: 5)
        let profiler = try Profiler(pid: child.pid, Self.options)
        profiler.start()
        Fixtures.wait(until: child.pid, hasUsed: 100)
        child.kill()
        // The rings of threads that are gone are closed now and then.
        Clock.sleep(milliseconds: 150)
        let round = profiler.stop()
        #expect(round.total > 0)
        let profile = profiler.profile(target: "gone", rounds: [round])
        #expect(profile.share { $0.contains("main") } > 0.9)
        profiler.start()
        #expect(profiler.stop().weights.reduce(0, +) == 0)
    }
}

private final class StopSignal: Sendable {
    let isSet = Atomic<Bool>(false)
}

@inline(never) private func spin(until signal: StopSignal) {
    var random = UInt64(1)
    while !signal.isSet.load(ordering: .relaxed) {
        for _ in 0..<1_000 { random = random &* 6_364_136_223_846_793_005 &+ 1 }
        if random == 0 { sched_yield() }
    }
}

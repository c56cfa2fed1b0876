// callgrind on a real, unmodified program. Skipped where there is no valgrind or no C compiler.
import Counters
import Glibc
import LinuxSystem
import TestSupport
import Testing

@Suite(.enabled(if: Fixtures.canSimulate)) struct SimulatedServerTests {
    private func launch(seed: UInt64?) throws -> (SimulatedServer, WalkerClient) {
        let folder = TemporaryFolder()
        let path = folder.file("socket")
        var options = SimulatedServer.Options()
        options.seed = seed
        var client: WalkerClient?
        let server = try SimulatedServer.launch([Fixtures.server, path], options) {
            client = WalkerClient(path)
            return client != nil
        }
        return (server, try #require(client))
    }

    private func walk(_ client: WalkerClient, _ times: Int) throws -> UInt64 {
        try client.ask("g", times: times)
        return UInt64(times)
    }

    @Test func aPinnedSeedRepeatsToTheLastMiss() throws {
        func run(seed: UInt64) throws -> CounterWindow {
            let (server, client) = try launch(seed: seed)
            #expect(!server.seedIgnored)
            return try server.measure { try walk(client, 200) }
        }
        let (first, second, other) = (try run(seed: 7), try run(seed: 7), try run(seed: 8))
        #expect(first.entries == second.entries)
        // Another seed walks elsewhere: the same instructions, other misses.
        #expect(first[.simulatedInstructions] == other[.simulatedInstructions])
        #expect(first[.simulatedLLReadMisses] != other[.simulatedLLReadMisses])
        #expect(first.conditions["seed"] == "pinned")
        #expect(first.conditions["ll"] == "2097152,16,64")
    }

    @Test func aWindowIsWhatTheLoadDidAndNothingElse() throws {
        let (server, client) = try launch(seed: 1)
        _ = try walk(client, 300)  // outside
        let ping = try server.measure {
            try client.ask("p", times: 100)
            return 100
        }
        _ = try walk(client, 300)  // between
        let window = try server.measure { try walk(client, 100) }
        let again = try server.measure { try walk(client, 100) }

        // 100 loads per walk from 8 MiB into 2 MiB of cache: most miss, none does in a PING.
        let above = window.perOperation(.simulatedLLReadMisses, above: ping)
        let misses = try #require(above.value)
        #expect((60...100).contains(misses), "\(misses)")
        let instructions = try #require(window.perOperation(.simulatedInstructions).value)
        #expect((400...5_000).contains(instructions), "\(instructions)")
        let repeated = try #require(again.perOperation(.simulatedInstructions).value)
        #expect(abs(repeated / instructions - 1) < 0.01)

        let top = try #require(window.profile).top(.simulatedLLReadMisses, 3)
        #expect(top.first?.name == "walk")
        #expect(try #require(top.first).share > 0.9)
        #expect(top.first?.object.hasSuffix("/walker") == true)
    }

    @Test func warmCachesMissLess() throws {
        let (server, client) = try launch(seed: 1)
        let cold = try server.measure { try walk(client, 50) }
        let warm = try server.measure(
            warmUp: { _ = try walk(client, 2_000) }, { try walk(client, 50) })
        let (first, second) = (cold[.simulatedLLReadMisses], warm[.simulatedLLReadMisses])
        #expect(try #require(first.value) > (try #require(second.value)))
    }

    @Test func anUnknownInstructionIsNamed() throws {
        let (server, client) = try launch(seed: nil)
        do {
            _ = try server.measure {
                try client.ask("x")
                return 1
            }
            Issue.record("it ran")
        } catch SimulationError.unknownInstruction(let program, let bytes) {
            #expect(program == Fixtures.server)
            #expect(bytes == nil || bytes!.contains("0x62"))
        }
    }

    @Test func aServerThatDiesSaysItsLastWords() throws {
        let (server, client) = try launch(seed: nil)
        do {
            _ = try server.measure {
                try client.ask("q")
                return 1
            }
            Issue.record("it lived")
        } catch SimulationError.died(_, let ending, let lastWords) {
            #expect(ending == "exited with status 7")
            #expect(lastWords == "told to quit")
        }
    }

    @Test func aServerThatIsNeverReady() throws {
        var options = SimulatedServer.Options()
        options.readyMilliseconds = 1_000
        #expect(throws: SimulationError.self) {
            try SimulatedServer.launch([Fixtures.server], options) { false }
        }
        do {
            _ = try SimulatedServer.launch(
                [Fixtures.server, "/tmp/hashmark-test-\(getpid())-never"], options
            ) { false }
            Issue.record("it was ready")
        } catch {
            guard case .notReady(_, 1, _) = error else {
                Issue.record("\(error)")
                return
            }
        }
        unlink("/tmp/hashmark-test-\(getpid())-never")
    }

    @Test func noSuchProgram() {
        #expect(throws: SimulationError.noProgram("no-such-server")) {
            try SimulatedServer.launch(["no-such-server"]) { true }
        }
    }

    @Test func nothingIsLeftBehind() throws {
        var (server, client): (SimulatedServer?, WalkerClient?) = try launch(seed: 3)
        let (folder, pid) = (server!.session.folder, server!.pid)
        #expect(!SmallFile.names(in: folder).isEmpty)
        server = nil
        _ = client
        client = nil
        #expect(SmallFile.names(in: folder).isEmpty)
        #expect(access(folder, F_OK) != 0)
        #expect(kill(pid, 0) != 0)
    }
}

@Suite struct SimulationMessagesTests {
    @Test func steadyArguments() {
        #expect(
            CallgrindSession.steadyArguments(["/usr/bin/redis-server", "--hz", "10"])
                == ["/usr/bin/redis-server", "--hz", "10", "--slowlog-log-slower-than", "-1"])
        #expect(CallgrindSession.steadyArguments(["dragonfly"]) == ["dragonfly"])
    }

    @Test func everyErrorIsOneLineWithARemedy() {
        let errors: [SimulationError] = [
            .noValgrind, .noTool("vgdb"), .noCompiler, .compilerFailed("x"), .geometry("1,2"),
            .folder("/x"), .noProgram("x"), .notReady(program: "x", seconds: 1, lastWords: nil),
            .unknownInstruction(program: "x", bytes: "0x62"),
            .died(program: "x", "ended", lastWords: "words"), .valgrindFailed("x"),
            .control(command: "dump", "x"), .noDump, .unreadableDump(line: 1, "x"),
            .inconsistentDump(summary: 1, functions: 2), .nothingCounted(program: "x"),
        ]
        for error in errors {
            #expect(error.description.contains(";"), "\(error)")
            #expect(!error.description.contains("\n"))
        }
    }
}

@Suite(.enabled(if: Fixtures.hasCompiler)) struct SeedPinTests {
    /// What the sources of randomness give, by source.
    private func run(seed: UInt64?) throws -> [String: String] {
        let folder = TemporaryFolder()
        var environment = ["PATH=/usr/bin:/bin"]
        if let seed {
            let library = folder.file("seedpin.so")
            try CallgrindSession.compileSeedPin(to: library)
            environment += ["LD_PRELOAD=\(library)", "HASHMARK_SEED=\(seed)"]
        }
        let output = try Tool.run(
            [Fixtures.random, folder.file("other")], environment: environment)
        #expect(output.succeeded, "\(output.ending)")
        return Dictionary(
            uniqueKeysWithValues: output.text.split(separator: "\n").map {
                let words = $0.split(separator: " ")
                return (String(words[0]), String(words[1]))
            })
    }

    @Test func everySourceIsPinned() throws {
        let (first, second, other) = (try run(seed: 1), try run(seed: 1), try run(seed: 2))
        #expect(first.count == 6)
        #expect(first == second)
        for source in first.keys { #expect(first[source] != other[source], "\(source)") }
        // Successive requests differ, as a generator's do; a device can be read again.
        #expect(Set(first.values).count == 5)
        #expect(first["open"] == first["pread"])
    }

    @Test func withoutItTheyAreRandom() throws {
        #expect(try run(seed: nil) != (try run(seed: nil)))
    }
}

// CPU time and memory of a process as the kernel accounts for them.
import Glibc
import LinuxSystem
import Testing

@Suite struct ProcessAccountingTests {
    @Test func cpuTimeFollowsWork() throws {
        let child = try ChildProcess(["sh", "-c", "while :; do :; done"])
        defer { child.kill() }
        let before = try #require(ProcessAccounting.cpuNanoseconds(child.pid))
        Clock.sleep(milliseconds: 200)
        let after = try #require(ProcessAccounting.cpuNanoseconds(child.pid))
        // It spins: some of the 200 ms must show, and never more than passed on one thread.
        #expect(after - before > 10_000_000)
        #expect(after - before < 2_000_000_000)
    }

    @Test func sleepingCostsNothing() throws {
        let child = try ChildProcess(["sleep", "60"])
        defer { child.kill() }
        Clock.sleep(milliseconds: 50)
        let before = try #require(ProcessAccounting.cpuNanoseconds(child.pid))
        Clock.sleep(milliseconds: 50)
        #expect(ProcessAccounting.cpuNanoseconds(child.pid) == before)
    }

    @Test func absentProcessIsNil() {
        #expect(ProcessAccounting.cpuNanoseconds(-5) == nil)
        #expect(ProcessAccounting.residentBytes(-5) == nil)
    }

    @Test func residentMemoryFollowsTouchedPages() throws {
        let before = try #require(ProcessAccounting.residentBytes(getpid()))
        let size = 64 << 20
        let block = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 4096)
        memset(block, 1, size)
        let during = try #require(ProcessAccounting.residentBytes(getpid()))
        block.deallocate()
        #expect(during - before > size / 2)
    }

    @Test func listenerOfAPortIsFound() throws {
        let fd = try Socket.listen(on: .tcp(host: "127.0.0.1", port: 0))
        defer { close(fd) }
        #expect(ProcessAccounting.listener(ofPort: Socket.localPort(fd)) == getpid())
        // A guess is only a guess.
        for guess in [getpid(), 1, pid_t.max] {
            #expect(
                ProcessAccounting.listener(ofPort: Socket.localPort(fd), likely: guess) == getpid())
        }
    }
}

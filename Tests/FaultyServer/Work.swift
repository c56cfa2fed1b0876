// Costs to order: CPU time, memory that is never given back, loads that miss.
import Glibc
import LinuxSystem

enum Work {
    /// What keeps the loops from being removed.
    nonisolated(unsafe) private static var sink: UInt64 = 1

    /// About `nanoseconds` of CPU. Below a microsecond it is a fixed number of steps, the same on
    /// every machine and under a simulator; above, the thread's own clock says when it is enough.
    @inline(never)
    static func burn(nanoseconds: Double) {
        if nanoseconds < 1_000 { return step(Int(nanoseconds)) }
        let end = Clock.threadCPUNanoseconds() + UInt64(nanoseconds)
        while Clock.threadCPUNanoseconds() < end { step(200) }
    }

    /// A multiplication that waits for the last, by what nobody can fold into fewer of them (a
    /// constant factor would be): some four cycles, about a nanosecond.
    private static func step(_ count: Int) {
        var value = sink
        for _ in 0..<count { value = value &* (value | 1) &+ 1 }
        sink = value
    }

    static func sleep(nanoseconds: Double) {
        var left = timespec(
            tv_sec: Int(nanoseconds / 1e9),
            tv_nsec: Int(nanoseconds.truncatingRemainder(dividingBy: 1e9)))
        withUnsafeMutablePointer(to: &left) {
            while nanosleep($0, $0) != 0 && errno == EINTR {}
        }
    }

    /// Burns `percent` of a CPU in turns of 10 ms for as long as `goesOn`.
    static func burn(percent: Double, while goesOn: () -> Bool) {
        while goesOn() {
            burn(nanoseconds: percent * 1e5)
            if percent < 100 { sleep(nanoseconds: (100 - percent) * 1e5) }
        }
    }

    static func startThread(percent: Double) throws(SystemCallError) {
        // Never joined: it ends with the process.
        let worker = try Worker { burn(percent: percent) { true } }
        _ = consume worker
    }

    /// This program again, burning CPU, in the same process group. It ends when this process does.
    static func startProcess(percent: Double) {
        spawn(["--burn", "\(percent)"], ownSession: false)
    }

    /// Starts this program with other words.
    static func spawn(_ words: [String], ownSession: Bool) {
        let program = SmallFile.link("/proc/self/exe") ?? CommandLine.arguments[0]
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        if ownSession { posix_spawnattr_setflags(&attributes, 0x80) }  // POSIX_SPAWN_SETSID
        var arguments: [UnsafeMutablePointer<CChar>?] = ([program] + words).map { strdup($0) }
        arguments.append(nil)
        defer { for argument in arguments { free(argument) } }
        var pid = pid_t()
        guard posix_spawn(&pid, program, nil, &attributes, arguments, environ) == 0 else {
            say("cannot start \(program)")
            Glibc.exit(1)
        }
    }

    static func say(_ text: String) {
        let line = Array("faulty-server: \(text)\n".utf8)
        _ = write(STDERR_FILENO, line, line.count)
    }
}

/// 64 MiB, touched page by page; each load says where the next one is.
struct Chase: ~Copyable {
    static let bytes = 64 << 20
    private static let lines = UInt64(bytes / 64)
    private let memory: UnsafeMutableRawPointer
    private var line: UInt64 = 1

    init() {
        memory = .allocate(byteCount: Self.bytes, alignment: 64)
        for offset in stride(from: 0, to: Self.bytes, by: 64) {
            memory.storeBytes(of: 0, toByteOffset: offset, as: UInt64.self)
        }
    }

    deinit { memory.deallocate() }

    mutating func follow(_ steps: Int) {
        for _ in 0..<steps {
            // Zeros are read, but nothing knows that before they are here. A full period: a ≡ 1
            // modulo 4, c odd.
            let read = memory.load(fromByteOffset: Int(line) * 64, as: UInt64.self)
            line = (line &* 2_862_933_555_777_941_757 &+ 3_037_000_493 &+ read) & (Self.lines - 1)
        }
    }
}

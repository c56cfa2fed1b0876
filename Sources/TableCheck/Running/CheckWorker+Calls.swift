// Checks that are no sequences of operations: options, threads, and how often an index compares.
import Distributions
import LinuxSystem
import Quantities
import Synchronization

extension CheckWorker {
    /// A misspelled option should not be taken for the default.
    func checkOptions(_ table: LoadedTable) throws(TableFinding) {
        let unknown = "hashmark-has-no-such-option=1"
        let options = job.options.isEmpty ? unknown : "\(job.options)&\(unknown)"
        let subject: HostedTable
        do throws(TableFinding) {
            subject = try makeSubject(table, hashes: .uniform, options: options)
        } catch {
            if error.name == "refused" { return }
            throw error
        }
        subject.destroy()
        if let finding = subject.host.finding { throw finding }
        report(
            .warning(
                "an option that no table knows is taken without a word, and so is a misspelled one")
        )
    }

    // MARK: Threads

    private static let threads = 4
    private static let keysPerThread = 2_500

    /// What threads found wrong; the first.
    private final class Faults: Sendable {
        private let text = Mutex<String?>(nil)

        var first: String? { text.withLock { $0 } }

        func note(_ words: String) {
            text.withLock { if $0 == nil { $0 = words } }
        }
    }

    /// Runs `body` with the numbers from 0, each on a thread of its own, all at once.
    private func onThreads(_ body: @escaping @Sendable (Int) -> Void) throws(TableFinding) {
        let workers = UnsafeMutablePointer<Worker>.allocate(capacity: Self.threads)
        defer { workers.deallocate() }
        var started = 0
        do throws(SystemCallError) {
            for number in 0..<Self.threads {
                (workers + number).initialize(to: try Worker { body(number) })
                started += 1
            }
        } catch {}
        for number in 0..<started { (workers + number).move().join() }
        guard started == Self.threads else {
            throw TableFinding("threads", "\(Self.threads) threads cannot be started here")
        }
    }

    func checkReaders(_ table: LoadedTable) throws(TableFinding) {
        let subject = try makeSubject(table, hashes: .uniform)
        let keys = Self.threads * Self.keysPerThread
        for key in 0..<keys { _ = subject.put(.key(key), .value(key)) }
        beat()
        let faults = Faults()
        try onThreads { thread in
            var random = Xoshiro256PlusPlus(seed: UInt64(thread))
            for _ in 0..<keys {
                // A third of them is not there.
                let number = Int(random.next() % UInt64(keys + keys / 2))
                let found = subject.get(.key(number))
                let expected: HostedTable.Answer = number < keys ? .value(.value(number)) : .nothing
                if found != expected { faults.note("get of k\(number) finds \(found)") }
            }
        }
        beat()
        try end(subject, faults, "readers", "while four threads only look up")
    }

    /// Keys of each thread's own, for what two threads do to one key has no right order.
    func checkWriters(_ table: LoadedTable) throws(TableFinding) {
        let subject = try makeSubject(table, hashes: .uniform)
        let (threads, perThread) = (Self.threads, Self.keysPerThread)
        // Entries are made ahead: the host's list of them is no table of many writers.
        let entries = (0..<threads * perThread).map { subject.prepare(.key($0), .value($0)) }
        let faults = Faults()
        try onThreads { thread in
            for index in 0..<perThread {
                let number = index * threads + thread
                subject.insert(.key(number), .value(number), entry: entries[number])
                if !subject.has(.key(number)) {
                    faults.note("k\(number) is not found right after it was stored")
                }
            }
        }
        beat()
        let count = subject.count
        if count != UInt64(entries.count) {
            faults.note("count is \(count), and \(entries.count) keys were stored")
        }
        for number in entries.indices where subject.get(.key(number)) != .value(.value(number)) {
            faults.note("get of k\(number) does not find what one of the threads stored")
        }
        try end(subject, faults, "writers", "after four threads have stored keys at once")
    }

    private func end(
        _ subject: HostedTable, _ faults: Faults, _ name: String, _ occasion: String
    ) throws(TableFinding) {
        if let words = faults.first { throw TableFinding(name, "\(occasion), \(words)") }
        subject.destroy()
        if let finding = subject.host.finding { throw finding }
    }

    // MARK: Comparisons

    /// A table that has the bits of the hash at hand compares few keys that are not the ones looked
    /// for, whatever its load.
    private static let mostComparisons = 8.0

    func checkComparisons(_ table: LoadedTable) throws(TableFinding) {
        let subject = try makeSubject(table, hashes: .uniform)
        let keys = min(max(job.plan.operations / 20, 100), 10_000)
        for key in 0..<keys { _ = subject.put(.key(key), .value(key)) }
        beat()
        let before = subject.host.keyCalls
        for key in 0..<(2 * keys) { _ = subject.get(.key(key)) }
        let mean = Double(subject.host.keyCalls - before) / Double(2 * keys)
        if mean > Self.mostComparisons {
            report(
                .warning(
                    "a look-up asks for \(mean.fixed(1)) keys of \(keys) on average; keep some "
                        + "bits of the hash beside the entry"))
        }
        subject.destroy()
        if let finding = subject.host.finding { throw finding }
    }
}

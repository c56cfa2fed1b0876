// Where the load of a comparison comes from, as a flag of the verbs that compare: this process, or
// the hosts of a file, which hashmark-mpi makes one load of. This process then becomes
// hashmark-mpi, which starts it anew as rank 0.
import ArgumentParser
import Experiments
import Foundation
import Glibc
import LinuxSystem

struct LoadOption: ParsableArguments {
    @Option(
        help: .value(
            "LOAD",
            "mpi:FILE: the load comes from the hosts of this file, as mpirun takes it, this host "
                + "first; see hashmark-mpi. They reach servers that are launched here under the "
                + "first name in it."))
    var load: String?

    private static let scheme = "mpi:"
    /// Beside the executable.
    private static let program = "hashmark-mpi"

    func validate() throws {
        guard let load else { return }
        guard load.hasPrefix(Self.scheme), load.count > Self.scheme.count else {
            throw ValidationError("--load '\(load)' is no load; write mpi:FILE, a file of hosts")
        }
    }

    private var file: String? { load.map { String($0.dropFirst(Self.scheme.count)) } }

    /// Before anything else of a verb: finds out what this process is to the load.
    /// - Returns: whether it was a load host that has done what it was told, and nothing is left.
    func begin() throws -> Bool {
        if FleetHost.serves() { return true }
        guard let file else { return false }
        let hosts = try Self.hosts(file)
        if let link = FleetLink.current {
            link.isReached(as: hosts[0].name)
            return false
        }
        try Self.become(file, ranks: hosts.reduce(0) { $0 + $1.slots })
        return true
    }

    /// Of lines `NAME [slots=N]`; a rank for each slot.
    private static func hosts(_ file: String) throws -> [(name: String, slots: Int)] {
        guard let text = SmallFile.read(file) else {
            MeasuringOptions.complain("cannot read \(file); name a file of hosts, one a line")
            throw ExitCode.error
        }
        var hosts: [(name: String, slots: Int)] = []
        for line in text.split(separator: "\n") {
            let words = line.prefix { $0 != "#" }.split { $0 == " " || $0 == "\t" }
            guard let name = words.first else { continue }
            let slots = words.first { $0.hasPrefix("slots=") }.map { Int($0.dropFirst(6)) ?? 0 }
            let count = slots ?? 1
            guard (1...mostSlots).contains(count) else {
                MeasuringOptions.complain(
                    "\(file): '\(line)' has no number of slots; write NAME slots=1")
                throw ExitCode.error
            }
            hosts.append((String(name), count))
        }
        guard !hosts.isEmpty else {
            MeasuringOptions.complain("\(file) has no hosts; write one a line, this one first")
            throw ExitCode.error
        }
        return hosts
    }

    /// What hashmark-mpi takes.
    private static let mostSlots = 100_000

    /// Runs hashmark-mpi in the place of this process.
    private static func become(_ file: String, ranks: Int) throws {
        let own = SmallFile.link("/proc/self/exe") ?? ""
        let path = URL(filePath: own).deletingLastPathComponent().path + "/" + program
        let words =
            [path, "-n", "\(ranks)", "--hostfile", file] + CommandLine.arguments.dropFirst()
        let copies: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        execv(path, copies)
        let reason = String(cString: strerror(errno))
        for copy in copies { free(copy) }
        MeasuringOptions.complain(
            "cannot start \(path): \(reason); build it with `Scripts/mpi`, beside hashmark")
        throw ExitCode.error
    }
}

// The files that a verb writes: found out to be writable before anything is measured, and written
// in one step at the end.
import ArgumentParser
import Foundation
import Glibc
import LinuxSystem
import RunRecord

enum OutputFiles {
    /// Writes to a file, or to standard output where the path names that.
    static func write(_ data: Data, to path: String) throws(RunRecordError) {
        if isStandardOutput(path) { return Output.write(Array(data)) }
        try AtomicFile.write(data, to: path)
    }

    static func isStandardOutput(_ path: String) -> Bool {
        AtomicFile.place(of: path) == .descriptor(STDOUT_FILENO)
    }

    /// Makes folders and tries files that will be written. Complains on stderr and throws exit
    /// code 1 where one cannot be, and 64 where two are the same.
    static func prepare(_ paths: [String]) throws {
        var taken: Set<String> = []
        let inputs = InputFiles.named
        for path in paths {
            guard !path.isEmpty else { throw ValidationError("an output has no name; give a path") }
            if let file = InputFiles.Identity(path), inputs.contains(file) {
                throw ValidationError(
                    "\(path) is what this run reads, and would be overwritten; write to another "
                        + "file")
            }
            if let identity = identity(path), !taken.insert(identity).inserted {
                throw ValidationError("two outputs go to \(path); give each a file of its own")
            }
        }
        do throws(RunRecordError) {
            for path in paths { try AtomicFile.prepare(path) }
        } catch {
            MeasuringOptions.complain("\(error)")
            throw ExitCode.error
        }
    }

    /// Complains of what is no folder's path.
    static func check(folder: String?) throws {
        if folder?.isEmpty == true { throw ValidationError("--out needs the path of a folder") }
        if folder == "-" {
            throw ValidationError(
                "--out is a folder, and - is standard output; use --json -, or ./- for a folder of "
                    + "that name")
        }
    }

    /// What two paths to one place have in common; nil of what swallows everything.
    private static func identity(_ path: String) -> String? {
        switch AtomicFile.place(of: path) {
        case .descriptor(let descriptor): return "descriptor \(descriptor)"
        case .stream("/dev/null"): return nil
        case .stream(let stream): return stream
        case .file(let file): return URL(filePath: file).standardizedFileURL.path
        }
    }

    /// Takes `folder` for this run until the process ends, or, where another run has it, the first
    /// that is free of `folder-2`, `folder-3`, …
    static func claim(_ folder: String) throws -> String {
        for number in 1...99 {
            let name = number == 1 ? folder : "\(folder)-\(number)"
            do throws(RunRecordError) {
                if try isFree(name) {
                    if number > 1 {
                        MeasuringOptions.note(
                            "another run writes to \(folder); this one writes to \(name)")
                    }
                    return name
                }
            } catch {
                MeasuringOptions.complain("\(error)")
                throw ExitCode.error
            }
        }
        throw ValidationError("99 runs write to \(folder); give this one an --out of its own")
    }

    /// The lock goes with the process.
    private static func isFree(_ folder: String) throws(RunRecordError) -> Bool {
        try AtomicFile.makeFolder(of: "\(folder)/run.json")
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw AtomicFile.fileError("cannot use the folder \(folder)") }
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
        close(descriptor)
        return false
    }
}

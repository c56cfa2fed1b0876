// Functions that were inlined at an address, by one llvm-symbolizer that is asked over a pipe:
//
//     "/path/of/binary" 0x1234    →    {"Symbol": [{"FunctionName": …}, …]}    innermost first
//
// It lives as long as this value. Where it is missing, dies or falls silent, what it was not asked
// goes without inlined functions, and a remark says so.
import Foundation
import Glibc
import LinuxSystem
import RunRecord

package final class InlineFrames {
    /// What was missing; nil: nothing.
    package private(set) var remark: String?

    private var child: ChildProcess?
    private var reader: LineReader
    /// Our ends: one is written to, the other read from.
    private let requests: CInt
    private let answers: CInt

    /// Requests that are under way at once: they fit in a socket's buffer, so that neither side
    /// waits for the other in turn.
    private static let batch = 64
    /// For the first answer it reads all debug information of a binary.
    private static let patience = 60_000

    /// Starts llvm-symbolizer; `remark` says why where it cannot be.
    package init(_ program: String? = InlineFrames.installed) {
        var ends: (CInt, CInt) = (-1, -1)
        // A socket and no pipe: writing to a dead reader is then an error and no signal.
        let made = withUnsafeMutableBytes(of: &ends) {
            socketpair(
                AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0,
                $0.baseAddress!.assumingMemoryBound(to: CInt.self))
        }
        let pipe = try? LinuxSystem.Pipe()
        (requests, answers) = (ends.0, pipe?.reading ?? -1)
        reader = LineReader(answers)
        defer {
            close(ends.1)
            if let pipe { close(pipe.writing) }
        }
        guard let program else {
            remark =
                "inlined functions are not shown: there is no llvm-symbolizer; install llvm, or "
                + "put a toolchain's into PATH"
            return
        }
        guard made == 0, let pipe else {
            remark = "inlined functions are not shown: no descriptors for llvm-symbolizer"
            return
        }
        var options = ChildProcess.Options()
        options.stdin = ends.1
        options.stdout = pipe.writing
        do throws(SystemCallError) {
            child = try ChildProcess(
                [
                    program, "--output-style=JSON", "--no-demangle", "--inlines",
                    "--functions=linkage",
                ], options)
        } catch {
            remark = "inlined functions are not shown: \(error)"
        }
    }

    deinit {
        child?.kill()
        if requests >= 0 { close(requests) }
        if answers >= 0 { close(answers) }
    }

    /// The toolchain's, which knows its own debug information best, or the one that PATH finds.
    package static var installed: String? {
        if let swift = Tool.path(of: "swift"), let real = realpath(swift, nil) {
            defer { free(real) }
            let folder = String(cString: real).split(separator: "/").dropLast()
            let beside = "/" + folder.joined(separator: "/") + "/llvm-symbolizer"
            if access(beside, X_OK) == 0 { return beside }
        }
        return Tool.path(of: "llvm-symbolizer")
    }

    /// The frames of each address, nearest to the root first; empty for those that it does not
    /// know, and none at all from where it ended on.
    /// - Parameter name: what the frames have as their binary.
    package func frames(
        at addresses: [UInt64], in file: ELFFile, name: String
    ) -> [[StackProfile.Frame]] {
        guard let descriptor = file.image.descriptor else { return [] }
        let path = "/proc/\(getpid())/fd/\(descriptor)"
        var frames: [[StackProfile.Frame]] = []
        frames.reserveCapacity(addresses.count)
        while frames.count < addresses.count, child != nil {
            let asked = addresses[frames.count...].prefix(Self.batch)
            let text = asked.map { "\"\(path)\" 0x\(String($0, radix: 16))\n" }.joined()
            guard write(Array(text.utf8)) else {
                end("llvm-symbolizer ended")
                break
            }
            for _ in asked {
                let deadline = Clock.deadline(milliseconds: Self.patience)
                guard let line = answer(until: deadline) else {
                    end("llvm-symbolizer ended or fell silent")
                    break
                }
                frames.append(Self.frames(line, name))
            }
        }
        return frames
    }

    /// The next line that is not empty.
    private func answer(until deadline: UInt64) -> String? {
        while let line = reader.line(until: deadline) {
            if !line.isEmpty { return line }
        }
        return nil
    }

    private func write(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { bytes in
            var sent = 0
            while sent < bytes.count {
                guard
                    case .bytes(let count) = send(
                        requests, bytes.baseAddress! + sent, bytes.count - sent)
                else { return false }
                sent += count
            }
            return true
        }
    }

    private func end(_ cause: String) {
        child?.kill()
        child = nil
        remark = "inlined functions are missing in part: \(cause)"
    }

    /// As llvm-symbolizer writes it.
    private struct Answer: Decodable {
        struct Symbol: Decodable {
            var function: String
            var file: String?
            var line: Int?

            enum CodingKeys: String, CodingKey {
                case function = "FunctionName"
                case file = "StartFileName"
                case line = "StartLine"
            }
        }
        var symbols: [Symbol]?

        enum CodingKeys: String, CodingKey {
            case symbols = "Symbol"
        }
    }

    private static func frames(_ line: String, _ binary: String) -> [StackProfile.Frame] {
        let answer = try? JSONDecoder().decode(Answer.self, from: Data(line.utf8))
        let symbols = (answer?.symbols ?? []).filter { !$0.function.isEmpty }
        return symbols.reversed().enumerated().map { depth, symbol in
            let file = symbol.file ?? ""
            let line = symbol.line ?? 0
            return StackProfile.Frame(
                Demangling.readable(symbol.function), binary: binary,
                file: file.isEmpty ? nil : file, line: line > 0 ? line : nil,
                kind: depth == 0 ? .user : .inlined)
        }
    }
}

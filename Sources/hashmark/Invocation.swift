// How the executable was called and how it ends. Under the name of another benchmark it behaves as
// `bench` does. Whatever ArgumentParser or a verb has to say goes through the one writer.
import ArgumentParser
import LinuxSystem

extension Hashmark {
    static func main() {
        Output.prepare()
        Redaction.learn(CommandLine.arguments)
        guard let original = BenchOriginal.current else { end(status(nil)) }
        let code = status(["bench"] + original.translated(Array(CommandLine.arguments.dropFirst())))
        end(code == .validationFailure ? .error : code)
    }

    private static func status(_ arguments: [String]?) -> ExitCode {
        let words = arguments ?? Array(CommandLine.arguments.dropFirst())
        if BenchOriginal.current == nil, let help = defaultHelp(words) {
            Output.print(help)
            return .success
        }
        var command: any ParsableCommand
        do {
            command = try parsed(words)
        } catch {
            return say(error, refusal(error, words))
        }
        do {
            try command.run()
            return .success
        } catch let error as ValidationError {
            // Found after parsing, where the parser no longer knows whose usage to print.
            let usage = usageString(for: type(of: command))
            let name = usage.split(separator: " ").prefix { $0.first!.isLowercase && $0 != "[" }
            return say(
                error,
                "Error: \(error.message)\nUsage: \(usage)\n  See '\(name.joined(separator: " ")) "
                    + "--help' for more information.")
        } catch {
            return say(error, fullMessage(for: error))
        }
    }

    private static func parsed(_ words: [String]) throws -> any ParsableCommand {
        do {
            return try parseAsRoot(words)
        } catch {
            guard exitCode(for: error) == .validationFailure, BenchOriginal.current == nil,
                let attached = DashedValues.attached(in: words)
            else { throw error }
            return try parseAsRoot(attached)
        }
    }

    /// What the parser says; where a verb or an option is misspelled, that instead.
    private static func refusal(_ error: any Error, _ words: [String]) -> String {
        let text = fullMessage(for: error)
        guard exitCode(for: error) == .validationFailure, BenchOriginal.current == nil,
            let cause = Misspelling.found(in: words)
        else { return text }
        let usage = text.firstRange(of: "Usage: ").map { String(text[$0.lowerBound...]) }
        return "Error: \(cause)\n" + (usage ?? "")
    }

    /// Help is a result; all else is a message.
    private static func say(_ error: any Error, _ text: String) -> ExitCode {
        let code = exitCode(for: error)
        if text.isEmpty { return code }
        let text = BenchOriginal.current?.named(text) ?? Completion.script(text)
        if code.isSuccess { Output.print(text) } else { Output.note(text) }
        return code
    }

    private static func end(_ code: ExitCode) -> Never {
        exit(withError: Output.exitStatus.map { ExitCode($0) } ?? code)
    }
}

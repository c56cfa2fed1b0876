// `exec:` servers: a port for them, and the wait until one answers.
//
//     probe: nobody there ─► again, until the deadline or the child's end
//            LOADING      ─► again, until it has loaded
//            NOAUTH       ─► once more with the environment's password, where there is one
//            another refusal ─► the end, in the server's words
//
// A server that goes into the background ends the child while something serves: it is refused, and
// what it left behind is killed, because nothing of ours would ever end it.
import Foundation
import Glibc
import LinuxSystem
import Quantities
import RESP
import SystemPackage
import Transport

extension Target {
    /// The program of an `exec:` target that is not there, or nil.
    public var missingProgram: String? {
        if let member { return member.missingProgram }
        guard case .command(let words) = kind else { return nil }
        return Tool.path(of: words[0]) == nil ? words[0] : nil
    }

    /// Any other server is given a port and asked until it answers.
    func launchCommand(
        _ words: [String], _ options: LaunchOptions
    ) throws(TargetError) -> RunningServer {
        // Another program may take the port, or that of a node's bus, before the server does: then
        // the next one is tried.
        for _ in 1..<Self.ports {
            do throws(TargetError) {
                return try launchCommand(words, options, port: Self.freePort(options))
            } catch {
                guard error.description.contains(Self.portTaken) else { throw error }
            }
        }
        return try launchCommand(words, options, port: Self.freePort(options))
    }

    private static let ports = 5
    /// What servers print that find their port taken: strerror's words, after whatever case.
    private static let portTaken = "ddress already in use"

    private static func freePort(_ options: LaunchOptions) throws(TargetError) -> UInt16 {
        do throws(SystemCallError) {
            return try FreePort.draw(withOneAbove: options.busDistance)
        } catch {
            throw TargetError("no free port: \(error)", remedy: "close other servers")
        }
    }

    /// One launch at a time in a process: whose an orphan is nobody could tell.
    private static let turn = NSLock()

    private func launchCommand(
        _ words: [String], _ options: LaunchOptions, port: UInt16
    ) throws(TargetError) -> RunningServer {
        let complete = WorkingFolder.resolve(Self.complete(words, port: port))
        let command = options.rewrite(complete)
        Self.turn.lock()
        Orphans.adopt(true)
        defer {
            Orphans.adopt(false)
            Self.turn.unlock()
        }
        let (child, folder) = try start(command, options, stdout: -1)
        var endpoint = Endpoint(.tcp(host: "127.0.0.1", port: port))
        endpoint.password = Self.password(in: words)
        endpoint.tls = Self.encryption(in: complete)
        try awaitReady(&endpoint, child, folder, options)
        // A wrapper script is not the server: the process that listens is.
        let pid = ProcessAccounting.listener(ofPort: port) ?? child.pid
        // One that goes into the background serves within moments of its parent's end.
        let isChild = pid == child.pid
        guard
            isChild ? child.ending == nil : child.ending(within: Self.backgroundMilliseconds) == nil
        else { throw notReady(child, folder, options) }
        return RunningServer(
            self, endpoint, pid: pid, child: child, folder: folder,
            program: Tool.path(of: command[0]))
    }

    /// The password that a command line gives its server.
    private static func password(in words: [String]) -> String? {
        for (index, word) in words.enumerated() {
            if word == "--requirepass", index + 1 < words.count { return words[index + 1] }
            if word.hasPrefix("--requirepass=") { return String(word.dropFirst(14)) }
        }
        return nil
    }

    /// How a server is reached whose command line gives it a port of TLS (`--tls-port {port}`); nil
    /// of others.
    static func encryption(in words: [String]) -> TLSOptions? {
        guard let port = value(of: "--tls-port", in: words), port != "0" else { return nil }
        return tlsOptions(in: words)
    }

    /// How a server is reached whose command line gives it a certificate. It is known by who signed
    /// that and not by its name, for it is on this machine; where it wants a certificate of its
    /// clients it gets its own back.
    static func tlsOptions(in words: [String]) -> TLSOptions {
        var options = TLSOptions()
        options.authorities = value(of: "--tls-ca-cert-file", in: words)
        options.verifiesChain = options.authorities != nil
        options.namesHost = false
        if value(of: "--tls-auth-clients", in: words) != "no" {
            options.certificate = value(of: "--tls-cert-file", in: words)
            options.key = value(of: "--tls-key-file", in: words)
        }
        return options
    }

    /// The word behind an option, where it is there last.
    private static func value(of option: String, in words: [String]) -> String? {
        guard let index = words.lastIndex(of: option), index + 1 < words.count else { return nil }
        return words[index + 1]
    }

    /// Far longer than a parent takes to end once it has forked the server.
    private static let backgroundMilliseconds = 50
    /// A data set of 100 GB loads in about so long.
    private static let loadingMilliseconds = 600_000

    private enum Answer {
        case ready, nobody, loading
        case refusal(String)
    }

    /// Returns once PING is answered, with the credentials that it took in `endpoint`.
    private func awaitReady(
        _ endpoint: inout Endpoint, _ child: ChildProcess, _ folder: WorkingFolder,
        _ options: LaunchOptions
    ) throws(TargetError) {
        var deadline = Clock.deadline(milliseconds: options.readyMilliseconds)
        var isLoading = false
        while true {
            switch Self.probe(endpoint) {
            case .ready: return
            case .nobody: break
            case .loading:
                if !isLoading {
                    deadline = Clock.deadline(milliseconds: Self.loadingMilliseconds)
                }
                isLoading = true
            case .refusal(let text):
                let password = Endpoint.passwordOfEnvironment
                if text.hasPrefix("NOAUTH"), endpoint.password == nil, let password {
                    endpoint.password = password
                    continue
                }
                stop(child, folder)
                throw refused(text)
            }
            if child.ending != nil { throw notReady(child, folder, options) }
            if Interruption.requested {
                stop(child, folder)
                throw TargetError("interrupted", remedy: "run it again")
            }
            guard Clock.monotonicNanoseconds() < deadline else {
                guard isLoading else { throw notReady(child, folder, options) }
                stop(child, folder)
                throw TargetError(
                    "\(label) was still loading its data after "
                        + "\(Self.loadingMilliseconds / 60_000) min",
                    remedy: "start it with less data, or by yourself and use tcp://")
            }
            Clock.sleep(milliseconds: isLoading ? 100 : 10)
        }
    }

    private static func probe(_ endpoint: Endpoint) -> Answer {
        do throws(TargetError) {
            var bare = Endpoint(endpoint.address)
            bare.tls = endpoint.tls
            let connection = try ControlConnection(to: bare, timeoutMilliseconds: 1_000)
            for command in endpoint.setUp + [["PING"]] {
                guard case .error(let text) = try connection.send(command) else { continue }
                return text.hasPrefix("LOADING") ? .loading : .refusal(text)
            }
            return .ready
        } catch {
            return .nobody
        }
    }

    private func stop(_ child: ChildProcess, _ folder: WorkingFolder) {
        child.kill()
        _ = Orphans.kill()
        folder.remove()
    }

    private func refused(_ reply: String) -> TargetError {
        let text = ErrorReply.printable(reply)
        if text.hasPrefix("NOAUTH") {
            return TargetError(
                "\(label) wants a password (\(text))",
                remedy: "give it as --requirepass on the command line, or in REDISCLI_AUTH")
        }
        if text.hasPrefix("WRONGPASS") {
            return TargetError(
                "\(label) does not take the password (\(text))",
                remedy: "correct --requirepass on the command line, or REDISCLI_AUTH")
        }
        return TargetError("\(label) refused PING: \(text)", remedy: ErrorReply.remedy(for: reply))
    }

    func notReady(
        _ child: ChildProcess, _ folder: WorkingFolder, _ options: LaunchOptions
    ) -> TargetError {
        let ending = child.ending
        // What it forked leaves its group a moment later, and then can be told from the rest of it.
        if ending == .exited(0) { Clock.sleep(milliseconds: Self.backgroundMilliseconds) }
        child.kill()
        let wentAway = Orphans.kill()
        let tail = RunningServer.tail(of: folder.logFile, preferring: Self.portTaken)
        folder.remove()
        if wentAway {
            return TargetError(
                "\(label) went into the background, where it could not be watched or stopped; it "
                    + "was killed",
                remedy: "keep it in the foreground (--daemonize no)")
        }
        if let ending {
            return TargetError(
                "\(label) \(ending) before it was ready\(tail)",
                remedy: "check its command line: \(spelling)")
        }
        let wait = Nanoseconds(milliseconds: options.readyMilliseconds).whole(.seconds)
        return TargetError(
            "\(label) did not answer within \(wait) s\(tail)",
            remedy: "check that it listens on the port it is given ({port} or --port)")
    }

    /// The command line with its port, and without persistence unless it asks for it.
    static func complete(_ words: [String], port: UInt16) -> [String] {
        var command = words.map { $0.replacing("{port}", with: "\(port)") }
        let program = words[0].split(separator: "/").last.map(String.init) ?? ""
        if command == words { command += ["--port", "\(port)"] }
        if ServerFamily.takesOptions(program) {
            if !words.contains("--save") { command += ["--save", ""] }
            if !words.contains("--appendonly") { command += ["--appendonly", "no"] }
        }
        return command
    }
}

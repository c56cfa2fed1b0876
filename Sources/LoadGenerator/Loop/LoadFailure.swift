// Why a burst did not run to its end, with what it had measured until then.
import LinuxSystem
import RESP
import SystemPackage
import Transport

public struct LoadFailure: Error, Sendable, CustomStringConvertible {
    public enum Reason: Error, Sendable {
        case connect(SystemCallError)
        /// The server's answer to a set-up command (AUTH, SELECT, HELLO).
        case refused(String)
        /// The first error reply, where that ends a burst (`ErrorPolicy.stop`).
        case errorReply(String)
        /// The server closed a connection.
        case closed
        /// A connection broke: ECONNRESET, EPIPE, ETIMEDOUT, …
        case broken(Errno)
        /// The connection could not be encrypted.
        case encryption(TLSFailure)
        case stalled(seconds: Double)
        /// A node of a cluster was away for too long, or silent, and nobody took its slots over.
        case lostNode(LostNode)
        case malformed(MalformedReply)
        /// A reply that nothing had asked for.
        case unexpectedReply
        case system(SystemCallError)
        /// Another program makes the load, and could not be started.
        case notStarted(SystemCallError)
        /// Such a program ended badly, or did not do what was asked for: cause and remedy.
        case program(String)
        /// Ctrl-C or SIGTERM.
        case interrupted
        /// An earlier burst of this session failed.
        case unusable
    }

    public let reason: Reason
    public let address: SocketAddress
    /// Results up to the failure: partial, and to be marked so.
    public var sample: LoadSample

    public init(_ reason: Reason, _ address: SocketAddress, _ sample: LoadSample) {
        self.reason = reason
        self.address = address
        self.sample = sample
    }

    public var description: String {
        switch reason {
        case .connect(let error) where error.errno == .connectionRefused:
            "could not connect to \(address): connection refused; is the server running there?"
        case .connect(let error) where error.errno == .tooManyOpenFiles:
            "could not connect to \(address): too many open files; "
                + "use fewer connections (-c) or raise `ulimit -n`"
        case .connect(let error) where error.isUnknownHost:
            "could not connect to \(address): the name is not known; check the host's name"
        case .connect(let error): "could not connect to \(address): \(error.errno)"
        case .refused(let text):
            "\(address) refused the session: \(ErrorReply.printable(text)); "
                + ErrorReply.remedy(for: text)
        case .errorReply(let text):
            "\(address) answered with an error: \(text); \(ErrorReply.remedy(for: text))"
        case .closed:
            "\(address) closed the connection\(hint); look in the server's log for the reason"
        case .broken(let errno):
            "the connection to \(address) broke (\(errno))\(hint); is the server still running?"
        case .encryption(let failure): "\(address): \(failure)"
        case .stalled(let seconds):
            "\(address) sent nothing for \(Int(seconds.rounded())) s with requests outstanding; "
                + "the server hangs or is stopped"
        case .lostNode(let node): "\(node)"
        case .malformed(let error):
            "\(address) does not answer in RESP: \(error); is it a RESP server?"
        case .unexpectedReply: "\(address) sent a reply that nothing asked for"
        case .system(let error), .notStarted(let error): "\(error)"
        case .program(let text): text
        case .interrupted: "interrupted"
        case .unusable: "the session with \(address) ended with an earlier failure"
        }
    }

    private var hint: String {
        sample.errorKinds.first.map { " after \"\($0.firstText)\"" } ?? ""
    }
}

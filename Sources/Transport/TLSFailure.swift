// Why there is no encrypted connection, in words that tell what to do.
import COpenSSL

/// One line of cause and remedy, without the address, which whoever shows it knows.
public struct TLSFailure: Error, Equatable, Sendable, CustomStringConvertible {
    public let cause: String
    public let remedy: String

    public var description: String { "\(cause); \(remedy)" }

    init(_ cause: String, remedy: String) {
        self.cause = cause
        self.remedy = remedy
    }

    static let noLibrary = TLSFailure(
        "TLS needs OpenSSL 3, which is not on this machine", remedy: "install libssl3")
    static let noMemory = TLSFailure("no memory for a TLS connection", remedy: "use fewer")
    static let closed = TLSFailure(
        "the peer closed the connection in the TLS handshake",
        remedy: "look in its log; is this its TLS port?")

    /// The peer said nothing for so long.
    public static func silence(milliseconds: Int) -> TLSFailure {
        TLSFailure(
            "the server did not answer the TLS handshake within \(milliseconds) ms",
            remedy: "give its TLS port (a plaintext port may wait in silence), or leave TLS out")
    }

    /// Where flags are named, URLs have a word for each.
    private static let insecure = "--insecure (in a URL ?insecure=1)"

    /// - Parameter text: OpenSSL's words for it.
    init(_ reason: hashmark_tls_reason, _ text: String) {
        switch reason {
        case HASHMARK_TLS_NOT_TLS:
            self.init(
                "the server does not speak TLS on this port (\(text))",
                remedy: "give its TLS port, or leave TLS out")
        case HASHMARK_TLS_OLD:
            self.init(
                "no version of TLS in common: this side takes 1.2 and 1.3 (\(text))",
                remedy: "let the server offer TLS 1.2 or newer")
        case HASHMARK_TLS_NO_CIPHER:
            self.init(
                "the handshake found nothing that both sides take (\(text))",
                remedy: "compare --tls-ciphers and --tls-ciphersuites with the server's")
        case HASHMARK_TLS_EXPIRED:
            self.init(
                "the server's certificate has expired",
                remedy: "renew it, or believe it all the same with \(Self.insecure)")
        case HASHMARK_TLS_SELF_SIGNED:
            self.init(
                "the server's certificate is self-signed",
                remedy: "believe it with --cacert FILE (in a URL ?cacert=FILE), or any with "
                    + Self.insecure)
        case HASHMARK_TLS_UNKNOWN:
            self.init(
                "the server's certificate is signed by an authority that is not known here",
                remedy: "name that with --cacert FILE (in a URL ?cacert=FILE), or believe any with "
                    + Self.insecure)
        case HASHMARK_TLS_WRONG_NAME:
            self.init(
                "the server's certificate is for another name",
                remedy: "connect by the name that it is for, give that with --sni NAME (in a URL "
                    + "?sni=NAME), or believe any with \(Self.insecure)")
        case HASHMARK_TLS_BAD_CHAIN:
            self.init(
                "the peer's certificate does not verify (\(text))",
                remedy: "correct it, or believe it all the same with \(Self.insecure)")
        case HASHMARK_TLS_WANTS_OURS:
            self.init(
                "the server does not take this client's certificate, or wants one (\(text))",
                remedy: "give one that it believes, with --cert FILE and --key FILE (in a URL "
                    + "?cert=FILE&key=FILE)")
        default:
            self.init("TLS failed: \(text)", remedy: "look in the server's log for the reason")
        }
    }
}

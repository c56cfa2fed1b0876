// Certificates for tests of TLS, made by the openssl command in a folder that goes away: an
// authority, and servers that it signed.
import Foundation

public final class Certificates: Sendable {
    private let folder = TemporaryFolder()

    /// Made once for all tests of a process.
    public static let shared = Certificates()

    /// The authority's own.
    public var authority: String { folder.file("ca.crt") }
    /// For localhost and 127.0.0.1.
    public var server: String { folder.file("server.crt") }
    /// The key of all of them but the authority's.
    public var key: String { folder.file("server.key") }
    /// Over since yesterday.
    public var expired: String { folder.file("expired.crt") }
    /// For another host.
    public var other: String { folder.file("other.crt") }
    /// For localhost, signed by nobody but itself.
    public var selfSigned: String { folder.file("self.crt") }

    /// Makes them in the current folder.
    public static let script = """
        {
        curve='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'
        openssl req -x509 $curve -keyout ca.key -out ca.crt -days 2 -subj /CN=hashmark-test-ca
        openssl req $curve -keyout server.key -out server.csr -subj /CN=localhost
        openssl req -x509 -key server.key -out self.crt -days 2 -subj /CN=localhost
        printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\\n' >server.ext
        printf 'subjectAltName=DNS:other.example\\n' >other.ext
        sign() { openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -set_serial $1 "${@:2}"; }
        sign 1 -days 2 -extfile server.ext -out server.crt
        sign 2 -days -1 -extfile server.ext -out expired.crt
        sign 3 -days 2 -extfile other.ext -out other.crt
        } >/dev/null 2>&1
        """

    private init() {
        let made = try? RunningProgram(["bash", "-c", "cd '\(folder.path)'\n\(Self.script)"])
        let output = made?.finish()
        precondition(
            FileManager.default.fileExists(atPath: folder.file("other.crt")),
            "the openssl command makes no certificates: \(output?.stderr ?? "it is not there")")
    }
}

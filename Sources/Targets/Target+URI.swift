// Servers that run already, as a URI:
//
//     tcp|redis|valkey://[[USER]:PASSWORD@ | PASSWORD@]HOST[:PORT][/DB][?db=DB&…]
//     rediss|valkeys://…          the same through TLS
//     unix://[[USER]:PASSWORD@ | PASSWORD@]/PATH[?db=DB&…]
//
// User, password, host, path and query are percent-decoded. `redis://secret@host` is a password and
// no user, as redis-cli and valkey-cli take it. The port may be left out but in tcp:// (6379), the
// query may hold `db`, `username`, `password` and `also-count` (a process that counts as the
// server, too; repeatable), and of TLS `cacert`, `cacertdir`, `cert`, `key`,
// `sni` and `insecure=1`, as the flags of bench are called; what it does not know is refused.
// Nodes of a `cluster://` are read here one by one, each with the query of all (Cluster/): its
// scheme does not say whether it is encrypted, and so the keys of TLS do, or `tls=1`.
// Without a password the environment's VALKEYCLI_AUTH or REDISCLI_AUTH is taken, as those programs
// do, so that none needs to stand on a command line. No error repeats a password.
import Glibc
import LinuxSystem
import Transport

extension Target.Endpoint {
    /// The password that the environment gives for servers whose spelling has none; nil for none.
    public static var passwordOfEnvironment: String? {
        for name: String in ["VALKEYCLI_AUTH", "REDISCLI_AUTH"] {
            guard let value = getenv(name) else { continue }
            let password = String(cString: value)
            if !password.isEmpty { return password }
        }
        return nil
    }

    /// Reads a URI of one of the schemes above.
    init(uri text: String) throws(TargetError) {
        let parts = try URIParts(text)
        if parts.scheme == "unix://" {
            self.init(.unix(path: try parts.socketPath()))
        } else {
            let (host, port) = try parts.hostAndPort()
            self.init(.tcp(host: host, port: port))
            if let path = parts.path, !path.isEmpty {
                database = try parts.database(parts.decoded(path, "path"))
            }
        }
        if let info = parts.userInfo {
            let pair = info.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let name = pair.count > 1 ? try parts.decoded(pair[0], "user") : ""
            user = name.isEmpty ? nil : name
            password = try parts.decoded(pair[pair.count - 1], "password")
        }
        if parts.isEncrypted { tls = TLSOptions() }
        try readQuery(parts)
        if user == nil && password == "" { password = nil }
        if user != nil && password == nil {
            throw parts.refusal("has a user without a password", "write USER:PASSWORD@")
        }
        if password == nil { password = Self.passwordOfEnvironment }
    }

    private mutating func readQuery(_ parts: URIParts) throws(TargetError) {
        for (key, value) in try parts.queryItems() {
            switch key {
            case "db":
                let number = try parts.database(value)
                guard database == 0 || database == number else {
                    throw parts.refusal(
                        "names database \(database) and database \(number)", "name one of them")
                }
                database = number
            case "username": user = value
            case "password": password = value
            case "also-count": alsoCounted.append(value)
            default:
                guard try readTLS(key, value, parts) else {
                    let keys = (parts.isCluster ? ["tls"] : []) + Self.tlsKeys
                    let more =
                        tls == nil && !parts.isCluster
                        ? "" : ", and of TLS " + keys.joined(separator: ", ")
                    throw parts.refusal(
                        "has '\(key)' in its query",
                        "known there are db, username, password and also-count\(more); write "
                            + "others as %3F and %26")
                }
            }
        }
    }

    private static let tlsKeys = ["cacert", "cacertdir", "cert", "key", "sni", "insecure"]

    /// - Returns: false for a key that is none of TLS, or where there is none.
    private mutating func readTLS(
        _ key: String, _ value: String, _ parts: URIParts
    ) throws(TargetError) -> Bool {
        let isClusters = parts.isCluster && key == "tls"
        guard isClusters || Self.tlsKeys.contains(key) else { return false }
        if tls == nil && parts.isCluster { tls = TLSOptions() }
        guard tls != nil else { return false }
        if isClusters {
            guard value == "1" else {
                throw parts.refusal("has tls=\(value)", "write tls=1, or leave it out")
            }
            return true
        }
        switch key {
        case "cacert": tls?.authorities = value
        case "cacertdir": tls?.authorityFolder = value
        case "cert": tls?.certificate = value
        case "key": tls?.key = value
        case "sni": tls?.serverName = value
        default:
            guard value == "1" else {
                throw parts.refusal("has insecure=\(value)", "write insecure=1, or leave it out")
            }
            tls?.verifiesChain = false
        }
        return true
    }
}

/// A URI cut into its parts, which are not decoded yet.
private struct URIParts {
    let scheme: String
    let userInfo: Substring?
    /// Host and port; of unix:// nothing.
    let authority: Substring
    /// What follows the first slash behind the authority.
    let path: Substring?
    let query: Substring?
    /// For messages.
    private let shown: String

    init(_ text: String) throws(TargetError) {
        shown = Redaction.masked(uri: text)
        let colon = text.firstRange(of: "://")!
        scheme = String(text[..<colon.upperBound])
        var rest = text[colon.upperBound...]
        // A password may hold a plain "/" or "?", so user and password come off first.
        if let at = rest.lastIndex(of: "@") {
            userInfo = rest[..<at]
            rest = rest[rest.index(after: at)...]
        } else {
            userInfo = nil
        }
        if let mark = rest.firstIndex(of: "?") {
            query = rest[rest.index(after: mark)...]
            rest = rest[..<mark]
        } else {
            query = nil
        }
        let slash = rest.firstIndex(of: "/")
        authority = rest[..<(slash ?? rest.endIndex)]
        path = slash.map { rest[rest.index(after: $0)...] }
    }

    /// `rediss://` and `valkeys://`.
    var isEncrypted: Bool { scheme == "rediss://" || scheme == "valkeys://" }
    /// A node of `cluster://`.
    var isCluster: Bool { scheme == "cluster://" }

    func refusal(_ cause: String, _ remedy: String? = nil) -> TargetError {
        let usual = scheme == "unix://" ? "unix:///run/server.sock" : "\(scheme)HOST:PORT"
        return TargetError("'\(shown)' \(cause)", remedy: remedy ?? "write \(usual)")
    }

    /// - Parameter what: names the part in the message, which does not repeat it.
    func decoded(_ text: Substring, _ what: String) throws(TargetError) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2)
            guard digits.count == 2, digits.allSatisfy({ UInt8(ascii: "0") <= $0 }),
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            else {
                throw refusal(
                    "has a % without two hexadecimal digits in its \(what)",
                    "write %25 for a percent sign")
            }
            rest = rest.dropFirst(2)
            bytes.append(value)
        }
        guard !bytes.contains(0), let decoded = String(validating: bytes, as: UTF8.self) else {
            throw refusal("has a \(what) that is no text", "write it in UTF-8, percent-encoded")
        }
        return decoded
    }

    func socketPath() throws(TargetError) -> String {
        guard authority.isEmpty, let path, !path.isEmpty else {
            throw refusal("names no absolute path")
        }
        return "/" + (try decoded(path, "path"))
    }

    func hostAndPort() throws(TargetError) -> (String, UInt16) {
        var host = authority
        var digits: Substring?
        if host.hasPrefix("[") {
            guard let end = host.lastIndex(of: "]") else {
                throw refusal("has a [ that is not closed", "write \(scheme)[::1]:6379")
            }
            let behind = host[host.index(after: end)...]
            guard behind.isEmpty || behind.hasPrefix(":") else {
                throw refusal("has '\(behind)' behind its ]", "write \(scheme)[::1]:6379")
            }
            if !behind.isEmpty { digits = behind.dropFirst() }
            host = host[host.index(after: host.startIndex)..<end]
        } else if let colon = host.lastIndex(of: ":") {
            guard host.firstIndex(of: ":") == colon else {
                throw refusal("has more than one colon", "write [\(host)] for an IPv6 address")
            }
            digits = host[host.index(after: colon)...]
            host = host[..<colon]
        }
        if digits == nil && (scheme == "tcp://" || isCluster) { throw refusal("names no port") }
        guard !host.isEmpty else { throw refusal("names no host") }
        return (try decoded(host, "host"), try digits.map(port) ?? 6379)
    }

    private func port(_ digits: Substring) throws(TargetError) -> UInt16 {
        guard digits.allSatisfy({ $0.isASCII && $0.isNumber }), let port = UInt16(digits), port > 0
        else {
            throw refusal("has '\(digits)' for a port", "use a port from 1 to 65535")
        }
        return port
    }

    func database(_ text: String) throws(TargetError) -> Int {
        // SELECT takes 32 bits
        guard text.allSatisfy({ $0.isASCII && $0.isNumber }), let number = Int32(text) else {
            throw refusal(
                "has '\(text)' for a database number", "use a number from 0, as \(scheme)HOST/3")
        }
        return Int(number)
    }

    func queryItems() throws(TargetError) -> [(key: String, value: String)] {
        var items: [(key: String, value: String)] = []
        for item in query?.split(separator: "&") ?? [] {
            let pair = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2 else {
                throw refusal("has a query that is no key=value", "write ?db=3")
            }
            items.append((try decoded(pair[0], "query"), try decoded(pair[1], "query")))
        }
        return items
    }
}

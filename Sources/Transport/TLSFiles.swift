// The files that TLS is told to read, looked at before OpenSSL is asked: its words for one that is
// not there are about certificates, and a folder that is not there it takes without a word, and
// then finds that no certificate in the world is signed by anybody it knows.
import Glibc
import LinuxSystem
import SystemPackage

extension TLSOptions {
    /// - Throws: the first that cannot be read, by its path and the flags that name such files.
    func checkFiles() throws(TLSFailure) {
        try Self.check(
            authorities, "certificates of authorities",
            "--cacert, in a URL ?cacert=; of serve --tls-ca-cert-file")
        if let authorityFolder { try Self.check(folder: authorityFolder) }
        try Self.check(
            certificate, "this side's certificate",
            "--cert, in a URL ?cert=; of serve --tls-cert-file")
        try Self.check(
            key, "the key of this side's certificate",
            "--key, in a URL ?key=; of serve --tls-key-file")
    }

    private static func check(
        _ path: String?, _ holds: String, _ flags: String
    ) throws(TLSFailure) {
        guard let path else { return }
        let remedy = "give a PEM file (\(flags))"
        switch kind(of: path) {
        case .missing(let errno) where errno == .noSuchFileOrDirectory:
            throw TLSFailure("there is no file \(path) with \(holds)", remedy: remedy)
        case .missing(let errno):
            throw TLSFailure(
                "the file \(path) with \(holds) cannot be read: \(errno)", remedy: remedy)
        case .folder:
            throw TLSFailure("\(path) is a folder, and no file with \(holds)", remedy: remedy)
        case .file:
            guard access(path, R_OK) != 0 else { return }
            throw TLSFailure(
                "the file \(path) with \(holds) cannot be read: \(Errno(rawValue: errno))",
                remedy: "let this user read it, or \(remedy)")
        }
    }

    /// OpenSSL takes several, parted by colons.
    private static func check(folder text: String) throws(TLSFailure) {
        let flags = "--cacertdir, in a URL ?cacertdir="
        var isHashed = false
        for part in text.split(separator: ":") {
            let path = String(part)
            switch kind(of: path) {
            case .missing(let errno) where errno == .noSuchFileOrDirectory:
                throw TLSFailure(
                    "there is no folder \(path) of certificates of authorities",
                    remedy: "give one (\(flags)), or a file of them with --cacert")
            case .missing(let errno):
                throw TLSFailure(
                    "the folder \(path) of certificates of authorities cannot be read: \(errno)",
                    remedy: "give another (\(flags)), or a file of them with --cacert")
            case .file:
                throw TLSFailure(
                    "\(path) is a file, and no folder of certificates of authorities",
                    remedy: "give it with --cacert (in a URL ?cacert=)")
            case .folder: break
            }
            if SmallFile.names(in: path).contains(where: isHash) { isHashed = true }
        }
        guard isHashed else {
            throw TLSFailure(
                "the folder \(text) holds no certificate under its hash, as 1a2b3c4d.0, and by "
                    + "other names none is found",
                remedy: "run `openssl rehash \(text)`, or give the file with --cacert")
        }
    }

    /// Eight hexadecimal digits and a number: how OpenSSL looks for a certificate by its subject
    /// (openssl-rehash(1)).
    private static func isHash(_ name: String) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 2 && parts[0].count == 8 && parts[0].allSatisfy(\.isHexDigit)
            && !parts[1].isEmpty && parts[1].allSatisfy { $0.isASCII && $0.isNumber }
    }

    private enum Kind {
        case file, folder
        case missing(Errno)
    }

    private static func kind(of path: String) -> Kind {
        var status = stat()
        guard stat(path, &status) == 0 else { return .missing(Errno(rawValue: errno)) }
        return status.st_mode & S_IFMT == S_IFDIR ? .folder : .file
    }
}

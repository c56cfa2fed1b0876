// What two sides agreed on, as the record has it.
import RunRecord
import Targets
import Transport

extension RunRecord.Encryption {
    /// - Parameter endpoint: says what had to be verified; without that nothing would have been
    /// sent.
    init(_ summary: TLSSummary, _ endpoint: Target.Endpoint) {
        var verified = Verified.nothing
        if let options = endpoint.tls, options.verifiesChain {
            verified = options.namesHost ? .chainAndName : .chain
        }
        self.init(
            version: summary.version, cipher: summary.cipher, verified: verified,
            library: summary.library)
        group = summary.group
        certificate = summary.subject
        certificateExpires = summary.expires
        doubt = verified == .nothing ? summary.doubt : nil
        kernel = (summary.kernelSends ? ["send"] : []) + (summary.kernelReceives ? ["receive"] : [])
        kernelReason = summary.kernelReason
    }
}

extension RunRecord.Encryption {
    /// One line for people.
    public var text: String {
        var parts = [version, cipher]
        if let group { parts.append(group) }
        parts.append("certificate \(certificate ?? "none") until \(certificateExpires ?? "?")")
        let doubts = doubt.map { " (\($0))" } ?? ""
        parts.append("verified: \(verified.rawValue)\(doubts)")
        parts.append(library)
        let kernelWork = kernel.isEmpty ? "not" : kernel.joined(separator: " and ")
        let reason = kernelReason.map { ": \($0)" } ?? ""
        parts.append("by the kernel: \(kernelWork)\(reason)")
        return parts.joined(separator: ", ")
    }
}

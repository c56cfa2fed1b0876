// How the connections to a target were encrypted: what decides about their cost, and whether they
// went to whom they should.

extension RunRecord {
    public struct Encryption: Codable, Equatable, Sendable {
        /// What of the server's certificate was verified.
        public enum Verified: String, Codable, Sendable {
            /// Who signed it, and that it is for the host.
            case chainAndName = "chain and name"
            case chain
            case nothing
        }

        /// `TLSv1.3`.
        public var version: String
        /// `TLS_AES_256_GCM_SHA384`.
        public var cipher: String
        /// Of the key exchange; nil where there was none.
        public var group: String?
        /// Whom the server's certificate is for, and when it ends (UTC).
        public var certificate: String?
        public var certificateExpires: String?
        public var verified: Verified
        /// Why it would not verify, where it did not have to.
        public var doubt: String?
        /// Which library, and of which version.
        public var library: String
        /// Whether the kernel encrypted (`send`) or decrypted (`receive`).
        public var kernel: [String]
        /// Why it did neither.
        public var kernelReason: String?

        public init(version: String, cipher: String, verified: Verified, library: String) {
            self.version = version
            self.cipher = cipher
            self.verified = verified
            self.library = library
            kernel = []
        }

        private enum CodingKeys: String, CodingKey {
            case version, cipher, group, certificate, verified, doubt, library, kernel
            case certificateExpires = "certificate_expires"
            case kernelReason = "kernel_reason"
        }
    }
}

// What servers' error replies say to people: the text made safe for a terminal, and what to do
// about each kind of error. The kind is the first word (ERR, WRONGTYPE, OOM, …); ERR alone says
// nothing, so its text is looked at.

public enum ErrorReply {
    /// `text` as it may go to a terminal, a page or a record: control characters, escape sequences
    /// among them, are spelt as `\xNN`.
    public static func printable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if isControl(scalar) {
                let digits = String(scalar.value, radix: 16)
                result += "\\x" + (digits.count < 2 ? "0" : "") + digits
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// C0, DEL and C1, and the marks that reorder what stands around them.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7f...0x9f, 0x200e...0x200f, 0x202a...0x202e, 0x2066...0x2069: true
        default: false
        }
    }

    /// What to do about an error reply.
    /// - Parameter text: the reply without its type byte, such as "OOM command not allowed …".
    public static func remedy(for text: String) -> String {
        let kind = text.prefix { $0 != " " }
        if let remedy = remedies.first(where: { $0.kind == kind })?.remedy { return remedy }
        let words = text.lowercased()
        return texts.first { words.contains($0.part) }?.remedy
            ?? "look in the server's log for the reason"
    }

    private static let remedies: [(kind: Substring, remedy: String)] = [
        ("WRONGTYPE", "a key holds another type: use a database without it"),
        ("OOM", "raise the server's maxmemory, set an eviction policy, or use fewer entries"),
        ("NOAUTH", "give the password that the server wants"),
        ("WRONGPASS", "check the user and the password"),
        ("NOPERM", "use a user whose rules allow the command and its keys"),
        ("READONLY", "the server is a replica: measure its primary"),
        (
            "MOVED",
            "the server is a node of a cluster: measure all of it (--cluster, cluster://HOST:PORT)"
        ),
        ("ASK", "the server is a node of a cluster that moves slots: wait until it has"),
        ("CROSSSLOT", "keys of one command lie in different slots: give them one {tag}"),
        ("CLUSTERDOWN", "the cluster does not serve all slots: see CLUSTER INFO"),
        ("TRYAGAIN", "the cluster is moving slots: wait until it has"),
        (
            "NOREPLY",
            "see why the node went away, or measure it as it is (--on-errors ignore)"
        ),
        ("LOADING", "wait until the server has loaded its data"),
        ("BUSY", "a script blocks the server: wait for its end, or send SCRIPT KILL"),
        ("MASTERDOWN", "the replica lost its primary: measure the primary"),
        ("MISCONF", "the server cannot save: see its log, or switch its snapshots off"),
        ("NOREPLICAS", "the server wants replicas before it writes: see min-replicas-to-write"),
        ("EXECABORT", "a command of the transaction was refused: see the first error"),
        ("NOSCRIPT", "load the script first (SCRIPT LOAD)"),
        (
            "DENIED",
            "the server's protected mode refuses clients from elsewhere: set a password there, or "
                + "measure from its machine"
        ),
        ("NOPROTO", "the server does not speak this version of the protocol: leave out RESP3"),
    ]

    private static let texts: [(part: String, remedy: String)] = [
        ("unknown command", "check the command's name, and that this server has it"),
        ("unknown subcommand", "check the command's name, and that this server has it"),
        ("wrong number of arguments", "check the command's arguments"),
        ("syntax error", "check the command's arguments"),
        (
            "db index is out of range",
            "select a database that the server has (CONFIG GET databases)"
        ),
        ("select is not allowed", "select database 0: a cluster has no other"),
        ("cluster support disabled", "it is no cluster: measure it as one server"),
        ("without any password configured", "give no password: the server wants none"),
        (
            "max number of clients",
            "use fewer connections, or raise the server's maxclients and `ulimit -n`"
        ),
        ("invalid expire time", "give the key a shorter time to live, above 0"),
        ("is not an integer", "a key holds another value: use a database without it"),
        ("is not a valid float", "a key holds another value: use a database without it"),
    ]
}

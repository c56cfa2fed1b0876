// A profile in words: `of valkey-9.1’s 812 ns per operation of get, 62 % are in the kernel, 41 % in
// its send path; lookupKey itself takes 96 ns/op`. Of two: the functions that stand out.
import Quantities
import RunRecord

struct HeadlineProfile {
    let sentences: [String]

    /// A page's head has room for so many.
    private static let most = 3

    init(_ record: RunRecord) {
        let differences = DifferenceReading.all(record)
        let told =
            differences.isEmpty
            ? ProfileReading(record).groups.filter(\.profile.unit.isTime).map(Self.level)
            : differences.map(Self.change)
        sentences = Array(told.prefix(Self.most))
    }

    // MARK: one

    private static func level(_ group: ProfileReading.Group) -> String {
        let profile = group.profile
        let whole = group.scale.whole
        let load = profile.workload.map { " of \($0)" } ?? ""
        var text =
            group.scale.isShare
            ? "of \(profile.target)’s \(profile.unit.title), "
            : "of \(profile.target)’s \(whole.grouped(whole < 99.95 ? 1 : 0)) ns per operation"
                + "\(load), "
        var parts: [String] = []
        let kernel = KernelPaths(profile)
        if kernel.whole > 0 {
            parts.append("\(group.scale.share(kernel.whole).shareText) are in the kernel")
            if let path = kernel.largest {
                parts.append("\(group.scale.share(path.value).shareText) in its \(path.name)")
            }
        }
        text += parts.joined(separator: ", ")
        let named: [StackProfile.Frame.Kind] = [.user, .inlined]
        guard let function = group.rows.first(where: { named.contains($0.kind) && $0.own > 0 })
        else { return parts.isEmpty ? text + "no function has a name" : text }
        return text + (parts.isEmpty ? "" : "; ")
            + "\(function.name.text) itself takes \(group.scale.text(function.own))"
    }

    // MARK: two

    private static func change(_ reading: DifferenceReading) -> String {
        let difference = reading.difference
        let count = difference.functions.count
        let load = difference.workload.map { " under \($0)" } ?? ""
        guard difference.rounds > 1 else {
            return "one round cannot tell whether a function of \(difference.candidate) changed"
        }
        let marked = difference.functions.filter(\.isMarked).prefix(most)
        guard !marked.isEmpty else {
            return "none of \(count) functions of \(difference.candidate) stands out against "
                + "\(difference.baseline)\(load) (in all \(reading.words(difference.whole)))"
        }
        let parts = marked.map { "\($0.name.text) \(reading.words($0.change))" }
        return "\(difference.candidate) against \(difference.baseline)\(load): "
            + parts.joined(separator: ", ")
            + " (of \(count) functions looked at; in all \(reading.words(difference.whole)))"
    }
}

/// What of a profile is the kernel's, and on which way into it.
private struct KernelPaths {
    /// Per operation.
    private(set) var whole = 0.0
    private var values: [String: Double] = [:]

    private static let calls: [(name: String, calls: Set<String>)] = [
        ("send path", ["sendto", "sendmsg", "sendmmsg", "write", "writev"]),
        ("receive path", ["recvfrom", "recvmsg", "recvmmsg", "read", "readv"]),
        (
            "wait for events",
            ["epoll_wait", "epoll_pwait", "epoll_pwait2", "poll", "ppoll", "select", "pselect6"]
        ),
    ]

    init(_ profile: StackProfile) {
        let paths = profile.frames.map(Self.path)
        for (stack, value) in zip(profile.stacks, profile.perOperation)
        where stack.contains(where: { profile.frames[$0].kind == .kernel }) {
            whole += value
            for number in stack {
                guard let path = paths[number] else { continue }
                values[path, default: 0] += value
                break
            }
        }
    }

    var largest: (name: String, value: Double)? {
        let path = values.max { ($0.value, $1.key) < ($1.value, $0.key) }
        return path.map { (name: $0.key, value: $0.value) }
    }

    /// The way that a system call's own function is the beginning of.
    private static func path(_ frame: StackProfile.Frame) -> String? {
        guard frame.kind == .kernel,
            let match = frame.function.wholeMatch(of: #/(__x64_|__arm64_|__|k)sys_(\w+)/#)
        else { return nil }
        return calls.first { $0.calls.contains(String(match.2)) }?.name
    }
}

// The control group of this process, where its limits and accounts are: one line
// `id:controllers:path` per hierarchy in /proc/self/cgroup.
//
//     version 2    0::/a/b               /sys/fs/cgroup/a/b, for all controllers
//     version 1    4:cpu,cpuacct:/a/b    /sys/fs/cgroup/cpu,cpuacct/a/b, or …/cpu/a/b

public enum ControlGroup {
    /// Folders that may hold a controller's files; empty where no group is known.
    /// - Parameter root: the folder that /proc and /sys are in; empty: the machine's.
    public static func folders(of controller: String, root: String = "") -> [String] {
        let lines = SmallFile.read("\(root)/proc/self/cgroup")?.split(separator: "\n") ?? []
        return lines.flatMap { line -> [String] in
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { return [] }
            let (names, path) = (fields[1], fields[2])
            if names.isEmpty { return ["\(root)/sys/fs/cgroup\(path)"] }
            guard names.split(separator: ",").contains(Substring(controller)) else { return [] }
            return [
                "\(root)/sys/fs/cgroup/\(names)\(path)",
                "\(root)/sys/fs/cgroup/\(controller)\(path)",
            ]
        }
    }

    /// The one line of a controller's file; nil where there is no such file.
    public static func line(
        _ file: String, of controller: String, root: String = ""
    ) -> String? {
        folders(of: controller, root: root).lazy.compactMap { SmallFile.line("\($0)/\(file)") }
            .first
    }

    /// The CPUs' worth of time that the group may use: infinite without a limit; nil where nothing
    /// tells.
    public static func cpuQuota(root: String = "") -> Double? {
        // "max 100000" or "QUOTA PERIOD", both in µs.
        if let words = line("cpu.max", of: "cpu", root: root)?.split(separator: " ") {
            guard words.count == 2 else { return nil }
            if words[0] == "max" { return Double.infinity }
            return share(Double(words[0]), Double(words[1]))
        }
        guard let quota = line("cpu.cfs_quota_us", of: "cpu", root: root).flatMap({ Double($0) })
        else { return nil }
        if quota < 0 { return Double.infinity }
        return share(quota, line("cpu.cfs_period_us", of: "cpu", root: root).flatMap { Double($0) })
    }

    private static func share(_ quota: Double?, _ period: Double?) -> Double? {
        guard let quota, let period, quota > 0, period > 0 else { return nil }
        return quota / period
    }
}

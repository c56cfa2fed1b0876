// The control group of this process, where its limits and accounts are: one line
// `id:controllers:path` per hierarchy in /proc/self/cgroup.
//
//     version 2    0::/a/b               /sys/fs/cgroup/a/b, for all controllers
//     version 1    4:cpu,cpuacct:/a/b    /sys/fs/cgroup/cpu,cpuacct/a/b, or …/cpu/a/b

public enum ControlGroup {
    /// Folders that may hold a controller's files; empty where no group is known.
    public static func folders(of controller: String) -> [String] {
        let lines = SmallFile.read("/proc/self/cgroup")?.split(separator: "\n") ?? []
        return lines.flatMap { line -> [String] in
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { return [] }
            let (names, path) = (fields[1], fields[2])
            if names.isEmpty { return ["/sys/fs/cgroup\(path)"] }
            guard names.split(separator: ",").contains(Substring(controller)) else { return [] }
            return ["/sys/fs/cgroup/\(names)\(path)", "/sys/fs/cgroup/\(controller)\(path)"]
        }
    }

    /// The one line of a controller's file; nil where there is no such file.
    public static func line(_ file: String, of controller: String) -> String? {
        folders(of: controller).lazy.compactMap { SmallFile.line("\($0)/\(file)") }.first
    }
}

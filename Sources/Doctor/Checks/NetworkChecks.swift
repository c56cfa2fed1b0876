// What a request passes on its way over the loopback, and how many connections there can be.

enum NetworkChecks {
    static let all: [any Check] = [
        FileCheck(
            "listen backlog", "connections that come at once are dropped, and come again in 1 s",
            "/proc/sys/net/core/somaxconn"
        ) { text in
            // What Redis and Valkey ask for.
            guard let count = Int(text) else { return nil }
            return count < 511
                ? .warn("\(count)", "sudo sysctl -w net.core.somaxconn=1024") : .ok("\(count)")
        },
        OpenFiles(),
        FileCheck(
            "port range", "closed connections hold the ports that new ones need",
            "/proc/sys/net/ipv4/ip_local_port_range"
        ) { text in
            let ends = text.split { $0 == "\t" || $0 == " " }.compactMap { Int($0) }
            guard ends.count == 2, (0...65_535).contains(ends[0]), (0...65_535).contains(ends[1]),
                ends[0] <= ends[1]
            else { return nil }
            let count = ends[1] - ends[0] + 1
            // A minute of TIME_WAIT at a hundred and fifty new connections a second.
            return count < 10_000
                ? .warn(
                    "\(count) ports", "sudo sysctl -w net.ipv4.ip_local_port_range='10240 65535'")
                : .ok("\(count) ports")
        },
        FileCheck(
            "congestion control", "timers pace what is sent: time in the kernel, in every stack",
            "/proc/sys/net/ipv4/tcp_congestion_control"
        ) { text in
            if text.isEmpty { return nil }
            return text.hasPrefix("bbr")
                ? .warn(text, "sudo sysctl -w net.ipv4.tcp_congestion_control=cubic") : .ok(text)
        },
        PacketFilter(),
        FileCheck(
            "busy polling", "waiting for a request costs CPU time, too",
            "/proc/sys/net/core/busy_poll"
        ) { text in
            switch Int(text) {
            case nil: nil
            case 0?: .ok("off")
            case let time?: .warn("\(time) µs", "sudo sysctl -w net.core.busy_poll=0")
            }
        },
    ]

    /// `ulimit -n`.
    private struct OpenFiles: Check {
        let name = "open files"
        let effect = "fifty clients and a server's own files are too many"

        /// The clients of `bench`, and what servers and load generator keep open besides.
        private static let clients = 50
        private static let besides = 200

        func look(at machine: Machine) -> Observation {
            let row = machine.text("/proc/self/limits")?.split(separator: "\n")
                .first { $0.hasPrefix("Max open files") }
            guard let soft = row?.dropFirst("Max open files".count).split(separator: " ").first
            else { return .unknown() }
            if soft == "unlimited" { return .ok("unlimited") }
            guard let count = Int(soft) else { return .unknown() }
            return count < Self.clients + Self.besides
                ? .warn("\(count)", "ulimit -n 65536") : .ok("\(count)")
        }
    }

    /// A namespace counts connections only where a rule needs that.
    private struct PacketFilter: Check {
        let name = "packet filter"
        let effect = "every packet of the loopback passes rules and a table of connections"

        func look(at machine: Machine) -> Observation {
            let tracked = machine.number("/proc/sys/net/netfilter/nf_conntrack_count")
            let tables = machine.line("/proc/net/ip_tables_names")
            if let tracked, tracked > 0 {
                return .warn(
                    "\(tracked) connections tracked",
                    "sudo iptables -t raw -A PREROUTING -i lo -j NOTRACK")
            }
            if let tables, !tables.isEmpty {
                return .warn("rules of iptables", "sudo iptables -I INPUT -i lo -j ACCEPT")
            }
            return tracked == nil && tables == nil ? .unknown("not told") : .ok("not at work")
        }
    }
}

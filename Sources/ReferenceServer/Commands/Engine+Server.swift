// Commands about the server: background, the table, the end.
import Glibc
import Keyspaces
import LinuxSystem
import RESP

extension Engine where K: ~Copyable {
    mutating func time(_ request: Request) {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        reply.array(2)
        reply.bulk("\(now.tv_sec)")
        reply.bulk("\(now.tv_nsec / 1_000)")
    }

    /// There is nothing to save, to wait for or to abort; what contradicts itself is refused.
    mutating func shutdown(_ request: Request) {
        var (saves, savesNot, hurries, aborts) = (false, false, false, false)
        for index in 1..<max(request.argumentCount, 1) {
            let word = argument(request, index)
            if word.isWord("save") {
                saves = true
            } else if word.isWord("nosave") {
                savesNot = true
            } else if word.isWord("now") || word.isWord("force") {
                hurries = true
            } else if word.isWord("abort") {
                aborts = true
            } else {
                return syntaxError(request)
            }
        }
        if (saves && savesNot) || (aborts && (saves || savesNot || hurries)) {
            return syntaxError(request)
        }
        if aborts { return fail(request, "ERR No shutdown in progress.") }
        isStopping = true
        request.connection.pointee.state.closeAfterReply()
    }

    mutating func debug(_ request: Request) {
        guard let name = subcommand(request) else { return }
        if name == "sleep" {
            guard let seconds = Double(argument(request, 2).string), seconds >= 0 else {
                return fail(request, "ERR value is not a valid float")
            }
            sleep(milliseconds: Int(min(seconds, 86_400) * 1_000))
            reply.ok()
        } else {
            fail(request, "ERR this server has no such DEBUG: use HASHMARK STATS")
        }
    }

    /// In short pieces: a signal ends the server meanwhile.
    private func sleep(milliseconds: Int) {
        var left = milliseconds
        while left > 0 && !Interruption.requested {
            Clock.sleep(milliseconds: min(left, 10))
            left -= 10
        }
    }

    // MARK: HASHMARK

    /// What `hashmark memory` asks a running server.
    mutating func hashmark(_ request: Request) {
        guard let name = subcommand(request) else { return }
        switch name {
        case "recount": tell(.recount)
        case "settle":
            while keyspace.maintain(budgetMicroseconds: Background.budgetMicroseconds) {}
            databases.settle()
            reply.ok()
        case "settled": reply.integer(total { $0.isSettled ? 0 : 1 } == 0 ? 1 : 0)
        case "stats": tell(.statistics)
        case "commands": tell(.commands)
        case "peer": addPeer(request)
        case "rss": reply.integer(ProcessAccounting.residentBytes(getpid()) ?? -1)
        default:
            let violations = violationsOfAll()
            reply.array(violations.count)
            for violation in violations { reply.bulk(violation) }
        }
    }

    mutating func replyRecount(_ figures: ServerFigures) {
        let (report, injected) = (figures.recounted ?? MemoryReport(), figures.injected)
        var pairs: [(String, String)] = [
            ("requested", "\(report.requested + injected.requested)"),
            ("allocated", "\(report.allocated + injected.allocated)"),
            ("allocations", "\(report.allocations + injected.allocations)"),
        ]
        if let bytes = figures.foreignBytes { pairs.append(("foreign", "\(bytes)")) }
        replyPairs(pairs)
    }

    func statisticsPairs(_ figures: ServerFigures) -> [(String, String)] {
        let memory = figures.active
        let statistics = figures.table
        var pairs: [(String, String)] = [
            ("table", configuration.table.name),
            ("entries", "\(figures.entries)"), ("expires", "\(figures.expiring)"),
            ("settled", figures.isSettled ? "1" : "0"),
            ("requested", "\(memory.requested)"), ("allocated", "\(memory.allocated)"),
            ("allocations", "\(memory.allocations)"),
            ("capacity", "\(statistics.capacity)"), ("load_factor", "\(statistics.loadFactor)"),
            (
                "chain_lengths",
                statistics.chainLengths.map(String.init).joined(separator: ",")
            ),
            ("rehash_progress", statistics.rehashProgress.map { "\($0)" } ?? "none"),
        ]
        let probes = statistics.probeLengths.map(String.init).joined(separator: ",")
        guard case .foreign(let table) = configuration.table else {
            if !probes.isEmpty { pairs.append(("probe_lengths", probes)) }
            if let bytes = statistics.deadBytes { pairs.append(("dead_bytes", "\(bytes)")) }
            if let bytes = statistics.copiedBytes { pairs.append(("copied_bytes", "\(bytes)")) }
            if let lost = statistics.lostEntries { pairs.append(("lost_entries", "\(lost)")) }
            return pairs
        }
        pairs += [
            ("name", configuration.table.label), ("title", configuration.table.title),
            ("threads", table.threads), ("probe_lengths", probes),
            ("foreign_bytes", figures.foreignBytes.map { "\($0)" } ?? "unknown"),
            ("lacks", lacks.map(\.rawValue).sorted().joined(separator: ", ")),
        ]
        return pairs
    }

    mutating func replyPairs(_ pairs: [(String, String)]) {
        reply.map(pairs.count)
        for (name, value) in pairs {
            reply.bulk(name)
            reply.bulk(value)
        }
    }
}

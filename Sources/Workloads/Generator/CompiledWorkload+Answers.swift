// What a workload knows of its own answers: a value is a function of its key, and a key that was
// filled stays unless something of the workload takes it away.
//
// Both are judged by the commands that reach a keyspace: what is written here by a command whose
// outcome nobody can foretell (APPEND, INCR, a script) has values that are not known; a keyspace
// whose keys expire, are deleted, or are written when missed may answer null.

extension CompiledWorkload {
    /// Whether every value of a keyspace is a stretch of its filler that the key names.
    public func knowsValues(ofKeyspace index: Int) -> Bool {
        workload.keyspaces[index].valueSize != nil
            && !sharesKeys(index)
            && commands(ofKeyspace: index).allSatisfy(\.leavesValuesKnown)
    }

    /// Whether a keyspace's populated keys are there all through the run.
    public func keepsKeys(ofKeyspace index: Int) -> Bool {
        let space = workload.keyspaces[index]
        return prefillOperations[index] != nil && space.onMiss == nil
            && !sharesKeys(index)
            && workload.events.allSatisfy(\.leavesKeys)
            && commands(ofKeyspace: index).allSatisfy {
                $0.leavesKeys && !($0.hasTimeToLive && space.ttl != nil)
            }
    }

    /// Whether the prefill's own values are known, whatever happens to them later.
    public func prefillsKnownValues(ofKeyspace index: Int) -> Bool {
        guard let operation = prefillOperations[index], !sharesKeys(index) else { return false }
        let command = operations[operation].command
        return command.writesWholeValue && workload.keyspaces[index].valueSize != nil
    }

    /// Keys that the prefill writes in one keyspace.
    public func populatedKeys(ofKeyspace index: Int) -> UInt64 {
        prefillOperations[index] == nil ? 0 : keyspaces[index].populated
    }

    /// Bytes that a value of the keyspace can have.
    public func valueSizes(ofKeyspace index: Int) -> ClosedRange<Int> {
        workload.keyspaces[index].valueSize?.wholeSizes ?? 0...0
    }

    /// Where the keyspace's values are stretches of: one begins at `ValueFiller.start(ofSalt:)`,
    /// and from `ValueFiller.chunk` bytes on it repeats.
    public func valuePool(ofKeyspace index: Int) -> UnsafePointer<UInt8> {
        UnsafePointer(keyspaces[index].filler.pool)
    }

    private func commands(ofKeyspace index: Int) -> [CommandTemplate] {
        let space = workload.keyspaces[index]
        let mixed = workload.allOperations.filter {
            $0.keyspace == nil || $0.keyspace == space.name
        }
        let prefill = prefillOperations[index].map { operations[$0].command }
        return mixed.flatMap { [$0.command, $0.then].compactMap(\.self) }
            + [space.onMiss, prefill].compactMap(\.self)
    }

    /// Whether another keyspace can spell the same keys: its prefix is this one's but for digits.
    private func sharesKeys(_ index: Int) -> Bool {
        func rest(_ long: String, _ short: String) -> Substring? {
            long.hasPrefix(short) ? long.dropFirst(short.count) : nil
        }
        let own = workload.keyspaces[index].prefix
        return workload.keyspaces.indices.contains { other in
            guard other != index else { return false }
            let prefix = workload.keyspaces[other].prefix
            let more = rest(prefix, own) ?? rest(own, prefix)
            return more?.allSatisfy { $0.isNumber || "{}".contains($0) } ?? false
        }
    }
}

extension SizeSpec {
    /// Whole numbers of bytes between which all sizes are; one number where all are the same.
    var wholeSizes: ClosedRange<Int> {
        // jitter comes after the limits
        let (low, high) = (support.lowerBound, support.upperBound)
        return Int(low * (1 - jitter))...Int(min(high * (1 + jitter) + 0.5, 0x1p31))
    }
}

extension CommandTemplate {
    private func hasWord(_ words: [String]) -> Bool {
        arguments.contains { argument in
            guard case .literal(let bytes) = argument else { return false }
            return words.contains(String(decoding: bytes, as: UTF8.self).uppercased())
        }
    }

    /// Whether it stores the request's value and nothing else.
    var writesWholeValue: Bool {
        ["SET", "SETEX", "PSETEX", "SETNX", "GETSET", "HSET", "HSETNX", "HMSET"].contains(verb)
            && hasValue
    }

    /// Whether it removes a key or stores a value that the key names, at most.
    var leavesValuesKnown: Bool {
        if writesWholeValue { return true }
        switch access {
        case .read, .delete: return true
        case .write: return ["EXPIRE", "PEXPIRE", "PERSIST", "HDEL"].contains(verb)
        case .other: return false
        }
    }

    /// Whether a key that is there is there afterwards.
    var leavesKeys: Bool {
        switch access {
        case .delete, .other: return false
        case .read: return verb != "GETEX"
        case .write:
            return !["EXPIRE", "PEXPIRE", "SETEX", "PSETEX", "SREM", "HDEL", "ZREM"].contains(verb)
                && !hasWord(["EX", "PX", "EXAT", "PXAT"])
        }
    }
}

extension ServerEvent {
    /// Whether it leaves keys and memory limits alone.
    var leavesKeys: Bool {
        // Readers that do not read, and a copy, take nothing away.
        guard case .command(let text) = action else { return true }
        let verb = text.split(separator: " ").first.map { $0.uppercased() } ?? ""
        return ["SAVE", "BGSAVE", "BGREWRITEAOF", "INFO", "MEMORY", "LATENCY", "PING"]
            .contains(verb)
    }
}

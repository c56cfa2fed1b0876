// The faults that can be ordered, one row each: the flag, what its value counts, and what it does.
// Command line, help and tests read this table.

/// What the value of a fault's flag is.
enum FaultValue {
    /// A share of the requests concerned, 0 … 1.
    case rate
    /// A time: `60ns`, `30us`, `12ms`, `1.5s`.
    case time
    /// A time and how often: `12ms/200000` (requests) or `20ms/80ms`.
    case recurring
    case bytes
    /// Percent of one CPU.
    case percent
    /// How many, or how many times.
    case count
    /// No value.
    case none

    var placeholder: String {
        switch self {
        case .rate: " RATE"
        case .time: " TIME"
        case .recurring: " TIME/EVERY"
        case .bytes: " BYTES"
        case .percent: " PERCENT"
        case .count: " N"
        case .none: ""
        }
    }
}

enum Fault: Int, CaseIterable {
    // Answers
    case wrongByte, wrongValue, otherKey, wrongLength, missing, getError, setError, dropSet
    case corruptSet, wrongType, malformed, loseAll
    // Time
    case getTime, setTime, setTimes, batchTime, deferred, burst, sleep
    case helperProcess, helperThread, misses
    // Memory
    case leak, entryBytes
    // Life
    case close, crash, exit, hang

    struct Row {
        let flag: String
        let value: FaultValue
        let help: String
    }

    var row: Row {
        switch self {
        case .wrongByte: Row(flag: "wrong-byte", value: .rate, help: "GETs with one byte changed")
        case .wrongValue: Row(flag: "wrong-value", value: .rate, help: "GETs with other bytes")
        case .otherKey: Row(flag: "other-key", value: .rate, help: "GETs with another key's value")
        case .wrongLength:
            Row(flag: "wrong-length", value: .rate, help: "GETs with the last byte missing")
        case .missing: Row(flag: "nil", value: .rate, help: "GETs of nothing")
        case .getError: Row(flag: "get-error", value: .rate, help: "GETs that answer an error")
        case .setError: Row(flag: "set-error", value: .rate, help: "SETs that answer an error")
        case .dropSet:
            Row(flag: "drop-set", value: .rate, help: "SETs that answer OK and store nothing")
        case .corruptSet:
            Row(flag: "corrupt-set", value: .rate, help: "SETs that store one byte changed")
        case .wrongType:
            Row(flag: "wrong-type", value: .rate, help: "GETs that answer an integer")
        case .malformed:
            Row(flag: "malformed", value: .rate, help: "GETs whose answer is no RESP")
        case .loseAll: Row(flag: "lose-all", value: .none, help: "forget all entries, once")
        case .getTime: Row(flag: "get-time", value: .time, help: "CPU more per GET")
        case .setTime: Row(flag: "set-time", value: .time, help: "CPU more per SET")
        case .setTimes: Row(flag: "set-times", value: .count, help: "store each value N times")
        case .batchTime:
            Row(flag: "batch-time", value: .time, help: "CPU more per wake-up of a connection")
        case .deferred:
            Row(flag: "deferred", value: .time, help: "CPU per request, put off to idle moments")
        case .burst: Row(flag: "burst", value: .recurring, help: "CPU every so many requests or ms")
        case .sleep: Row(flag: "sleep", value: .recurring, help: "the same asleep")
        case .helperProcess:
            Row(flag: "helper-process", value: .percent, help: "a child that burns CPU")
        case .helperThread:
            Row(flag: "helper-thread", value: .percent, help: "a thread that burns CPU")
        case .misses:
            Row(flag: "misses", value: .count, help: "dependent loads from 64 MiB per GET")
        case .leak: Row(flag: "leak", value: .bytes, help: "lost per GET and SET")
        case .entryBytes: Row(flag: "entry-bytes", value: .bytes, help: "more per entry")
        case .close:
            Row(flag: "close", value: .rate, help: "GETs and SETs that close the connection")
        case .crash: Row(flag: "crash", value: .none, help: "die of SIGSEGV")
        case .exit: Row(flag: "exit", value: .count, help: "end with this status")
        case .hang: Row(flag: "hang", value: .none, help: "never answer again")
        }
    }

    /// Whether it changes the answer of single requests.
    var isAnswer: Bool { rawValue <= Fault.malformed.rawValue || self == .close }
}

/// From when on a fault is there.
enum Start: Equatable {
    case launch
    /// So many requests served, of any kind.
    case requests(UInt64)
    case gets(UInt64)
    /// Nanoseconds after the server began to listen.
    case time(UInt64)
}

enum Every: Equatable {
    case requests(UInt64)
    case time(UInt64)
}

/// A fault as it was ordered.
struct Order: Equatable {
    let fault: Fault
    /// In the row's unit; times in nanoseconds. 1 where there is no value.
    var amount: Double
    var every = Every.requests(1)
    var start = Start.launch
    /// The share of launches that have it.
    var launches = 1.0
}

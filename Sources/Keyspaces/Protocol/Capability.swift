// What a table may lack. The releases' lack nothing, the other built-in ones hold strings only, and
// Segcache's has no record of use; what a table does not offer is refused by name wherever somebody
// asks for it, and never imitated.

/// Something that not every table can do; the text is how refusals name it.
public enum Capability: String, Sendable, CaseIterable {
    /// Cursors that survive changes (SCAN).
    case scan = "scan cursor"
    /// Drawing entries (RANDOMKEY).
    case random = "random entries"
    /// Entries that end at a time.
    case expiry = "expiry"
    /// Candidates for eviction, and what is recorded about them.
    case eviction = "eviction"
    /// Entries by hash slot (cluster mode).
    case slots = "hash slots"
    /// When or how often an entry was used.
    case usage = "record of use"
    /// Values that are no strings.
    case collections = "hashes, lists, sets, sorted sets and Bloom filters"
    /// How a value is kept, and in how many bytes.
    case representation = "representation of single values"
}

// One bucket of a dashtable: what is known of its 14 slots, then the slots.
//
//     0           4                  18            22                    26             40
//     [b 14│g 14] [fingerprints 14]  [stash fps 4] [s 4│·][p 4×2][n][·]  [usage 14 × 1] [slots …]
//     b  busy: slots with an entry       s  which of the four stash fingerprints are in use
//     g  guests: its home is the         p  their stash buckets
//        bucket to the left              n  entries in the stash beyond those four
//
// Stash fingerprints are of the bucket's own entries that had to go to the stash: a look-up goes
// there only for one of them, or for any while `n` is not 0.

import CIntrinsics

struct DashBucket {
    static let slots = 14
    static let metadataSize = 40
    /// Stash entries of a home that are told by their fingerprints.
    static let stashFingerprints = 4

    private static let allSlots = (1 << slots) - 1
    private static let fingerprintsOffset = 4
    private static let stashOffset = 18
    private static let stashBusyOffset = 22
    private static let stashPlacesOffset = 23
    private static let overflowOffset = 24
    private static let usageOffset = 26

    let address: UnsafeMutableRawPointer
    let slotSize: Int

    /// Makes it empty: what is in the slots does not matter.
    func clear() {
        address.initializeMemory(as: UInt8.self, repeating: 0, count: Self.metadataSize)
    }

    private var bits: UInt32 {
        get { address.load(as: UInt32.self) }
        nonmutating set { address.storeBytes(of: newValue, as: UInt32.self) }
    }

    var busy: Int { Int(bits) & Self.allSlots }
    var guests: Int { Int(bits) &>> Self.slots & busy }
    /// Slots with an entry whose home this is.
    var own: Int { busy & ~guests }
    var count: Int { busy.nonzeroBitCount }
    var isFull: Bool { busy == Self.allSlots }
    var isEmpty: Bool { busy == 0 }
    /// Only of a bucket that is not full.
    var lowestFree: Int { (~busy).trailingZeroBitCount }

    func entry(_ slot: Int) -> DashEntry {
        DashEntry(
            address: address + (Self.metadataSize &+ slot &* slotSize),
            usageHigh: address + (Self.usageOffset &+ slot))
    }

    func fingerprint(_ slot: Int) -> UInt8 {
        address.load(fromByteOffset: Self.fingerprintsOffset &+ slot, as: UInt8.self)
    }

    /// Slots whose entry has this fingerprint, as bits.
    @inline(__always)
    func candidates(_ fingerprint: UInt8) -> Int {
        // Two overlapping groups of eight: slots 0 to 7, and 6 to 13.
        let first = Int(hashmark_match8_sse2(address + Self.fingerprintsOffset, fingerprint))
        let last = Int(hashmark_match8_sse2(address + (Self.fingerprintsOffset &+ 6), fingerprint))
        return (first | last &<< 6) & busy
    }

    /// Copies `entry` to a free slot.
    func put(_ entry: DashEntry, _ fingerprint: UInt8, isGuest: Bool) {
        let slot = lowestFree
        let target = self.entry(slot)
        target.address.copyMemory(from: entry.address, byteCount: slotSize)
        target.usageHigh.storeBytes(of: entry.usageHigh.load(as: UInt8.self), as: UInt8.self)
        address.storeBytes(
            of: fingerprint, toByteOffset: Self.fingerprintsOffset &+ slot, as: UInt8.self)
        let bit = UInt32(1) &<< UInt32(slot)
        bits |= bit
        if isGuest { bits |= bit &<< UInt32(Self.slots) }
    }

    func take(_ slot: Int) {
        let bit = UInt32(1) &<< UInt32(slot)
        bits &= ~(bit | bit &<< UInt32(Self.slots))
    }

    // MARK: Own entries in the stash

    private var stashBusy: Int {
        get { Int(address.load(fromByteOffset: Self.stashBusyOffset, as: UInt8.self)) }
        nonmutating set {
            address.storeBytes(
                of: UInt8(newValue), toByteOffset: Self.stashBusyOffset, as: UInt8.self)
        }
    }

    private var stashPlaces: Int {
        get { Int(address.load(fromByteOffset: Self.stashPlacesOffset, as: UInt8.self)) }
        nonmutating set {
            address.storeBytes(
                of: UInt8(newValue), toByteOffset: Self.stashPlacesOffset, as: UInt8.self)
        }
    }

    /// Entries in the stash whose fingerprints are not here: at most the stash's 56.
    private(set) var overflow: Int {
        get { Int(address.load(fromByteOffset: Self.overflowOffset, as: UInt8.self)) }
        nonmutating set {
            address.storeBytes(
                of: UInt8(newValue), toByteOffset: Self.overflowOffset, as: UInt8.self)
        }
    }

    /// Own entries in the stash.
    var stashed: Int { stashBusy.nonzeroBitCount &+ overflow }

    private func stashFingerprint(_ index: Int) -> UInt8 {
        address.load(fromByteOffset: Self.stashOffset &+ index, as: UInt8.self)
    }

    private func stashPlace(_ index: Int) -> Int { stashPlaces &>> (2 &* index) & 3 }

    /// Stash buckets in which an own entry of this fingerprint may be, as bits.
    func stashCandidates(_ fingerprint: UInt8) -> Int {
        if overflow > 0 { return (1 &<< DashSegment.stash) &- 1 }
        var found = 0
        for index in 0..<Self.stashFingerprints
        where stashBusy &>> index & 1 != 0 && stashFingerprint(index) == fingerprint {
            found |= 1 &<< stashPlace(index)
        }
        return found
    }

    func noteStash(_ fingerprint: UInt8, _ place: Int) {
        let index = (~stashBusy).trailingZeroBitCount
        guard index < Self.stashFingerprints else {
            overflow &+= 1
            return
        }
        address.storeBytes(
            of: fingerprint, toByteOffset: Self.stashOffset &+ index, as: UInt8.self)
        stashPlaces = stashPlaces & ~(3 &<< (2 &* index)) | place &<< (2 &* index)
        stashBusy |= 1 &<< index
    }

    /// An own entry has left the stash. Of two with the same fingerprint and bucket either may be
    /// the one that is told: the other is then among those that are not, and the reverse.
    func forgetStash(_ fingerprint: UInt8, _ place: Int) {
        for index in 0..<Self.stashFingerprints
        where stashBusy &>> index & 1 != 0 && stashFingerprint(index) == fingerprint
            && stashPlace(index) == place
        {
            stashBusy &= ~(1 &<< index)
            return
        }
        overflow &-= 1
    }
}

// Numbers in [0, 1) and the mathematics they go through.
//
// Inlinable by hand, as everything here that a draw passes: its callers are in other modules.

/// 1.5·2⁵²: added to a number below 2⁵¹ in size it rounds it to a whole one, which then stands in
/// the sum's lowest bits, in two's complement. Conversion instructions do the same in thrice the
/// time.
@inlinable var roundingShift: Double { 0x1.8p52 }

/// 2^x for |x| < 1,000 with a relative error below 1e-8: a size in bytes needs no more, and it is a
/// third of a call of exp2, the same on every machine.
///
/// Split into a whole power, which is an exponent field, and a fraction in [−½, ½], whose power is
/// a polynomial: the Taylor terms of e^(f·ln 2) to the seventh. The eighth is 5e-9 at the ends.
@inlinable @inline(__always)
func powerOfTwo(_ x: Double) -> Double {
    let shifted = x + roundingShift
    let y = (x - (shifted - roundingShift)) * 0.693_147_180_559_945_3  // ln 2
    let y2 = y * y
    // summed as a tree: the terms wait for each other less than in Horner's order
    let low = (1 + y) + (0.5 + y * (1 / 6.0)) * y2
    let high = (1 / 24.0 + y * (1 / 120.0)) + (1 / 720.0 + y * (1 / 5_040.0)) * y2
    let power = Double(bitPattern: (shifted.bitPattern &+ 1_023) &<< 52)
    return (low + high * (y2 * y2)) * power
}

/// log₂ of a positive normal number with an absolute error below 1e-12.
///
/// The mantissa is brought into [√½, √2), where 2·artanh((m−1)/(m+1)) converges fast: the first
/// term left out is s¹⁵/15 with s < 0.172.
@inlinable @inline(__always)
func logarithmOfTwo(_ x: Double) -> Double {
    // Subtracting √½'s upper bits carries into the exponent exactly when the mantissa is above √2.
    let shifted = x.bitPattern &- 0x3fe6_a09e_0000_0000
    let exponent = Double(Int64(bitPattern: shifted) &>> 52)
    let mantissa = Double(bitPattern: x.bitPattern &- (shifted & 0xfff0_0000_0000_0000))
    let s = (mantissa - 1) / (mantissa + 1)
    let t = s * s
    let t2 = t * t
    let low = 1 + t * (1 / 3.0) + t2 * (1 / 5.0 + t * (1 / 7.0))
    let high = 1 / 9.0 + t * (1 / 11.0) + t2 * (1 / 13.0)
    return exponent + s * (low + t2 * t2 * high) * 2.885_390_081_777_926_8  // 2 / ln 2
}

/// The upper 53 bits of a word as a number in [0, 1).
///
/// Always inlined: behind a call the conversion instruction waits for whatever its target register
/// held before, which chained the draws of a loop together and tripled their time.
@inlinable @inline(__always)
public func unit(_ word: UInt64) -> Double { Double(word >> 11) * 0x1p-53 }

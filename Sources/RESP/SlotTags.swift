// A hash tag of three letters and digits for every slot, to be put between braces: keys with the
// same tag lie in the same slot, whatever stands beside it.
//
// valkey-benchmark has such a table too, of tags of one to three characters; these all have three,
// so that a tag takes the place of the word `tag` as it stands. Every slot has one: the tags are
// the first that hash to their slots, in alphabetical order.

public enum SlotTags {
    public static let length = 3
    /// What stands in commands where a tag is put in.
    public static let placeholder = Array("{tag}".utf8)

    /// The tags of all slots, one after the other.
    public static let all: [UInt8] = {
        let letters = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
        var tags = [UInt8](repeating: 0, count: HashSlot.count * length)
        for first in letters {
            for second in letters {
                for third in letters {
                    let tag = [first, second, third]
                    let slot = tag.withUnsafeBytes { HashSlot.slot(of: $0) }
                    guard tags[slot * length] == 0 else { continue }
                    for index in 0..<length { tags[slot * length + index] = tag[index] }
                }
            }
        }
        return tags
    }()
}

// Names that were meant: distances over all short words, and the words of a refusal.
import Spelling
import Testing

@Suite struct SpellingTests {
    /// All words of up to three letters of an alphabet of three.
    private static let words: [String] = {
        var all = [""]
        var last = [""]
        for _ in 0..<3 {
            last = last.flatMap { word in ["a", "b", "c"].map { word + $0 } }
            all += last
        }
        return all
    }()

    /// Every word that one slip makes of another.
    private static func neighbours(of word: String) -> Set<String> {
        let letters = Array(word)
        var found: Set<String> = []
        for index in 0...letters.count {
            for letter: Character in ["a", "b", "c"] {
                var longer = letters
                longer.insert(letter, at: index)
                found.insert(String(longer))
                guard index < letters.count else { continue }
                var other = letters
                other[index] = letter
                found.insert(String(other))
            }
            guard index < letters.count else { continue }
            var shorter = letters
            shorter.remove(at: index)
            found.insert(String(shorter))
            guard index + 1 < letters.count else { continue }
            var swapped = letters
            swapped.swapAt(index, index + 1)
            found.insert(String(swapped))
        }
        return found.subtracting([word])
    }

    @Test func wordsAreAsFarApartAsSlips() {
        #expect(Self.words.count == 40)
        for one in Self.words {
            let near = Self.neighbours(of: one)
            for other in Self.words {
                let distance = Spelling.distance(one, other)
                #expect((distance == 0) == (one == other), "\(one) \(other)")
                #expect((distance == 1) == near.contains(other), "\(one) \(other)")
                #expect(distance == Spelling.distance(other, one), "\(one) \(other)")
                #expect(distance <= max(one.count, other.count), "\(one) \(other)")
            }
        }
    }

    @Test(arguments: [
        ("sute", "suite"), ("hlep", "help"), ("taget", "target"), ("SUITE", "suite"),
        ("relpay", "replay"), ("help", "help"),
    ])
    func slipsAreRecognised(name: String, meant: String) {
        let known = ["seed", "hits", "suite", "help", "target", "replay", "tables"]
        #expect(Spelling.closest(to: name, among: known) == meant)
    }

    @Test func otherWordsAreNot() {
        #expect(Spelling.closest(to: "frobnicate", among: ["suite", "help"]) == nil)
        #expect(Spelling.closest(to: "", among: ["suite"]) == nil)
        #expect(Spelling.closest(to: "x", among: []) == nil)
    }

    @Test func aRefusalSaysWhatToDo() {
        let two = ["default", "quick"]
        #expect(Spelling.remedy(for: "defalt", among: two) == "did you mean `default`?")
        #expect(Spelling.remedy(for: "zzz", among: two) == "known here are default, quick")
        #expect(Spelling.remedy(for: "zzz", among: ["one"]) == "only one is known here")
        #expect(Spelling.remedy(for: "zzz", among: []) == "none is known here")
    }

    @Test func queries() {
        let items = ["a=1", "b=x=y", "c=ref:z"].compactMap { QueryItem($0[...]) }
        #expect(
            items.map(\.key) == ["a", "b", "c"] && items.map(\.value) == ["1", "x=y", "ref:z"])
        #expect(items.appended(to: "name") == "name?a=1&b=x=y&c=ref:z")
        #expect([items[0]].appended(to: "name?z=0") == "name?z=0&a=1")
        #expect([QueryItem]().appended(to: "name") == "name")
        for text in ["", "a", "=", "a=", "=1"] { #expect(QueryItem(text[...]) == nil, "\(text)") }
    }
}

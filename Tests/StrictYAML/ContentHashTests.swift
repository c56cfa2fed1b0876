// The hash of a file's content against published values.
import StrictYAML
import Testing

@Test func contentHashesAreFNV1a() {
    // test vectors of the algorithm's authors
    #expect(ContentHash.of([]) == "fnv1a64:cbf29ce484222325")
    #expect(ContentHash.of("a".utf8) == "fnv1a64:af63dc4c8601ec8c")
    #expect(ContentHash.of("foobar".utf8) == "fnv1a64:85944171f73967e8")
}

@Test func whereBytesAreCutDoesNotMatter() {
    var whole = StreamDigest()
    whole.add("foobar".utf8)
    for cut in 0...6 {
        var pieces = StreamDigest()
        pieces.add("foobar".utf8.prefix(cut))
        pieces.add("foobar".utf8.dropFirst(cut))
        #expect(pieces == whole && "\(pieces)" == "85944171f73967e8")
    }
}

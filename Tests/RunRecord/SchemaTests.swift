// The published schema knows every field of a record, and refuses what is none.
import Foundation
import RunRecord
import TestSupport
import Testing

@Suite struct SchemaTests {
    @Test func aRecordWithSomethingInEveryFieldIsOne() throws {
        #expect(try RecordSchema.violations(sampleRecord().json()) == [])
    }

    @Test func aLineOfTheHistoryIsOne() throws {
        #expect(try RecordSchema.violations(sampleRecord().historyLine()) == [])
    }

    @Test(arguments: [
        (#""schema" : "hashmark.run/1""#, #""schema" : "hashmark.run/2""#, "hashmark"),
        (#""partial" : "#, #""parcial" : "#, ".parcial is not in the schema"),
        (#""kind" : "wall""#, #""kind" : "cloud""#, "not one of"),
        (#""seed" : 18446744073709551615"#, #""seed" : "x""#, "not [\"integer\"]"),
        (#""seed" : 18446744073709551615"#, #""seed" : -1"#, "below 0"),
        (#""cause" : "#, #""cause" : null, "c" : "#, "not [\"string\"]"),
    ])
    func whatIsNoneIsTold(_ text: String, _ replacement: String, _ words: String) throws {
        let json = try String(decoding: sampleRecord().json(), as: UTF8.self)
        #expect(json.contains(text))
        let found = try RecordSchema.violations(Data(json.replacing(text, with: replacement).utf8))
        #expect(found.contains { $0.contains(words) }, "\(found)")
    }
}

// Lists of CPUs, of machines of any size.
import Quantities
import Testing

struct CPUListTests {
    @Test(arguments: [
        ("0", [0], "0"), ("0,2-3", [0, 2, 3], "0,2,3"), ("7,4-6,5", [4, 5, 6, 7], "4-7"),
        ("63-65", [63, 64, 65], "63-65"), ("8191", [8_191], "8191"),
    ])
    func listsAreReadAndWritten(text: String, cpus: [Int], canonical: String) throws {
        #expect(try CPUList.parse(text) == cpus)
        #expect(CPUList.text(cpus) == canonical)
        #expect(try CPUList.parse(canonical) == cpus)
    }

    @Test func largeMachinesHaveAllTheirCPUs() throws {
        #expect(try CPUList.parse("0-127") == Array(0...127))
        #expect(CPUList.text(Array(0...1_023)) == "0-1023")
    }

    @Test(arguments: [
        "", ",", "1,", "-1", "1-", "3-2", "8192", "0-99999999999999999999", "1-2-3", "a", "+1",
        "1e2",
        "٣",
    ])
    func whatIsNoListIsRefused(text: String) {
        #expect(throws: QuantityError.self) { try CPUList.parse(text) }
    }
}

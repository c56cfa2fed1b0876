// Tables in text and Markdown: columns line up, control characters stay out.
import Reporting
import Testing

@Suite struct TextTableTests {
    private func sample() -> TextTable {
        var table = TextTable([
            .init(["name"], .left), .init(["a wide heading", "ns"]), .init([], continues: true),
            .init(["n"]),
        ])
        table.append(["x", "1", "±1 %", "123"])
        table.append(["longer", "1,000", "", "4"])
        return table
    }

    @Test func alignment() {
        #expect(
            sample().text() == """
                             a wide
                            heading
                name             ns     n
                x            1 ±1 %   123
                longer   1,000          4

                """)
    }

    @Test func markdown() {
        var table = sample()
        table.append(["a|b_c<i>\n", "", "", "`"])
        #expect(
            table.markdown() == #"""
                | name | a wide heading<br>ns | n |
                | :--- | ---: | ---: |
                | x | 1 ±1 % | 123 |
                | longer | 1,000 | 4 |
                | a\|b\_c&lt;i&gt;� |  | \` |

                """#)
    }

    @Test func controlCharactersDoNotReachATerminal() {
        var table = TextTable([.init(["name"], .left)])
        table.append(["\u{1b}[31mred\r\n\u{7}"])
        #expect(table.text() == "name\n�[31mred���\n")
    }
}

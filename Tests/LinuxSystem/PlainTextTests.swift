// What a terminal without UTF-8 is shown.
import LinuxSystem
import Testing

@Suite struct PlainTextTests {
    @Test func signsBecomeASCIIInTheirPlaces() {
        let text = "✓ p99, µs  1.2 ±3.1 % → −4 %  [█████▌   ]  ▁▃█·  Ω"
        let plain = PlainText.ascii(text)
        #expect(plain == "+ p99, us  1.2 ~3.1 % > -4 %  [#####-   ]  _:#-  ?")
        #expect(plain.count == text.count)
        #expect(PlainText.ascii("50 %, 4m 10s left") == "50 %, 4m 10s left")
    }

    @Test func theFirstVariableThatIsSetCounts() {
        func isUTF8(_ variables: [String: String]) -> Bool {
            PlainText.isUTF8 { variables[$0] }
        }
        #expect(isUTF8(["LANG": "C.UTF-8"]) && isUTF8(["LC_CTYPE": "de_DE.utf8", "LANG": "C"]))
        #expect(isUTF8(["LC_ALL": "", "LANG": "en_GB.UTF-8"]))
        #expect(!isUTF8(["LC_ALL": "C", "LANG": "C.UTF-8"]))
        #expect(!isUTF8([:]) && !isUTF8(["LANG": "de_DE.ISO-8859-1"]))
    }
}

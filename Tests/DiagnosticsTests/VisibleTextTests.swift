import Diagnostics
import Testing

@Suite struct VisibleTextTests {
    @Test(arguments: [
        ("ok\u{1B}[2K", "ok\\u{1b}[2K"), ("a\nb", "a\\u{a}b"), ("a\r\nb", "a\\u{d}\\u{a}b"), ("\u{85}", "\\u{85}"),
        ("txt.\u{202E}exe", "txt.\\u{202e}exe"), ("a\u{2028}b", "a\\u{2028}b"), ("\u{7F}", "\\u{7f}"),
    ])
    func `what would act on a terminal is written out`(text: String, shown: String) {
        #expect(text.visible == shown)
    }

    @Test func `a message keeps its lines`() {
        #expect("one\n\ntwo\u{1B}[1m\r\n".visibleLines == "one\n\ntwo\\u{1b}[1m\\u{d}\\u{a}")
        #expect("refused\n\tIs it running?".visibleLines == "refused\n  Is it running?")
    }

    @Test(arguments: ["", "orders", "Odd \"na.me'", "café", "cafe\u{301}", "👨‍👩‍👧", "אב", "漢字"])
    func `what people write stays as it is`(text: String) {
        #expect(Array(text.visible.unicodeScalars) == Array(text.unicodeScalars))
    }
}

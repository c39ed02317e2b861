import Diagnostics
import Reconciliation
import SpecLoading
import Testing

/// What a loop that follows a repository for months keeps of it.
@Suite struct KeptTextsTests {
    private let name = "kept-texts-\(UInt32.random(in: 0 ... .max))"

    /// Reads the text of a commit, as each has paths of its own.
    private func read(_ commit: Int) -> [SpecText] {
        let path = "\(name)-\(commit):orders.yaml"
        _ = SourceFile(path: path, text: "text \(commit)")
        return [SpecText(path: path, bytes: [])]
    }

    private func isKept(_ commit: Int) -> Bool { SourceFile.known(as: "\(name)-\(commit):orders.yaml") != nil }

    @Test func `texts go with the readings, and stay while they are in force`() {
        var texts = KeptTexts()
        texts.noteRead(read(0))
        texts.noteInForce(read(0))
        // None of them comes into force.
        for commit in 1...20 { texts.noteRead(read(commit)) }
        #expect((0...20).filter(isKept) == [0] + Array((21 - KeptTexts.readings)...20))
        texts.noteInForce(read(20))
        #expect(!isKept(0) && isKept(20))
        for commit in 21...40 { texts.noteRead(read(commit)) }
        #expect((0...40).filter(isKept) == [20] + Array((41 - KeptTexts.readings)...40))
    }

    @Test func `the same text under the same path is one, and stays as long as a reading has it`() {
        var texts = KeptTexts()
        for _ in 0..<20 { texts.noteRead(read(1)) }
        texts.noteInForce(read(1))
        for commit in 2...20 { texts.noteRead(read(commit)) }
        #expect(isKept(1))
    }

    @Test func `what comes from a text that is gone can still be shown`() {
        let file = SourceFile(path: "\(name)-gone", text: "spec:\n")
        SourceFile.forget([file])
        #expect(file.path == "an earlier specification" && file.line(1)?.isEmpty ?? true)
    }
}

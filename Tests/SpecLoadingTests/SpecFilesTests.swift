import Diagnostics
import Foundation
import SpecLoading
import Testing

/// Which files of a folder are specifications.
@Suite struct SpecFilesTests {
    @Test func `a file whose name only looks like one of a specification is not read, and told`() throws {
        let folder = FileManager.default.temporaryDirectory.path + "/spec-files-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let read = ["a.yaml", "b.yml"]
        let told = ["c.ymal", "d.YAML", "e.yam"]
        let passed = ["f.xml", "g.yaml~", "h.yaml.bak", "README.md", "i", "j.txt", ".k.ymal"]
        for name in read + told + passed { try Data().write(to: URL(filePath: "\(folder)/\(name)")) }
        var collector = DiagnosticCollector()
        let texts = SpecFiles.read([folder], collector: &collector)
        #expect(texts.map(\.path) == read.map { "\(folder)/\($0)" })
        let details = collector.diagnostics.map(\.detail)
        #expect(details.count == told.count && !collector.hasErrors, "\(details)")
        for name in told { #expect(details.contains { $0.hasPrefix("\(folder)/\(name) is not read") }) }
    }
}

import Diagnostics
import FleetModel
import MigrationChecks
import Planning
import Resources
import SpecLoading
import SpecSchema
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

private func text(_ path: String) throws -> String {
    try String(contentsOfFile: "\(PostgresInstallations.root)/\(path)", encoding: .utf8)
}

private func files(below folder: String, ending: String) -> [String] {
    let all = (try? FileManager.default.subpathsOfDirectory(atPath: "\(PostgresInstallations.root)/\(folder)")) ?? []
    return all.filter { $0.hasSuffix(ending) }.sorted().map { "\(folder)/\($0)" }
}

/// The pages and the example specifications agree with the program.
@Suite struct DocumentationTests {
    @Test func `every diagnostic code has one meaning and one heading with its title`() throws {
        let pattern = #/DiagnosticCode\("(PGS-\d{3})", "([^"]+)"\)/#
        let page = try text("docs/diagnostics.md")
        var titles: [String: String] = [:]
        for file in files(below: "Sources", ending: ".swift") {
            for match in try text(file).matches(of: pattern) {
                let (id, title) = (String(match.1), String(match.2))
                #expect(titles.updateValue(title, forKey: id) == nil, "\(id) is used twice")
                #expect(page.contains("\n## \(id) \(title)\n"), "docs/diagnostics.md has no heading for \(id) \(title)")
            }
        }
        #expect(titles.count > 20)
        for match in page.matches(of: #/\n## (PGS-\d{3})/#) {
            #expect(titles[String(match.1)] != nil, "\(match.1) does not exist")
        }
    }

    @Test func `every kind has a page that names each of its keys`() throws {
        for kind in ResourceCatalog.kinds {
            let name = kind.kind.replacing(#/([a-z])([A-Z])/#) { "\($0.1)-\($0.2)" }.lowercased()
            let page = try text("docs/kinds/\(name).md")
            for field in kind.shape.fields {
                #expect(
                    page.contains("`\(field.name)`") || page.contains("`spec.\(field.name)`"),
                    "docs/kinds/\(name).md: \(field.name)"
                )
            }
        }
    }

    @Test func `the page of checks has a row for each check, in their order`() throws {
        let page = try text("docs/checks.md")
        let occasions: [CheckOccasion: String] = [
            .always: "always", .rows: "rows are moved", .changes: "changes are followed",
            .wayBack: "`rollback: keep`", .roles: "`roles: true`",
            .noRoles: "`roles: false`", .selection: "part is chosen", .renaming: "schemas are renamed",
            .physical: "a whole instance is moved",
        ]
        let rows = CheckCatalogue.checks.map { check in
            "| `\(check.id.rawValue)` | \(check.title) | \(check.severity.rawValue) | \(occasions[check.occasion] ?? "") | \(check.why) |"
        }
        let table = rows.joined(separator: "\n")
        #expect(page.contains("\n\(table)\n"), "docs/checks.md should have:\n\(table)")
    }

    @Test func `the reference fleet and every example are valid and can be planned`() throws {
        let examples = files(below: "examples", ending: ".yaml")
            .map { $0.split(separator: "/").prefix(2).joined(separator: "/") }
        let folders = ["specs"] + Set(examples).sorted()
        #expect(folders.count > 3)
        for folder in folders {
            var collector = DiagnosticCollector()
            let texts = SpecFiles.read(["\(PostgresInstallations.root)/\(folder)"], collector: &collector)
            let fleet = SpecLoader.load(texts, collector: &collector)
            #expect(collector.diagnostics == [], "\(folder)")
            #expect(!fleet.instances.isEmpty, "\(folder)")
            let planner = Planner(
                desired: fleet,
                observed: ObservedFleet(instances: [:]),
                capabilities: ProviderCapabilities(
                    provider: "local",
                    majors: ParameterCatalogue.majors,
                    features: [.dual, .publicEndpoint, .securityGroups, .tls, .backups],
                    tlsMajors: ParameterCatalogue.majors
                )
            )
            let summary = planner.plan(collector: &collector).plan.summary
            let objects = fleet.objects.filter { $0.removalPolicy == nil && $0.range != .nowhere }
            #expect(
                summary.create + summary.update == fleet.instances.count + fleet.readOnlyGroups.count + objects.count
                    + fleet.migrations.count
            )
            #expect(collector.diagnostics == [], "\(folder)")
        }
    }

    private var pages: [String] {
        files(below: "docs", ending: ".md") + ["README.md", "CONTRIBUTING.md"] + files(below: "examples", ending: ".md")
    }

    /// The lines of a page outside of its blocks of code; nil when a block does not end.
    private func prose(of page: String) throws -> [Substring]? {
        var isCode = false
        let lines = try text(page).split(separator: "\n", omittingEmptySubsequences: false)
            .filter { line in
                if line.hasPrefix("```") { isCode.toggle() }
                return !isCode
            }
        return isCode ? nil : lines
    }

    /// What links behind `#` name: headings as pages that show Markdown turn them into anchors.
    private func anchors(of page: String) throws -> Set<String> {
        let headings = (try prose(of: page) ?? []).filter { $0.hasPrefix("#") }
        return Set(
            headings.map { heading in
                heading.drop { $0 == "#" || $0 == " " }.lowercased()
                    .filter { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" || $0 == " " }
                    .replacing(" ", with: "-")
            }
        )
    }

    @Test func `every block of code ends, and links into pages lead to a heading`() throws {
        for page in pages {
            #expect(try prose(of: page) != nil, "\(page) has a block of code that does not end")
            let folder = page.split(separator: "/").dropLast().joined(separator: "/")
            for match in try text(page).matches(of: #/\]\(([^)#:\s]*)#([^)\s]*)\)/#) {
                let path = "\(folder)/\(match.1)"
                let target =
                    match.1.isEmpty ? page : String(URL(filePath: "/" + path).standardizedFileURL.path.dropFirst())
                guard target.hasSuffix(".md") else { continue }
                let anchors = try anchors(of: target)
                #expect(anchors.contains(String(match.2)), "\(page) links to \(match.1)#\(match.2)")
            }
        }
    }

    @Test func `links between pages lead somewhere`() throws {
        for page in pages {
            let folder = page.split(separator: "/").dropLast().joined(separator: "/")
            for match in try text(page).matches(of: #/\]\(([^)#:\s]+)(#[^)]*)?\)/#) {
                let target = "\(PostgresInstallations.root)/\(folder)/\(match.1)"
                #expect(FileManager.default.fileExists(atPath: target), "\(page) links to \(match.1)")
            }
        }
    }
}

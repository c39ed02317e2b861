import ArgumentParser
import Diagnostics
import FleetModel
import Glibc
import History
import Providers
import Resources

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Looks whether this host has what pgsteer needs, and whether the home is sound; changes nothing."
    )

    @OptionGroup var global: GlobalOptions

    private struct Finding {
        var isGood: Bool
        var text: String
        var help: String?
    }

    func run() async throws {
        let terminal = Terminal(global)
        let session = await FleetSession(global)
        var findings = host(session) + home(session)
        do {
            findings += try await instances(session)
        } catch {
            findings.append(Finding(isGood: false, text: "the home cannot be read: \(error)"))
        }
        for finding in findings {
            let sign =
                finding.isGood
                ? terminal.resultStyle.paint("ok     ", .good) : terminal.resultStyle.paint("PROBLEM", .error)
            terminal.write("\(sign)  \(finding.text)\n")
            if let help = finding.help { terminal.write("         help: \(help)\n") }
        }
        if findings.contains(where: { !$0.isGood }) { throw ExitCode(1) }
    }

    private func host(_ session: FleetSession) -> [Finding] {
        let folders = session.local.binaries.folders.sorted { $0.key < $1.key }
        var findings = folders.map { Finding(isGood: true, text: "PostgreSQL \($0.key) in \($0.value)") }
        if folders.isEmpty {
            findings.append(
                Finding(isGood: false, text: "no PostgreSQL server programs", help: "apt-get install postgresql")
            )
        }
        if let program = LocalProvider.gatewayProgram {
            findings.append(Finding(isGood: true, text: "HAProxy in \(program)"))
        } else {
            findings.append(Finding(isGood: false, text: "no HAProxy", help: "apt-get install haproxy"))
        }
        let caller = SystemUser.caller
        if !caller.isRoot {
            findings.append(Finding(isGood: true, text: "servers run as \(caller.name)"))
        } else if let user = session.local.serverUser {
            findings.append(Finding(isGood: true, text: "servers run as \(user.name)"))
        } else {
            findings.append(
                Finding(
                    isGood: false,
                    text: "no user postgres to run servers as",
                    help: "install PostgreSQL from packages"
                )
            )
        }
        return findings
    }

    private func home(_ session: FleetSession) -> [Finding] {
        let home = session.home
        guard FileManager.default.fileExists(atPath: home.path) else {
            return [Finding(isGood: true, text: "home \(home.path) does not exist yet; apply makes it")]
        }
        var findings = [Finding(isGood: true, text: "home \(home.path)")]
        if FileManager.default.fileExists(atPath: home.history) {
            do {
                let store = try HistoryStore(path: home.history)
                _ = try store.actions(instance: nil, limit: 1)
                findings.append(Finding(isGood: true, text: "history \(home.history)"))
            } catch {
                let help = "move the file away; only history is lost"
                findings.append(Finding(isGood: false, text: "the history cannot be read: \(error)", help: help))
            }
        }
        return findings
    }

    private func instances(_ session: FleetSession) async throws -> [Finding] {
        try await session.instances(named: nil)
            .map { instance in
                let placement = instance.placement
                let isGood = placement.state == .running && placement.endpoint?.isOpen ?? false
                let endpoint = placement.endpoint.map { ", endpoint \($0.isOpen ? "open" : "closed")" } ?? ""
                let help = placement.problem ?? (isGood ? nil : "pgsteer apply brings it back")
                return Finding(
                    isGood: isGood,
                    text: "instance \(placement.name): \(placement.state.rawValue)\(endpoint)",
                    help: help
                )
            }
    }
}

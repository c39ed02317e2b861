import ArgumentParser
import GitSpecs
import Providers
import Reconciliation

struct AcceptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "accept",
        abstract: "Lets a commit come into force that does not follow the one in force.",
        discussion: """
            A loop that follows a repository (pgsteer run --git) takes only commits that follow the one in force. When a \
            branch was replaced, by a forced push, or where a commit that comes along is not signed, the newest commit \
            waits until somebody accepts it; get conditions and describe show it. Look at what it changes first: git diff IN-FORCE COMMIT.
            """
    )

    @Argument(help: "The commit, or at least 7 digits of its beginning.")
    var commit: String

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let terminal = Terminal(global)
        do {
            let session = await FleetSession(global)
            let wanted = commit.lowercased()
            let state = await LoopListing.state(of: session.home) { $0.git?.awaitsConsent?.hasPrefix(wanted) ?? false }
            guard let waiting = state?.git?.awaitsConsent else {
                throw ProviderError(
                    "no commit waits to be accepted in \(session.home.path)",
                    help: "pgsteer get conditions shows what the loop waits for"
                )
            }
            guard commit.count >= 7 || !waiting.hasPrefix(wanted) else {
                throw ProviderError(
                    "\(commit) may be the beginning of other commits, too",
                    help: "name at least 7 digits: pgsteer accept \(GitObject.shown(waiting))"
                )
            }
            guard waiting.hasPrefix(wanted) else {
                throw ProviderError(
                    "commit \(commit) does not wait to be accepted; \(GitObject.shown(waiting)) does",
                    help:
                        "the branch may have moved again; look at that commit, then: pgsteer accept \(GitObject.shown(waiting))"
                )
            }
            let files = LocalFiles(effects: session.effects)
            try files.makeFolder(session.home.git, mode: 0o755)
            try files.write(waiting + "\n", to: GitFolder.consent(in: session.home), mode: 0o600)
            terminal.write("Accepted commit \(GitObject.shown(waiting)); the loop brings it into force.\n")
        } catch {
            throw terminal.failure(error)
        }
    }
}

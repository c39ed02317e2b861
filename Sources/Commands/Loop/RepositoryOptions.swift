import ArgumentParser
import GitSpecs
import Glibc
import Providers

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The repository that the loop follows instead of a folder.
struct RepositoryOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Follow a repository instead of a folder: https://, ssh://, HOST:PATH, or a path. It holds no password.",
            valueName: "url"
        )
    )
    var git: String?

    @Option(
        help: ArgumentHelp(
            "With --git: the branch, the tag or the whole commit id; main by default.",
            valueName: "name"
        )
    )
    var ref: String?

    @Option(
        help: ArgumentHelp(
            "With --git: the folder or file with the specifications; specs by default.",
            valueName: "path"
        )
    )
    var path: String?

    @Option(
        help: ArgumentHelp(
            "With --git: only commits signed by somebody in this file of allowed signers, or by a key in this folder of GnuPG's.",
            valueName: "file"
        ),
        completion: .file()
    )
    var verifySignatures: String?

    @Option(help: ArgumentHelp("With --git: how long one call of git may take; 60s by default.", valueName: "time"))
    var gitTimeout: SecondsArgument?

    func validate() throws {
        guard let git else {
            if ref != nil || path != nil || verifySignatures != nil || gitTimeout != nil {
                throw ValidationError("--ref, --path, --verify-signatures and --git-timeout belong to --git")
            }
            return
        }
        do throws(GitAddress.Refusal) { _ = try address(git) } catch { throw ValidationError("--git: \(error)") }
        if GitReference(ref ?? Self.usualReference) == nil {
            throw ValidationError("--ref is a branch, a tag or a whole commit id; \"\(ref ?? "")\" is no such name")
        }
        if GitOptions.path(path ?? Self.usualPath) == nil {
            throw ValidationError(
                "--path counts from the root of the repository and stays in it; \"\(path ?? "")\" does not"
            )
        }
        if let gitTimeout, gitTimeout.seconds < 1 { throw ValidationError("--git-timeout is 1 second or more") }
    }

    /// What the loop reads from; nil without `--git`.
    func source(_ session: FleetSession, interval: Int) throws -> GitSource? {
        guard let git, let reference = GitReference(ref ?? Self.usualReference),
            let path = GitOptions.path(path ?? Self.usualPath)
        else { return nil }
        var options = GitOptions(address: try address(git), reference: reference, path: path, interval: interval)
        options.timeLimit = gitTimeout?.seconds ?? options.timeLimit
        options.trust = try verifySignatures.map(trust)
        return GitSource(
            options,
            home: session.home,
            environment: ProcessInfo.processInfo.environment,
            effects: session.effects
        )
    }

    private static let usualReference = "main"
    private static let usualPath = "specs"

    private func address(_ text: String) throws(GitAddress.Refusal) -> GitAddress {
        try GitAddress(text, from: FileManager.default.currentDirectoryPath)
    }

    private static func isKeyring(_ folder: String) -> Bool {
        ["pubring.kbx", "pubring.gpg", "public-keys.d"].contains { LocalFiles.exists("\(folder)/\($0)") }
    }

    /// Whether a file has a line with principals and the type of a key.
    private static func namesSigners(_ file: String) -> Bool {
        let lines = (LocalFiles.text(file) ?? "").split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("#") }
        return lines.contains { line in
            line.split(whereSeparator: \.isWhitespace).dropFirst().contains { $0.contains(/^(sk-)?(ssh|ecdsa)-/) }
        }
    }

    private func trust(_ path: String) throws -> SignatureTrust {
        var isFolder: Bool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw ProviderError(
                "--verify-signatures: \(path) does not exist",
                help: "name a file of allowed signers (man ssh-keygen), or a folder for gpg --homedir"
            )
        }
        guard isFolder ? Self.isKeyring(path) : Self.namesSigners(path) else {
            throw ProviderError(
                "--verify-signatures: \(path) \(isFolder ? "has no keyring of GnuPG" : "names no signer"), so no commit would ever count",
                help: isFolder
                    ? "import the keys of those who sign: gpg --homedir \(path) --import KEY"
                    : "write a line for each signer, such as: ada@example.org ssh-ed25519 AAAA... (man ssh-keygen, ALLOWED SIGNERS)"
            )
        }
        // git runs elsewhere.
        let whole = path.hasPrefix("/") ? path : "\(FileManager.default.currentDirectoryPath)/\(path)"
        return isFolder ? .keyring(home: whole) : .signers(file: whole)
    }
}

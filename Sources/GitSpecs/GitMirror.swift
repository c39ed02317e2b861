import Providers

/// The mirror of one remote repository: the hands that fetch, compare, verify and read commits.
///
/// The mirror holds the whole history of what is followed, since only history tells whether a commit follows another. It can
/// be deleted at any time: it is fetched again.
struct GitMirror: Sendable {
    let program: GitProgram
    let folder: GitFolder
    let files: LocalFiles

    /// Where the newest fetched commit is kept, and the one in force; git throws away what no name leads to.
    private static let tip = "refs/pgsteer/tip"
    private static let inForce = "refs/pgsteer/in-force"

    // MARK: The remote

    /// Asks the remote where a branch or tag is; nil when it has none of that name.
    func remoteTip(of reference: GitReference) async throws(GitFailure) -> (reference: String, id: String)? {
        let arguments = ["ls-remote", GitProgram.remote] + reference.patterns
        return reference.found(in: try await program.succeed(arguments, .network).text)
    }

    /// Fetches a branch, a tag or a commit with its history; returns the commit.
    ///
    /// - Parameter isSHA256: What the repository names its objects by.
    func fetch(_ source: String, isSHA256: Bool) async throws(GitFailure) -> String {
        try await prepare(isSHA256: isSHA256)
        let arguments = [
            "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--force",
            GitProgram.remote, "+\(source):\(Self.tip)",
        ]
        do {
            _ = try await program.succeed(arguments, .network, in: folder.mirror)
        } catch {
            // What a killed git left behind, or a disk that was full, is not worth a repair.
            guard await isBroken(error) else { throw error }
            try discard()
            try await prepare(isSHA256: isSHA256)
            _ = try await program.succeed(arguments, .network, in: folder.mirror)
        }
        return try await commit(Self.tip)
    }

    /// The commit that was fetched last; nil before the first.
    func lastTip() async -> String? {
        guard LocalFiles.exists(folder.mirror) else { return nil }
        return try? await commit(Self.tip)
    }

    /// Fetches a commit by its id, from servers that give only what a branch or tag leads to, too.
    func fetch(commit id: String) async throws(GitFailure) -> String {
        if await has(id) { return id }
        do {
            return try await fetch(id, isSHA256: id.utf8.count == 64)
        } catch {
            let everything = [
                "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--force",
                GitProgram.remote, "+refs/heads/*:refs/pgsteer/all/heads/*", "+refs/tags/*:refs/pgsteer/all/tags/*",
            ]
            _ = try await program.succeed(everything, .network, in: folder.mirror)
            guard await has(id) else { throw error }
            return id
        }
    }

    // MARK: The mirror

    /// Whether the mirror has a commit.
    func has(_ id: String) async -> Bool {
        guard LocalFiles.exists(folder.mirror) else { return false }
        let output = try? await program.run(["cat-file", "-e", "\(id)^{commit}"], in: folder.mirror)
        return output?.code == 0
    }

    /// Whether a commit is another one, or has it among its ancestors.
    func isDescendant(_ id: String, of ancestor: String) async throws(GitFailure) -> Bool {
        // All of a commit's history is here, so what is not here is no part of it.
        guard await has(ancestor) else { return false }
        let output = try await program.run(["merge-base", "--is-ancestor", ancestor, id], in: folder.mirror)
        guard output.code <= 1 else { throw GitFailure(description: "git merge-base: \(output.message)") }
        return output.code == 0
    }

    /// Returns the first commit whose signature does not count: the one, else the oldest of those that come with it.
    ///
    /// What a merge brings comes with it, too: the side of a merge that somebody looks at last is not always the first.
    ///
    /// - Parameter inForce: The commit with which those before have come; nil when nothing else is asked for.
    func distrust(of id: String, after inForce: String?, _ trust: SignatureTrust) async throws(GitFailure)
        -> GitDistrust?
    {
        if let problem = try await signatureProblem(of: [id], trust) {
            return GitDistrust(commit: id, problem: problem)
        }
        guard let inForce, await has(inForce) else { return nil }
        let range = ["rev-list", "--reverse", "--topo-order", "\(inForce)..\(id)"]
        let commits = try await program.succeed(range, in: folder.mirror, limit: 64 << 20).text
            .split(separator: "\n").map(String.init).filter { $0 != id }
        for start in stride(from: 0, to: commits.count, by: Self.verifiedAtOnce) {
            let some = Array(commits[start..<min(start + Self.verifiedAtOnce, commits.count)])
            if try await signatureProblem(of: some, trust) == nil { continue }
            for commit in some {
                if let problem = try await signatureProblem(of: [commit], trust) {
                    return GitDistrust(commit: commit, problem: problem)
                }
            }
        }
        return nil
    }

    /// A program is started for each, and all of them have the time of one call.
    private static let verifiedAtOnce = 100

    /// Returns why the signature of one of some commits does not count; nil when all count.
    private func signatureProblem(of ids: [String], _ trust: SignatureTrust) async throws(GitFailure) -> String? {
        let output: GitProgram.Output =
            switch trust {
            case .signers(let file):
                try await program.run(
                    ["verify-commit"] + ids,
                    in: folder.mirror,
                    // A key that nobody is named for makes a valid signature, too.
                    settings: [("gpg.ssh.allowedSignersFile", file), ("gpg.minTrustLevel", "fully")]
                )
            case .keyring(let home):
                try await program.run(["verify-commit"] + ids, in: folder.mirror, variables: ["GNUPGHOME": home])
            }
        if output.code == 0 { return nil }
        return output.message.isEmpty ? "it has no signature" : output.message
    }

    /// Keeps the commit in force, whatever becomes of the remote's branch, and tidies up once in a while.
    func keep(_ id: String) async throws(GitFailure) {
        _ = try await program.succeed(["update-ref", Self.inForce, id], in: folder.mirror)
        _ = try await program.run(["gc", "--auto", "--quiet"], in: folder.mirror)
    }

    // MARK: Commits

    /// Chooses the specifications of a commit.
    func selection(of id: String, below root: String) async throws(GitFailure) -> GitTree.Selection {
        var arguments = ["ls-tree", "-r", "-z", "-l", "--full-tree", id]
        if root != "." { arguments += ["--", root] }
        let tree = GitTree(try await program.succeed(arguments, in: folder.mirror, limit: 64 << 20).bytes)
        let links = tree.links(below: root).filter { ($0.size ?? 0) < 4096 }
        let targets = try await contents(of: links.map(\.object)).map { String(decoding: $0, as: UTF8.self) }
        return tree.selection(
            below: root,
            targets: Dictionary(zip(links.map(\.path), targets)) { first, _ in first },
            commit: id
        )
    }

    /// Checks out files into a folder of the commit's own, which is there with all of them or not at all.
    func checkOut(_ id: String, _ selection: [GitTree.File]) async throws(GitFailure) {
        let target = folder.checkout(of: id)
        if LocalFiles.exists(target) { return }
        let contents = try await contents(of: selection.map(\.object))
        do throws(ProviderError) {
            let unfinished = folder.unfinished(id)
            try files.remove(unfinished)
            try files.makeFolder(unfinished, mode: 0o700)
            for (file, bytes) in zip(selection, contents) {
                let path = "\(unfinished)/\(file.path)"
                if let slash = path.lastIndex(of: "/") { try files.makeFolder(String(path[..<slash]), mode: 0o700) }
                try files.write(bytes: bytes, to: path, mode: 0o600)
            }
            try files.move(unfinished, to: target)
        } catch {
            throw GitFailure(description: "commit \(GitObject.shown(id)) could not be checked out: \(error.message)")
        }
    }

    private func contents(of objects: [String]) async throws(GitFailure) -> [[UInt8]] {
        if objects.isEmpty { return [] }
        let output = try await program.succeed(
            ["cat-file", "--batch"],
            in: folder.mirror,
            input: Array((objects.joined(separator: "\n") + "\n").utf8),
            limit: GitTree.totalLimit + objects.count * 100
        )
        guard let contents = GitBatch.contents(output.bytes, count: objects.count) else {
            throw GitFailure(description: "git cat-file: an object of the commit is not there or is no file")
        }
        return contents
    }

    private func commit(_ name: String) async throws(GitFailure) -> String {
        let id = try await program.succeed(["rev-parse", "--verify", "--quiet", "\(name)^{commit}"], in: folder.mirror)
            .text
        guard GitObject.isWhole(id) else { throw GitFailure(description: "\(name) leads to no commit") }
        return id
    }

    // MARK: Making and giving up

    /// Makes the mirror when there is none, or one whose objects are named otherwise.
    private func prepare(isSHA256: Bool) async throws(GitFailure) {
        if LocalFiles.exists(folder.mirror) {
            let format = try await program.run(["rev-parse", "--show-object-format"], in: folder.mirror)
            if format.code == 0, format.text == (isSHA256 ? "sha256" : "sha1") { return }
            try discard()
        }
        let unfinished = folder.mirror + ".new"
        try change { () throws(ProviderError) in try files.remove(unfinished) }
        _ = try await program.succeed([
            "init", "--bare", "--quiet", "--template=", "--object-format=\(isSHA256 ? "sha256" : "sha1")", unfinished,
        ])
        try change { () throws(ProviderError) in try files.move(unfinished, to: folder.mirror) }
    }

    /// Whether a fetch failed because of the mirror and not because of the remote.
    private func isBroken(_ failure: GitFailure) async -> Bool {
        if failure.description.contains(".lock") { return true }
        let check = try? await program.run(
            ["fsck", "--connectivity-only", "--no-dangling", "--no-progress"],
            in: folder.mirror
        )
        return check.map { $0.code != 0 } ?? false
    }

    private func discard() throws(GitFailure) {
        try change { () throws(ProviderError) in try files.remove(folder.mirror) }
    }

    private func change(_ body: () throws(ProviderError) -> Void) throws(GitFailure) {
        do throws(ProviderError) { try body() } catch { throw GitFailure(description: error.message) }
    }
}

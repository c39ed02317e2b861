import Providers

/// What keeps a repository from being followed, in words for people.
struct GitFailure: Error, Sendable, CustomStringConvertible {
    var description: String
}

/// Runs the git program, each time within a limit, without a shell and without anybody's configuration in the way.
///
/// What git is told stands in its environment and not in argv, so that `ps` shows no address. Of the user's configuration
/// only what leads to a repository counts, and only where one is reached: credential helpers, `core.sshCommand`,
/// `url.*.insteadOf`, proxies. Hooks, filters, attributes and helpers for other protocols never run.
struct GitProgram: Sendable {
    let address: GitAddress
    /// Where git works; no repository above it is found.
    let folder: String
    /// The caller's environment, of which git gets what it needs to reach a repository.
    let environment: [String: String]
    /// Seconds that one call may take.
    let timeLimit: Int

    /// The name of the remote, which no user's configuration has.
    static let remote = "pgsteer"
    private static let git = "/usr/bin/git"

    enum Reach {
        /// Only the mirror.
        case local
        /// The remote repository, too.
        case network
    }

    struct Output: Sendable {
        var code: Int
        var bytes: [UInt8]
        /// What git said on stderr, in one line.
        var message: String

        var text: String {
            let text = String(decoding: bytes, as: UTF8.self)
            return text.hasSuffix("\n") ? String(text.dropLast()) : text
        }
    }

    /// Runs a command to its end, whatever it ends with; throws when it cannot be started or takes too long.
    ///
    /// - Parameters:
    ///   - mirror: The repository that the command is about.
    ///   - settings: What of git's configuration is to be different.
    func run(
        _ arguments: [String],
        _ reach: Reach = .local,
        in mirror: String? = nil,
        input: [UInt8] = [],
        limit: Int = 4 << 20,
        settings: [(String, String)] = [],
        variables: [String: String] = [:]
    ) async throws(GitFailure) -> Output {
        var all = self.variables(reach, settings)
        if let mirror { all["GIT_DIR"] = mirror }
        all.merge(variables) { $1 }
        let command = "git \(arguments.first ?? "")"
        let result: BoundedProcess.Result
        do {
            result = try await BoundedProcess.run(
                Self.git,
                arguments,
                environment: all,
                in: folder,
                input: input,
                seconds: timeLimit,
                outputLimit: limit
            )
        } catch {
            throw GitFailure(description: shown(error.message))
        }
        if result.hasTimedOut { throw GitFailure(description: "\(command) gave no answer within \(timeLimit) s") }
        if result.code == 126 || result.code == 127 {
            throw GitFailure(description: "there is no \(Self.git); install git")
        }
        return Output(code: result.code, bytes: result.output, message: shown(result.errors))
    }

    /// The same for commands that have failed when they end with anything but 0.
    func succeed(
        _ arguments: [String],
        _ reach: Reach = .local,
        in mirror: String? = nil,
        input: [UInt8] = [],
        limit: Int = 4 << 20
    ) async throws(GitFailure) -> Output {
        let output = try await run(arguments, reach, in: mirror, input: input, limit: limit)
        guard output.code == 0 else {
            let reason = output.message.isEmpty ? "exit status \(output.code)" : output.message
            throw GitFailure(description: "git \(arguments.first ?? ""): \(reason)")
        }
        return output
    }

    /// One line of at most a few hundred characters, without the address that git was given.
    private func shown(_ text: String) -> String {
        let line = address.hide(in: text).split(whereSeparator: \.isNewline).joined(separator: "; ")
        return line.count > 400 ? "\(line.prefix(400))..." : line
    }

    // MARK: Environment

    private static let base: [(String, String)] = [
        ("core.hooksPath", "/dev/null"), ("core.attributesFile", "/dev/null"), ("core.fsmonitor", "false"),
        ("protocol.allow", "never"), ("protocol.ext.allow", "never"), ("protocol.https.allow", "always"),
        ("protocol.http.allow", "always"), ("protocol.ssh.allow", "always"), ("protocol.git.allow", "always"),
        ("protocol.file.allow", "always"), ("transfer.credentialsInUrl", "die"), ("submodule.recurse", "false"),
        ("fetch.recurseSubmodules", "false"), ("fetch.writeCommitGraph", "false"), ("maintenance.auto", "false"),
        ("gc.autoDetach", "false"), ("safe.directory", "*"), ("http.lowSpeedLimit", "1"), ("http.lowSpeedTime", "30"),
    ]

    /// What of the caller's environment git gets where it reaches a repository.
    private static let passed: Set<String> = [
        "SSH_AUTH_SOCK", "SSH_ASKPASS", "SSH_ASKPASS_REQUIRE", "DISPLAY", "GIT_ASKPASS", "GIT_SSH", "GIT_SSH_COMMAND",
        "GIT_SSH_VARIANT", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "SSL_CERT_FILE", "SSL_CERT_DIR", "XDG_CONFIG_HOME",
        "XDG_CACHE_HOME", "XDG_RUNTIME_DIR", "CREDENTIALS_DIRECTORY", "http_proxy", "https_proxy", "HTTPS_PROXY",
        "no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY",
    ]
    /// Variables for somebody's own credential helper start with it.
    private static let prefix = "PGSTEER_GIT_"

    private func variables(_ reach: Reach, _ settings: [(String, String)]) -> [String: String] {
        var variables = [
            "PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0", "GIT_LITERAL_PATHSPECS": "1", "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_OPTIONAL_LOCKS": "0", "GIT_CEILING_DIRECTORIES": parent,
        ]
        switch reach {
        case .local:
            variables["GIT_CONFIG_GLOBAL"] = "/dev/null"
            variables["HOME"] = folder
        case .network:
            for (name, value) in environment where Self.passed.contains(name) || name.hasPrefix(Self.prefix) {
                variables[name] = value
            }
            variables["HOME"] = environment["HOME"] ?? SystemUser.caller.home ?? "/"
            // Who set up a PATH may have put the credential helper there.
            variables["PATH"] = environment["PATH"] ?? variables["PATH"]
        }
        let all = Self.base + [("remote.\(Self.remote).url", address.text)] + settings
        variables["GIT_CONFIG_COUNT"] = String(all.count)
        for (number, setting) in all.enumerated() {
            variables["GIT_CONFIG_KEY_\(number)"] = setting.0
            variables["GIT_CONFIG_VALUE_\(number)"] = setting.1
        }
        return variables
    }

    private var parent: String { folder.lastIndex(of: "/").map { String(folder[..<$0]) } ?? "/" }
}

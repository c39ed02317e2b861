import FleetModel
import Providers

/// Sends a document to an address, by the curl program.
///
/// The address is a secret: curl reads it from stdin, so that it stands neither in argv nor in an environment, and nothing
/// that curl says is repeated.
struct Webhook: Sendable {
    let environment: [String: String]

    private static let program = "/usr/bin/curl"
    private static let seconds = 10
    /// What of the caller's environment leads to other hosts.
    private static let passed = [
        "http_proxy", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR",
    ]

    /// Returns why the document was not taken; nil when it was.
    func post(_ body: String, to address: Secret) async -> String? {
        var variables = ["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"]
        for name in Self.passed { variables[name] = environment[name] }
        do {
            let result = try await BoundedProcess.run(
                Self.program,
                ["--disable", "--config", "-"],
                environment: variables,
                in: "/",
                input: Array(Self.configuration(body, to: address).utf8),
                seconds: Self.seconds + 2
            )
            return Self.problem(code: result.code, answer: String(decoding: result.output, as: UTF8.self))
        } catch {
            return "curl could not be run"
        }
    }

    /// What curl reads (man curl, `--config`).
    static func configuration(_ body: String, to address: Secret) -> String {
        """
        url = \(quoted(address.revealed))
        request = "POST"
        header = "Content-Type: application/json"
        header = "Expect:"
        user-agent = "pgsteer"
        data-binary = \(quoted(body))
        output = "/dev/null"
        write-out = "%{http_code}"
        proto = "=http,https"
        max-time = \(seconds)
        connect-timeout = \(seconds / 2)
        globoff
        silent

        """
    }

    private static func quoted(_ text: String) -> String {
        let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
            .replacing("\r", with: "\\r").replacing("\t", with: "\\t")
        return "\"\(escaped)\""
    }

    /// What became of it, by curl's exit status (man curl) and by HTTP's.
    static func problem(code: Int, answer: String) -> String? {
        switch code {
        case 0:
            guard let status = Int(answer), !(200..<300).contains(status) else { return nil }
            return "it answers with HTTP \(status)"
        case 6: return "its host is not known"
        case 7: return "nobody listens there"
        case 28, 124, 137: return "it gives no answer within \(seconds) s"
        case 35, 51, 53, 54, 58, 59, 60, 77, 80, 82, 83, 90, 91: return "no trusted connection can be made (TLS)"
        case 126, 127: return "there is no \(program); install curl"
        default: return "curl ends with \(code)"
        }
    }
}

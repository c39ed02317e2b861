import ArgumentParser

struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Prints a first specification with comments: pgsteer init > specs/first.yaml"
    )

    @Option(help: "The name of the instance.")
    var name = "orders"

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard name.wholeMatch(of: /[A-Za-z0-9_][A-Za-z0-9_-]{0,59}/) != nil else {
            throw ValidationError("an instance name has 1 to 60 letters, digits, \"_\" or \"-\"")
        }
    }

    func run() async throws { Terminal(global).write(FirstSpecification.text(instance: name)) }
}

/// The specification that `init` prints; a test reads it back.
enum FirstSpecification {
    static func text(instance: String) -> String {
        """
        # One PostgreSQL instance. Every key is explained by: pgsteer explain Instance
        # For completion in an editor: pgsteer schema > pgsteer-v1.json, then uncomment the next line.
        # yaml-language-server: $schema=pgsteer-v1.json
        apiVersion: pgsteer/v1
        kind: Instance
        metadata:
          name: \(instance)
          tags: { env: dev }
        spec:
          version: 15                       # PostgreSQL's major version
          size: { cpu: 2, memory: 512MiB, storage: 10GiB }
          admin:                            # may make databases and roles; is no superuser
            name: dbadmin
            passwordFrom: { env: \(variable(instance))_ADMIN_PASSWORD }
          accounts:
            - name: app
              passwordFrom: { env: \(variable(instance))_APP_PASSWORD }
              remark: the application
          databases:
            - { name: app, owner: app }
          parameters:
            log_min_duration_statement: 500ms
          # What this file does not mention is left alone. A parameter that is taken out again is put back.
          protection: { deletion: true }    # pgsteer destroy is refused until this is false

        """
    }

    private static func variable(_ name: String) -> String {
        let text = String(name.uppercased().map { $0 == "-" ? "_" : $0 })
        return text.first?.isNumber ?? true ? "PG_\(text)" : text
    }
}

import Resources
import TestSupport
import Testing

/// Values drawn from the catalogue, spelled in many ways, on a live server of every major there is.
@Suite struct ParameterPropertyTests {
    /// Parameters whose values name things that are not there, or that keep a small server from working.
    static let leftOut: Set<String> = [
        "default_tablespace", "temp_tablespaces", "default_table_access_method", "default_text_search_config",
        "session_authorization",
        "role", "local_preload_libraries", "session_preload_libraries", "jit_provider", "log_timezone",
        "timezone_abbreviations",
        "lc_messages", "lc_monetary", "lc_numeric", "lc_time", "wal_consistency_checking", "backtrace_functions",
        "event_source",
        "default_transaction_read_only", "transaction_read_only", "transaction_isolation", "transaction_deferrable",
        "wal_sync_method",
        "post_auth_delay", "pre_auth_delay", "authentication_timeout", "statement_timeout", "lock_timeout",
        "transaction_timeout",
        "idle_session_timeout", "debug_discard_caches", "ignore_checksum_failure", "zero_damaged_pages", "fsync",
        "full_page_writes",
        "allow_system_table_mods", "auth_delay.milliseconds", "wal_compression", "default_toast_compression",
        "row_security",
        "tcp_user_timeout", "client_connection_check_interval", "debug_io_direct", "max_stack_depth",
        "trace_recovery_messages",
        "io_combine_limit", "effective_io_concurrency", "maintenance_io_concurrency", "commit_timestamp_buffers",
        "seed", "wal_skip_threshold",
        "restrict_nonsystem_relation_kind", "unix_socket_permissions", "log_statement_max_length", "xmloption",
        "xmlbinary",
        "output_plugin_libraries", "allow_alter_system", "file_extend_method", "ssl_groups",
        "debug_logical_replication_streaming",
        "logical_replication_mode", "recovery_init_sync_method", "vacuum_buffer_usage_limit",
    ]

    @Test(arguments: PostgresInstallations.majors)
    func `parameters of every kind are then as desired, and put back when they are no longer mentioned`(major: Int)
        async throws
    {
        var generator = SeededGenerator(seed: UInt64(major) * 7919)
        let candidates = ParameterCatalogue.definitions(major: major).values.sorted { $0.name < $1.name }
            .filter { definition in
                [.sighup, .superuser, .user, .superuserBackend, .backend].contains(definition.context)
                    && ReservedParameters.reason(for: definition.name) == nil && !Self.leftOut.contains(definition.name)
                    && !definition.name.contains(".") && definition.kind != .string
            }
        try await TemporaryHome.with { home in
            for round in 0..<3 {
                let chosen = candidates.shuffled(using: &generator).prefix(60)
                let lines = chosen.map { "    \($0.name): \"\(Self.value(for: $0, &generator))\"" }
                try home.write(Self.specification(major: major, lines))
                let applied = try await home.run("apply", "specs", "--yes")
                #expect(applied.isSuccess, "round \(round): \(applied.errors)")
                let plan = try await home.run("plan", "specs", "--detailed-exitcode")
                #expect(plan.code == 0, "round \(round): \(plan.output)\(plan.errors)")
            }
            try home.write(Self.specification(major: major, []))
            #expect(try await home.run("apply", "specs", "--yes").isSuccess)
            let listed = try await home.run("plan", "specs", "--show-unmanaged")
            #expect(!listed.output.contains("(put back)"), "\(listed.output)")
        }
    }

    private static func specification(major: Int, _ lines: [String]) -> String {
        """
        apiVersion: pgsteer/v1
        kind: Instance
        metadata: { name: orders }
        spec:
          version: \(major)
          protection: { deletion: false }
          parameters:
            shared_buffers: 16MB
        \(lines.joined(separator: "\n"))
        """
    }

    static func value(for definition: ParameterDefinition, _ generator: inout SeededGenerator) -> String {
        switch definition.kind {
        case .bool:
            ["on", "off", "true", "FALSE", "yes", "n", "1", "0", "t", "of"].randomElement(using: &generator) ?? "on"
        case .enum:
            definition.choices.filter { !$0.isEmpty }.randomElement(using: &generator)
                .map { Bool.random(using: &generator) ? $0.uppercased() : $0 } ?? ""
        case .real:
            String(clamped(Double.random(in: 0...3, using: &generator), to: definition).rounded(toPlaces: 3))
        case .integer: integer(for: definition, &generator)
        case .string: definition.defaultValue
        }
    }

    private static func integer(for definition: ParameterDefinition, _ generator: inout SeededGenerator) -> String {
        let base = Int(definition.defaultValue) ?? 1
        let number = Int(clamped(Double(max(base, 1) + Int.random(in: 0...9, using: &generator)), to: definition))
        guard let unit = definition.unit, number > 0, Bool.random(using: &generator) else { return String(number) }
        // The same number in another unit where it divides, and in hexadecimal where there is none.
        return switch unit {
        case "kB": "\(number)kB"
        case "8kB": "\(number * 8)kB"
        case "ms": "\(number)ms"
        case "s": "\(Double(number) / 60)min"
        case "min": "\(number * 60)s"
        case "MB": "\(number * 1024)kB"
        default: "0x" + String(number, radix: 16)
        }
    }

    private static func clamped(_ number: Double, to definition: ParameterDefinition) -> Double {
        min(max(number, definition.minimum ?? number), definition.maximum ?? number)
    }
}

extension Double {
    fileprivate func rounded(toPlaces places: Int) -> Double {
        var factor = 1.0
        for _ in 0..<places { factor *= 10 }
        return (self * factor).rounded() / factor
    }
}

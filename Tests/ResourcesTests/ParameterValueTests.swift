import Resources
import Testing

private func definition(_ name: String, major: Int = 15) throws -> ParameterDefinition {
    try #require(ParameterCatalogue.definition(of: name, major: major))
}

@Suite struct ParameterValueTests {
    @Test(arguments: [
        ("work_mem", "8MB", "8192"), ("work_mem", "8192kB", "8192"), ("work_mem", "8192", "8192"),
        ("work_mem", " 8 MB ", "8192"),
        ("shared_buffers", "128MB", "16384"), ("shared_buffers", "1.5GB", "196608"),
        ("shared_buffers", "0x4000", "16384"),
        ("checkpoint_timeout", "5min", "300"), ("checkpoint_timeout", "300s", "300"),
        ("checkpoint_timeout", "0.5h", "1800"),
        ("deadlock_timeout", "1s", "1000"), ("log_min_duration_statement", "-1", "-1"),
        ("wal_segment_size", "16MB", "16777216"),
        ("random_page_cost", "1.10", "1.1"), ("random_page_cost", "4", "4"), ("random_page_cost", "1e1", "10"),
        ("random_page_cost", "1.5E+1", "15"), ("work_mem", "\t8MB\t", "8192"), ("max_connections", "0X1F4", "500"),
        ("autovacuum_vacuum_cost_delay", "2ms", "2"), ("bgwriter_delay", "200", "200"),
        ("enable_seqscan", "true", "on"), ("enable_seqscan", "1", "on"), ("enable_seqscan", "NO", "off"),
        ("enable_seqscan", "of", "off"),
        ("client_min_messages", "debug", "debug2"), ("client_min_messages", "info", "info"),
        ("log_min_messages", "Debug", "debug2"),
        ("wal_level", "LOGICAL", "logical"), ("synchronous_commit", "true", "on"),
        ("constraint_exclusion", "off", "off"),
    ])
    func `values that mean the same are the same`(name: String, written: String, normalised: String) throws {
        #expect(try definition(name).normalise(written) == normalised)
    }

    @Test(arguments: [
        ("work_mem", "8mb"), ("work_mem", "8 bananas"), ("work_mem", "x"), ("work_mem", "1"), ("work_mem", "3TB"),
        ("work_mem", "5min"),
        ("max_connections", "0"), ("max_connections", "10MB"), ("max_connections", ""), ("enable_seqscan", "o"),
        ("enable_seqscan", "2"),
        ("wal_level", "logicl"), ("random_page_cost", "-1"), ("random_page_cost", "1.1.1"),
        ("checkpoint_timeout", "1MB"), ("work_mem", "--8MB"), ("work_mem", "8+MB"), ("work_mem", "8\u{301}MB"),
        ("work_mem", " "), ("deadlock_timeout", "20µs"), ("random_page_cost", "1e"), ("max_connections", "0x"),
    ])
    func `values that the server would refuse are refused`(name: String, written: String) throws {
        let definition = try definition(name)
        #expect(throws: ParameterDefinition.Refusal.self) { try definition.normalise(written) }
    }

    @Test(arguments: [
        ("work_mem", "8mb", "write 8MB; the case of units counts"), ("work_mem", "64MiB", "write 64MB"),
        ("work_mem", "2m", "write 2MB"), ("checkpoint_timeout", "5m", "write 5min"),
        ("checkpoint_timeout", "90 seconds", "write 90s"), ("random_page_cost", "1,5", "write 1.5, with a point"),
        (
            "work_mem", "8 bananas",
            "a number without a unit counts kB; the units are B, kB, MB, GB, TB and their case counts"
        ),
    ])
    func `what is refused is told with what to write`(name: String, written: String, help: String) throws {
        let definition = try definition(name)
        #expect { try definition.normalise(written) } throws: { ($0 as? ParameterDefinition.Refusal)?.help == help }
    }

    @Test(arguments: [
        ("shared_buffers", "16384", "128MB"), ("work_mem", "4096", "4MB"), ("work_mem", "1000", "1000kB"),
        ("checkpoint_timeout", "300", "5min"), ("log_min_duration_statement", "-1", "-1"),
        ("max_connections", "100", "100"),
    ])
    func `an observed value is shown as a person would write it`(name: String, setting: String, shown: String) throws {
        #expect(try definition(name).shown(setting) == shown)
    }

    @Test(arguments: ParameterCatalogue.majors)
    func `every default of the catalogue is a value of its parameter`(major: Int) throws {
        let all = ParameterCatalogue.definitions(major: major).values
        #expect(all.count > 350)
        for definition in all where definition.context != .internal {
            #expect(throws: Never.self, "\(definition.name)") { try definition.normalise(definition.defaultValue) }
        }
    }

    @Test func `names are found whatever their case, and spelled as PostgreSQL does`() throws {
        #expect(try definition("datestyle").name == "DateStyle")
        #expect(ParameterCatalogue.definition(of: "io_method", major: 15) == nil)
        #expect(ParameterCatalogue.definition(of: "io_method", major: 18) != nil)
    }

    @Test(arguments: [
        "port", "data_directory", "listen_addresses", "ssl_key_file", "archive_command", "recovery_target_time",
    ])
    func `what belongs to the service is refused with the reason`(name: String) {
        #expect(ReservedParameters.reason(for: name) != nil)
        #expect(ReservedParameters.reason(for: "work_mem") == nil)
    }
}

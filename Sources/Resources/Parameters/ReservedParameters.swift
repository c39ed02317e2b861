/// Parameters that are the service's and not the user's, with the reason that is told when one is set.
package enum ReservedParameters {
    /// Returns why a parameter cannot be set in a specification, or nil when it can.
    package static func reason(for name: String) -> String? {
        let name = name.lowercased()
        if let reason = reasons[name] { return reason }
        return prefixes.first { name.hasPrefix($0.prefix) }?.reason
    }

    private static let location = "the provider decides where an instance's files are"
    private static let address = "the instance's endpoint is kept by the gateway; see network"
    private static let encryption = "the provider keeps the server's certificates"
    private static let archive = "write-ahead log is archived as backup says"
    private static let replication = "the provider sets up replication; see availability"
    private static let recovery = "recovery is the provider's; it is set for a restore only"
    private static let logs = "the provider keeps the server's log files"
    private static let session = "each session sets it for itself, so a server-wide value has no effect"
    private static let login = "a session begins as the role that logs in; memberships let it use what others have"
    private static let identity = "it is set to the instance's name"

    private static let reasons: [String: String] = [
        "data_directory": location, "config_file": location, "hba_file": location, "ident_file": location,
        "external_pid_file": location, "dynamic_library_path": location, "extension_control_path": location,
        "unix_socket_directories": location, "unix_socket_group": location, "unix_socket_permissions": location,
        "stats_temp_directory": location, "krb_server_keyfile": location,
        "port": address, "listen_addresses": address, "bonjour": address, "bonjour_name": address,
        "ssl": encryption, "ssl_cert_file": encryption, "ssl_key_file": encryption, "ssl_ca_file": encryption,
        "ssl_crl_file": encryption, "ssl_crl_dir": encryption, "ssl_dh_params_file": encryption,
        "ssl_passphrase_command": encryption, "ssl_passphrase_command_supports_reload": encryption,
        "archive_mode": archive, "archive_command": archive, "archive_library": archive,
        "restore_command": recovery, "archive_cleanup_command": recovery, "recovery_end_command": recovery,
        "promote_trigger_file": recovery,
        "primary_conninfo": replication, "primary_slot_name": replication, "hot_standby": replication,
        "synchronous_standby_names": replication, "synchronized_standby_slots": replication,
        "logging_collector": logs, "log_destination": logs, "log_directory": logs, "log_filename": logs,
        "log_file_mode": logs, "log_rotation_age": logs, "log_rotation_size": logs, "log_truncate_on_rotation": logs,
        "event_source": logs, "syslog_facility": logs, "syslog_ident": logs, "syslog_sequence_numbers": logs,
        "syslog_split_messages": logs,
        "role": login, "session_authorization": login,
        "application_name": session, "client_encoding": session,
        "cluster_name": identity,
        "db_user_namespace": "it would change the name that every role logs in with",
        "restart_after_crash": "the service restarts servers itself",
        "include": location, "include_dir": location, "include_if_exists": location,
    ]

    private static let prefixes: [(prefix: String, reason: String)] = [
        ("recovery_target", recovery)
    ]
}

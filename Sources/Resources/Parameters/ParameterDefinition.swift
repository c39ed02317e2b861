package import FleetModel

/// What PostgreSQL knows of one of its parameters, as `pg_settings` tells it (PostgreSQL manual, section 54.24).
///
/// A class, because every assignment of a fleet points at one and none is ever changed.
package final class ParameterDefinition: Sendable {
    package enum ValueKind: String, Sendable {
        case bool
        case integer
        case real
        case string
        case `enum`
    }

    /// When a change takes effect.
    package enum Context: String, Sendable {
        /// Fixed when the server was built or its data was made.
        case `internal`
        /// At the next start.
        case postmaster
        /// When the configuration is read again.
        case sighup
        case superuserBackend = "superuser-backend"
        case backend
        case superuser
        case user

        /// What setting such a parameter does to those who use the instance.
        package var impact: Impact {
            switch self {
            case .internal, .postmaster: .restart
            case .sighup, .superuserBackend, .backend, .superuser, .user: .reload
            }
        }
    }

    package let name: String
    package let kind: ValueKind
    /// The unit that a bare number counts in, such as `8kB` or `ms`.
    package let unit: String?
    package let context: Context
    package let minimum: Double?
    package let maximum: Double?
    package let choices: [String]
    package let defaultValue: String
    package let summary: String

    package init(
        name: String,
        kind: ValueKind,
        unit: String? = nil,
        context: Context,
        minimum: Double? = nil,
        maximum: Double? = nil,
        choices: [String] = [],
        defaultValue: String = "",
        summary: String = ""
    ) {
        self.name = name
        self.kind = kind
        self.unit = unit
        self.context = context
        self.minimum = minimum
        self.maximum = maximum
        self.choices = choices
        self.defaultValue = defaultValue
        self.summary = summary
    }
}

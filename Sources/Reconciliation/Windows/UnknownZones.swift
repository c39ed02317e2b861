package import Diagnostics
package import Resources
import SpecSchema

extension DiagnosticCode {
    package static let unknownZone = DiagnosticCode("PGS-113", "Time zone not known here")
}

/// Maintenance windows in time zones that this host does not know: they never open.
package enum UnknownZones {
    /// Returns a warning at each of them; none where the host knows no zones at all, so that it cannot tell.
    package static func warnings(on desired: DesiredFleet) -> [Diagnostic] {
        guard ZoneFiles.areThere else { return [] }
        let instances = desired.instances.values.flatMap { $0.maintenance?.value.windows?.value ?? [] }
        let migrations = desired.migrations.values.flatMap(\.writtenWindows)
        return (instances + migrations)
            .compactMap { written in
                guard let window = MaintenanceWindow(written.value), ZoneFiles.rules(window.zone) == nil else {
                    return nil
                }
                return Diagnostic(
                    .unknownZone,
                    "This host has no rules of the time zone \(window.zone): the window never opens here.",
                    at: written.range,
                    severity: .warning,
                    help: NearestName.question(window.zone, among: ZoneFiles.names.filter { $0 != window.zone })
                        ?? "write a zone as the tz database names it, such as Asia/Shanghai; install tzdata where it is missing"
                )
            }
    }
}

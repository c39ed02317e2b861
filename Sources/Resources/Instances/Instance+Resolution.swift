import Diagnostics
import FleetModel
import SpecSchema

extension InstanceDeclaration {
    /// Applies the fleet's defaults; nil when the instance has no version.
    ///
    /// - Parameter inherited: The parameters of the fleet and of the template.
    func resolved(
        defaults: InstanceDefaults,
        inherited: [ParameterAssignment],
        groups: SecurityGroups,
        isComplete: Bool,
        collector: inout DiagnosticCollector
    ) -> Instance? {
        guard let version = spec.version ?? defaults.version else {
            // A version that cannot be read has been told.
            guard isComplete else { return nil }
            collector.emit(
                Diagnostic(
                    .missingKey,
                    "Instance \(name) needs the key \"version\"; neither it nor the Fleet's defaults have one.",
                    at: range,
                    help: "version: PostgreSQL's major version, such as 15"
                )
            )
            return nil
        }
        let parameters = parameters(
            major: version.value,
            defaults: defaults,
            inherited: inherited,
            collector: &collector
        )
        let availability = availability(isComplete: isComplete, collector: &collector)
        if availability.value.mode == .dual {
            StandbyRequirements.check(parameters, of: name, collector: &collector)
        }
        if isComplete, let backup = spec.backup {
            backup.value.check(at: backup.range, of: name, collector: &collector)
            BackupRequirements.check(parameters, of: name, collector: &collector)
        }
        for entry in spec.drift?.value.ignore?.value ?? [] { entry.value.check(&collector) }
        return instance(version, defaults, groups, availability, parameters, collector: &collector)
    }

    private func instance(
        _ version: Located<Int>,
        _ defaults: InstanceDefaults,
        _ groups: SecurityGroups,
        _ availability: Located<AvailabilityPolicy>,
        _ parameters: [ParameterAssignment],
        collector: inout DiagnosticCollector
    ) -> Instance {
        let access = groups.access(spec.securityGroups, collector: &collector)
        return Instance(
            name: name,
            range: range,
            version: version,
            charset: spec.charset ?? defaults.charset ?? Located(.utf8, at: range),
            availability: availability,
            project: metadata.project,
            tags: metadata.tags,
            size: spec.size ?? defaults.size,
            connection: spec.connection?.value.connection,
            hasPublicEndpoint: spec.network?.value.isPublic,
            tls: spec.network?.value.tls,
            certificate: certificate(collector: &collector),
            access: access,
            rulePlaces: access.map { groups.places(of: $0.value) } ?? [],
            backup: spec.backup,
            origin: spec.origin(collector: &collector),
            maintenance: spec.maintenance,
            suspended: spec.suspend,
            logs: spec.logs.map { Located($0.value.policy, at: $0.range) },
            restartToken: spec.restartToken,
            deletionProtection: spec.protection?.value.deletion ?? Located(true, at: range),
            ignoredDrift: spec.drift?.value.ignore?.value ?? [],
            deletionPolicy: spec.deletionPolicy ?? Located(.retain, at: range),
            parameters: parameters
        )
    }

    /// A certificate says nothing where nobody speaks TLS.
    private func certificate(collector: inout DiagnosticCollector) -> Located<CertificateSpec>? {
        guard let certificate = spec.network?.value.certificate else { return nil }
        if spec.network?.value.tls.map({ $0.value == .off }) ?? true {
            collector.emitBadValue(
                "A certificate is of no use without TLS.",
                at: certificate.range,
                help: "write tls: require or tls: prefer beside it, or leave it out"
            )
        }
        return certificate
    }

    private func availability(isComplete: Bool, collector: inout DiagnosticCollector) -> Located<AvailabilityPolicy> {
        guard let written = spec.availability else { return Located(AvailabilityPolicy(), at: range) }
        let policy = written.value.policy(isComplete: isComplete, collector: &collector)
        return Located(policy, at: written.value.mode?.range ?? written.range)
    }

    /// Collects the parameters of all origins; for each name the last one wins.
    private func parameters(
        major: Int,
        defaults: InstanceDefaults,
        inherited: [ParameterAssignment],
        collector: inout DiagnosticCollector
    ) -> [ParameterAssignment] {
        var assignments: [ParameterAssignment] = []
        // A server that pgsteer did not make has been tuned by those who did.
        if spec.connection == nil, let size = spec.size ?? defaults.size {
            assignments += SizeParameters.assignments(
                memory: size.value.memory?.value,
                cpu: size.value.cpu?.value,
                storage: size.value.storage?.value,
                major: major,
                range: size.range
            )
        }
        assignments += inherited
        let own = spec.parameters?.value ?? []
        assignments += ParameterChecks.check(own, major: major, origin: .instance, collector: &collector)
        var winners: [String: Int] = [:]
        for (place, assignment) in assignments.enumerated() { winners[assignment.name] = place }
        return winners.sorted { $0.key < $1.key }.map { assignments[$0.value] }
    }
}

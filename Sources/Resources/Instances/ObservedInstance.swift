package import FleetModel

/// An instance as it is: what the provider sees of it, and what its server says when it can be asked.
package struct ObservedInstance: Sendable {
    package var placement: InstanceObservation
    /// Nil when the server does not run.
    package var server: ObservedServer?

    package init(placement: InstanceObservation, server: ObservedServer?) {
        self.placement = placement
        self.server = server
    }
}

/// What a running server says of itself.
package struct ObservedServer: Sendable {
    /// As PostgreSQL counts it: 150018 for 15.18.
    package var version: Int
    /// By name.
    package var parameters: [String: ObservedParameter]
    /// By kind, then by name.
    package var objects: [String: [String: any ObservedObject]]

    package init(
        version: Int,
        parameters: [String: ObservedParameter],
        objects: [String: [String: any ObservedObject]]
    ) {
        self.version = version
        self.parameters = parameters
        self.objects = objects
    }
}

/// The fleet as it is.
package struct ObservedFleet: Sendable {
    /// By name.
    package var instances: [String: ObservedInstance]

    package init(instances: [String: ObservedInstance]) {
        self.instances = instances
    }
}

extension ObservedServer {
    /// Returns the observed form of a desired object; nil when there is none by its name.
    package func observed<Object: ServerObject>(_ object: Object) -> Object.Observed? {
        objects[Object.kind]?[object.name] as? Object.Observed
    }
}

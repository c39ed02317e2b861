package import Backups
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
    /// By kind.
    package var objects: [String: [ResourceID: any ObservedObject]]
    /// The roles that are no accounts, which come with the server: the bootstrap superuser and the predefined ones; nil where
    /// they were not asked.
    package var builtInRoles: Set<Name>?
    /// What the session may not do; nil for a superuser's, which may do everything.
    package var missingRights: MissingRights?
    /// Databases that were left out because they could not be read, and why.
    package var unread: [Name: String] = [:]
    /// The parameters that `ALTER ROLE ALL` sets; asked only where nothing is declared.
    package var settingsOfAllRoles: [String] = []
    /// Who is connected; moves all the time, so nothing is decided by it.
    package var sessions: [ObservedSessions]
    /// What a restart leaves as it is; moves all the time.
    package var preparedTransactions: [ObservedPreparedTransaction] = []
    /// Who follows it; asked only where the instance has a standby.
    package var followers: [ObservedFollower] = []
    /// How much its data takes; nil where it was not asked, or would not say. Moves all the time.
    package var storage: ServerFigures.Storage?
    /// How it archives its log; moves all the time. Nil while it does not.
    package var archiver: ObservedArchiver?

    package init(
        version: Int,
        parameters: [String: ObservedParameter],
        objects: [String: [ResourceID: any ObservedObject]],
        sessions: [ObservedSessions] = []
    ) {
        self.version = version
        self.parameters = parameters
        self.objects = objects
        self.sessions = sessions
    }
}

/// The fleet as it is.
package struct ObservedFleet: Sendable {
    /// By name.
    package var instances: [String: ObservedInstance]
    /// What is kept of instances, also of those that are gone.
    package var archives: [ObservedArchive]
    /// Instances that others are copied from, where only a part of the fleet is looked at.
    package var sources: [String: InstanceObservation] = [:]
    /// Where migrations are that have begun, by name.
    package var migrations: [String: MigrationState] = [:]
    /// How migrations have begun whose documents say something else now, by name.
    package var otherMigrations: [String: String] = [:]
    /// Migrations that have begun and that no document declares: where each is, by name.
    package var undeclaredMigrations: [String: String] = [:]
    /// Migrations whose cut-over waits for a window, where one is open now.
    package var openCutovers: Set<String> = []

    package init(instances: [String: ObservedInstance], archives: [ObservedArchive] = []) {
        self.archives = archives
        self.instances = instances
    }
}

extension ObservedServer {
    /// Returns the observed form of a desired object; nil when there is none by its name.
    package func observed<Object: ServerObject>(_ object: Object) -> Object.Observed? {
        objects[Object.kind]?[object.id] as? Object.Observed
    }

    /// Returns the observed objects of a kind, by name of the resource.
    package func observed<Object: ServerObject>(_: Object.Type) -> [(id: ResourceID, object: Object.Observed)] {
        (objects[Object.kind] ?? [:]).compactMap { id, object in (object as? Object.Observed).map { (id, $0) } }
            .sorted { $0.id < $1.id }
    }
}

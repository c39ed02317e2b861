/// Every kind there is. A new kind is a folder beside this file and a line here.
package enum ResourceCatalog {
    package static let kinds: [any DocumentKind.Type] = [
        Fleet.self,
        Instance.self,
        Account.self,
        Database.self,
        Schema.self,
        Extension.self,
        Grant.self,
        ParameterTemplate.self,
        Migration.self,
        ReadOnlyGroup.self,
        SecurityGroup.self,
    ]

    /// The kinds that live inside a server, in the order in which they are observed; some are parts of others' documents.
    package static let serverObjects: [any ServerObject.Type] =
        kinds.compactMap { $0 as? any ServerObject.Type } + [AccountSettings.self]

    /// Returns a kind by its name, as in `kind: Instance`.
    package static func kind(named name: String) -> (any DocumentKind.Type)? { kinds.first { $0.kind == name } }

    /// Returns a kind that lives inside a server by its name.
    package static func serverObject(named name: String) -> (any ServerObject.Type)? {
        serverObjects.first { $0.kind == name }
    }
}

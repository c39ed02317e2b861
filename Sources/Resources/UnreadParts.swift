import FleetModel
import SpecSchema
import YAMLSyntax

/// What documents with mistakes may declare of one instance, so that it is not reported as missing elsewhere.
struct UnreadParts: Sendable {
    /// Every name that stands where a document could declare something, in lower case.
    private var names: Set<String> = []
    /// Whether a key was not understood or is missing: what it was to declare may have any name.
    private var isOpen = false

    mutating func insert(_ document: Document, isOpen: Bool) {
        self.isOpen = self.isOpen || isOpen
        if let name = document.metadata.name { names.insert(name.value.lowercased()) }
        if let spec = document.spec { insert(spec) }
    }

    /// Things are declared by the key `name`, or by their names alone in a list.
    private mutating func insert(_ node: YAMLNode) {
        for item in node.sequence ?? [] {
            if let text = item.scalar?.text { names.insert(text.lowercased()) }
            insert(item)
        }
        for entry in node.mapping ?? [] {
            if entry.key == "name", let text = entry.value.scalar?.text { names.insert(text.lowercased()) }
            insert(entry.value)
        }
    }

    func merging(_ other: UnreadParts) -> UnreadParts {
        var result = self
        result.names.formUnion(other.names)
        result.isOpen = isOpen || other.isOpen
        return result
    }

    /// Whether something that is referred to may be what could not be read.
    func mayDeclare(_ id: ResourceID) -> Bool {
        isOpen || id.kind == Instance.kind || names.contains(id.name.lowercased())
    }
}

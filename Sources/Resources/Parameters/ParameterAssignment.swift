package import Diagnostics
import FleetModel

/// A parameter that a specification sets, with where its value comes from.
package struct ParameterAssignment: Sendable {
    /// What gave the value; a later case wins over an earlier one.
    package enum Origin: Hashable, Sendable {
        /// Worked out from `size`.
        case size
        /// The fleet's defaults.
        case fleet
        /// A template.
        case template(String)
        /// The instance itself.
        case instance
    }

    /// As PostgreSQL spells it.
    package var name: String
    /// As written.
    package var value: String
    package var range: SourceRange
    package var origin: Origin
    /// What the catalogue knows; nil for a parameter of an extension that is in no catalogue.
    package var definition: ParameterDefinition?

    package init(
        name: String,
        value: String,
        range: SourceRange,
        origin: Origin,
        definition: ParameterDefinition?
    ) {
        self.name = name
        self.value = value
        self.range = range
        self.origin = origin
        self.definition = definition
    }
}

extension ParameterAssignment.Origin: CustomStringConvertible {
    package var description: String {
        switch self {
        case .size: "size"
        case .fleet: "fleet defaults"
        case .template(let name): "template \(name)"
        case .instance: "instance"
        }
    }
}

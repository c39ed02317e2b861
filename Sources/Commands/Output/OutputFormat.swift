import ArgumentParser

/// What a list is printed as.
enum ListFormat: String, ExpressibleByArgument, CaseIterable {
    case table
    case wide
    case json
    case yaml
    case name
}

/// What a plan is printed as.
enum PlanFormat: String, ExpressibleByArgument, CaseIterable {
    case text
    case json
    case markdown
    case github
    case sarif
}

/// What drift is printed as.
enum DriftFormat: String, ExpressibleByArgument, CaseIterable {
    case text
    case json
    case markdown
    case github
    case sarif
}

/// What mistakes in specifications are printed as.
enum DiagnosticFormat: String, ExpressibleByArgument, CaseIterable {
    case text
    case json
    case sarif
    case github
}

/// What the result of changes is printed as.
enum ReceiptFormat: String, ExpressibleByArgument, CaseIterable {
    case text
    case json
}

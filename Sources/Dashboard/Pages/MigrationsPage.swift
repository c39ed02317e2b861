/// The declared migrations.
struct MigrationsPage {
    let facts: FleetFacts

    var page: Page {
        var table = MarkupTable("Migrations", ["Migration", "From", "To", "Type", "Stage", "Lag"])
        for migration in facts.migrations {
            table.add(
                "\(migration.name)",
                "\(migration.source)",
                "\(migration.target)",
                "\(migration.type)",
                "\(migration.stage ?? "declared")",
                "\(migration.lagBytes.map { Shown.bytes($0) } ?? "unknown")"
            )
        }
        return Page(title: "Migrations", place: .migrations, content: table.markup(orSay: "No migration is declared."))
    }
}

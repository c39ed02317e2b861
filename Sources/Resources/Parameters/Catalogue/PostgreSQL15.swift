extension ParameterCatalogue {
    static let postgreSQL15 = ""
}

extension ParameterCatalogue {
    static let postgreSQL17 = ""
}

extension ParameterCatalogue {
    static let postgreSQL18 = ""
}

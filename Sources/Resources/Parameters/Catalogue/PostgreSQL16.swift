extension ParameterCatalogue {
    static let postgreSQL16 = ""
}

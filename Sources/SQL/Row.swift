/// One row of a result: values in text format by column name, nil for NULL.
package struct Row: Sendable, Equatable {
    private let columns: [String: Int]
    private let values: [String?]

    package init(columns: [String: Int], values: [String?]) {
        self.columns = columns
        self.values = values
    }

    /// The value of a column; nil when it is NULL or the result has no such column.
    package subscript(column: String) -> String? { columns[column].flatMap { values[$0] } }

    /// The value of a column that is never NULL, or an empty text.
    package func text(_ column: String) -> String { self[column] ?? "" }

    /// The value of a boolean column; false when it is NULL.
    package func isTrue(_ column: String) -> Bool { self[column] == "t" }

    /// The value of an integer column; nil when it is NULL.
    package func integer(_ column: String) -> Int? { self[column].flatMap { Int($0) } }
}

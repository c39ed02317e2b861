/// How much of a server's log is kept.
package struct LogPolicy: Codable, Hashable, Sendable {
    /// A file that is larger gets another name, and a new one is begun.
    package var maxSize = ByteCount.mebibytes(100)
    /// How long a file is kept that is not written any more: hours, days or weeks, as written (`7d`).
    package var keep = "7d"

    package init() {}

    /// What ``keep`` means.
    package var keepSeconds: Int {
        let units: [Character: Int] = ["h": 3600, "d": 86_400, "w": 604_800]
        let unit = keep.last.flatMap { units[$0] } ?? 86_400
        return (Int(keep.dropLast()) ?? 7) * unit
    }
}

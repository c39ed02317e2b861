/// Settings of the local provider, from the Fleet document.
package struct LocalSettings: Hashable, Sendable {
    package var binaries: [String]
    package var address: String
    package var publicAddress: String
    package var ports: ClosedRange<Int>
    package var nodePorts: ClosedRange<Int>

    package init(
        binaries: [String],
        address: String,
        publicAddress: String,
        ports: ClosedRange<Int>,
        nodePorts: ClosedRange<Int>
    ) {
        self.binaries = binaries
        self.address = address
        self.publicAddress = publicAddress
        self.ports = ports
        self.nodePorts = nodePorts
    }
}

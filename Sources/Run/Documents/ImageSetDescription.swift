/// The real images of a run: how many, of which classes, and which of them could not be used.
public struct ImageSetDescription: Codable, Sendable, Equatable {
    /// As given on the command line.
    public var path: String
    /// Images found.
    public var found: Int
    /// Images read without error; `found` less `skipped.count`.
    public var used: Int
    public var skipped: [Skipped]
    /// SHA-256 over the images' relative paths and sizes in order, in hexadecimal.
    public var listing: String
    /// True when folders (or the labels file) tell each image's class.
    public var isLabelled: Bool

    public init(path: String, found: Int, used: Int, skipped: [Skipped], listing: String, isLabelled: Bool) {
        self.path = path
        self.found = found
        self.used = used
        self.skipped = skipped
        self.listing = listing
        self.isLabelled = isLabelled
    }

    public struct Skipped: Codable, Sendable, Hashable {
        public var path: String
        public var reason: String

        public init(path: String, reason: String) {
            self.path = path
            self.reason = reason
        }
    }
}

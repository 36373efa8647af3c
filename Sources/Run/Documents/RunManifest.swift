/// What was run, on what, with which options: the first document of a run folder (`run.json`).
public struct RunManifest: Document {
    public static let formatVersion = 2

    public var title: String
    public var tool: Tool
    public var network: NetworkDescription
    public var images: ImageSetDescription
    public var options: RunOptions
    /// What the reader should know before believing the rest, most serious first.
    public var warnings: [Warning]
    /// When the run was begun, for citations. Nil in runs that did not note it.
    public var year: Int?

    public init(
        title: String, tool: Tool, network: NetworkDescription, images: ImageSetDescription, options: RunOptions,
        warnings: [Warning], year: Int? = nil
    ) {
        self.title = title
        self.tool = tool
        self.network = network
        self.images = images
        self.options = options
        self.warnings = warnings
        self.year = year
    }

    /// The program that made the run.
    public struct Tool: Codable, Sendable, Equatable {
        public var name: String
        public var version: String
        /// The numerical library and its version, such as `oneDNN 2.6.3`.
        public var engine: String

        public init(name: String, version: String, engine: String) {
            self.name = name
            self.version = version
            self.engine = engine
        }
    }

    /// One thing to know, in the order in which people read: what, why, what to do.
    public struct Warning: Codable, Sendable, Hashable {
        public var summary: String
        public var explanation: String
        public var remedy: String?

        public init(summary: String, explanation: String, remedy: String? = nil) {
            self.summary = summary
            self.explanation = explanation
            self.remedy = remedy
        }
    }
}

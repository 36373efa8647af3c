/// Which of its own sub-classes a teacher confuses (`distillation/<key>/score-matrix.json`): row a holds the shares of the training
/// positions of sub-class a whose nearest prototype over all classes is each template. Rows sum to 1, but for what is left out.
public struct ScoreMatrix: Document {
    public static let formatVersion = 1

    /// As in `TemplateLayer.layer`.
    public var layer: String
    /// Rows, and columns.
    public var size: Int
    /// Shares below it are left out; 0: none but zeros are.
    public var smallest: Float
    /// Of each template, in order.
    public var rows: [Row]

    public init(layer: String, size: Int, smallest: Float, rows: [Row]) {
        self.layer = layer
        self.size = size
        self.smallest = smallest
        self.rows = rows
    }

    /// The entries of a row that are not zero.
    public struct Row: Codable, Sendable, Equatable {
        /// Rising.
        public var templates: [Int]
        /// Of each of them, in [0, 1].
        public var shares: [Float]

        public init(templates: [Int], shares: [Float]) {
            self.templates = templates
            self.shares = shares
        }
    }
}

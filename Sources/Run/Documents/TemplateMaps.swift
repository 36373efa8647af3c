/// Which template is where in some real images, for one layer (`distillation/<key>/maps.json`).
public struct TemplateMaps: Document {
    public static let formatVersion = 1

    /// As in `TemplateLayer.layer`.
    public var layer: String
    /// Rows and columns of every map.
    public var grid: [Int]
    /// The strength that is drawn solid, the same for all images; above zero.
    public var limit: Float
    /// In the order in which they are shown: by class, then by number.
    public var maps: [Map]

    public init(layer: String, grid: [Int], limit: Float, maps: [Map]) {
        self.layer = layer
        self.grid = grid
        self.limit = limit
        self.maps = maps
    }

    public struct Map: Codable, Sendable, Equatable {
        /// Index into `ImageIndex.images`.
        public var image: Int
        /// The student's match at every position, rows from the top; nil for none.
        public var student: [Int?]
        /// Its `p` at every position, 0 where there is none.
        public var strengths: [Float]
        /// The teacher's assignment at every position; nil without a teacher.
        public var teacher: [Int]?
        /// The softmax of the negative squared distances to all centres, at the assigned one: in (0, 1], drawn solid at 1. Nil where it
        /// was not computed: the teacher's map is solid then.
        public var teacherStrengths: [Float]?

        public init(image: Int, student: [Int?], strengths: [Float], teacher: [Int]?, teacherStrengths: [Float]? = nil) {
            self.image = image
            self.student = student
            self.strengths = strengths
            self.teacher = teacher
            self.teacherStrengths = teacherStrengths
        }
    }
}

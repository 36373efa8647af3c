/// The templates of one layer that matches templates: a KD layer or a template block, over all real images
/// (`distillation/<key>/templates.json`).
///
/// At a position of the layer's map the student's *match* is the template with the largest `p = ReLU(BN(s))`, the lower number on a
/// tie; where all are zero there is none. The teacher's *assignment* is the template whose centre is nearest to the teacher's
/// features there, over all templates: no label is asked.
public struct TemplateLayer: Document {
    public static let formatVersion = 1
    /// Templates of which windows are kept: all where there are no more, else those most used, so that a run stays small.
    public static let picturedTemplates = 1000

    /// The name of the whole in the graph: `layer3.1.letkd`, `layer3.1.templates`.
    public var layer: String
    /// The layer that it stands behind: `layer3.1`.
    public var behind: String
    public var kind: Kind
    /// Rows and columns of the layer's map for one image.
    public var grid: [Int]
    /// Channels of that map.
    public var channels: Int
    /// What the semantic vectors are multiplied with before they are added.
    public var alpha: Float
    /// Real images looked at. All positions of each count.
    public var images: Int
    public var positions: Tally
    /// By class of the image, indexed by class; empty without labels.
    public var classPositions: [Tally]
    /// Nil where no teacher was given: all that compares with one is nil then.
    public var teacher: Teacher?
    /// Shares of the semantic vectors' variance along the two principal axes; nil with fewer than three templates.
    public var explainedVariance: [Float]?
    /// All, in order.
    public var templates: [Template]

    public init(
        layer: String, behind: String, kind: Kind, grid: [Int], channels: Int, alpha: Float, images: Int, positions: Tally,
        classPositions: [Tally], teacher: Teacher?, explainedVariance: [Float]?, templates: [Template]
    ) {
        self.layer = layer
        self.behind = behind
        self.kind = kind
        self.grid = grid
        self.channels = channels
        self.alpha = alpha
        self.images = images
        self.positions = positions
        self.classPositions = classPositions
        self.teacher = teacher
        self.explainedVariance = explainedVariance
        self.templates = templates
    }

    public enum Kind: String, Codable, Sendable {
        /// A KD layer whose templates are words of the teacher's vocabulary: they belong to no class.
        case vocabulary
        /// A KD layer whose templates are the teacher's sub-classes.
        case subClasses
        /// A template block whose templates belong to classes.
        case classTemplates
        /// A template block without supervision.
        case freeTemplates
    }

    /// Counts of positions.
    public struct Tally: Codable, Sendable, Equatable {
        public var all: Int
        /// Those at which the student matches a template.
        public var matched: Int
        /// Those at which the student matches the template that the teacher assigns; nil without a teacher.
        public var agreed: Int?
        /// Those at which the two templates are of one class; nil without a teacher, and where templates have no class.
        public var agreedInClass: Int?

        public init(all: Int, matched: Int, agreed: Int? = nil, agreedInClass: Int? = nil) {
            self.all = all
            self.matched = matched
            self.agreed = agreed
            self.agreedInClass = agreedInClass
        }
    }

    /// Where the teacher's features come from.
    public struct Teacher: Codable, Sendable, Equatable {
        /// The teacher's layer.
        public var layer: String
        /// Side of the squares over which its map is averaged, 1 for none.
        public var pooling: Int
        /// Components of the discriminant analysis in whose space centres lie; nil where they lie in the teacher's own space.
        public var discriminants: Int?

        public init(layer: String, pooling: Int, discriminants: Int?) {
            self.layer = layer
            self.pooling = pooling
            self.discriminants = discriminants
        }
    }

    public struct Template: Codable, Sendable, Equatable {
        public var index: Int
        /// The class that it belongs to; nil for words and for templates without supervision.
        public var owner: Int?
        /// Positions at which the student matches it. 0: unused.
        public var uses: Int
        /// Positions at which the teacher assigns it.
        public var teacherUses: Int?
        /// Positions at which both do.
        public var agreed: Int?
        /// The classes of the images at whose positions the student matches it, most positions first; at most five; empty without
        /// labels.
        public var classUses: [ClassUse]
        /// The class of the images at most of whose positions the teacher assigns it; nil where it never does, and without labels.
        public var teacherClass: Int?
        /// The images with the largest `p` of it, one window an image, strongest first; at most eight. Empty beyond
        /// `picturedTemplates`. The activation is `p`.
        public var windows: [LayerStatistics.Exemplar]
        /// The templates with the nearest semantic vectors, nearest first; at most five.
        public var neighbours: [Neighbour]
        /// Its row of the score matrix, itself included, largest share first; at most six; nil where there is no such matrix.
        public var confusions: [Confusion]?
        /// The place of its semantic vector along the first two principal axes; nil where there are none.
        public var principal: [Float]?
        /// The place of its semantic vector by t-SNE; nil where that was not computed.
        public var embedded: [Float]?

        public init(
            index: Int, owner: Int?, uses: Int, teacherUses: Int?, agreed: Int?, classUses: [ClassUse], teacherClass: Int?,
            windows: [LayerStatistics.Exemplar], neighbours: [Neighbour], confusions: [Confusion]?, principal: [Float]?,
            embedded: [Float]?
        ) {
            self.index = index
            self.owner = owner
            self.uses = uses
            self.teacherUses = teacherUses
            self.agreed = agreed
            self.classUses = classUses
            self.teacherClass = teacherClass
            self.windows = windows
            self.neighbours = neighbours
            self.confusions = confusions
            self.principal = principal
            self.embedded = embedded
        }
    }

    public struct ClassUse: Codable, Sendable, Equatable {
        /// Index of the class.
        public var index: Int
        public var positions: Int

        public init(index: Int, positions: Int) {
            self.index = index
            self.positions = positions
        }
    }

    public struct Neighbour: Codable, Sendable, Equatable {
        public var template: Int
        /// Between the two semantic vectors, in [-1, 1].
        public var cosine: Float

        public init(template: Int, cosine: Float) {
            self.template = template
            self.cosine = cosine
        }
    }

    public struct Confusion: Codable, Sendable, Equatable {
        public var template: Int
        /// Share of the training positions of the row's template, in [0, 1].
        public var share: Float

        public init(template: Int, share: Float) {
            self.template = template
            self.share = share
        }
    }
}

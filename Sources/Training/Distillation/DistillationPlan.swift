public import Dataset
import Diagnostics
public import Network

/// What a student is to learn from a teacher, and where: found and checked before anything is computed.
public struct DistillationPlan: Sendable {
    /// A knowledge distillation layer to be.
    public struct Layer: Sendable, Equatable {
        public let student: DistillationPlaces.Place
        public let teacher: DistillationPlaces.Place
        /// So many positions of the teacher's map, squared, become one of the student's.
        public let pooling: Int
        public let alpha: Float
        /// What its divergence counts in the loss.
        public let weight: Float
    }

    public let settings: DistillationSettings
    /// Nil where the method has none.
    public let words: Layer?
    public let subClasses: Layer?
    /// How the teacher sees the student's pictures.
    public let view: TeacherView
    /// Why it is not counted for how many images student and teacher name the same class, as a clause; nil where it is.
    public let uncounted: String?

    /// Throws a usage `Problem` when a place cannot be derived (candidates are listed), does not exist or has no map, when the maps of student
    /// and teacher do not fit each other, or when the two cannot be compared by the method.
    ///
    /// - Parameter classNames: those of the images.
    public init(
        _ student: ImageNetwork, from teacher: ImageNetwork, _ settings: DistillationSettings, classNames: [String]? = nil
    ) throws {
        self.settings = settings
        try TeacherPass.check(teacher, beside: student)
        view = TeacherView(of: student.input, for: teacher.input)
        if settings.method == .logits, teacher.classCount != student.classCount {
            throw Problem(
                "The teacher tells \(teacher.classCount) classes apart, the folders of images have \(student.classCount)",
                explanation: "Logits can be compared for the same classes only.", remedy: "Choose letkd-1 or letkd-2.", kind: .usage)
        }
        let others = teacher.wasTrained(onOtherClassesThan: classNames)
            ? Self.difference(teacher.trainedClasses ?? [], classNames ?? []) : nil
        if settings.method == .logits, let others {
            throw Problem(
                "The teacher was trained on other classes: \(others)", explanation: "Logits can be compared for the same classes only.",
                remedy: "Give images of its classes, or choose letkd-1 or letkd-2.", kind: .usage)
        }
        let usual = PublishedPair.usual(student: student.architecture)
        let search = Search(student: student, teacher: teacher, sharesClasses: teacher.classCount == student.classCount && others == nil)
        subClasses = settings.method.hasSubClasses
            ? try search.layer(.intermediate, settings.intermediate, alpha: usual.alpha.subClasses, \.subClasses) : nil
        words = settings.method.hasWords
            ? try search.layer(.penultimate, settings.penultimate, alpha: usual.alpha.words, \.words) : nil
        let isAsked = settings.method == .logits || [words, subClasses].contains { $0.map { $0.weight != 0 } ?? false }
        uncounted = teacher.classCount != student.classCount
            ? "the teacher tells \(teacher.classCount) classes apart, the folders of images have \(student.classCount)"
            : others.map { "the teacher was trained on other classes: \($0)" }
                ?? (isAsked ? nil : "nothing is learned from the teacher, which does not run")
    }

    /// What one of two lists of classes has and the other has not, in words.
    private static func difference(_ known: [String], _ found: [String]) -> String {
        func some(_ names: [String]) -> String { names.prefix(5).joined(separator: ", ") + (names.count > 5 ? " ..." : "") }
        let only = known.filter { !found.contains($0) }, new = found.filter { !known.contains($0) }
        guard !only.isEmpty || !new.isEmpty else { return "the same in another order, \(some(known))" }
        return "\(only.isEmpty ? "none" : some(only)) where the images have \(new.isEmpty ? "none" : some(new))"
    }

    /// In a line each, for a person: what is taught where.
    public var lines: [String] {
        [("Sub-classes", subClasses), ("Words", words)].compactMap { what, layer in
            layer.map {
                "\(what): behind \($0.student.summary) of the student, from \($0.teacher.summary) of the teacher"
                    + ($0.pooling > 1 ? " averaged over \($0.pooling) x \($0.pooling)" : "") + ", alpha \($0.alpha)"
                    + ($0.weight == 0 ? ", without supervision" : $0.weight == 1 ? "" : ", weight \($0.weight)")
            }
        }
    }

    private enum Kind: String { case penultimate, intermediate }

    /// Finds places in two networks.
    private struct Search {
        let student: ImageNetwork
        let teacher: ImageNetwork
        /// Logits could be compared in place of layers.
        let sharesClasses: Bool

        func layer(
            _ kind: Kind, _ wish: DistillationSettings.Place, alpha: Float, _ usual: KeyPath<DistillationPlaces, DistillationPlaces.Place?>
        ) throws -> Layer {
            let own = try place(in: student, wish.student, usual, "--\(kind.rawValue)-layer", "student")
            try student.checkPlaceForTemplates(behind: own.layer)
            let other = try place(in: teacher, wish.teacher, usual, "--teacher-\(kind.rawValue)-layer", "teacher")
            let (large, small) = (other.shape, own.shape)
            guard Self.fits(large, small) else {
                let size = teacher.inputSize(givingMapOf: Array(small.suffix(2)), at: other.layer)
                    .map { "Show the teacher pictures of another size with --teacher-input-size \($0[0])x\($0[1]), or choose" } ?? "Choose"
                let all = try teacher.distillationPlaces().candidates, others = all.filter { Self.fits($0.shape, small) }
                throw Problem(
                    "The teacher's map at \(other.layer) is \(large[1]) x \(large[2]), the student's at \(own.layer) \(small[1]) x \(small[2])",
                    explanation: "The teacher's must be as large, or larger by one whole factor, by which it is averaged."
                        + (others.isEmpty
                            ? " Layers with maps are, of the teacher, \(Self.list(all)); of the student, \(try Self.list(student.distillationPlaces().candidates))."
                            : " Such are \(Self.list(others))."),
                    remedy: "\(size) layers of matching size with --\(kind.rawValue)-layer and --teacher-\(kind.rawValue)-layer.",
                    kind: .usage)
            }
            return Layer(student: own, teacher: other, pooling: large[1] / small[1], alpha: wish.alpha ?? alpha, weight: wish.weight)
        }

        private func place(
            in network: ImageNetwork, _ wish: String?, _ usual: KeyPath<DistillationPlaces, DistillationPlaces.Place?>, _ option: String,
            _ role: String
        ) throws -> DistillationPlaces.Place {
            if let wish { return try network.distillationPlace(at: wish) }
            let places = try network.distillationPlaces()
            if let found = places[keyPath: usual] { return found }
            let what = option.hasSuffix("penultimate-layer") ? "last map" : "first block of the last stage"
            throw Problem(
                "Where the \(role) \(network.displayName) has its \(what) does not follow from its layers",
                explanation: places.candidates.isEmpty
                    ? "It has no maps that its classes depend on: its layers are tokens, and knowledge distillation layers stand behind maps."
                    : (places.reason.map { "\($0) " } ?? "") + "Layers with maps are \(Self.list(places.candidates)).",
                remedy: places.candidates.isEmpty
                    ? "Choose \(sharesClasses ? "--method kd, or " : "")another \(role)."
                    : "Name one with \(option)\(sharesClasses ? ", or choose --method kd" : "").",
                kind: .usage)
        }

        private static func fits(_ large: [Int], _ small: [Int]) -> Bool {
            small[1] > 0 && small[2] > 0 && large[1] % small[1] == 0 && large[1] > 0 && large[1] / small[1] * small[2] == large[2]
        }

        private static func list(_ places: [DistillationPlaces.Place]) -> String {
            places.isEmpty ? "none" : places.map(\.summary).joined(separator: ", ")
        }
    }
}

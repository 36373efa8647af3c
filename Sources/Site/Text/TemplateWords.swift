import Run

/// A layer of templates in sentences, from its documents.
struct TemplateWords {
    let content: TemplateContent
    let context: SiteContext

    private var layer: TemplateLayer { content.layer }

    /// What the layer is called as a kind.
    var kind: String {
        switch layer.kind {
        case .vocabulary: "KD layer with a vocabulary"
        case .subClasses: "KD layer with sub-classes"
        case .classTemplates: "template block, supervised"
        case .freeTemplates: "template block, not supervised"
        }
    }

    /// Where its templates come from.
    var origin: String {
        let count = Number.count(content.count, content.noun)
        let teacher = layer.teacher.map { teacher in
            " at \(teacher.layer)" + (teacher.pooling > 1 ? ", averaged over \(teacher.pooling) × \(teacher.pooling) positions" : "")
        } ?? ""
        let since =
            context.content.distillation?.teacher == nil
            ? " The checkpoint names no teacher: training without one may have changed since what they stand for." : ""
        let alpha = "What a position’s templates stand for is added to its \(Number.count(layer.channels, "channel")), times α = \(Number.short(layer.alpha))."
        switch layer.kind {
        case .vocabulary:
            return "\(layer.layer), behind \(layer.behind): a KD layer that names at every position which of \(count) of the teacher’s "
                + "vocabulary, centres of its features\(teacher) found by k-means, it sees. \(alpha)\(since)"
        case .subClasses:
            let space = layer.teacher?.discriminants.map { " in the space of \(Number.count($0, "linear discriminant"))" } ?? ""
            return "\(layer.layer), behind \(layer.behind): a KD layer that names at every position which of \(count) it sees, each a "
                + "sub-class of a class, a cluster of the teacher’s features\(teacher)\(space). \(alpha)\(since)"
        case .classTemplates:
            return "\(layer.layer), behind \(layer.behind): a template block whose \(count) belong to classes, which the labels of the "
                + "images taught it. \(alpha)"
        case .freeTemplates:
            return "\(layer.layer), behind \(layer.behind): a template block whose \(count) belong to no class: nothing but the task taught them. \(alpha)"
        }
    }

    /// How the colours of maps are to be read.
    var scale: String {
        let colour =
            content.hasOwners
            ? "The colour is the class that a \(content.noun) belongs to"
            : "No \(content.noun) belongs to a class: the colour is the class in whose images the student finds it most"
        let limit = content.maps.map { " solid from \(Number.short($0.limit)) on" } ?? ""
        let hasSoftness = content.maps?.maps.contains { $0.teacherStrengths != nil } ?? false
        let teacher =
            content.hasTeacher
            ? hasSoftness
                ? " The teacher’s squares are as solid as its assignment is sure, solid at 1." : " The teacher’s squares are all solid."
            : ""
        return "\(colour), the same for \(content.hasTeacher ? "student and teacher" : "all images"). A square of the student’s is the more "
            + "solid the stronger the match (p, after batch norm and ReLU),\(limit) in all images.\(teacher) A stroke without colour is a "
            + "position that matches no template; lines part positions of different classes."
    }
}

import Run

/// Accuracy of teacher and student, with and without what the student's templates add, over all images and by class.
struct AccuracyTable {
    private let distillation: Distillation
    private let className: (Int) -> String
    private let entries: [(key: String, name: String, accuracy: Distillation.Accuracy)]

    init(_ distillation: Distillation, className: @escaping (Int) -> String) {
        self.distillation = distillation
        self.className = className
        entries = [
            ("teacher", "teacher", distillation.teacherAccuracy), ("student", "student", distillation.student),
            ("without_templates", "student without its templates (α = 0)", distillation.withoutTemplates),
        ].compactMap { key, name, accuracy in
            guard let accuracy, accuracy.correct.count == distillation.images.count, distillation.images.contains(where: { $0 > 0 }) else {
                return nil
            }
            return (key, name, accuracy)
        }
    }

    var columns: [String] { entries.map(\.name) }
    /// Classes with images.
    var count: Int { distillation.images.count { $0 > 0 } }
    var total: [String] { entries.map { Number.percent(share($0.accuracy)) } }
    /// True where there is a number for both the student and the student without its templates.
    var hasDifference: Bool { gains != nil }

    var totalDifference: String? {
        guard let gains else { return nil }
        return Number.signedPoints(Double(share(gains.with) - share(gains.without)))
    }

    private var gains: (with: Distillation.Accuracy, without: Distillation.Accuracy)? {
        guard let with = entries.first(where: { $0.key == "student" })?.accuracy,
            let without = entries.first(where: { $0.key == "without_templates" })?.accuracy
        else { return nil }
        return (with, without)
    }

    private func share(_ accuracy: Distillation.Accuracy, _ index: Int) -> Float {
        Float(accuracy.correct[index]) / Float(max(distillation.images[index], 1))
    }

    private func share(_ accuracy: Distillation.Accuracy) -> Float {
        Float(accuracy.correct.reduce(0, +)) / Float(max(distillation.images.reduce(0, +), 1))
    }

    struct Row {
        var index: Int
        var images: String
        var cells: [String]
        var difference: String?
    }

    /// In the order of classes; where there are more than `limit`, those that the templates change most.
    func rows(atMost limit: Int) -> [Row] {
        var indices = distillation.images.indices.filter { distillation.images[$0] > 0 }
        if indices.count > limit {
            func change(_ index: Int) -> Float { gains.map { abs(share($0.with, index) - share($0.without, index)) } ?? 0 }
            indices = indices.sorted { (change($1), $0) < (change($0), $1) }.prefix(limit).sorted()
        }
        guard !entries.isEmpty else { return [] }
        return indices.map { index in
            Row(
                index: index, images: Number.grouped(distillation.images[index]),
                cells: entries.map { Number.percent(share($0.accuracy, index)) },
                difference: gains.map { Number.signedPoints(Double(share($0.with, index) - share($0.without, index))) })
        }
    }

    var csv: String {
        let head = ["class", "name", "images"] + entries.map { "\($0.key)_correct" }
        let lines = distillation.images.indices.filter { distillation.images[$0] > 0 }.map { index in
            ([String(index), className(index), String(distillation.images[index])] + entries.map { String($0.accuracy.correct[index]) })
                .map(PlainText.csv).joined(separator: ",")
        }
        return PlainText.csvFile([head.joined(separator: ",")] + lines)
    }
}

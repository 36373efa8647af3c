import Run

/// For how many of the training images student and teacher named the same class, epoch by epoch: whole and by class.
struct AgreementTable {
    let history: AgreementHistory
    let className: (Int) -> String

    /// A line of the table.
    struct Row {
        /// Nil for all images.
        var index: Int?
        var images: String
        /// In each of the epochs shown.
        var shares: [String]
        /// In the last of them.
        var last: Float
    }

    /// The first, the middle and the last of the epochs whose classes are known, each once.
    var shown: [AgreementHistory.Epoch] {
        let known = history.epochs.filter { $0.classes != nil }
        guard !known.isEmpty else { return [] }
        return Set([0, (known.count - 1) / 2, known.count - 1]).sorted().map { known[$0] }
    }

    /// The classes that had images, in the last of the epochs shown.
    private var indices: [Int] {
        guard let classes = shown.last?.classes else { return [] }
        return classes.images.indices.filter { classes.images[$0] > 0 }
    }

    var count: Int { indices.count }

    var total: Row {
        let epochs = shown
        return Row(
            index: nil, images: Number.grouped(epochs.last?.classes?.images.reduce(0, +) ?? 0), shares: epochs.map { Self.percent($0.agreement) },
            last: epochs.last?.agreement.map { Float($0) } ?? 0)
    }

    /// In the order of classes; where there are more than `limit`, those of which the two agree least in the end.
    func rows(atMost limit: Int) -> [Row] {
        let epochs = shown.compactMap(\.classes)
        let rows = indices.map { index in
            Row(
                index: index, images: Number.grouped(epochs.last.map { $0.images[index] } ?? 0),
                shares: epochs.map { Self.percent(Self.share($0, index)) }, last: Float(epochs.last.flatMap { Self.share($0, index) } ?? 0))
        }
        guard rows.count > limit else { return rows }
        return rows.sorted { ($0.last, $0.index ?? 0) < ($1.last, $1.index ?? 0) }.prefix(limit).sorted { ($0.index ?? 0) < ($1.index ?? 0) }
    }

    private static func share(_ classes: AgreementHistory.Classes, _ index: Int) -> Double? {
        guard classes.images.indices.contains(index), classes.agreed.indices.contains(index), classes.images[index] > 0 else { return nil }
        return Double(classes.agreed[index]) / Double(classes.images[index])
    }

    /// A dash where there is none.
    static func percent(_ share: Double?) -> String { share.map { Number.percent(Float($0)) } ?? "–" }

    /// As comma-separated values (RFC 4180), an epoch a line.
    var csv: String {
        func cell(_ value: Double?) -> String { value.flatMap { $0.isFinite ? "\($0)" : nil } ?? "" }
        return PlainText.csvFile(
            ["epoch,same_class_named,student_correct,teacher_correct"]
                + history.epochs.map { "\($0.number),\(cell($0.agreement)),\(cell($0.student)),\(cell($0.teacher))" })
    }

    /// An epoch and class a line.
    var classesCSV: String {
        let names = indices.map { PlainText.csv(className($0)) }
        return PlainText.csvFile(
            ["epoch,class,name,images,agreed"]
                + history.epochs.flatMap { epoch -> [String] in
                    guard let classes = epoch.classes else { return [] }
                    return zip(indices, names).compactMap { index, name in
                        guard Self.share(classes, index) != nil else { return nil }
                        return "\(epoch.number),\(index),\(name),\(classes.images[index]),\(classes.agreed[index])"
                    }
                })
    }
}

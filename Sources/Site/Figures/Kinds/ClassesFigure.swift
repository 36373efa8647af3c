import Run

/// Prototypes of classes in a row, or several, with their names.
enum ClassesFigure: FigureKind {
    static let kind = "classes", summary = "prototypes of classes with their names"
    static let keys: Set<FigureRequest.Key> = [.classes]
    /// Shown where nobody chooses.
    private static let usual = 10

    static func content(_ request: FigureRequest, of source: FigureSource) throws -> FigureContent {
        let run = source.run
        let all = run.classPrototypes.keys.sorted()
        guard !all.isEmpty else {
            throw FigureFault(.kind, "the run has no prototypes of classes", remedy: "`vitrine report` with --classes makes them: all, 0-9, or names.")
        }
        let classes = try source.chosenClasses(among: source.classCount) ?? Array(all.prefix(usual))
        let lacking = classes.filter { run.classPrototypes[$0] == nil }
        guard lacking.isEmpty else {
            throw FigureFault(
                .classes, "the run has no prototype of \(lacking.prefix(8).map(source.fullClassName).joined(separator: ", "))"
                    + (lacking.count > 8 ? " and \(lacking.count - 8) others" : ""),
                remedy: "`vitrine report` with --classes \(lacking.prefix(8).map(String.init).joined(separator: ",")) makes it.")
        }
        var pictures = FigurePictures(), cells: [PictureGrid.Cell] = []
        var numbers = ["class,name,probability,predicted,logit,multiple_of_largest,percentile,seed"]
        for index in classes {
            guard let prototype = run.classPrototypes[index] else { continue }
            let picture = try source.picture(prototype.picture).map { try pictures.add($0, "class-\(index)") }
            cells.append(.init(picture: picture, lines: [source.className(index)]))
            let trust = prototype.trust
            numbers.append(
                "\(index),\(PlainText.csv(run.className(index))),\(Number.exact(trust.probability)),"
                    + "\(PlainText.csv(trust.predicted.map(run.className) ?? "")),\(Number.exact(trust.activation)),\(Number.exact(trust.multipleOfLargest)),"
                    + "\(Number.exact(trust.percentile)),\(prototype.seed)")
        }
        var scene = PictureGrid(cells: cells).scene(width: source.width, text: source.text, type: source.type)
        scene.title = "Prototypes of \(Number.count(classes.count, "class", "classes")) of \(run.network.displayName)"
        scene.description = "Prototypes of \(classes.map(source.className).joined(separator: ", "))."
        let known = classes.compactMap { run.classPrototypes[$0] }
        let recognised = zip(classes, known).filter { $0 == $1.trust.predicted }.count
        return FigureContent(
            name: FigureSource.fileName(kind, classes.count <= 4 ? classes.map(String.init) : []), scene: scene,
            caption: "Class prototypes of \(run.network.displayName), each matched to the feature distributions of real images of its class"
                + "\(PrototypeWords.references(known)) (\(PrototypeWords.steps(known))). The network classifies \(recognised) of \(classes.count) correctly.",
            numbers: PlainText.csvFile(numbers), pictures: pictures.bytes, request: request,
            remarks: FigureSource.missing(cells.filter { $0.picture == nil }.count))
    }
}

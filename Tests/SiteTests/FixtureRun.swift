import Run
import Testing

/// A run folder as the analysis would leave it, small and made up.
struct FixtureRun {
    var title = "A small network"
    var classNames = ["airplane", "automobile", "bird", "cat", "deer", "dog"]
    var layerNames = ["layer1", "layer2.1"]
    var units = 5
    var imageCount = 12
    var size = 16
    /// Left out, to show what a run in the making looks like.
    var hasClassTable = true
    var missingLayers: Set<String> = []
    var unitsWithPrototypes = 0..<4
    var classesWithPrototypes = 0..<6
    var imagePath: (Int) -> String = { "cat/\($0).png" }
    var hasComparison = false
    /// Every unit with a prototype gets a line-up; the odd ones of windows.
    var hasLineUps = false
    /// Units' prototypes get a masked picture and two maps of relevance.
    var hasRelevance = false
    /// Units get images from their whole range, similar units and a flow of relevance; classes a flow.
    var hasUnitFindings = false
    /// Units have words, the dead one none and the one before none that fits; the first two labels that were checked.
    var hasWords = false
    /// Layers that match templates, what kind each is.
    var templates: [FixtureTemplates] = []
    var command = "vitrine run --checkpoint net.pth --images photos"

    func write(to path: String) throws -> RunFolder {
        let run = try RunFolder.create(at: path)
        try run.write(manifest, to: .manifest)
        try run.write(
            ImageIndex(
                images: Dictionary(
                    uniqueKeysWithValues: (0...imageCount).map {
                        (
                            $0,
                            .init(
                                path: imagePath($0), label: $0 % classNames.count, predicted: ($0 / 2) % classNames.count,
                                picture: $0 < imageCount ? "images/\($0).png" : nil)
                        )
                    })), to: .images)
        for number in 0..<imageCount { try run.writeBytes(picture(seed: number), to: .imagePicture(number)) }
        if hasClassTable {
            try run.write(
                ClassTable(
                    classes: classNames.enumerated().map {
                        .init(
                            index: $0, name: $1, images: 20, correct: 13 + $0,
                            confusedWith: [.init(index: ($0 + 1) % classNames.count, images: 3)])
                    }, top1: 0.812, top5: 0.99), to: .classes)
        }
        for layer in layerNames where !missingLayers.contains(layer) {
            try run.write(
                LayerStatistics(layer: layer, shape: [units, 8, 8], images: 120, units: (0..<units).map(unit)),
                to: .statistics(layer: layer))
            if hasLineUps { try writeLineUps(of: layer, to: run) }
            if hasWords { try writeWords(of: layer, to: run) }
            if hasUnitFindings { try writeUnitFindings(of: layer, to: run) }
            for unit in unitsWithPrototypes { try write(.unit(layer: layer, unit: unit), seed: 100 + unit, to: run) }
        }
        for index in classesWithPrototypes where hasClassTable { try write(.classOutput(index: index), seed: 200 + index, to: run) }
        if hasUnitFindings { try writeClassFlow(to: run) }
        if hasComparison { try writeComparison(to: run) }
        if !templates.isEmpty { try writeTemplates(to: run) }
        return run
    }

    private func writeLineUps(of layer: String, to run: RunFolder) throws {
        let questions = try unitsWithPrototypes.map { unit in
            LineUp.Question(
                unit: unit, number: unit < 2 ? 1 + 2 * unit + (layerNames.firstIndex(of: layer) ?? 0) : nil,
                pictures: try (0..<8).map { place in
                    let window = unit % 2 == 1 ? [0, place, 8, place + 8] : nil
                    if let window { try run.writeBytes(picture(seed: place), to: .windowPicture(place, window)) }
                    let excites = [1, 2, 5, 6].contains(place)
                    return .init(
                        image: place, window: window,
                        picture: (window.map { RunPath.windowPicture(place, $0) } ?? RunPath.imagePicture(place)).description,
                        excites: excites, isReference: place == 6, activation: excites ? 5 : 0.125, shareBelow: excites ? 0.875 : 0.25)
                })
        }
        try run.write(LineUp(layer: layer, drawn: 64, questions: questions), to: .lineUp(layer: layer))
    }

    private func writeWords(of layer: String, to run: RunFolder) throws {
        let encoder = Comparison.Network(architecture: "onnx", displayName: "image-encoder", checkpoint: manifest.network.checkpoint)
        let found = (0..<units).map { unit -> LayerWords.Unit in
            let best = unit == units - 1 ? [] : ["wheel \(unit)", "<b>sky</b>"].enumerated().map { LayerWords.Word(word: $1, correlation: 0.5 - Float($0) / 4) }
            return .init(unit: unit, best: best, level: best.isEmpty ? nil : unit == units - 2 ? 0.625 : 0.3125)
        }
        try run.write(
            LayerWords(
                layer: layer, encoder: encoder, preparation: "as CLIP wants it", words: 1200, images: 120, shuffledImages: 100, shuffles: 200, quantile: 0.95,
                units: found), to: .words(layer: layer))
        func check(_ kind: LayerChecks.Kind, _ label: String, _ area: Float) -> LayerChecks.Check {
            .init(
                kind: kind, label: label, chosen: area + 0.03125, area: area, areaInterval: [area - 0.0625, area + 0.0625], difference: 1.5,
                differenceInterval: [0.75, 2.25], with: 12, without: 50)
        }
        try run.write(
            LayerChecks(
                layer: layer, chosenOn: 58, measuredOn: 62, draws: 1000, tried: [.init(kind: .word, count: 1200), .init(kind: .imageClass, count: 6)],
                units: [.init(unit: 0, checks: [check(.word, "wheel 0", 0.875), check(.imageClass, "cat", 0.75)]), .init(unit: 1, checks: [check(.attribute, "furry", 0.53125)])]),
            to: .checks(layer: layer))
    }

    /// Of the references the first, a window, and the second; the third names one that is not there.
    private func heatMaps(_ path: RunPath, to run: RunFolder) throws -> Prototype.HeatMaps {
        let maps = try [0, 1, 99].map { number in
            let place = try #require(RunPath(String(path.description.dropLast(4)) + "-relevance-\(number).png"))
            try run.writeBytes(picture(seed: number), to: place)
            return Prototype.HeatMaps.Map(reference: number, picture: place.description, residual: number == 0 ? 0.0125 : nil)
        }
        return .init(composite: "vital", layer: "conv1", limit: 0.25, maps: maps)
    }

    /// Four methods' numbers, and pictures of the first three classes; the last method has none of the third.
    private func writeComparison(to run: RunFolder) throws {
        let methods = [("real", "Real images"), ("vital", "VITAL"), ("fourier", "Fourier"), ("maco", "MACO")]
        let rows = try methods.enumerated().map { place, method in
            let isReal = method.0 == "real"
            let classes = try (0..<3).map { index in
                let count = method.0 == "maco" && index == 2 ? 0 : 2
                let kept = try (0..<count).map { number in
                    let path = try #require(RunPath("comparison/\(method.0)/\(index)-\(number).png"))
                    try run.writeBytes(picture(seed: 300 + 10 * place + 3 * index + number), to: path)
                    return Comparison.Kept(
                        picture: path.description, predicted: place == 2 ? 5 : index, judged: place == 3 ? 4 : index, logit: 8.25)
                }
                return Comparison.ClassResult(pictures: count, correct: place == 2 ? 0 : count, judgedCorrect: count, kept: kept)
            }
            var row = Comparison.Row(
                method: method.0, name: method.1, pictures: isReal ? 60 : 6, accuracy: [0.85, 1, 0, 1][place],
                classAccuracy: isReal ? nil : [0, 1, 0, 1][place], transfer: [0.9, 2 / 3, 0, 0.25][place],
                frechetDistance: [1.5, 40, 420.5, 360][place], frechetPictures: 6, activation: isReal ? nil : [0, 0.9, 2, 1.25][place],
                seedAgreement: isReal ? nil : 0.75, secondsPerPicture: isReal ? nil : 1.5, classes: classes)
            row.paths = [0.875, method.0 == "maco" ? nil : 0.5 - Float(place) / 8]
            return row
        }
        let network = Comparison.Network(
            architecture: "cifar_resnet20", displayName: "ResNet-20 (CIFAR)", checkpoint: manifest.network.checkpoint)
        var judge = network
        judge.displayName = "ResNet-56 (CIFAR)"
        var comparison = Comparison(
            tool: manifest.tool, network: network, judge: judge,
            classes: classNames.prefix(3).enumerated().map { .init(index: $0, name: $1) }, seed: 7, seeds: 2, steps: 200, references: 10,
            threads: 2, featureLayer: "avgpool", features: 64, realImages: 60, rows: rows,
            leftOut: [.init(name: "DeepInversion", reason: "the network has no batch normalisation")], command: "vitrine compare")
        (comparison.pathLayers, comparison.pathsOfOthers) = (["conv1", "layer2"], [0.25, -0.125])
        try run.write(comparison, to: .comparison)
    }

    var manifest: RunManifest {
        RunManifest(
            title: title, tool: .init(name: "Vitrine", version: "0.1.0", engine: "oneDNN 2.6.3"),
            network: NetworkDescription(
                architecture: "cifar_resnet20", displayName: "ResNet-20 (CIFAR)",
                checkpoint: .init(
                    fileName: "net.pth", bytes: 1_100_000, sha256: String(repeating: "12fca82f", count: 8), format: "safetensors"),
                parameters: 272_474, inputShape: [3, size, size],
                preprocessing: .init(
                    resize: nil, interpolation: "bilinear", crop: [size, size], mean: [0.485, 0.456, 0.406],
                    standardDeviation: [0.229, 0.224, 0.225]),
                classCount: classNames.count,
                layers: [
                    .init(
                        name: "conv1", kind: "convolution 3 x 3", shape: [16, size, size], parameters: 432, isLandmark: true,
                        isReported: false)
                ]
                    + layerNames.map {
                        .init(name: $0, kind: "stage", shape: [units, 8, 8], parameters: 4608, isLandmark: true, isReported: true)
                    }
                    + [
                        .init(
                            name: "fc", kind: "linear", shape: [classNames.count], parameters: 650, isLandmark: true,
                            isReported: false)
                    ]),
            images: .init(
                path: "photos", found: 121, used: 120, skipped: [.init(path: "bad/<b>.jpg", reason: "not a JPEG")],
                listing: String(repeating: "ab", count: 32), isLabelled: true),
            options: options,
            warnings: [.init(summary: "1 image was skipped", explanation: "It is not a JPEG.", remedy: "Remove it.")])
    }

    private var options: RunOptions {
        var options = RunOptions(command: command)
        options.layers = layerNames
        (options.seed, options.steps, options.references) = (7, 200, 10)
        (options.jitter, options.warmup, options.strongest) = (4, 20, 4)
        return options
    }

    private func unit(_ unit: Int) -> LayerStatistics.Unit {
        let isDead = unit == units - 1
        let scale = Float(unit + 1)
        return .init(
            unit: unit, mean: isDead ? 0 : 0.25 * scale, standardDeviation: isDead ? 0 : 0.5, minimum: 0,
            maximum: isDead ? 0 : 3 * scale,
            activePositions: isDead ? 0 : 0.125 * scale, activeImages: isDead ? 0 : 0.2 * scale,
            histogram: isDead ? Histogram(zero: 120) : Histogram(zero: 20, positive: [-3: 10, 0: 50, 2: 30, 6: 10]),
            classMeans: classNames.indices.map { isDead ? 0 : Float(($0 + unit) % classNames.count) / 4 },
            selectivity: isDead ? nil : 0.15 * scale,
            strongest: isDead
                ? []
                : (0..<4).map {
                    .init(
                        image: ($0 + unit) % imageCount, activation: 3 * scale - Float($0) / 4, position: [1, 2],
                        window: [2, 0, 13, 11])
                })
    }

    func write(_ target: Prototype.Target, seed: Int, to run: RunFolder) throws {
        let path = RunPath.prototypePicture(target)
        let isClass = if case .classOutput = target { true } else { false }
        try run.writeBytes(picture(seed: seed), to: path)
        let masked = try #require(RunPath(String(path.description.dropLast(4)) + "-masked.png"))
        let isGuided = hasRelevance && !isClass
        if isGuided { try run.writeBytes(picture(seed: seed), to: masked) }
        try run.write(
            Prototype(
                target: target, picture: path.description, seed: 7, steps: 200,
                matching: [.init(layer: "conv1", weight: 1, lossAtStart: 2.5, lossAtEnd: 0.02, lossOfRealImage: 0.03)],
                references: [.init(image: 0, window: [0, 4, 8, 12]), .init(image: 1), .init(image: 2), .init(image: imageCount)], referenceChoice: "The first images of the class.",
                maskedPicture: isGuided ? masked.description : nil, heatMaps: isGuided ? try heatMaps(path, to: run) : nil,
                lossCurve: (0...20).map { .init(step: $0 * 10, loss: 3 / Float(1 + $0)) },
                trust: .init(
                    activation: 4.5, multipleOfLargest: seed % 2 == 0 ? 1.5 : 0.8, percentile: 93.3,
                    probability: isClass ? 0.98 : nil,
                    predicted: seed % classNames.count, predictedProbability: 0.7)), to: RunPath.prototype(target))
    }

    /// Soft blobs of colour.
    private func picture(seed: Int) -> [UInt8] {
        var pixels: [UInt8] = []
        for y in 0..<size {
            for x in 0..<size {
                for channel in 0..<3 {
                    pixels.append(UInt8(truncatingIfNeeded: (x * (seed + 3) + y * (channel + 2) * 5) ^ (seed * 37)))
                }
            }
        }
        return PlainPNG.encode(width: size, height: size, pixels: pixels)
    }
}

import Run

/// A layer that matches templates, as the analysis would leave it.
struct FixtureTemplates {
    var layer: String
    var kind: TemplateLayer.Kind
    var count: Int
    var hasTeacher = true
    var grid = [4, 4]
    var images = 6
    /// Every so many templates are used by the student; the others are not.
    var usedEvery = 1
}

extension FixtureRun {
    func writeTemplates(to run: RunFolder) throws {
        for layer in templates { try write(layer, to: run) }
        let correct = classNames.indices.map { 12 + $0 % 7 }
        try run.write(
            Distillation(
                method: "letkd-2",
                teacher: .init(
                    architecture: "cifar_resnet56", displayName: "ResNet-56 (CIFAR)", fileName: "teacher.safetensors",
                    sha256: String(repeating: "0a1b2c3d", count: 8)),
                layers: templates.map(\.layer), images: classNames.map { _ in 20 }, student: .init(correct: correct),
                withoutTemplates: .init(correct: correct.map { $0 - 2 }),
                teacherAccuracy: templates.contains { $0.hasTeacher } ? .init(correct: classNames.map { _ in 19 }) : nil,
                options: [.init(name: "epochs", value: "60"), .init(name: "words", value: "4096")],
                warnings: [.init(summary: "The teacher saw these images", explanation: "They were part of its training.")]), to: .distillation)
    }

    private func write(_ fixture: FixtureTemplates, to run: RunFolder) throws {
        let count = fixture.count
        let isOwned = fixture.kind == .subClasses || fixture.kind == .classTemplates
        let perClass = max(1, count / classNames.count)
        func owner(_ index: Int) -> Int { min(index / perClass, classNames.count - 1) }
        func isUsed(_ index: Int) -> Bool { index % fixture.usedEvery == 0 }
        let list = (0..<count).map { index -> TemplateLayer.Template in
            let uses = isUsed(index) ? 40 - index % 17 : 0
            let angle = Float(index) * 2.4
            return .init(
                index: index, owner: isOwned ? owner(index) : nil, uses: uses, teacherUses: fixture.hasTeacher ? 30 : nil,
                agreed: fixture.hasTeacher ? min(uses, 21) : nil,
                classUses: uses > 0
                    ? [.init(index: owner(index), positions: uses - 2), .init(index: (owner(index) + 1) % classNames.count, positions: 2)] : [],
                teacherClass: fixture.hasTeacher ? owner(index) : nil,
                windows: index < TemplateLayer.picturedTemplates
                    ? (0..<4).map {
                        .init(image: ($0 + index) % imageCount, activation: 3 - Float($0) / 4, position: [1, 2], window: [2, 0, 13, 11])
                    } : [],
                neighbours: [.init(template: (index + 1) % count, cosine: 0.75), .init(template: (index + 7) % count, cosine: -0.25)],
                confusions: fixture.kind == .subClasses
                    ? [.init(template: index, share: 0.8), .init(template: (index + perClass) % count, share: 0.2)] : nil,
                principal: [angle * 0.1, Float(index % 13) - 6 + Float(owner(index))],
                embedded: fixture.kind == .subClasses ? [Float(index % 9), angle] : nil)
        }
        let positions = 120 * fixture.grid[0] * fixture.grid[1]
        func tally(_ all: Int) -> TemplateLayer.Tally {
            .init(
                all: all, matched: all * 9 / 10, agreed: fixture.hasTeacher ? all / 2 : nil,
                agreedInClass: fixture.hasTeacher && isOwned ? all * 3 / 4 : nil)
        }
        try run.write(
            TemplateLayer(
                layer: fixture.layer, behind: "layer2.1", kind: fixture.kind, grid: fixture.grid, channels: 64, alpha: 0.5, images: 120,
                positions: tally(positions), classPositions: classNames.map { _ in tally(positions / classNames.count) },
                teacher: fixture.hasTeacher
                    ? .init(layer: "layer3", pooling: 2, discriminants: fixture.kind == .subClasses ? 9 : nil) : nil,
                explainedVariance: [0.25, 0.125], templates: list), to: .templates(layer: fixture.layer))
        let cells = fixture.grid[0] * fixture.grid[1]
        try run.write(
            TemplateMaps(
                layer: fixture.layer, grid: fixture.grid, limit: 2,
                maps: (0..<fixture.images).map { image in
                    func template(_ cell: Int) -> Int { (image * perClass + (cell / 3) * (cell % 2)) % count }
                    return .init(
                        image: image, student: (0..<cells).map { $0 % 5 == 4 ? nil : template($0) },
                        strengths: (0..<cells).map { $0 % 5 == 4 ? 0 : Float($0 % 9) / 4 },
                        teacher: fixture.hasTeacher ? (0..<cells).map { template($0 - $0 % 3) } : nil)
                }), to: .templateMaps(layer: fixture.layer))
        guard fixture.kind == .subClasses else { return }
        try run.write(
            ScoreMatrix(
                layer: fixture.layer, size: count, smallest: 0,
                rows: (0..<count).map { index in
                    let other = (index + perClass) % count
                    return index < other
                        ? .init(templates: [index, other], shares: [0.8, 0.2]) : .init(templates: [other, index], shares: [0.2, 0.8])
                }), to: .scoreMatrix(layer: fixture.layer))
    }
}

import Diagnostics
import Run

/// What a run found out, as far as all pages need it.
struct RunContent {
    let run: RunFolder
    let manifest: RunManifest
    let presentation: SitePresentation
    let images: ImageIndex
    /// nil where there are none, or the network has none.
    let classes: ClassTable?
    /// What folders of images are called, where statistics go by folders for want of classes.
    private let groups: [String]
    let classPrototypes: [Int: Prototype]
    /// Nil where no relevance was followed.
    let classFlow: ClassFlow?
    /// Of the classes' prototypes.
    let classPaths: [Prototype.Target: PathSimilarity.Entry]
    /// Methods side by side, if they were compared.
    let comparison: Comparison?
    /// How the network came to match templates, if it does.
    let distillation: Distillation?
    let linearProbes: LinearProbes?
    /// The line-ups that the page of some of every layer has, in its order: those whose prototypes are there.
    let lineUp: [(layer: String, question: LineUp.Question)]
    /// Images that were drawn at random for line-ups.
    let lineUpDrawn: Int
    /// Classes that there is something to see of, in order: those with a prototype; if there is none of any, those with
    /// images; if there are none either, all.
    let shownClasses: [Int]
    /// What a researcher wrote.
    let notes: Notes

    /// - Throws: `Problem` when the run has not got as far as its first document, or a document is damaged.
    init(_ run: RunFolder, _ presentation: SitePresentation = SitePresentation()) throws {
        guard var manifest = try run.read(RunManifest.self, from: .manifest) else {
            throw Problem(
                "there is nothing to show in \(run.path) yet", explanation: "The run has not written \(RunPath.manifest).",
                remedy: "Run the analysis first.")
        }
        if let title = presentation.title { manifest.title = title }
        self.run = run
        self.manifest = manifest
        self.presentation = presentation
        images = try run.read(ImageIndex.self, from: .images) ?? ImageIndex(images: [:])
        let table = try run.read(ClassTable.self, from: .classes)
        groups = table?.groups ?? []
        classes = table.flatMap { $0.classes.isEmpty ? nil : $0 }
        classFlow = try run.read(ClassFlow.self, from: .classFlow)
        classPaths = try run.read(PathSimilarity.self, from: .classPaths)?.byTarget ?? [:]
        comparison = try run.read(Comparison.self, from: .comparison)
        distillation = try run.read(Distillation.self, from: .distillation)
        linearProbes = try run.read(LinearProbes.self, from: .linearProbes)
        var prototypes: [Int: Prototype] = [:]
        for index in 0..<max(classes?.classes.count ?? 0, manifest.network.classCount) {
            prototypes[index] = try run.read(Prototype.self, from: .classPrototype(index))
        }
        classPrototypes = prototypes
        var lineUp: [(layer: String, question: LineUp.Question)] = []
        var drawn = 0
        for layer in manifest.options.layers {
            guard let known = try run.read(LineUp.self, from: .lineUp(layer: layer)) else { continue }
            drawn = max(drawn, known.drawn)
            lineUp += known.questions.filter {
                $0.number != nil && run.exists(.prototype(layer: layer, unit: $0.unit))
                    && run.exists(.prototypePicture(layer: layer, unit: $0.unit))
            }.map { (layer: layer, question: $0) }
        }
        self.lineUp = lineUp.sorted { ($0.question.number ?? 0) < ($1.question.number ?? 0) }
        lineUpDrawn = drawn
        let known = classes?.classes ?? []
        let reported = Set(manifest.options.layers)
        notes = try Notes(
            in: presentation.notes,
            layers: manifest.network.layers.filter { $0.isReported || reported.contains($0.name) }.map { ($0.name, $0.shape.first ?? 0) },
            classNames: known.map(\.name))
        let all = Array(known.indices)
        let withImages = all.filter { known[$0].images > 0 }
        shownClasses = [all.filter { prototypes[$0] != nil }, withImages].first { !$0.isEmpty } ?? all
    }

    var network: NetworkDescription { manifest.network }

    /// Height and width of the network's input in pixels: the size of all pictures of the run.
    var inputSize: (height: Int, width: Int) {
        let shape = network.inputShape
        return shape.count == 3 && shape[1] > 0 && shape[2] > 0 ? (shape[1], shape[2]) : (224, 224)
    }

    func className(_ index: Int) -> String {
        guard let classes, classes.classes.indices.contains(index) else {
            return groups.indices.contains(index) ? groups[index] : "class \(index)"
        }
        let name = classes.classes[index].name
        return name.isEmpty ? "class \(index)" : name
    }

    /// True when there is a page for the class.
    func hasPage(class index: Int) -> Bool { classes?.classes.indices.contains(index) ?? false }

    /// Layers whose units the run reports, in the order of execution.
    var reportedLayers: [NetworkDescription.Layer] {
        let named = Set(manifest.options.layers)
        return network.layers.filter { $0.isReported || named.contains($0.name) }
    }

    /// Whether prototypes of the classes were asked for.
    var wantsClassPrototypes: Bool { manifest.options.classes != "none" }
}

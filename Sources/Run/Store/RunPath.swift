/// A place in a run folder. The one type that knows the folder's layout.
///
///     run.json                                what was run, on what, how
///     images.json, classes.json               the real images mentioned; the network's classes
///     images/<number>.png                     those images as the network sees them
///     layers/<key>/statistics.json            what a layer's units did
///     layers/<key>/similarity.json            which units go together, and a map of them
///     layers/<key>/range.json                 real images from the whole range of each unit
///     layers/<key>/flow.json                  where its units' relevance comes from, and whom they serve
///     layers/<key>/prototypes/<unit>.json     what a prototype says about itself, beside its picture
///     layers/<key>/directions.json            what the units of a layer of directions are
///     layers/<key>/concepts.json              the layer's concepts
///     layers/<key>/concepts/<index>.json      a concept's prototype, beside its picture
///     layers/<key>/ablation.json              what becomes of accuracy when its units are switched off
///     layers/<key>/line-up.json               real images among which a person picks those that excite a unit
///     layers/<key>/judgement.json             how another network answers those line-ups
///     layers/<key>/facets.json                whether the references of its units fall into clusters
///     layers/<key>/facet-likeness.json        whether the prototypes of these are like them
///     layers/<key>/facets/<unit>-<index>.json a cluster's prototype, beside its picture
///     layers/<key>/paths.json                 whether its prototypes are treated as real images are
///     layers/<key>/words.json                 which words go with its units
///     layers/<key>/checks.json                how well labels tell, on held-out images, where its units are active
///     layers/<key>/clarity.json               how alike its units' references are
///     line-up/<number>-<window>.png           windows of real images for that
///     heads.json                              where the heads of attentions look
///     heads/<key>/<head>-<n>.png              where they look in the images they are shown with
///     head-relevance.json                     how much of the relevance of classes goes through heads
///     classes/flow.json                       which units carry the relevance of the classes
///     classes/prototypes/<index>.json         the same for classes
///     classes/paths.json                      the same of their prototypes as of a layer's
///     comparison.json                         methods side by side
///     comparison/<method>/<class>-<n>.png     the pictures measured, and real ones
///     teacher.json                            a student's outputs beside its teacher's
///     distillation.json                       how a network came to match templates, and what that is worth
///     distillation/probes.json                what a linear classifier reads before and behind layers that match templates
///     distillation/<key>/templates.json       the templates of a layer over all real images
///     distillation/<key>/maps.json            which template is where in some of them
///     distillation/<key>/score-matrix.json    which templates the teacher confuses
///     state/                                  what a resumed run needs and nobody else reads
public struct RunPath: Hashable, Sendable, CustomStringConvertible {
    /// Relative to the run folder, with `/` between its parts.
    public let description: String
    /// Where run folders made before keys told capitals have it.
    let earlier: String?

    public static func == (first: RunPath, second: RunPath) -> Bool { first.description == second.description }
    public func hash(into hasher: inout Hasher) { hasher.combine(description) }

    /// The path that a document mentions (`Prototype.picture`, `ImageIndex.Image.picture`); nil when it is absolute or
    /// leaves the folder, which no document of ours asks for.
    public init?(_ relative: String) {
        let parts = relative.split(separator: "/", omittingEmptySubsequences: false)
        guard !relative.utf8.contains(0), parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) else { return nil }
        description = relative
        earlier = nil
    }

    private init(known: String) {
        description = known
        earlier = nil
    }

    /// A place that the layer's key is a part of.
    private init(layer: String, _ place: (_ key: String) -> String) {
        let key = Self.key(for: layer), old = Self.earlierKey(for: layer)
        description = place(key)
        earlier = old == key ? nil : place(old)
    }

    /// `RunManifest`.
    public static let manifest = RunPath(known: "run.json")
    /// `ImageIndex`.
    public static let images = RunPath(known: "images.json")
    /// `ClassTable`.
    public static let classes = RunPath(known: "classes.json")

    /// `LayerStatistics` of the layer with that name.
    public static func statistics(layer: String) -> RunPath { RunPath(layer: layer) { "layers/\($0)/statistics.json" } }

    /// `LayerSimilarity` of the layer with that name.
    public static func similarity(layer: String) -> RunPath { RunPath(known: "layers/\(key(for: layer))/similarity.json") }

    /// `LayerFlow` of the layer with that name.
    public static func flow(layer: String) -> RunPath { RunPath(known: "layers/\(key(for: layer))/flow.json") }

    /// `ClassFlow`.
    public static let classFlow = RunPath(known: "classes/flow.json")

    /// `LayerRange` of the layer with that name.
    public static func range(layer: String) -> RunPath { RunPath(known: "layers/\(key(for: layer))/range.json") }

    /// `LayerDirections` of the layer with that name.
    public static func directions(layer: String) -> RunPath { RunPath(known: "layers/\(key(for: layer))/directions.json") }

    /// `LayerConcepts` of the layer with that name.
    public static func concepts(layer: String) -> RunPath { RunPath(layer: layer) { "layers/\($0)/concepts.json" } }

    /// `Prototype` of a unit.
    public static func prototype(layer: String, unit: Int) -> RunPath {
        RunPath(layer: layer) { "layers/\($0)/prototypes/\(unit).json" }
    }

    public static func prototypePicture(layer: String, unit: Int) -> RunPath {
        RunPath(layer: layer) { "layers/\($0)/prototypes/\(unit).png" }
    }

    /// `Prototype` of a class.
    public static func classPrototype(_ index: Int) -> RunPath { RunPath(known: "classes/prototypes/\(index).json") }

    public static func classPrototypePicture(_ index: Int) -> RunPath { RunPath(known: "classes/prototypes/\(index).png") }

    /// Where a target's `Prototype` lies.
    public static func prototype(_ target: Prototype.Target) -> RunPath {
        switch target {
        case .unit(let layer, let unit): prototype(layer: layer, unit: unit)
        case .classOutput(let index): classPrototype(index)
        case .concept(let layer, let index): RunPath(layer: layer) { "layers/\($0)/concepts/\(index).json" }
        case .facet(let layer, let unit, let index): RunPath(known: "layers/\(key(for: layer))/facets/\(unit)-\(index).json")
        }
    }

    /// Where a target's picture lies.
    public static func prototypePicture(_ target: Prototype.Target) -> RunPath {
        switch target {
        case .unit(let layer, let unit): prototypePicture(layer: layer, unit: unit)
        case .classOutput(let index): classPrototypePicture(index)
        case .concept(let layer, let index): RunPath(layer: layer) { "layers/\($0)/concepts/\(index).png" }
        case .facet(let layer, let unit, let index): RunPath(known: "layers/\(key(for: layer))/facets/\(unit)-\(index).png")
        }
    }

    /// Where the picture of a target's `number`th other seed lies, counted from 1.
    public static func otherSeedPicture(_ target: Prototype.Target, _ number: Int) -> RunPath {
        RunPath(known: String(prototypePicture(target).description.dropLast(4)) + "-\(number).png")
    }

    /// Where a target's masked picture lies.
    public static func maskedPicture(_ target: Prototype.Target) -> RunPath {
        RunPath(known: String(prototypePicture(target).description.dropLast(4)) + "-masked.png")
    }

    /// Where the heat map of a target's `number`th reference lies.
    public static func heatMap(_ target: Prototype.Target, _ number: Int) -> RunPath {
        RunPath(known: String(prototypePicture(target).description.dropLast(4)) + "-relevance-\(number).png")
    }

    /// A real image's picture.
    /// - Parameter format: `png` or `jpg`.
    public static func imagePicture(_ number: Int, format: String = "png") -> RunPath {
        RunPath(known: "images/\(number).\(format)")
    }

    /// `LineUp` of the layer with that name.
    public static func lineUp(layer: String) -> RunPath { RunPath(layer: layer) { "layers/\($0)/line-up.json" } }

    /// `LayerJudgement` of the layer with that name.
    public static func judgement(layer: String) -> RunPath { RunPath(known: "layers/\(key(for: layer))/judgement.json") }

    /// `LayerWords` of the layer with that name.
    public static func words(layer: String) -> RunPath { RunPath(known: "layers/\(key(for: layer))/words.json") }

    /// `LayerChecks` of the layer with that name.
    public static func checks(layer: String) -> RunPath { RunPath(known: "layers/\(key(for: layer))/checks.json") }

    /// `LayerClarity` of the layer with that name.
    public static func clarity(layer: String) -> RunPath { RunPath(known: "layers/\(key(for: layer))/clarity.json") }

    /// `LayerAblation` of the layer with that name.
    public static func ablation(layer: String) -> RunPath { RunPath(known: "layers/\(key(for: layer))/ablation.json") }

    /// `LayerFacets` of the layer with that name.
    public static func facets(layer: String) -> RunPath { RunPath(known: "layers/\(key(for: layer))/facets.json") }

    /// `FacetLikeness` of the layer with that name.
    public static func facetLikeness(layer: String) -> RunPath { RunPath(known: "layers/\(key(for: layer))/facet-likeness.json") }

    /// `PathSimilarity` of the targets of a layer, or of the classes.
    public static func paths(of target: Prototype.Target) -> RunPath { target.layer.map(paths(layer:)) ?? classPaths }

    /// `PathSimilarity` of the targets in the layer with that name.
    public static func paths(layer: String) -> RunPath { RunPath(known: "layers/\(key(for: layer))/paths.json") }

    /// `PathSimilarity` of the classes.
    public static let classPaths = RunPath(known: "classes/paths.json")

    /// `AttentionHeads`.
    public static let heads = RunPath(known: "heads.json")

    /// Where head `head` of the attention with that name looks in its `number`th image.
    public static func headPicture(layer: String, head: Int, _ number: Int) -> RunPath {
        RunPath(known: "heads/\(key(for: layer))/\(head)-\(number).png")
    }

    /// `HeadRelevance`.
    public static let headRelevance = RunPath(known: "head-relevance.json")

    /// A window of a real image, cut out.
    /// - Parameter format: `png` or `jpg`.
    public static func windowPicture(_ number: Int, _ window: [Int], format: String = "png") -> RunPath {
        RunPath(known: "line-up/\(number)-\(window.map(String.init).joined(separator: "-")).\(format)")
    }

    /// `Comparison`.
    public static let comparison = RunPath(known: "comparison.json")

    /// `ComparedPictures` of one method and class.
    public static func comparedPictures(method: String, class index: Int) -> RunPath {
        RunPath(known: "comparison/\(key(for: method))/\(index).json")
    }

    /// A method's `number`th picture of a class, or the `number`th real one (method `real`).
    public static func comparedPicture(method: String, class index: Int, _ number: Int) -> RunPath {
        RunPath(known: "comparison/\(key(for: method))/\(index)-\(number).png")
    }

    /// `TeacherComparison`.
    public static let teacher = RunPath(known: "teacher.json")

    /// `Distillation`.
    public static let distillation = RunPath(known: "distillation.json")

    /// `LinearProbes`.
    public static let linearProbes = RunPath(known: "distillation/probes.json")

    /// `TemplateLayer` of the layer with that name.
    public static func templates(layer: String) -> RunPath { RunPath(layer: layer) { "distillation/\($0)/templates.json" } }

    /// `TemplateMaps` of the layer with that name.
    public static func templateMaps(layer: String) -> RunPath { RunPath(layer: layer) { "distillation/\($0)/maps.json" } }

    /// `ScoreMatrix` of the layer with that name.
    public static func scoreMatrix(layer: String) -> RunPath { RunPath(layer: layer) { "distillation/\($0)/score-matrix.json" } }

    /// Something a resumed run needs. Unsafe characters of `name` are escaped.
    public static func state(_ name: String) -> RunPath { RunPath(known: "state/\(key(for: name))") }
}

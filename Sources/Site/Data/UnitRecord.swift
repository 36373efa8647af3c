import Run

/// Everything that the run knows of one unit, for programs: `unit.json` beside the unit's page. `assets/unit.schema.json` says what it
/// holds.
struct UnitRecord {
    static let formatVersion = 1

    let context: SiteContext
    let layer: LayerContent
    let unit: LayerStatistics.Unit

    var path: String { "\(layer.folder)/\(unit.unit)/unit.json" }

    /// - Precondition: the unit's page is written: what pictures there are is known by then.
    var json: [UInt8] {
        let manifest = context.content.manifest
        return JSONText.object { json in
            json.member("$schema", SiteContext.root(of: path) + "assets/unit.schema.json")
            json.member("formatVersion", Self.formatVersion)
            json.member("key", "\(layer.folder)/\(unit.unit)")
            json.member("page", layer.page(of: unit.unit))
            json.member("layer", layer.name)
            json.member("unit", unit.unit)
            json.member("network") { network in
                network.member("name", manifest.network.displayName)
                network.member("architecture", manifest.network.architecture)
                network.member("checkpoint", manifest.network.checkpoint.fileName)
                network.member("checkpointSHA256", manifest.network.checkpoint.sha256)
            }
            json.member("tool", "\(manifest.tool.name) \(manifest.tool.version)")
            json.member("images", layer.statistics.images)
            json.member("mapShape", array: layer.statistics.shape) { $0.value($1) }
            json.member("statistics", object: statistics)
            json.member("strongest", array: unit.strongest) { json, exemplar in
                json.object { self.exemplar(exemplar, value: "activation", &$0) }
            }
            json.member("prototype", object: layer.prototypes[unit.unit]) { prototype($1, &$0) }
            findings(&json)
        }
    }

    private func statistics(_ json: inout JSONText) {
        json.member("mean", unit.mean)
        json.member("standardDeviation", unit.standardDeviation)
        json.member("minimum", unit.minimum)
        json.member("maximum", unit.maximum)
        json.member("activePositions", unit.activePositions)
        json.member("activeImages", unit.activeImages)
        json.member("selectivity", unit.selectivity)
        json.member("topClasses", array: unit.topClasses(5)) { json, entry in
            json.object {
                $0.member("index", entry.index)
                $0.member("name", context.content.className(entry.index))
                $0.member("mean", entry.mean)
            }
        }
        json.member("classMeans", array: unit.classMeans) { $0.value($1) }
        json.member("histogram") { json in
            json.member("zero", unit.histogram.zero)
            for (name, bins) in [("positive" as StaticString, unit.histogram.positive), ("negative", unit.histogram.negative)] {
                json.member(name, array: bins.sorted { $0.key < $1.key }) { json, bin in
                    json.object {
                        $0.member("bin", bin.key)
                        $0.member("images", bin.value)
                    }
                }
            }
        }
    }

    private func prototype(_ prototype: Prototype, _ json: inout JSONText) {
        let folder = "\(layer.folder)/\(unit.unit)"
        json.member("picture", picture("\(folder)/prototype.png"))
        json.member("maskedPicture", picture("\(folder)/masked.png"))
        json.member("seed", prototype.seed)
        json.member("otherSeeds", array: Array(prototype.otherSeeds.enumerated())) { json, other in
            json.object {
                $0.member("seed", other.element.seed)
                $0.member("picture", picture("\(folder)/seed-\(other.offset + 1).png"))
                $0.member("activation", other.element.activation)
            }
        }
        json.member("steps", prototype.steps)
        json.member("trust") { trust in
            trust.member("activation", prototype.trust.activation)
            trust.member("multipleOfLargest", prototype.trust.multipleOfLargest)
            trust.member("percentile", prototype.trust.percentile)
            trust.member("predicted", prototype.trust.predicted)
            trust.member("predictedName", prototype.trust.predicted.map(context.content.className))
            trust.member("predictedProbability", prototype.trust.predictedProbability)
            trust.member("seedAgreement", prototype.trust.seedAgreement)
        }
        json.member("matching", array: prototype.matching) { json, layer in
            json.object {
                $0.member("layer", layer.layer)
                $0.member("weight", layer.weight)
                $0.member("lossAtStart", layer.lossAtStart)
                $0.member("lossAtEnd", layer.lossAtEnd)
                $0.member("lossOfRealImage", layer.lossOfRealImage)
            }
        }
        json.member("referenceChoice", prototype.referenceChoice)
        json.member("references", array: prototype.references) { json, reference in
            json.object {
                image(reference.image, &$0)
                $0.member("window", array: reference.window) { $0.value($1) }
                $0.member("score", reference.score)
            }
        }
        json.member("lossCurve", array: prototype.lossCurve) { json, point in
            json.object {
                $0.member("step", point.step)
                $0.member("loss", point.loss)
            }
        }
    }

    func image(_ number: Int, _ json: inout JSONText) {
        let known = context.content.images.images[number]
        json.member("image", number)
        json.member("path", known?.path)
        json.member("sha256", known?.sha256)
        json.member("label", known?.label)
        json.member("predicted", known?.predicted)
    }

    /// Where the site has it.
    private func picture(_ path: String) -> String? { context.folder.contains(path) ? path : nil }
}

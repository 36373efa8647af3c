import Run

extension UnitRecord {
    /// The unit's whole range, the units that go with and against it, its relevance flow, its prototype beside real images, words and labels, how another
    /// network answers its line-up, and how alike its references are: each null where the run has none.
    func findings(_ json: inout JSONText) {
        json.member("range", object: layer.range.flatMap { $0.units.indices.contains(unit.unit) ? $0 : nil }) { range($1, &$0) }
        json.member("similarity", object: layer.similarity.flatMap { $0.units.indices.contains(unit.unit) ? $0 : nil }) { similarity($1, &$0) }
        json.member("relevance", object: layer.flow.flatMap { $0.units.indices.contains(unit.unit) ? $0 : nil }) { relevance($1, &$0) }
        json.member("paths", object: layer.paths[.unit(layer: layer.name, unit: unit.unit)]) { paths($1, &$0) }
        json.member("words", object: layer.words(of: unit.unit)) { words($1, &$0) }
        json.member("checks", array: layer.checked[unit.unit]) { json, check in json.object { self.check(check, &$0) } }
        json.member("judgement", object: layer.judged[unit.unit]) { judgement($1, &$0) }
        json.member("clarity", object: layer.clarity?.units[unit.unit]) { clarity($1, &$0) }
    }

    private func words(_ own: LayerWords.Unit, _ json: inout JSONText) {
        json.member("images", layer.words?.images)
        json.member("tried", layer.words?.words)
        json.member("level", own.level)
        json.member("best", array: own.best) { json, word in
            json.object {
                $0.member("word", word.word)
                $0.member("correlation", word.correlation)
            }
        }
    }

    private func check(_ check: LayerChecks.Check, _ json: inout JSONText) {
        json.member("kind", check.kind.rawValue)
        json.member("label", check.label)
        json.member("chosen", check.chosen)
        json.member("area", check.area)
        json.member("areaInterval", array: check.areaInterval) { $0.value($1) }
        json.member("difference", check.difference)
        json.member("differenceInterval", array: check.differenceInterval) { $0.value($1) }
        json.member("with", check.with)
        json.member("without", check.without)
    }

    private func judgement(_ own: LayerJudgement.Unit, _ json: inout JSONText) {
        json.member("judge", layer.judgement?.judge.displayName)
        json.member("judgeSHA256", layer.judgement?.judge.checkpoint.sha256)
        for (name, share) in [("byPrototype" as StaticString, own.byPrototype), ("byImages", own.byImages)] {
            json.member(name) { json in
                json.member("right", share.right)
                json.member("interval", array: share.interval) { $0.value($1) }
            }
        }
        json.member("images", own.images)
    }

    private func clarity(_ own: LayerClarity.Unit, _ json: inout JSONText) {
        json.member("judge", layer.clarity?.judge?.displayName)
        json.member("images", own.images)
        json.member("clarity", own.clarity)
        json.member("polysemanticity", own.polysemanticity)
        json.member("consistency", own.consistency)
        json.member("randomClarity", own.randomClarity)
    }

    func exemplar(_ exemplar: LayerStatistics.Exemplar, value: StaticString, _ json: inout JSONText) {
        image(exemplar.image, &json)
        json.member(value, exemplar.activation)
        json.member("position", array: exemplar.position) { $0.value($1) }
        json.member("window", array: exemplar.window) { $0.value($1) }
    }

    private func range(_ range: LayerRange, _ json: inout JSONText) {
        json.member("sample", range.sample)
        json.member("quantiles", array: range.units[unit.unit].quantiles) { json, quantile in
            json.object {
                exemplar(quantile.exemplar, value: "activation", &$0)
                $0.member("share", quantile.share)
            }
        }
    }

    private func similarity(_ similarity: LayerSimilarity, _ json: inout JSONText) {
        json.member("images", similarity.images)
        let own = similarity.units[unit.unit]
        for (name, matches) in [("similar" as StaticString, own.similar), ("opposite", own.opposite)] {
            json.member(name, array: matches) { json, match in
                json.object {
                    $0.member("unit", match.unit)
                    $0.member("correlation", match.correlation)
                }
            }
        }
        json.member("place", array: own.place) { $0.value($1) }
    }

    private func paths(_ entry: PathSimilarity.Entry, _ json: inout JSONText) {
        json.member("images", entry.images.count)
        json.member("heldOut", entry.areReferences ? 0 : entry.images.count)
        json.member("otherImages", entry.otherImages)
        json.member("layers", array: entry.points) { json, point in
            json.object {
                $0.member("layer", point.layer)
                $0.member("prototype", point.prototype)
                $0.member("real", point.real)
                $0.member("realRange", array: point.realRange) { $0.value($1) }
                $0.member("others", point.others)
            }
        }
    }

    private func relevance(_ flow: LayerFlow, _ json: inout JSONText) {
        let own = flow.units[unit.unit]
        json.member("composite", flow.composite)
        json.member("source", object: own.source) { json, source in
            json.member("layer", source.layer)
            json.member("images", source.images)
            json.member("arrived", source.arrived)
            json.member("residual", source.residual)
            json.member("units", array: source.units) { json, share in
                json.object {
                    $0.member("unit", share.index)
                    $0.member("share", share.share)
                }
            }
        }
        json.member("downstream", array: own.downstream) { json, other in
            json.object {
                $0.member("layer", other.layer)
                $0.member("unit", other.unit)
                $0.member("share", other.share)
            }
        }
        json.member("classes", array: own.classes) { json, share in
            json.object {
                $0.member("index", share.index)
                $0.member("name", context.content.className(share.index))
                $0.member("share", share.share)
            }
        }
        json.member("mostRelevant", array: own.relevantImages) { json, relevant in
            json.object {
                exemplar(relevant.exemplar, value: "share", &$0)
                $0.member("class", relevant.classIndex)
            }
        }
    }
}

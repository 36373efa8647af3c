import Run

/// What it does on all images: the distribution of its activations, statistics, the classes it answers to.
enum NumbersSection: CardSection {
    static func fields(of card: Card) throws -> Fields {
        let statistics = card.statistics, top = statistics.topClasses(8)
        return [
            "isDead": statistics.isDead, "constant": statistics.isConstant ? Number.short(statistics.maximum) : nil,
            "statistics": rows(statistics),
            "respondsTo": top.prefix(3).map { card.context.classLink($0.index) }, "hasRespondsTo": !top.isEmpty,
            "histogram": ActivationHistogram.chart(
                statistics.histogram, mark: card.prototype?.trust.activation, id: "activations", unit: card.name),
            "classBars": bars(top, in: card.context), "hasClassBars": !top.isEmpty,
        ]
    }

    private static func rows(_ statistics: LayerStatistics.Unit) -> [Fields] {
        var rows: [(String, String)] = [
            ("mean activation", Number.short(statistics.mean)), ("standard deviation", Number.short(statistics.standardDeviation)),
            ("minimum", Number.short(statistics.minimum)), ("maximum", Number.short(statistics.maximum)),
            ("active positions", Number.percent(statistics.activePositions)),
            ("images that activate it", Number.percent(statistics.activeImages)),
        ]
        if let selectivity = statistics.selectivity { rows.append(("class selectivity", Number.short(selectivity))) }
        return rows.map { ["name": $0.0, "value": $0.1] }
    }

    private static func bars(_ top: [(index: Int, mean: Float)], in context: SiteContext) -> [Fields] {
        let largest = top.first?.mean ?? 1
        return top.map { entry in
            [
                "class": context.classLink(entry.index), "value": Number.short(entry.mean),
                "bar": ShareBar.ornament(entry.mean / largest, width: 120),
            ]
        }
    }
}

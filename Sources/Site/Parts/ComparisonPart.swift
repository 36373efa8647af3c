import Run

/// Methods side by side.
final class ComparisonPart: SitePart {
    static let entry = SiteEntry(section: .compare, title: "Compare", href: ComparisonPage.path, hasMore: false)

    private let comparison: Comparison

    init?(_ content: RunContent) {
        guard let comparison = content.comparison else { return nil }
        self.comparison = comparison
    }

    func write(_ context: SiteContext, _ report: inout Report) throws {
        try ComparisonPage(context: context, comparison: comparison).write()
        report.comparison = comparison
    }

    func overview(_ context: SiteContext) throws -> Fields {
        [
            "methods": ComparisonPage.table(ComparisonTable(comparison), of: comparison), "comparisonPage": ComparisonPage.path,
            // A run of `compare` alone has no statistics to show.
            "isOnlyComparison": context.content.reportedLayers.isEmpty && context.content.classes == nil,
        ]
    }

    func method(_ context: SiteContext) throws -> Fields {
        [
            "comparison": [
                "classes": Number.count(comparison.classes.count, "class", "classes"),
                "methods": comparison.rows.filter { $0.method != "real" }.map(\.name).joined(separator: ", "),
                "steps": Number.grouped(comparison.steps), "seeds": Number.grouped(comparison.seeds),
                "judge": comparison.judge?.displayName, "features": Number.grouped(comparison.features),
                "featureLayer": comparison.featureLayer, "realImages": Number.grouped(comparison.realImages),
            ] as Fields
        ]
    }
}

extension SiteContext.Section {
    static let compare = Self("Compare")
}

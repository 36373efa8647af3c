import Run

/// Teacher and student side by side, and the layers that match templates.
final class DistillationPart: SitePart {
    static let entry = SiteEntry(section: .distillation, title: "Distillation", href: DistillationPage.path, hasMore: true)

    private let distillation: Distillation
    private var layers: [TemplateContent] = []

    init?(_ content: RunContent) {
        guard let distillation = content.distillation else { return nil }
        self.distillation = distillation
    }

    func write(_ context: SiteContext, _ report: inout Report) throws {
        var seen = Set<String>()
        for name in distillation.layers where seen.insert(name).inserted {
            guard let content = try TemplateContent(name, of: context.content.run) else { continue }
            try TemplateLayerPage(context: context, content: content).write()
            context.search.add(content, of: context.content)
            layers.append(content)
        }
        try page(context).write()
        report.distillation = Report.Distillation(page(context))
    }

    private func page(_ context: SiteContext) -> DistillationPage {
        DistillationPage(context: context, distillation: distillation, layers: layers)
    }

    func overview(_ context: SiteContext) throws -> Fields { ["distillation": page(context).summary()] }

    /// How templates were looked at; nothing where there are none.
    func method(_ context: SiteContext) throws -> Fields {
        guard let first = layers.first else { return [:] }
        return [
            "templates": [
                "layers": layers.map(\.name).joined(separator: ", "), "images": Number.grouped(first.layer.images),
                "hasTeacher": layers.contains { $0.hasTeacher }, "hasMatrix": layers.contains { $0.matrix != nil },
                "hasDiscriminants": layers.contains { $0.layer.teacher?.discriminants != nil },
                "isNormalised": layers.contains { [.vocabulary, .subClasses].contains($0.layer.kind) },
                "hasProbes": (context.content.linearProbes?.tested ?? 0) > 0, "hasWithout": distillation.withoutTemplates != nil,
                "hasEmbedding": layers.contains { $0.layer.templates.contains { $0.embedded != nil } },
                "hasPrincipal": layers.contains { $0.layer.templates.contains { $0.principal != nil } },
            ] as Fields
        ]
    }
}

extension SiteContext.Section {
    static let distillation = Self("Distillation")
}

import Run

/// The line-up: prototypes and the real images to pick.
final class LineUpPart: SitePart {
    static let entry = SiteEntry(section: .lineUp, title: "Line-up", href: LineUpPage.path, hasMore: false)

    init?(_ content: RunContent) {
        guard !content.lineUp.isEmpty, content.presentation.realImages != .none else { return nil }
    }

    func write(_ context: SiteContext, _ report: inout Report) throws { try LineUpPage(context: context).write() }

    func overview(_ context: SiteContext) throws -> Fields {
        ["lineUp": ["href": LineUpPage.path, "count": Number.count(context.content.lineUp.count, "prototype")] as Fields]
    }
}

extension SiteContext.Section {
    static let lineUp = Self("LineUp")
}

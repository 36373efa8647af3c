/// The addresses of a site's pages for search engines (sitemaps.org), of which one file may name 50,000.
enum Sitemap {
    private static let limit = 50_000

    /// The files, by their paths: one, or an index and its parts.
    static func files(_ pages: [String], at base: String) -> [(path: String, text: String)] {
        let parts = stride(from: 0, to: pages.count, by: limit).map { Array(pages[$0..<min($0 + limit, pages.count)]) }
        func list(_ root: String, _ entry: String, _ paths: [String]) -> String {
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<\(root) xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n"
                + paths.map { "<\(entry)><loc>\(PlainText.html(base + $0))</loc></\(entry)>\n" }.joined() + "</\(root)>\n"
        }
        guard parts.count > 1 else { return [("sitemap.xml", list("urlset", "url", pages))] }
        let named = parts.enumerated().map { ("sitemap-\($0 + 1).xml", list("urlset", "url", $1)) }
        return [("sitemap.xml", list("sitemapindex", "sitemap", named.map(\.0)))] + named
    }
}

import CGumbo
import Diagnostics

/// The tree that a browser would make of a page (WHATWG HTML, section 13.2), by Gumbo.
///
/// A page is anybody's: one that is nested more deeply than `deepest` or whose tree would not fit is refused rather than parsed.
struct HTMLTree: ~Copyable {
    /// Browsers stop at 512.
    static let deepest = 2_000

    private let tree: UnsafeMutablePointer<vitrine_html>

    /// - Parameter bytes: UTF-8; must live as long as the tree.
    /// - Throws: `Problem` when the page is nested too deeply or its tree takes too much memory.
    init(_ bytes: UnsafeBufferPointer<UInt8>) throws(Problem) {
        guard HTMLNesting.depth(of: bytes) <= Self.deepest else {
            throw Problem("elements are nested more than \(Self.deepest) deep")
        }
        // Gumbo's tree of a page of ours takes 15 to 20 times its length.
        let limit = 16 << 20 + bytes.count * 64
        let parsed = bytes.withMemoryRebound(to: CChar.self) { vitrine_html_parse($0.baseAddress, $0.count, limit) }
        guard let parsed else { throw Problem("its elements take more than \(limit >> 20) MiB of memory") }
        tree = parsed
    }

    deinit { vitrine_html_free(tree) }

    /// Calls `body` with every element, in the order of the page.
    func forEachElement(_ body: (HTMLElement) -> Void) {
        guard let document = tree.pointee.output?.pointee.document else { return }
        HTMLElement.walk(from: document) { node in
            if let element = HTMLElement(node) { body(element) }
            return true
        }
    }
}

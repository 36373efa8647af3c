import CGumbo
import Glibc

/// An element of an `HTMLTree`; not to be used after it.
struct HTMLElement {
    private let node: UnsafeMutablePointer<GumboNode>
    private let element: GumboElement

    init?(_ node: UnsafeMutablePointer<GumboNode>) {
        guard node.pointee.type == GUMBO_NODE_ELEMENT || node.pointee.type == GUMBO_NODE_TEMPLATE else { return nil }
        self.node = node
        element = node.pointee.v.element
    }

    var tag: GumboTag { element.tag }

    /// Where its start tag stands, counted from 1.
    var place: (line: Int, column: Int) { (Int(element.start_pos.line), Int(element.start_pos.column)) }

    /// Calls `body` with the name and value of every attribute.
    func forEachAttribute(_ body: (_ name: UnsafePointer<CChar>, _ value: UnsafePointer<CChar>) -> Void) {
        for index in 0..<Int(element.attributes.length) {
            guard let attribute = element.attributes.data[index]?.assumingMemoryBound(to: GumboAttribute.self).pointee,
                let name = attribute.name, let value = attribute.value
            else { continue }
            body(name, value)
        }
    }

    /// The value of an attribute, without regard to the case of its name; nil when it is missing. `xlink:href` is `href` too.
    func attribute(_ wanted: String) -> String? {
        for index in 0..<Int(element.attributes.length) {
            guard let attribute = element.attributes.data[index]?.assumingMemoryBound(to: GumboAttribute.self).pointee,
                let name = attribute.name, let value = attribute.value, strcasecmp(name, wanted) == 0
            else { continue }
            return String(cString: value)
        }
        return nil
    }

    /// True when the attribute is there and says something.
    func says(_ attribute: String) -> Bool {
        self.attribute(attribute)?.contains { !$0.isWhitespace } ?? false
    }

    /// The text right in it, for `style`.
    var text: String {
        var text = ""
        for index in 0..<Int(element.children.length) {
            guard let child = element.children.data[index]?.assumingMemoryBound(to: GumboNode.self),
                child.pointee.type == GUMBO_NODE_TEXT || child.pointee.type == GUMBO_NODE_CDATA, let piece = child.pointee.v.text.text
            else { continue }
            text += String(cString: piece)
        }
        return text
    }

    /// True when a reader who does not see it is told what it is: by text in it, a label, a title, or a picture's alternative text.
    var hasName: Bool {
        var isNamed = false
        Self.walk(from: node) { node in
            if let inner = HTMLElement(node) {
                if inner.says("aria-label") || inner.says("aria-labelledby") || inner.says("title") || inner.says("alt") { isNamed = true }
            } else if node.pointee.type == GUMBO_NODE_TEXT || node.pointee.type == GUMBO_NODE_CDATA {
                isNamed = true
            }
            return !isNamed
        }
        return isNamed
    }

    /// True when an SVG begins with a title.
    var hasTitle: Bool {
        (0..<Int(element.children.length)).contains { index in
            let child = element.children.data[index]?.assumingMemoryBound(to: GumboNode.self)
            return child.flatMap(HTMLElement.init)?.tag == GUMBO_TAG_TITLE
        }
    }

    /// True for `use` of SVG, which Gumbo has no number for.
    var isUse: Bool {
        guard element.tag == GUMBO_TAG_UNKNOWN, element.tag_namespace == GUMBO_NAMESPACE_SVG else { return false }
        var name = element.original_tag
        gumbo_tag_from_original_text(&name)
        return name.length == 3 && strncasecmp(name.data, "use", 3) == 0
    }

    /// Visits `root` and what is below it, without recursion, until `body` returns false.
    static func walk(from root: UnsafeMutablePointer<GumboNode>, _ body: (UnsafeMutablePointer<GumboNode>) -> Bool) {
        var waiting = [root]
        while let node = waiting.popLast() {
            guard body(node) else { return }
            let children: GumboVector
            switch node.pointee.type {
            case GUMBO_NODE_DOCUMENT: children = node.pointee.v.document.children
            case GUMBO_NODE_ELEMENT, GUMBO_NODE_TEMPLATE: children = node.pointee.v.element.children
            default: continue
            }
            for index in (0..<Int(children.length)).reversed() {
                if let child = children.data[index] { waiting.append(child.assumingMemoryBound(to: GumboNode.self)) }
            }
        }
    }
}

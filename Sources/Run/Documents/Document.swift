/// Something the run folder keeps as one JSON file.
///
/// Documents are the seam between analysis and site: whoever writes one and whoever reads one agree on nothing else.
/// `formatVersion` counts incompatible changes of a document; a reader refuses a version it does not know.
public protocol Document: Codable, Sendable {
    static var formatVersion: Int { get }
}

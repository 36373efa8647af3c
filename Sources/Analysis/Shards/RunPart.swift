/// What of a report's work several processes can share.
public enum RunPart: String, Codable, Sendable, CaseIterable {
    /// The pass over the images; the search for the best windows of those that inner units' references are among; the prototypes.
    case images, references, prototypes
}

/// What of a report's work several processes can share.
public enum RunPart: String, Codable, Sendable, CaseIterable {
    case images, prototypes
}

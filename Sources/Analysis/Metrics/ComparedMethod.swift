/// A way to make prototypes of classes that a comparison knows.
public enum ComparedMethod: String, Sendable, CaseIterable {
    case vital

    /// As a paper would print it.
    public var name: String {
        switch self {
        case .vital: "VITAL"
        }
    }
}

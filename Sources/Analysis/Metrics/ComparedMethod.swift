/// A way to make prototypes of classes that a comparison knows.
public enum ComparedMethod: Sendable, Hashable, CaseIterable, RawRepresentable {
    case vital
    case baseline(Baseline)

    public static var allCases: [ComparedMethod] { [.vital] + Baseline.allCases.map(ComparedMethod.baseline) }

    public init?(rawValue: String) {
        guard let known = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = known
    }

    /// As `--methods` takes it.
    public var rawValue: String {
        switch self {
        case .vital: "vital"
        case .baseline(let baseline): baseline.rawValue
        }
    }

    /// As a paper would print it.
    public var name: String {
        switch self {
        case .vital: "VITAL"
        case .baseline(let baseline): baseline.name
        }
    }

    /// True when the pictures of a class depend on which other classes are asked for: those are made together or not at all.
    var isAboutBatches: Bool { self == .baseline(.deepInversion) }
}

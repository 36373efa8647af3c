import Run

/// Whether a picture is seen mirrored, left to right, at half of the steps, drawn at random.
///
/// A picture that has to match either way holds less that only this network takes for its features, and other networks recognise it more often
/// (docs/prototypes.md). But it is matched to references as they are: of what has a side, such as writing, it would make something that is
/// neither.
public enum Mirroring: Sendable, Equatable {
    case never
    case always
    /// Where mirrored references excite the target nearly as strongly as they do as they are.
    case whereReferencesAllow

    /// As a run records it: nil is left to the references.
    init(_ flip: Bool?) {
        self = flip.map { $0 ? .always : .never } ?? .whereReferencesAllow
    }

    /// The smallest share of a target's strength that mirrored references must keep.
    static let smallestShare: Float = 0.6
    /// References that are looked at, at most.
    static let looks = 16
}

extension Prototype.Mirroring {
    /// What follows from how strongly references excite a target as they are and mirrored.
    init(plain: Float, mirrored: Float) {
        let share = plain > 0 ? mirrored / plain : nil
        self.init(isUsed: share.map { $0 >= Mirroring.smallestShare } ?? false, share: share)
    }
}

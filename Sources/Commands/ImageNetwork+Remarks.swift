import Diagnostics
import Network
import Run

extension ImageNetwork {
    /// The preprocessing on one line, where it was told and differs from what would have been taken: results depend on it.
    var toldPreprocessing: String? { isToldOtherwise ? input.text : nil }

    /// What a checkpoint that is trained from here notes of the preprocessing, so that it is used in the same way.
    var notes: [String: String] { ["preprocessing": input.text] }

    /// What a student's checkpoint notes of what its teacher was told, so that it can be shown pictures in the same way.
    var notesOfTeacher: [String: String] { toldPreprocessing.map { [FoundTeacher.preprocessingNote: $0] } ?? [:] }

    /// Throws a `Problem` where values of the file at `path` are not finite.
    func refuseNonFinite(of path: String) throws {
        guard nonFiniteTensors.isEmpty else {
            throw Problem(
                "\(path) holds NaN or infinity in \(nonFiniteTensors.listed(first: 5))", explanation: "Nothing can be learned from such values.",
                remedy: "Choose a checkpoint whose training did not diverge.")
        }
    }

    /// What people should know of how images are prepared: a line on all of it where nothing says some of it, and what was found and not
    /// used.
    var preprocessingRemarks: [String] {
        let preprocessing = NetworkDescription.Preprocessing(input)
        var lines: [String] = []
        if !preprocessing.assumptions.isEmpty {
            let unsaid = preprocessing.origins.filter { ["assumed", "the family's default"].contains($0.source) }
            lines.append(
                "Preprocessing: \(preprocessing.words). Not specified by the checkpoint: "
                    + unsaid.map { "\($0.parts.joined(separator: ", ")) (\($0.source))" }.joined(separator: ", "))
        }
        return lines + remarks
    }
}

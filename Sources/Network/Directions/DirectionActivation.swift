import Diagnostics
import Foundation

/// What is applied to products with directions, by what is told, what the file says of itself, and what its tensors are.
struct DirectionActivation {
    let path: String
    let told: Directions.Told
    let tensors: DirectionTensors
    let notes: DirectionNotes

    /// The activation of `count` directions, and what was assumed or is to be known of it, a sentence each.
    ///
    /// - Throws: a usage `Problem` where it is not known, or lacks its number or its thresholds.
    func read(_ count: Int) throws -> (activation: Directions.Activation, remarks: [String]) {
        guard tensors.isDictionary || told.activation != nil || notes.activation != nil else { return (.none, []) }
        var remarks: [String] = []
        let thresholds = try thresholds(count)
        let stored = try tensors.values(.kept)?.values.first.flatMap { Int(exactly: $0) }
        let kept = told.kept ?? notes.kept?.value ?? stored
        let word: String
        if let told = told.activation {
            word = told
        } else if let stated = notes.activation {
            word = stated.value
            remarks.append("The activation is \(word): \(stated.source) says so")
        } else if kept != nil {
            word = "topk"
            if thresholds != nil { remarks.append("Assumed: the activation is TopK, since there is a k; the threshold beside it is not used") }
        } else if thresholds != nil {
            word = "jumprelu"
        } else {
            word = "relu"
            remarks.append("Assumed: the activation is ReLU, since nothing says topk or jumprelu")
        }
        switch word {
        case "none": return (.none, remarks)
        case "relu": return (.relu, remarks)
        case "topk":
            guard let kept else {
                throw Problem(
                    "It is not said how many latents of \(path) are kept", remedy: "Say it with --directions-k, or in the file’s metadata as k.",
                    kind: .usage)
            }
            guard (1...count).contains(kept) else {
                throw Problem(
                    "\(path) keeps \(kept) of \(count) directions", explanation: "From 1 to \(count) are possible.",
                    remedy: "Say another with --directions-k.", kind: .usage)
            }
            return (.topK(kept), remarks)
        case "jumprelu":
            guard let thresholds else {
                throw Problem("\(path) has no threshold for JumpReLU", explanation: "It is called threshold, with a value for each latent.",
                    remedy: "Save it too, or name another activation with --directions-activation.")
            }
            return (.jump(thresholds), remarks)
        default:
            throw Problem(
                "\(path) has the activation “\(printable(word))”, which is not known", explanation: "none, relu, topk and jumprelu are.",
                remedy: "Name one of them with --directions-activation, if it computes the same.", kind: .usage)
        }
    }

    private func thresholds(_ count: Int) throws -> [Float]? {
        if let values = try tensors.vector(.threshold, count: count, of: "latent") { return values }
        return try tensors.vector(.logThreshold, count: count, of: "latent")?.map { exp($0) }
    }
}

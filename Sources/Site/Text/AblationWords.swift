import Run

/// Changes of accuracy in words.
enum AblationWords {
    /// `−1.8 % (−2.1 to −1.5)`, in percentage points.
    static func accuracy(_ change: Ablation.Change) -> String {
        "\(Number.signedPercent(change.accuracy))\(change.interval.count == 2 ? " (\(interval(change.interval)))" : "")"
    }

    /// `−2.1 to −1.5`: percent without its sign.
    static func interval(_ interval: [Float]) -> String {
        interval.map { ($0 < -0.0005 ? "−" : "") + Number.fixed(abs(Double($0)) * 100, 1) }.joined(separator: " to ")
    }

    /// `72.4 % (68.3 to 76.1)`.
    static func share(_ share: LayerAblation.Share) -> String { "\(Number.percent(share.right)) (\(interval(share.interval)))" }

    /// A change of the cross-entropy: `+0.041`.
    static func loss(_ loss: Float) -> String { (loss > 0 ? "+" : "") + Number.short(loss) }

    /// How many of `effects` change accuracy clearly, and how many would by chance if none did anything.
    static func clear(_ effects: [Ablation.Effect]) -> (count: Int, byChance: Int) {
        (effects.count { $0.all.isClear }, Int((Double(effects.count) * 0.05).rounded(.up)))
    }

    static func replacement(_ replacement: Ablation.Replacement) -> String {
        replacement == .zero ? "set to zero" : "set to their mean over all positions of all images"
    }
}

extension LayerAblation {
    /// Units, most harmful when off first: by accuracy, then by the cross-entropy, then by number.
    var ranked: [Unit] {
        units.sorted {
            ($0.effect.all.accuracy, -$0.effect.all.loss, $0.index) < ($1.effect.all.accuracy, -$1.effect.all.loss, $1.index)
        }
    }
}

extension Ablation {
    func className(_ index: Int) -> String { images.classes.first { $0.index == index }?.name ?? "class \(index)" }
}

import Run

/// Shares of right answers in words.
enum JudgementWords {
    /// `92 % (68 to 99)`.
    static func share(_ share: LayerJudgement.Share) -> String {
        let interval = share.interval.map { Number.fixed(Double($0) * 100, 0) }.joined(separator: " to ")
        return "\(Number.percent(share.right))\(interval.isEmpty ? "" : " (\(interval))")"
    }
}

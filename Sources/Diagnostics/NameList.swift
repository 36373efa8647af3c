extension Collection<String> {
    /// The first `limit` of these names, and how many there are besides: `a, b and 4 more`.
    public func listed(first limit: Int = 5, separator: String = ", ") -> String {
        prefix(limit).joined(separator: separator) + (count > limit ? " and \(count - limit) more" : "")
    }
}

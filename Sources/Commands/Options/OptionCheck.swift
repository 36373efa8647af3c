import Diagnostics

/// Throws a usage `Problem` that `option` takes `expected`, where its value is not sensible.
func require(_ isSensible: Bool, _ option: String, takes expected: String) throws {
    guard isSensible else { throw Problem("\(option) takes \(expected)", kind: .usage) }
}

/// Throws a usage `Problem` where `value`, if there is one, is not in `range`.
func require(_ value: Int?, _ option: String, in range: ClosedRange<Int>) throws {
    try require(value.map(range.contains) ?? true, option, takes: "a number from \(range.lowerBound) to \(range.upperBound)")
}

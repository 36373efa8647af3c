import Foundation

// The system's functions, under names that do not hide the engine's.
func exponential(_ x: Double) -> Double { exp(x) }
func logarithm(_ x: Double) -> Double { log(x) }
func errorFunction(_ x: Double) -> Double { erf(x) }

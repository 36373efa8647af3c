internal import COpenBLAS

/// Adds `A^T A` to the lower triangle of `result`, columns x columns, where `rows` is the matrix `A` of whole rows: row-major, in double
/// precision. The upper triangle stays as it is.
///
/// - Throws: `Problem` when the library is off on this machine.
public func addSymmetricProduct(of rows: [Double], columns: Int, to result: inout [Double]) throws {
    precondition(columns > 0 && rows.count % columns == 0 && result.count == columns * columns, "whole rows, and their product")
    guard !rows.isEmpty else { return }
    try OpenBLAS.withOneThread {
        vitrine_symmetric_product(rows, Int32(rows.count / columns), Int32(columns), &result)
    }
}

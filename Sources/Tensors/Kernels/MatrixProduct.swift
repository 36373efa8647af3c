internal import COneDNN

/// Sets `result` (rows x columns) to `left` times `right` (plus `beta` times what it was), all row-major; strides are the
/// distance between rows. `right` is inner x columns, or columns x inner when `transposed`.
public func matrixProduct(
    rows: Int, columns: Int, inner: Int, left: UnsafePointer<Float>, leftStride: Int, right: UnsafePointer<Float>,
    rightStride: Int, transposed: Bool, beta: Float = 0, result: UnsafeMutablePointer<Float>, resultStride: Int
) throws {
    let no = CChar(UInt8(ascii: "N")), yes = CChar(UInt8(ascii: "T"))
    try OneDNN.check(
        dnnl_sgemm(
            no, transposed ? yes : no, Int64(rows), Int64(columns), Int64(inner), 1, left, Int64(leftStride), right,
            Int64(rightStride), beta, result, Int64(resultStride)),
        "multiplying matrices")
}

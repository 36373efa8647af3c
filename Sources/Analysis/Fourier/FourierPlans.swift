internal import CFFTW
import Foundation

/// FFTW's plans for pictures of one size: one axis at a time, real and imaginary parts apart. To be used by any number of threads.
///
/// Plans are estimated, not timed, and know nothing of how memory is aligned: the same picture has the same bytes in every run.
final class FourierPlans: @unchecked Sendable {
    /// Values from the real parts of a half plane to the imaginary ones.
    private let half: Int
    private let columns: fftwf_plan
    private let columnsBack: fftwf_plan
    private let rowsToPicture: fftwf_plan
    private let rowsToSpectrum: fftwf_plan
    /// FFTW plans for one thread at a time.
    private static let planning = NSLock()

    init(height: Int, width: Int) {
        let frequencies = width / 2 + 1, half = height * frequencies
        let flags = UInt32(FFTW_ESTIMATE) | UInt32(FFTW_UNALIGNED)
        func dimension(_ count: Int, _ from: Int, _ to: Int) -> fftwf_iodim { fftwf_iodim(n: Int32(count), is: Int32(from), os: Int32(to)) }
        // Of memory planning needs to know how far real and imaginary parts lie apart; nothing is read or written.
        let plans = withUnsafeTemporaryAllocation(of: Float.self, capacity: 4 * half + height * width) { memory in
            guard let spectrum = memory.baseAddress else { preconditionFailure("a picture has pixels") }
            let (other, picture) = (spectrum + 2 * half, spectrum + 4 * half)
            return Self.planning.withLock {
                var along = dimension(height, frequencies, frequencies), every = dimension(frequencies, 1, 1)
                let columns = fftwf_plan_guru_split_dft(1, &along, 1, &every, spectrum, spectrum + half, other, other + half, flags)
                // Real and imaginary parts exchanged on both sides turn the sign.
                let columnsBack = fftwf_plan_guru_split_dft(1, &along, 1, &every, spectrum + half, spectrum, other + half, other, flags)
                along = dimension(width, 1, 1)
                every = dimension(height, frequencies, width)
                let toPicture = fftwf_plan_guru_split_dft_c2r(1, &along, 1, &every, spectrum, spectrum + half, picture, flags)
                every = dimension(height, width, frequencies)
                let toSpectrum = fftwf_plan_guru_split_dft_r2c(1, &along, 1, &every, picture, spectrum, spectrum + half, flags)
                return (columns, columnsBack, toPicture, toSpectrum)
            }
        }
        guard let columns = plans.0, let columnsBack = plans.1, let toPicture = plans.2, let toSpectrum = plans.3 else {
            preconditionFailure("FFTW has a plan for every size")
        }
        (self.half, self.columns, self.columnsBack) = (half, columns, columnsBack)
        (rowsToPicture, rowsToSpectrum) = (toPicture, toSpectrum)
    }

    deinit {
        Self.planning.withLock { [columns, columnsBack, rowsToPicture, rowsToSpectrum].forEach(fftwf_destroy_plan) }
    }

    /// The transform of every column of a half plane, `exp(-2 pi i y k / H)`, or with the sign turned; not divided.
    func alongColumns(_ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, isInverse: Bool) {
        let source = UnsafeMutablePointer(mutating: source)
        if isInverse {
            fftwf_execute_split_dft(columnsBack, source + half, source, target + half, target)
        } else {
            fftwf_execute_split_dft(columns, source, source + half, target, target + half)
        }
    }

    /// Every row of a picture from its half plane, which is lost; not divided.
    func rowsToPicture(_ spectrum: UnsafeMutablePointer<Float>, _ picture: UnsafeMutablePointer<Float>) {
        fftwf_execute_split_dft_c2r(rowsToPicture, spectrum, spectrum + half, picture)
    }

    /// The half plane of every row of a picture.
    func rowsToSpectrum(_ picture: UnsafePointer<Float>, _ spectrum: UnsafeMutablePointer<Float>) {
        fftwf_execute_split_dft_r2c(rowsToSpectrum, UnsafeMutablePointer(mutating: picture), spectrum, spectrum + half)
    }
}

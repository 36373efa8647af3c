import Run
import Testing

@testable import Analysis

struct OptimisationScheduleTests {
    @Test func theSchedulesAreThePublishedOnesInProportion() {
        let large = OptimisationSchedule(size: [224, 224])
        #expect(large.steps == 2000 && large.phases.count == 1 && large.clamps && large.mirroring == .never)
        #expect(large.warmup == 100 && large.jitter == 30 && large.learningRate == 1)
        #expect(large.beta1 == 0.5 && large.beta2 == 0.9 && large.epsilon == 1e-8)
        #expect(OptimisationSchedule(size: [32, 32]).jitter == 4)
        #expect(OptimisationSchedule(steps: 50, size: [32, 32]).warmup == 10)
        #expect(large.learningRate(at: 0) == 0.01 && large.learningRate(at: 99) == 1 && large.learningRate(at: 100) == 1)
        #expect(abs(large.learningRate(at: 1050) - 0.5) < 1e-6 && large.learningRate(at: 1999) < 1e-5)
        // No step at all, or one, divides by nothing.
        #expect(OptimisationSchedule(steps: 1, size: [32, 32]).learningRate(at: 0).isFinite)
    }

    @Test func theLongOneForgetsSlowlyAndDoesNotClamp() {
        let long = OptimisationSchedule(.long, size: [224, 224])
        #expect(long.steps == 20_000 && long.warmup == 100 && long.beta1 == 0.9 && long.beta2 == 0.999 && !long.clamps)
        #expect(OptimisationSchedule(.long, steps: 40, size: [224, 224]).steps == 40)
    }

    @Test func qualitiesAreStepsOfOurSchedule() {
        #expect(PrototypeQuality.draft.steps < PrototypeQuality.normal.steps && PrototypeQuality.normal.steps < PrototypeQuality.paper.steps)
        let ours = OptimisationSchedule(.fourier, size: [224, 224])
        #expect(ours.mirroring == .whereReferencesAllow && ours.steps == PrototypeQuality.normal.steps && ours.coordinates != .pixels && ours.warmup == ours.steps / 5)
        for kind in OptimisationSchedule.Kind.allCases where kind != .fourier {
            let published = OptimisationSchedule(kind, size: [224, 224])
            #expect(published.coordinates == .pixels && published.stepsPerView == 1 && published.restarts, "\(kind)")
        }
    }

    @Test func aRunsOptionsMakeItAgain() {
        var options = RunOptions(
            layers: [], units: "all", classes: "all", labels: nil, seed: 0, steps: 300, references: 5, jitter: 2, learningRate: 0.5,
            warmup: 7, strongest: 12, schedule: "long", flip: true, earlyStop: true, command: "")
        let long = OptimisationSchedule(options, size: [32, 32])
        #expect(long.steps == 300 && long.jitter == 2 && long.warmup == 7 && long.learningRate == 0.5 && long.mirroring == .always && !long.clamps)
        #expect(long.settling == Settling(steps: 300))
        options.schedule = "published"
        (options.flip, options.earlyStop) = (false, false)
        let published = OptimisationSchedule(options, size: [32, 32])
        #expect(published.clamps && published.mirroring == .never && published.settling == nil && published.coordinates == .pixels)
        options.flip = nil
        #expect(OptimisationSchedule(options, size: [32, 32]).mirroring == .whereReferencesAllow)
        (options.coordinates, options.relevanceEvery) = ("fourier:0.5+colours", 4)
        let written = OptimisationSchedule(options, size: [32, 32])
        #expect(written.coordinates == PictureCoordinates(.fourier(exponent: 0.5), decorrelatesColours: true) && written.stepsPerView == 4)
    }
}

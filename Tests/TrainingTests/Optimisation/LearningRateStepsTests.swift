import Testing
import Training

@Suite struct LearningRateStepsTests {
    @Test func isDividedOnceTheEpochsAreOver() {
        let steps = LearningRateSteps(initial: 0.05, milestones: [2, 4])
        for (epoch, rate) in [0.05, 0.05, 0.005, 0.005, 0.0005, 0.0005].enumerated() {
            #expect(abs(Double(steps.rate(epoch: epoch)) / rate - 1) < 1e-6)
        }
    }

    @Test func scalesTheSchedule() {
        #expect(LearningRateSteps(scaledTo: 240).milestones == [150, 180, 210])
        #expect(LearningRateSteps(scaledTo: 16).milestones == [10, 12, 14])
    }
}

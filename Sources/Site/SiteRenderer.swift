import Run

import Commands

VitrineCommand.runAndExit()

import Commands

await VitrineCommand.main()

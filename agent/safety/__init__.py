"""What stands between a message and harm: lexicon, assessment, authored words, output guard. Outside every prompt."""

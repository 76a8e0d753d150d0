"""Does reading the emotion help the reply? The same turns with the emotion as read, absent, shuffled and contradicted.

``docs/evals/emotion-ablation.md`` says what was found.
"""

"""What messages say: the channels of templates, and the language that their texts are written in."""

"""The content of messages: the channels of templates, and the language of their texts."""

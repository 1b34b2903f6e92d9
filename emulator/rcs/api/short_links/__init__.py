"""Short links, clicks and short domains: github.com/bsgworld/go-sdk v2/api/openapi.yaml."""

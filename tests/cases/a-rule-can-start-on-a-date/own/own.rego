package kadian.own

# METADATA
# title: Small
# custom:
#   id: own/small
#   effective_on: "2026-06-01"
deny contains "too many files" if input.change.size.files > 0

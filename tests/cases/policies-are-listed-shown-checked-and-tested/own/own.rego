package kadian.own

# METADATA
# title: Small
# custom:
#   id: own/small
#   severity: low
#   remedy: split it
deny contains "too many files" if input.change.size.files > 3

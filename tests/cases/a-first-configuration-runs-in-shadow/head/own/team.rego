package kadian.team

deny contains "never" if input.change.size.files > 0

package kadian.own

deny contains "x" if input.change.size.files > 100

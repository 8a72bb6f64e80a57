package kadian.own

deny contains "x" if units.parse_bytes("1e99999999") > 5

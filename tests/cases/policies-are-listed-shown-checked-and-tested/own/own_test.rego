package kadian.own_test

import data.kadian.own

test_many if count(own.deny) == 1 with input.change.size.files as 4

test_limit if {
	count(own.deny) == 0 with input.change.size.files as 3
}

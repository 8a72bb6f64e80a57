package pay

func Fee() int { return 1 }
